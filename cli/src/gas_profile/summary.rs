//! Sums over stacks: by function, source line, host function and storage key.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::stacks::{FrameKind, SourceLine, Stack};

/// Gas of one function, line, host function or key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// What it is called; for a line `FILE:LINE`.
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
    /// Storage keys.
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

/// The kind whose list a frame is in: inlined functions are listed among the others.
const fn list_of(kind: FrameKind) -> FrameKind {
    match kind {
        FrameKind::Inlined => FrameKind::Function,
        other => other,
    }
}

impl Summary {
    /// The sums of these stacks.
    pub fn of<'p>(stacks: impl Iterator<Item = &'p Stack>) -> Summary {
        let mut sums: [Costs; 7] = Default::default();
        let [
            methods,
            functions,
            own_lines,
            lines,
            host_functions,
            keys,
            others,
        ] = &mut sums;
        for stack in stacks {
            let gas = stack.gas;
            let innermost = |list: FrameKind| {
                let mut frames = stack.frames.iter().rev();
                frames.find(|frame| list_of(frame.kind) == list)
            };
            let in_wasm = stack.calls == 0;
            let mut seen = BTreeSet::new();
            for frame in &stack.frames {
                let name = &frame.name;
                if !seen.insert((list_of(frame.kind), name)) {
                    continue;
                }
                match frame.kind {
                    FrameKind::Method => methods.add(name, 0, gas, 0),
                    FrameKind::Function | FrameKind::Inlined => functions.add(name, 0, gas, 0),
                    FrameKind::Line => lines.add(name, gas, gas, 0),
                    FrameKind::Host => host_functions.add(name, gas, gas, stack.calls),
                    FrameKind::Key => keys.add(name, gas, gas, stack.calls),
                    FrameKind::Other => others.add(name, gas, gas, stack.calls),
                    FrameKind::Transaction => {}
                }
            }
            if let Some(method) = innermost(FrameKind::Method) {
                methods.add(&method.name, gas, 0, 0);
            }
            if let Some(function) = innermost(FrameKind::Function).filter(|_| in_wasm) {
                functions.add(&function.name, gas, 0, 0);
            }
            if let Some(SourceLine { file, line }) = &stack.own_line {
                own_lines.add(&format!("{file}:{line}"), gas, gas, 0);
            }
        }
        let [
            methods,
            functions,
            own_lines,
            lines,
            host_functions,
            keys,
            others,
        ] = sums.map(Costs::sorted);
        Summary {
            methods,
            functions,
            own_lines,
            lines,
            host_functions,
            keys,
            others,
        }
    }
}
