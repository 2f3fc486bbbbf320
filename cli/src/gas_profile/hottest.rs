//! Where in a method most gas goes.
//!
//! A method's own gas is all that was used while it was the innermost one: also for loading its
//! code and making its instance, which have no place in the code. So no place has more than the
//! method.

use std::collections::BTreeMap;

use serde::Serialize;

use super::stacks::{Entry, FrameKind, GasProfile, Stack};

/// The gas of the places of a method, by their names.
pub type Places = BTreeMap<String, u64>;

/// The place of a method at which most gas was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hottest {
    /// The line of the contract's own code, `FILE:LINE`, or the function where no line is known.
    pub place: String,
    /// The gas that was used on its behalf.
    pub gas: u64,
}

impl Hottest {
    /// The hottest of these places, the first by name of those with as much.
    pub fn of(places: Places) -> Option<Hottest> {
        let mut hottest: Option<Hottest> = None;
        for (place, gas) in places {
            if hottest.as_ref().is_none_or(|found| found.gas < gas) {
                hottest = Some(Hottest { place, gas });
            }
        }
        hottest
    }
}

impl GasProfile {
    /// The places of each method. Gas that is used in calls to other contracts counts for those,
    /// and so does the loading of their code.
    pub fn places(&self) -> BTreeMap<Entry, Places> {
        let mut methods: BTreeMap<Entry, Places> = BTreeMap::new();
        for stack in self.stacks() {
            if let (Some(entry), Some(place)) = (&stack.entry, place(stack)) {
                let places = methods.entry(entry.clone()).or_default();
                *places.entry(place).or_default() += stack.gas;
            }
        }
        methods
    }
}

/// The own line of a stack, or its innermost function in the innermost method.
fn place(stack: &Stack) -> Option<String> {
    if let Some(line) = &stack.own_line {
        return Some(line.to_string());
    }
    let mut inner = stack.frames.iter().rev();
    let found = inner.find(|frame| {
        matches!(
            frame.kind,
            FrameKind::Method | FrameKind::Function | FrameKind::Inlined
        )
    });
    found
        .filter(|frame| frame.kind != FrameKind::Method)
        .map(|frame| frame.name.to_string())
}
