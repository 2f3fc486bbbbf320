//! Cuts a failing module down to a small one that still fails.
//!
//! One cut removes a statement, puts what is inside of it in its place, replaces an expression by 0
//! or by one of its operands, or takes an export back. All cuts of a module are numbered; they are
//! tried one after another, and one that keeps the failure is kept. A cut may make a module that is
//! not valid (a branch whose label is gone, say): whoever judges says that this one does not fail.

use super::print::print;
use super::syntax::{Expression, Form, Module, Statement, Type};

/// How many cuts are tried at most.
const ATTEMPTS_MAX: usize = 5_000;

/// The smallest module that `fails` is found for by cutting `module`, as text.
pub fn minimise(mut module: Module, mut fails: impl FnMut(&str) -> bool) -> String {
    let mut attempts = 0;
    let mut progress = true;
    while progress {
        progress = false;
        let mut number = 0;
        while attempts < ATTEMPTS_MAX {
            let mut candidate = module.clone();
            if !cut(&mut candidate, number) {
                break;
            }
            attempts += 1;
            if fails(&print(&candidate)) {
                module = candidate;
                progress = true;
            } else {
                number += 1;
            }
        }
    }
    print(&module)
}

/// Makes one cut, if there is one with this number.
fn cut(module: &mut Module, number: usize) -> bool {
    let mut cutter = Cutter { left: number };
    module.functions.iter_mut().any(|function| {
        if function.exported && cutter.here() {
            function.exported = false;
            return true;
        }
        cutter.statements(&mut function.body) || cutter.expressions(&mut function.results)
    })
}

/// Counts the cuts that are passed over. Every method says whether the cut was made.
struct Cutter {
    left: usize,
}

impl Cutter {
    fn here(&mut self) -> bool {
        let found = self.left == 0;
        self.left = self.left.wrapping_sub(1);
        found
    }

    fn statements(&mut self, list: &mut Vec<Statement>) -> bool {
        for index in 0..list.len() {
            if self.here() {
                list.remove(index);
                return true;
            }
            if inside(&list[index]).is_some() && self.here() {
                let body = inside(&list[index]).unwrap_or_default();
                list.splice(index..=index, body);
                return true;
            }
            if self.statement(&mut list[index]) {
                return true;
            }
        }
        false
    }

    fn statement(&mut self, statement: &mut Statement) -> bool {
        match statement {
            Statement::Do(operands, _) => self.expressions(operands),
            Statement::If(_, condition, first, second) => {
                self.expression(condition) || self.statements(first) || self.statements(second)
            }
            Statement::Block(_, body) | Statement::Loop(_, body) => self.statements(body),
            Statement::Branch(_) => false,
            Statement::BranchIf(_, condition) | Statement::BranchTable(_, condition) => {
                self.expression(condition)
            }
            Statement::Hold(value, body) => self.expression(value) || self.statements(body),
            Statement::Leave(values, condition) => {
                self.expressions(values)
                    || condition
                        .as_mut()
                        .is_some_and(|condition| self.expression(condition))
            }
        }
    }

    fn expressions(&mut self, list: &mut [Expression]) -> bool {
        list.iter_mut()
            .any(|expression| self.expression(expression))
    }

    fn expression(&mut self, expression: &mut Expression) -> bool {
        let ty = expression.ty;
        if is_constant(expression) {
            return false;
        }
        if self.here() {
            let zero = format!("{}.const 0", ty.name());
            expression.form = Form::Operator(zero, Vec::new());
            return true;
        }
        let operands = match &mut expression.form {
            Form::Operator(_, operands) => operands.as_mut_slice(),
            Form::If(parts) | Form::Escape(parts) | Form::Table(parts) => parts.as_mut_slice(),
        };
        let replacement = operands
            .iter()
            .find(|operand| operand.ty == ty && self.here())
            .cloned();
        if let Some(operand) = replacement {
            *expression = operand;
            return true;
        }
        self.expressions(operands)
    }
}

fn is_constant(expression: &Expression) -> bool {
    let constants = [Type::I32, Type::I64].map(|ty| format!("{}.const", ty.name()));
    match &expression.form {
        Form::Operator(instruction, _) => {
            constants.iter().any(|start| instruction.starts_with(start))
        }
        _ => false,
    }
}

/// The statements inside of one.
fn inside(statement: &Statement) -> Option<Vec<Statement>> {
    match statement {
        Statement::If(_, _, first, second) => Some([first.clone(), second.clone()].concat()),
        Statement::Block(_, body) | Statement::Loop(_, body) => Some(body.clone()),
        Statement::Hold(_, body) => Some(body.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::minimise;
    use crate::control_flow::module;

    /// A failure that one operator causes is cut down to little more than that operator.
    #[test]
    fn what_has_no_part_in_the_failure_goes_away() {
        let fails = |text: &str| wat::parse_str(text).is_ok() && text.contains("i64.rotl");
        let seed = (0..).find(|seed| fails(&super::print(&module(*seed))));
        let before = module(seed.expect("some module rotates"));
        let smaller = minimise(before.clone(), fails);
        assert!(fails(&smaller));
        let lines = |text: &str| text.lines().count();
        let functions = before.functions.len();
        // What every module has, and for each function its frame and a result.
        assert!(lines(&smaller) < 36 + 5 * functions, "{smaller}");
    }
}
