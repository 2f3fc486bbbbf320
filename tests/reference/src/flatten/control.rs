//! The operators that end a segment: branches, calls, `if`, `return` and `unreachable`.

use wasmparser::{BrTable, Operator};

use super::{Builder, Forward, Kind, arity};
use crate::op::{Jump, Op};

impl Builder<'_> {
    /// Branches, calls and the other operators that end a segment. Whether it was one of them.
    pub(super) fn control(&mut self, operator: &Operator<'_>, price: u64) -> bool {
        match operator {
            Operator::Unreachable => {
                self.emit(Op::Unreachable, price);
                self.heights.stop();
            }
            Operator::If { blockty } => {
                let (params, results) = self.block_arity(*blockty);
                self.heights.pop(1);
                let condition = self.emit(Op::Unless(0), price);
                self.open(Kind::If(condition), params, results);
            }
            Operator::Br { relative_depth } => {
                let label = self.label(*relative_depth);
                let step = self.jump(label, Op::Jump, price);
                self.forward(label, step, 0);
                self.heights.pop(self.carried(label));
                self.heights.stop();
            }
            Operator::BrIf { relative_depth } => {
                let label = self.label(*relative_depth);
                let step = self.jump(label, Op::JumpIf, price);
                self.forward(label, step, 0);
                self.heights.pop(1);
                self.heights.pop(self.carried(label));
                self.heights.push(self.carried(label));
            }
            Operator::BrTable { targets } => self.branch_table(targets, price),
            Operator::Return => {
                self.emit(Op::Return, price);
                self.heights.pop(self.labels[0].results);
                self.heights.stop();
            }
            Operator::Call { function_index } => {
                self.emit(Op::Call(*function_index), price);
                let (params, results) = arity(self.module.type_of(*function_index));
                self.heights.pop(params);
                self.heights.push(results);
            }
            Operator::CallIndirect { type_index, .. } => {
                self.emit(Op::CallIndirect(*type_index), price);
                let (params, results) = arity(&self.module.types[*type_index as usize]);
                self.heights.pop(1 + params);
                self.heights.push(results);
            }
            _ => return false,
        }
        true
    }

    /// `br_table`: what it pops does not matter, for it never goes on behind itself.
    fn branch_table(&mut self, targets: &BrTable<'_>, price: u64) {
        self.heights.pop(1);
        let depths: Vec<u32> = targets
            .targets()
            .map(|depth| depth.expect("the table was validated"))
            .collect();
        let mut jumps = Vec::new();
        for depth in &depths {
            let label = self.label(*depth);
            jumps.push(self.landing(label));
        }
        let default = self.label(targets.default());
        jumps.push(self.landing(default));
        let step = self.emit(Op::JumpTable(jumps), price);
        for (entry, depth) in depths.iter().enumerate() {
            self.forward(self.label(*depth), step, entry);
        }
        self.forward(default, step, depths.len());
        self.heights.pop(self.carried(default));
        self.heights.stop();
    }

    /// The index of the label that is `depth` levels out.
    fn label(&self, depth: u32) -> usize {
        self.labels.len() - 1 - depth as usize
    }

    /// How many values a branch to a label carries.
    fn carried(&self, label: usize) -> usize {
        let label = &self.labels[label];
        match label.kind {
            Kind::Loop(_) => label.params,
            Kind::Block | Kind::If(_) => label.results,
        }
    }

    /// The branch to a label; its target is known only for a loop.
    fn landing(&self, label: usize) -> Jump {
        Jump {
            target: match self.labels[label].kind {
                Kind::Loop(start) => start,
                Kind::Block | Kind::If(_) => usize::MAX,
            },
            keep: self.carried(label),
            height: self.labels[label].height,
        }
    }

    /// Appends a branch to a label.
    pub(super) fn jump(&mut self, label: usize, op: fn(Jump) -> Op, price: u64) -> usize {
        let jump = self.landing(label);
        self.emit(op(jump), price)
    }

    /// Remembers a branch that goes behind a label's end.
    fn forward(&mut self, label: usize, step: usize, entry: usize) {
        let label = &mut self.labels[label];
        if !matches!(label.kind, Kind::Loop(_)) {
            label.forward.push(Forward { step, entry });
        }
    }
}
