//! Sums over stacks: by function, source line, host function and storage key.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::shared_names::list_of;
use super::stacks::{FrameKind, Stack};

/// Gas of one function, line, host function or key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// What it is called; for a line `FILE:LINE`. Where several codes have one of that name, the
    /// code is behind it: `transfer (@token)`.
    pub name: String,
    /// Gas that was used in it and not in anything that it called.
    pub gas: u64,
    /// Gas that was used in it and in everything that it called.
    pub total: u64,
    /// How often it was called; 0 where calls are not counted.
    pub calls: u64,
}

/// Sums over a profile, each list by descending gas.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Methods, by what they and everything they called used.
    pub methods: Vec<Cost>,
    /// Wasm functions and inlined ones, by what they used themselves.
    pub functions: Vec<Cost>,
    /// Lines of the contracts' own code, with the gas that was used on their behalf: library code
    /// and host functions count for the line that called them.
    pub own_lines: Vec<Cost>,
    /// The lines at which operators stand, library code included. Only Wasm gas.
    pub lines: Vec<Cost>,
    /// Host functions.
    pub host_functions: Vec<Cost>,
    /// Storage keys; where several contracts have some, with the contract in front: `@gold supply`.
    pub keys: Vec<Cost>,
    /// Gas of no operator and no host function.
    pub others: Vec<Cost>,
}

/// Sums by name.
#[derive(Default)]
struct Costs(BTreeMap<String, (u64, u64, u64)>);

impl Costs {
    fn add(&mut self, name: &str, gas: u64, total: u64, calls: u64) {
        let entry = self.0.entry(name.to_string()).or_default();
        entry.0 += gas;
        entry.1 += total;
        entry.2 += calls;
    }

    fn sorted(self) -> Vec<Cost> {
        let mut costs: Vec<Cost> = self
            .0
            .into_iter()
            .map(|(name, (gas, total, calls))| Cost {
                name,
                gas,
                total,
                calls,
            })
            .collect();
        costs.sort_by_key(|cost| std::cmp::Reverse((cost.gas, cost.total)));
        costs
    }
}

/// Sums by storage key. Contracts have storage of their own, so their keys are different ones.
#[derive(Default)]
struct KeyCosts(BTreeMap<String, Costs>);

impl KeyCosts {
    fn add(&mut self, stack: &Stack, key: &str) {
        let costs = self.0.entry(contract_of(stack)).or_default();
        costs.add(key, stack.gas, stack.gas, stack.calls);
    }

    fn sorted(self) -> Vec<Cost> {
        let is_one = self.0.len() == 1;
        let mut all = Costs::default();
        for (contract, costs) in self.0 {
            for (key, cost) in costs.0 {
                let name = if is_one {
                    key
                } else {
                    format!("{contract} {key}")
                };
                all.0.insert(name, cost);
            }
        }
        all.sorted()
    }
}

/// What the contract is called whose method is the innermost one.
fn contract_of(stack: &Stack) -> String {
    let mut frames = stack.frames.iter().rev();
    let method = frames.find(|frame| frame.kind == FrameKind::Method);
    let name = method.zip(stack.entry.as_ref()).and_then(|(frame, entry)| {
        let name = frame.name.strip_suffix(&entry.method)?;
        name.strip_suffix('.')
    });
    name.unwrap_or_default().to_string()
}

impl Summary {
    /// The sums of these stacks.
    pub fn of<'p>(stacks: impl Iterator<Item = &'p Stack>) -> Summary {
        let mut sums: [Costs; 6] = Default::default();
        let [methods, functions, own_lines, lines, host_functions, others] = &mut sums;
        let mut keys = KeyCosts::default();
        for stack in stacks {
            let gas = stack.gas;
            let innermost = |list: FrameKind| {
                let mut frames = stack.frames.iter().rev();
                frames.find(|frame| list_of(frame.kind) == list)
            };
            let in_wasm = stack.calls == 0;
            let mut seen = BTreeSet::new();
            for frame in &stack.frames {
                if !seen.insert((list_of(frame.kind), &frame.name, &frame.code)) {
                    continue;
                }
                let name = &frame.shown();
                match frame.kind {
                    FrameKind::Method => methods.add(name, 0, gas, 0),
                    FrameKind::Function | FrameKind::Inlined => functions.add(name, 0, gas, 0),
                    FrameKind::Line => lines.add(name, gas, gas, 0),
                    FrameKind::Host => host_functions.add(name, gas, gas, stack.calls),
                    FrameKind::Key => keys.add(stack, name),
                    FrameKind::Other => others.add(name, gas, gas, stack.calls),
                    FrameKind::Transaction => {}
                }
            }
            if let Some(method) = innermost(FrameKind::Method) {
                methods.add(&method.shown(), gas, 0, 0);
            }
            if let Some(function) = innermost(FrameKind::Function).filter(|_| in_wasm) {
                functions.add(&function.shown(), gas, 0, 0);
            }
            if let Some(line) = stack.shown_own_line() {
                own_lines.add(&line, gas, gas, 0);
            }
        }
        let [methods, functions, own_lines, lines, host_functions, others] =
            sums.map(Costs::sorted);
        Summary {
            methods,
            functions,
            own_lines,
            lines,
            host_functions,
            keys: keys.sorted(),
            others,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Summary;
    use crate::gas_profile::{Entry, FrameKind, Stack, StackFrame};
    use lockstep_abi::{AccountId, CodeHash};
    use lockstep_vm::GasBucket;

    /// A contract's method reads a key.
    fn reads(contract: &str, id: u8, key: &str) -> Stack {
        let frame = |kind, name: String| StackFrame {
            kind,
            name: name.into(),
            code: None,
        };
        Stack {
            frames: vec![
                frame(FrameKind::Method, format!("{contract}.a.b")),
                frame(FrameKind::Host, "storage_read".to_string()),
                frame(FrameKind::Key, key.to_string()),
            ],
            entry: Some(Entry {
                contract: AccountId([id; 32]),
                code: CodeHash([0; 32]),
                method: "a.b".to_string(),
            }),
            bucket: GasBucket::Storage,
            gas: 5,
            calls: 1,
            line: None,
            own_line: None,
            own_line_code: None,
        }
    }

    fn keys(stacks: &[Stack]) -> Vec<(String, u64)> {
        let keys = Summary::of(stacks.iter()).keys;
        keys.into_iter().map(|key| (key.name, key.gas)).collect()
    }

    #[test]
    fn keys_of_different_contracts_are_different() {
        let gold = reads("@gold", 1, "supply");
        let silver = reads("@silver", 2, "supply");
        let one = keys(&[gold.clone(), gold.clone()]);
        assert_eq!(one, [("supply".to_string(), 10)]);
        let both = keys(&[gold, silver]);
        let named = |name: &str| (name.to_string(), 5);
        assert_eq!(both, [named("@gold supply"), named("@silver supply")]);
    }
}
