//! Statements: assignments, stores, blocks, branches, calls and early returns.

use super::Builder;
use super::expressions::{constant, operator, typed};
use super::syntax::{Expression, GLOBALS, IMPORTS, SEGMENT_BYTES, SIGNATURES};
use super::syntax::{Label, Statement, Type};

const STORES: [(Type, &str); 7] = [
    (Type::I32, "store"),
    (Type::I32, "store8"),
    (Type::I32, "store16"),
    (Type::I64, "store"),
    (Type::I64, "store8"),
    (Type::I64, "store16"),
    (Type::I64, "store32"),
];
/// How deep expressions are.
const DEPTH: usize = 3;

impl Builder<'_> {
    /// Up to `count` statements, fewer when the function has become long.
    pub(super) fn statements(&mut self, count: usize) -> Vec<Statement> {
        let mut made = Vec::new();
        for _ in 0..count {
            if self.budget == 0 {
                break;
            }
            self.budget -= 1;
            made.push(self.statement());
        }
        made
    }

    fn statement(&mut self) -> Statement {
        let loops = self.profile.loops;
        if self.loops < 3 && self.rng.chance(loops) {
            return self.any_loop();
        }
        match self.rng.below(100) {
            0..34 => self.simple(),
            34..45 => self.conditional(),
            45..54 => {
                let count = 1 + self.rng.below(4);
                let (label, body) = self.labelled(false, |inner, label| {
                    let mut body = inner.statements(count);
                    let at = inner.rng.below(body.len() + 1);
                    let condition = inner.condition(2);
                    body.insert(at, Statement::BranchIf(label, condition));
                    body
                });
                Statement::Block(label, body)
            }
            54..62 => self.branch(),
            62..72 => {
                let ty = self.rng.pick(&[Type::I32, Type::I64]);
                let value = self.expression(ty, 1);
                let count = 1 + self.rng.below(2);
                Statement::Hold(value, self.statements(count))
            }
            72..78 => self.leave(),
            78..86 => self.call_statement(),
            86..90 => self.host_call(),
            90..96 => self.bulk(),
            96..98 if self.takes_risk() => Statement::Do(Vec::new(), vec!["unreachable".into()]),
            _ => Statement::Do(Vec::new(), vec!["nop".into()]),
        }
    }

    /// An assignment or a store: what the bodies of small loops are made of.
    pub(super) fn simple(&mut self) -> Statement {
        if self.rng.chance(2) && self.takes_risk() {
            return self.far_store();
        }
        if self.rng.chance(25) {
            let (ty, name) = self.rng.pick(&STORES);
            let operands = vec![self.address(2), self.expression(ty, 2)];
            let offset = self.rng.below(40);
            let store = format!("{}.{name} offset={offset}", ty.name());
            return Statement::Do(operands, vec![store]);
        }
        if self.rng.chance(12) {
            let global = self.rng.below(GLOBALS.len());
            let value = self.expression(GLOBALS[global], 2);
            return Statement::Do(vec![value], vec![format!("global.set $g{global}")]);
        }
        let local = self.rng.pick(&self.settable);
        let value = self.expression(self.locals[local as usize], DEPTH);
        set(local, value)
    }

    /// A local to an address in the same local, beyond the first page.
    fn far_store(&mut self) -> Statement {
        let local = self.get(self.settable[0]);
        let name = match local.ty {
            Type::I32 => "i32.store8",
            Type::I64 => "i64.store8",
        };
        let address = match local.ty {
            Type::I32 => local.clone(),
            Type::I64 => operator(Type::I32, "i32.wrap_i64", vec![local.clone()]),
        };
        let offset = self.rng.pick(&[0xffff, 0x1_0000, 0x2_0000]);
        Statement::Do(
            vec![address, local],
            vec![format!("{name} offset={offset}")],
        )
    }

    fn conditional(&mut self) -> Statement {
        let condition = self.condition(2);
        let counts = [1 + self.rng.below(3), self.rng.below(3)];
        let (label, [first, second]) = self.labelled(false, |inner, _| {
            counts.map(|count| inner.statements(count))
        });
        Statement::If(label, condition, first, second)
    }

    /// An open label; those of loops only now and then, for going back may go on for ever.
    fn target(&mut self) -> Option<Label> {
        let back = self.rng.chance(8);
        let labels: Vec<Label> = self
            .labels
            .iter()
            .filter(|(_, is_loop)| back || !is_loop)
            .map(|(label, _)| *label)
            .collect();
        (!labels.is_empty()).then(|| self.rng.pick(&labels))
    }

    fn branch(&mut self) -> Statement {
        let (Some(first), Some(second)) = (self.target(), self.target()) else {
            return self.simple();
        };
        match self.rng.below(10) {
            0 => Statement::Branch(first),
            1..4 => {
                let default = self.target().unwrap_or(first);
                let index = self.expression(Type::I32, 2);
                let mask = constant(Type::I32, 3);
                let index = typed(Type::I32, "and", vec![index, mask]);
                Statement::BranchTable(vec![first, second, default], index)
            }
            _ => Statement::BranchIf(first, self.condition(2)),
        }
    }

    /// A local, one less than it was.
    pub(super) fn step_down(&mut self, local: u32) -> Expression {
        let ty = self.locals[local as usize];
        let (name, step) = self.rng.pick(&[("sub", 1), ("add", -1)]);
        let less = typed(ty, name, vec![self.get(local), constant(ty, step)]);
        operator(ty, format!("local.tee {local}"), vec![less])
    }

    /// Leaves the function early.
    fn leave(&mut self) -> Statement {
        let (_, results) = SIGNATURES[self.signatures[self.position]];
        let values = results.iter().map(|ty| self.expression(*ty, 1)).collect();
        let always = self.rng.chance(10);
        Statement::Leave(values, (!always).then(|| self.condition(2)))
    }

    /// A call whose results are dropped or kept; one back or to itself only while there is fuel.
    fn call_statement(&mut self) -> Statement {
        let last = self.signatures.len() - 1;
        if self.profile.recursive && self.locals[0] == Type::I32 && self.rng.chance(60) {
            return self.recursion();
        }
        if self.position == last {
            return self.simple();
        }
        let callee = self.position + 1 + self.rng.below(last - self.position);
        let operands = self.arguments(self.signatures[callee], 2);
        self.finish_call(callee, operands, &format!("call $f{callee}"))
    }

    /// A call of any function whose first parameter can serve as fuel.
    fn recursion(&mut self) -> Statement {
        let fits = |signature: usize| SIGNATURES[signature].0.first() == Some(&Type::I32);
        let callees: Vec<usize> = (0..self.signatures.len())
            .filter(|callee| fits(self.signatures[*callee]))
            .collect();
        if callees.is_empty() {
            return self.simple();
        }
        let callee = self.rng.pick(&callees);
        let signature = self.signatures[callee];
        let mut operands = self.arguments(signature, 1);
        let one = constant(Type::I32, 1 + self.rng.below(2) as i64);
        operands[0] = typed(Type::I32, "sub", vec![self.get(0), one]);
        let mut instruction = format!("call $f{callee}");
        if self.rng.chance(30) {
            operands.push(constant(Type::I32, self.rng.below(8) as i64));
            instruction = format!("call_indirect (type $t{signature})");
        }
        let call = self.finish_call(callee, operands, &instruction);
        let zero = constant(Type::I32, 0);
        let fuelled = typed(Type::I32, "gt_s", vec![self.get(0), zero]);
        let (label, body) = self.labelled(false, |_, _| vec![call]);
        Statement::If(label, fuelled, body, Vec::new())
    }

    /// What becomes of a call's results.
    fn finish_call(
        &mut self,
        callee: usize,
        operands: Vec<Expression>,
        instruction: &str,
    ) -> Statement {
        let (_, results) = SIGNATURES[self.signatures[callee]];
        let mut instructions = vec![instruction.to_string()];
        for ty in results.iter().rev() {
            let fitting = self
                .settable
                .iter()
                .find(|local| self.locals[**local as usize] == *ty);
            instructions.push(match fitting {
                Some(local) if self.rng.chance(70) => format!("local.set {local}"),
                _ => "drop".to_string(),
            });
        }
        Statement::Do(operands, instructions)
    }

    /// A host function that gives nothing. `return` is rare, for it ends the run.
    fn host_call(&mut self) -> Statement {
        let choices: Vec<_> = IMPORTS
            .iter()
            .filter(|(_, _, result)| result.is_none())
            .collect();
        let mut index = self.rng.below(choices.len());
        if choices[index].0 == "return" && self.rng.chance(80) {
            index = 0;
        }
        let (name, params, _) = choices[index];
        let operands = params.iter().map(|ty| self.expression(*ty, 1)).collect();
        Statement::Do(operands, vec![format!("call ${name}")])
    }

    /// Bulk memory.
    fn bulk(&mut self) -> Statement {
        let all = ["memory.fill", "memory.copy", "memory.init 1", "data.drop 1"];
        let count = if self.profile.narrow { 2 } else { all.len() };
        let instruction = self.rng.pick(&all[..count]);
        if instruction == "data.drop 1" {
            let risky = self.takes_risk();
            let instruction = if risky { instruction } else { "data.drop 0" };
            return Statement::Do(Vec::new(), vec![instruction.into()]);
        }
        let mut small = |mask: i64| {
            let value = self.expression(Type::I32, 1);
            if self.takes_risk() {
                return value;
            }
            typed(Type::I32, "and", vec![value, constant(Type::I32, mask)])
        };
        // Where to, where from or what, how many: within the memory and within the segment.
        let half = (SEGMENT_BYTES.next_power_of_two() / 4 - 1) as i64;
        let mut operands = vec![small(0x1ff), small(half), small(half)];
        // Most code says how many. Above 4,096 it is paid in another way than below.
        if self.rng.chance(50) {
            let most = if self.takes_risk() {
                5_000
            } else {
                half as usize
            };
            let length = self.rng.below(most + 1);
            operands.pop();
            operands.push(constant(Type::I32, length as i64));
        }
        Statement::Do(operands, vec![instruction.into()])
    }
}

/// Assigns to a local.
pub(super) fn set(local: u32, value: Expression) -> Statement {
    Statement::Do(vec![value], vec![format!("local.set {local}")])
}
