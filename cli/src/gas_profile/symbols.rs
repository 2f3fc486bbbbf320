//! From a call tree to stacks: nodes get names, and the gas of probes goes to functions and lines.
//!
//! The frames of a node are those of its parent, the functions that are inlined around the call,
//! and itself. What a function used is divided among its operators by their prices, and each
//! operator adds the functions that are inlined around it and its line.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use lockstep_abi::{CodeHash, Family};
use lockstep_gas_meter::ProbeKind;
use lockstep_vm::GasBucket;

use super::calls::{Call, CallTree, Charge, Node};
use super::code::CodeMap;
use super::keys::shown_key;
use super::stacks::{Entry, FrameKind, SourceLine, Stack, StackFrame};
use crate::scenario::Names;

/// With so many frames on the stacks of functions, inlined ones and lines are left out: each operator
/// may have hundreds.
const FRAMES_MAX: usize = 2_000_000;

/// What makes two stacks different: frames, method, line and own line.
type Key = (
    Vec<StackFrame>,
    Option<Entry>,
    Option<SourceLine>,
    Option<SourceLine>,
);

/// The tree of a transaction as stacks. `title` is the name of the first frame.
pub(super) fn symbolise(
    tree: &CallTree,
    codes: &BTreeMap<CodeHash, Rc<CodeMap>>,
    names: &Names,
    title: &str,
) -> Vec<Stack> {
    let mut symbols = Symbols {
        tree,
        codes,
        names,
        places: Vec::with_capacity(tree.nodes.len()),
        stacks: Stacks::default(),
    };
    for node in &tree.nodes {
        let place = symbols.place(node, title);
        symbols.places.push(place);
    }
    for (node, place) in tree.nodes.iter().zip(&symbols.places) {
        add_node(&mut symbols.stacks, node, place);
    }
    symbols.stacks.by_key.into_values().collect()
}

/// What is known about a node.
#[derive(Clone, Default)]
struct Place {
    frames: Vec<StackFrame>,
    /// The method that it is in.
    entry: Option<Entry>,
    /// The own line that the call of this node belongs to.
    own_line: Option<SourceLine>,
    /// The code of the frame that it is in, and what that is called.
    code: Option<Rc<CodeMap>>,
    code_name: Option<Arc<str>>,
}

impl Place {
    /// A frame of this place's code.
    fn frame(&self, kind: FrameKind, name: impl Into<Arc<str>>) -> StackFrame {
        StackFrame {
            code: self.code_name.clone(),
            ..frame(kind, name)
        }
    }
}

struct Symbols<'t> {
    tree: &'t CallTree,
    codes: &'t BTreeMap<CodeHash, Rc<CodeMap>>,
    names: &'t Names,
    places: Vec<Place>,
    stacks: Stacks,
}

/// The stacks that were found.
#[derive(Default)]
struct Stacks {
    by_key: BTreeMap<Key, Stack>,
    /// How many frames they have.
    frames: usize,
}

fn frame(kind: FrameKind, name: impl Into<Arc<str>>) -> StackFrame {
    StackFrame {
        kind,
        name: name.into(),
        code: None,
    }
}

impl Symbols<'_> {
    /// The frames of a node, whose parent comes before it in the tree.
    fn place(&self, node: &Node, title: &str) -> Place {
        let Some(parent) = self.places.get(node.parent) else {
            return Place {
                frames: vec![frame(FrameKind::Transaction, title)],
                ..Place::default()
            };
        };
        let mut place = parent.clone();
        let calls_from_code = matches!(self.tree.nodes[node.parent].call, Call::Function(_));
        if let (Some(code), Some(site), true) = (&parent.code, node.site, calls_from_code) {
            let inlined = code.inlined(site);
            let inlined = inlined.map(|name| parent.frame(FrameKind::Inlined, name));
            place.frames.extend(inlined);
            place.own_line = code.own_line(site).or(place.own_line);
        }
        match &node.call {
            Call::Transaction => {}
            Call::Message {
                contract,
                code,
                method,
            } => {
                place.entry = Some(Entry {
                    contract: *contract,
                    code: *code,
                    method: method.clone(),
                });
                place.code = self.codes.get(code).cloned();
                place.code_name = Some(self.names.show_code(code).into());
                place.own_line = None;
                let name = format!("{}.{method}", self.names.show_account(contract));
                place.frames.push(place.frame(FrameKind::Method, name));
            }
            Call::Function(index) => {
                let name = place.code.as_ref().map(|code| code.name(*index));
                let name = name.unwrap_or_default();
                place.frames.push(place.frame(FrameKind::Function, name));
            }
            Call::Host { function, key } => {
                place.frames.push(frame(FrameKind::Host, function.name()));
                let key = key.as_ref().map(|key| shown_key(key, self.names));
                let key = key.map(|key| frame(FrameKind::Key, key));
                place.frames.extend(key);
            }
            Call::Charge(charge, contract) => {
                let about = contract.map(|contract| self.names.show_account(&contract));
                let about = about.map(|about| format!(" {about}")).unwrap_or_default();
                let name = format!("({}{about})", word(*charge));
                place.frames.push(frame(FrameKind::Other, name));
            }
        }
        place
    }
}

