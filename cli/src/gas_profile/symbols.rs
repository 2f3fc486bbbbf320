//! From a call tree to stacks: nodes get names, and the gas of probes goes to functions and lines.
//!
//! The frames of a node are those of its parent, the functions that are inlined around the call,
//! and itself. What a function used is divided among its operators by their prices, and each
//! operator adds the functions that are inlined around it and its line.

use std::collections::BTreeMap;
use std::rc::Rc;

use blake2::{Blake2b128, Digest};
use lockstep_abi::{CodeHash, Family};
use lockstep_gas_meter::ProbeKind;
use lockstep_vm::GasBucket;

use super::calls::{Call, CallTree, Charge, Node};
use super::code::CodeMap;
use super::stacks::{Entry, FrameKind, SourceLine, Stack, StackFrame};
use crate::scenario::Names;

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
        stacks: BTreeMap::new(),
    };
    for node in &tree.nodes {
        let place = symbols.place(node, title);
        symbols.places.push(place);
    }
    for (node, place) in tree.nodes.iter().zip(&symbols.places) {
        add_node(&mut symbols.stacks, node, place);
    }
    symbols.stacks.into_values().collect()
}

/// What is known about a node.
struct Place {
    frames: Vec<StackFrame>,
    /// The method that it is in.
    entry: Option<Entry>,
    /// The own line that the call of this node belongs to.
    own_line: Option<SourceLine>,
    /// The code of the frame that it is in.
    code: Option<Rc<CodeMap>>,
}

struct Symbols<'t> {
    tree: &'t CallTree,
    codes: &'t BTreeMap<CodeHash, Rc<CodeMap>>,
    names: &'t Names,
    places: Vec<Place>,
    stacks: BTreeMap<Key, Stack>,
}

fn frame(kind: FrameKind, name: impl Into<String>) -> StackFrame {
    let name = name.into();
    StackFrame { kind, name }
}

impl Symbols<'_> {
    /// The frames of a node, whose parent comes before it in the tree.
    fn place(&self, node: &Node, title: &str) -> Place {
        let Some(parent) = self.places.get(node.parent) else {
            return Place {
                frames: vec![frame(FrameKind::Transaction, title)],
                entry: None,
                own_line: None,
                code: None,
            };
        };
        let mut frames = parent.frames.clone();
        let mut entry = parent.entry.clone();
        let mut own_line = parent.own_line.clone();
        let mut code = parent.code.clone();
        let calls_from_code = matches!(self.tree.nodes[node.parent].call, Call::Function(_));
        if let (Some(code), Some(site), true) = (&code, node.site, calls_from_code) {
            frames.extend(
                code.inlined(site)
                    .map(|name| frame(FrameKind::Inlined, name)),
            );
            own_line = code.own_line(site).or(own_line);
        }
        match &node.call {
            Call::Transaction => {}
            Call::Message {
                contract,
                code: hash,
                method,
            } => {
                let name = format!("{}.{method}", self.names.show_account(contract));
                frames.push(frame(FrameKind::Method, name));
                entry = Some(Entry {
                    contract: *contract,
                    code: *hash,
                    method: method.clone(),
                });
                code = self.codes.get(hash).cloned();
                own_line = None;
            }
            Call::Function(index) => {
                let name = code.as_ref().map(|code| code.name(*index));
                frames.push(frame(FrameKind::Function, name.unwrap_or_default()));
            }
            Call::Host { function, key } => {
                frames.push(frame(FrameKind::Host, function.name()));
                if let Some(key) = key {
                    frames.push(frame(FrameKind::Key, shown_key(key, self.names)));
                }
            }
            Call::Charge(charge, contract) => {
                let about = contract.map(|contract| self.names.show_account(&contract));
                let about = about.map(|about| format!(" {about}")).unwrap_or_default();
                frames.push(frame(
                    FrameKind::Other,
                    format!("({}{about})", word(*charge)),
                ));
            }
        }
        Place {
            frames,
            entry,
            own_line,
            code,
        }
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
fn add_node(stacks: &mut BTreeMap<Key, Stack>, node: &Node, place: &Place) {
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
    };
    add(stacks, stack);
}

/// Divides what a function used among its operators.
fn add_function(
    stacks: &mut BTreeMap<Key, Stack>,
    node: &Node,
    place: &Place,
    (code, index): (&CodeMap, u32),
) {
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
        frames.extend(
            code.inlined(offset)
                .map(|name| frame(FrameKind::Inlined, name)),
        );
        let line = code.line(offset);
        frames.extend(line.as_ref().map(|line| {
            let SourceLine { file, line } = line;
            frame(FrameKind::Line, format!("{file}:{line}"))
        }));
        let stack = Stack {
            frames,
            entry: place.entry.clone(),
            bucket: GasBucket::Wasm,
            gas,
            calls: 0,
            line,
            own_line: code.own_line(offset).or_else(|| place.own_line.clone()),
        };
        add(stacks, stack);
    }
}

fn add(stacks: &mut BTreeMap<Key, Stack>, stack: Stack) {
    if stack.gas == 0 && stack.calls == 0 {
        return;
    }
    let key = (
        stack.frames.clone(),
        stack.entry.clone(),
        stack.line.clone(),
        stack.own_line.clone(),
    );
    match stacks.get_mut(&key) {
        Some(existing) => {
            existing.gas += stack.gas;
            existing.calls += stack.calls;
        }
        None => {
            stacks.insert(key, stack);
        }
    }
}

/// A storage key as the contract's source would write it: `supply`, `balances[@alice]`. What the
/// SDK did not make is shown in hexadecimal, with text at its beginning in quotes.
fn shown_key(key: &[u8], names: &Names) -> String {
    let name_bytes = key
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .count();
    let (name, rest) = key.split_at(name_bytes);
    let name = String::from_utf8_lossy(name).into_owned();
    match rest.split_first() {
        _ if name.is_empty() => names.show_bytes(key),
        None => name,
        Some((b':', entry)) => match entry.split_at_checked(16) {
            Some((hash, entry)) if *hash == *Blake2b128::digest(entry) => {
                format!("{name}[{}]", names.show_bytes(entry))
            }
            _ => format!("{name}[{}]", names.show_bytes(entry)),
        },
        Some(_) => names.show_key(key),
    }
}

#[cfg(test)]
mod tests {
    use super::shown_key;
    use crate::scenario::Names;
    use blake2::{Blake2b128, Digest};

    #[test]
    fn keys_read_as_the_source_writes_them() {
        let names = Names::default();
        assert_eq!(shown_key(b"supply", &names), "supply");
        let hash = Blake2b128::digest([1, 2]);
        let key = [b"balances:".as_slice(), &hash, &[1, 2]].concat();
        assert_eq!(shown_key(&key, &names), "balances[0x0102]");
        assert_eq!(shown_key(b"notes:\x00\x01", &names), "notes[0x0001]");
        assert_eq!(shown_key(&[0, 1], &names), "0x0001");
        assert_eq!(shown_key(b"", &names), "0x");
    }
}
