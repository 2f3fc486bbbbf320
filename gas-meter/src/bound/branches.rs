//! Branches: where they lead, and what is known on each of their ways.

use std::collections::BTreeSet;

use wasmparser::Operator;

use super::analyser::Halt;
use super::code::Step;
use super::comparison::condition;
use super::frame::Target;
use super::state::State;
use super::value::{Fact, Relation, Value};
use super::walk::{Walk, unopened, unreached};
use crate::prepared::InternalError;

impl<'a> Walk<'_, '_, 'a> {
    /// Branches.
    pub(super) fn branch(&mut self, step: &Step<'a>) -> Result<(), Halt> {
        match &step.operator {
            Operator::BrIf { relative_depth } => {
                let (taken, otherwise) = self.split()?;
                let target = self.label(*relative_depth)?;
                self.state = taken;
                if self.state.is_some() {
                    self.leave(target)?;
                }
                self.state = otherwise;
            }
            Operator::BrTable { targets } => {
                let index = self.pop()?;
                let labels = targets.targets().collect::<Result<Vec<u32>, _>>();
                let labels = labels.map_err(InternalError::parse)?;
                let chosen = index.known().map(|index| {
                    let index = usize::try_from(index).unwrap_or(usize::MAX);
                    labels.get(index).copied().unwrap_or(targets.default())
                });
                let mut possible: BTreeSet<u32> = BTreeSet::new();
                match chosen {
                    Some(label) => possible.extend([label]),
                    None => possible.extend(labels.iter().chain([&targets.default()])),
                }
                self.analyser.spend(possible.len(), step.place)?;
                let mut state = self.state.take();
                if chosen.is_none() {
                    // Says nothing, but names what the way depends on.
                    let width = index.width;
                    let fact = Fact {
                        relation: Relation::AtMost,
                        left: index,
                        right: Value::constant(width.most(), width),
                    };
                    let symbols = &self.analyser.symbols;
                    state = state.and_then(|state| state.assume(fact, symbols));
                }
                for label in possible {
                    self.state.clone_from(&state);
                    let target = self.label(label)?;
                    self.leave(target)?;
                }
                self.state = None;
            }
            Operator::Br { relative_depth } => {
                let target = self.label(*relative_depth)?;
                self.leave(target)?;
            }
            _ => return Err(InternalError::new("a branch of an unknown kind").into()),
        }
        Ok(())
    }

    /// The position of the block that a label names.
    fn label(&self, relative_depth: u32) -> Result<usize, InternalError> {
        usize::try_from(relative_depth)
            .ok()
            .and_then(|depth| self.frames.len().checked_sub(depth)?.checked_sub(1))
            .ok_or_else(|| InternalError::new("a label is missing"))
    }

    /// Takes a condition off the stack: what holds when it is true, and when it is not.
    pub(super) fn split(&mut self) -> Result<(Option<State>, Option<State>), Halt> {
        let value = self.pop()?;
        let state = self.state.take().ok_or_else(unreached)?;
        Ok(match value.known() {
            Some(0) => (None, Some(state)),
            Some(_) => (Some(state), None),
            None => {
                self.move_state(&state)?;
                let symbols = &self.analyser.symbols;
                let fact = condition(value, symbols);
                let taken = state.clone().assume(fact, symbols);
                (taken, state.assume(fact.negated(), symbols))
            }
        })
    }

    /// Goes from here to the block at `target` and nowhere else.
    pub(super) fn leave(&mut self, target: usize) -> Result<(), Halt> {
        let mut state = self.state.take().ok_or_else(unreached)?;
        let frame = self.frames.get(target).ok_or_else(unopened)?;
        if !self.leads_on(frame.target) {
            return Ok(());
        }
        frame.trim(&mut state);
        self.move_state(&state)?;
        self.deliver(Target::Frame(target), state)?;
        Ok(())
    }
}
