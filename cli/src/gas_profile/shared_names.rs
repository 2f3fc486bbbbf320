//! Names that several codes have, which are shown with the code behind them.
//!
//! Contracts are built of the same libraries, and a contract that is upgraded keeps its methods.
//! So functions, lines and methods of different codes may have one name. At first each frame
//! knows its code; when the profile is complete, only those keep it whose name is not enough. The
//! index of a function without a name never is where there are several codes.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::code::is_index;
use super::stacks::{FrameKind, Stack, TransactionProfile};

/// Takes the code away from all frames and lines whose names belong to one code only, and are names.
pub(super) fn keep_needed_codes(transactions: &mut [TransactionProfile]) {
    let shared = shared(transactions.iter().flat_map(|it| &it.stacks));
    let several = has_several_codes(transactions.iter().flat_map(|it| &it.stacks));
    let stacks = transactions.iter_mut().flat_map(|it| &mut it.stacks);
    for stack in stacks {
        for frame in &mut stack.frames {
            let names = shared.get(&list_of(frame.kind));
            let is_shared = names.is_some_and(|names| names.contains(&*frame.name));
            let is_number = frame.kind == FrameKind::Function && is_index(&frame.name);
            if is_shared || (several && is_number) {
                continue;
            }
            frame.code = None;
        }
        let names = shared.get(&FrameKind::Line);
        let line = stack.own_line.as_ref().map(ToString::to_string);
        if !names
            .zip(line)
            .is_some_and(|(names, line)| names.contains(&line))
        {
            stack.own_line_code = None;
        }
    }
}

/// Whether frames of more than one code are on the stacks.
fn has_several_codes<'p>(stacks: impl Iterator<Item = &'p Stack>) -> bool {
    let mut codes = stacks
        .flat_map(|stack| &stack.frames)
        .filter_map(|frame| frame.code.as_deref());
    let first = codes.next();
    codes.any(|code| Some(code) != first)
}

/// The names that several codes have, by the list that they are shown in.
fn shared<'p>(stacks: impl Iterator<Item = &'p Stack>) -> BTreeMap<FrameKind, BTreeSet<String>> {
    let mut codes: BTreeMap<(FrameKind, Cow<'p, str>), &str> = BTreeMap::new();
    let mut shared: BTreeMap<FrameKind, BTreeSet<String>> = BTreeMap::new();
    let mut note = |kind: FrameKind, name: Cow<'p, str>, code: &'p str| {
        let first = *codes.entry((kind, name.clone())).or_insert(code);
        if first != code {
            shared.entry(kind).or_default().insert(name.into_owned());
        }
    };
    for stack in stacks {
        for frame in &stack.frames {
            if let Some(code) = &frame.code {
                note(list_of(frame.kind), Cow::Borrowed(&frame.name), code);
            }
        }
        if let Some((line, code)) = stack.own_line.as_ref().zip(stack.own_line_code.as_deref()) {
            note(FrameKind::Line, Cow::Owned(line.to_string()), code);
        }
    }
    shared
}

/// The kind whose list a frame is in: inlined functions are listed among the others.
pub(super) const fn list_of(kind: FrameKind) -> FrameKind {
    match kind {
        FrameKind::Inlined => FrameKind::Function,
        other => other,
    }
}