const fn word(charge: Charge) -> &'static str {
    match charge {
        Charge::Intrinsic => "intrinsic",
        Charge::Load => "load",
        Charge::Instantiate => "instantiate",
        Charge::CutShort => "cut short",
        Charge::Forfeited => "forfeited",
    }
}

/// Adds what was used at a node itself.
fn add_node(stacks: &mut Stacks, node: &Node, place: &Place) {
    let bucket = match &node.call {
        Call::Transaction | Call::Message { .. } => return,
        Call::Function(index) => {
            if let Some(code) = &place.code {
                add_function(stacks, node, place, (code, *index));
            }
            return;
        }
        Call::Host { function, .. } => match function.family() {
            Family::Storage => GasBucket::Storage,
            _ => GasBucket::Host,
        },
        Call::Charge(charge, _) => match charge {
            Charge::Intrinsic => GasBucket::Intrinsic,
            Charge::Load | Charge::Instantiate => GasBucket::Host,
            Charge::CutShort => GasBucket::Wasm,
            Charge::Forfeited => GasBucket::Forfeited,
        },
    };
    let stack = Stack {
        frames: place.frames.clone(),
        entry: place.entry.clone(),
        bucket,
        gas: node.gas,
        calls: node.calls,
        line: None,
        own_line: place.own_line.clone(),
        own_line_code: place.code_name.clone().filter(|_| place.own_line.is_some()),
    };
    add(stacks, stack);
}

/// Divides what a function used among its operators.
fn add_function(stacks: &mut Stacks, node: &Node, place: &Place, (code, index): (&CodeMap, u32)) {
    let (first, _) = code.range(index);
    let mut by_offset: BTreeMap<u64, u64> = BTreeMap::new();
    for (count, probe) in node.counts.iter().zip(code.probes.iter().skip(first)) {
        match &probe.kind {
            ProbeKind::Segment(segment) => {
                for price in &segment.prices {
                    *by_offset.entry(price.offset).or_default() += price.gas * count.runs;
                }
            }
            ProbeKind::Operand { offset, price } => {
                *by_offset.entry(*offset).or_default() += price * count.units;
            }
        }
    }
    for (offset, gas) in by_offset {
        let mut frames = place.frames.clone();
        let is_full = stacks.frames >= FRAMES_MAX;
        let inlined = code.inlined(offset).filter(|_| !is_full);
        frames.extend(inlined.map(|name| place.frame(FrameKind::Inlined, name)));
        let line = code.line(offset).filter(|_| !is_full);
        let last = line.as_ref().map(SourceLine::to_string);
        frames.extend(last.map(|line| place.frame(FrameKind::Line, line)));
        let own_line = code.own_line(offset).filter(|_| !is_full);
        let own_line = own_line.or_else(|| place.own_line.clone());
        let stack = Stack {
            frames,
            entry: place.entry.clone(),
            bucket: GasBucket::Wasm,
            gas,
            calls: 0,
            line,
            own_line_code: place.code_name.clone().filter(|_| own_line.is_some()),
            own_line,
        };
        add(stacks, stack);
    }
}

fn add(stacks: &mut Stacks, stack: Stack) {
    if stack.gas == 0 && stack.calls == 0 {
        return;
    }
    let key = (
        stack.frames.clone(),
        stack.entry.clone(),
        stack.line.clone(),
        stack.own_line.clone(),
    );
    match stacks.by_key.get_mut(&key) {
        Some(existing) => {
            existing.gas += stack.gas;
            existing.calls += stack.calls;
        }
        None => {
            stacks.frames = stacks.frames.saturating_add(stack.frames.len());
            stacks.by_key.insert(key, stack);
        }
    }
}
