//! Loops, above all counted ones, in the shapes that compilers and people write.
//!
//! Most count from a start by a constant step to a bound they reach after a few trips. Some do not:
//! start and bound are picked apart from each other, so that the loop runs once, never, or round
//! the whole range of the counter until the gas ends. Bounds are constants, locals, parameters, or
//! locals that the body changes; there may be a second counter, an early exit, or a jump back that
//! skips the step.

use super::Builder;
use super::expressions::{COMPARISONS, constant, operator, typed};
use super::statements::set;
use super::syntax::{Expression, Form, Label, Statement, Type};

/// Where the condition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Behind the body: the counter is stepped, then read again.
    DoWhile,
    /// Behind the body: the counter is stepped by `local.tee` inside the condition.
    Tee,
    /// In front of the body: a branch out, and an unconditional branch back.
    While,
    /// Behind the body, and once more in front of the loop.
    Rotated,
}

const SHAPES: [Shape; 5] = [
    Shape::DoWhile,
    Shape::Tee,
    Shape::Tee,
    Shape::While,
    Shape::Rotated,
];
const STEPS: [i64; 10] = [1, 1, 1, 1, 2, 3, 4, 7, 8, 16];
/// Starts and bounds that need not fit each other.
const ODD: [i64; 10] = [
    0,
    1,
    -1,
    5,
    -6,
    64,
    0x7fff_fffa,
    0x7fff_ffff,
    -0x8000_0000,
    -0x7fff_fff8,
];

/// How a counted loop counts.
#[derive(Clone, Copy)]
struct Count {
    ty: Type,
    counter: u32,
    start: i64,
    /// What is added at each trip.
    step: i64,
    /// A local that has the step.
    step_local: Option<u32>,
    /// Whether a step down is written as a subtraction.
    subtracts: bool,
    bound: i64,
    /// The comparison that goes on while it holds.
    comparison: &'static str,
}

impl Builder<'_> {
    /// A loop of any kind.
    pub(super) fn any_loop(&mut self) -> Statement {
        match self.rng.below(10) {
            0 => self.fuelled_loop(),
            1 => self.countdown(),
            _ => self.counted_loop(),
        }
    }

    /// Decides how to count.
    fn count(&mut self) -> Count {
        let ty = self.rng.pick(&[Type::I32, Type::I32, Type::I32, Type::I64]);
        let counter = self.fresh(ty);
        let down = self.rng.chance(40);
        let size = self.rng.pick(&STEPS);
        let step = if down { -size } else { size };
        let step_local = self.rng.chance(12).then(|| self.fresh(ty));
        let subtracts = down && self.rng.chance(30);
        if self.rng.chance(12) {
            return Count {
                ty,
                counter,
                start: self.rng.pick(&ODD),
                step,
                step_local,
                subtracts,
                bound: self.rng.pick(&ODD),
                comparison: self.rng.pick(&COMPARISONS),
            };
        }
        let most = [24, 7, 4][self.loops.min(2)];
        let trips = self.rng.below(most) as i64;
        let choices = match down {
            false => ["lt_s", "lt_u", "le_s", "le_u", "ne"],
            true => ["gt_s", "gt_u", "ge_s", "ge_u", "ne"],
        };
        let comparison = self.rng.pick(&choices);
        // `ne` has to hit its bound, and the first trip of some shapes comes before the question.
        let trips = if comparison == "ne" { trips + 1 } else { trips };
        let base = self.rng.pick(&[1, 2, 5, 16, 100]);
        let low = if comparison.ends_with("_s") && self.rng.chance(30) {
            -base - size * trips / 2
        } else {
            base + size
        };
        let far = low + size * trips;
        let (start, bound) = if down { (far, low) } else { (low, far) };
        Count {
            ty,
            counter,
            start,
            step,
            step_local,
            subtracts,
            bound,
            comparison,
        }
    }

    fn counted_loop(&mut self) -> Statement {
        let count = self.count();
        let shape = self.rng.pick(&SHAPES);
        let bound_local = self.rng.chance(50).then(|| self.fresh(count.ty));
        let (exit, body) = self.labelled(false, |inner, exit| {
            let mut code = vec![set(count.counter, constant(count.ty, count.start))];
            if let Some(local) = count.step_local {
                let size = if count.subtracts {
                    -count.step
                } else {
                    count.step
                };
                code.push(set(local, constant(count.ty, size)));
            }
            if let Some(local) = bound_local {
                code.push(set(local, inner.bound_value(&count)));
            }
            if shape == Shape::Rotated {
                let condition = inner.holds(&count, inner.get(count.counter), bound_local);
                code.push(leave_unless(exit, condition));
            }
            let (head, body) = inner.labelled(true, |inner, head| {
                inner.loop_code(&count, shape, bound_local, exit, head)
            });
            code.push(Statement::Loop(head, body));
            code
        });
        Statement::Block(exit, body)
    }

    /// What a bound's local starts with: mostly the number that fits the start.
    fn bound_value(&mut self, count: &Count) -> Expression {
        if self.rng.chance(80) {
            return constant(count.ty, count.bound);
        }
        let value = self.expression(count.ty, 1);
        typed(count.ty, "and", vec![value, constant(count.ty, 15)])
    }

    /// The condition to go on, for a counter that has the given value.
    fn holds(&self, count: &Count, counter: Expression, bound: Option<u32>) -> Expression {
        let bound = match bound {
            Some(local) => self.get(local),
            None => constant(count.ty, count.bound),
        };
        let name = format!("{}.{}", count.ty.name(), count.comparison);
        operator(Type::I32, name, vec![counter, bound])
    }

    /// The counter, one step on.
    fn stepped(&self, count: &Count) -> Expression {
        let (name, size) = match count.subtracts {
            true => ("sub", -count.step),
            false => ("add", count.step),
        };
        let size = match count.step_local {
            Some(local) => self.get(local),
            None => constant(count.ty, size),
        };
        typed(count.ty, name, vec![self.get(count.counter), size])
    }

    /// The inside of a counted loop.
    fn loop_code(
        &mut self,
        count: &Count,
        shape: Shape,
        bound: Option<u32>,
        exit: Label,
        head: Label,
    ) -> Vec<Statement> {
        let mut code = Vec::new();
        if shape == Shape::While {
            let condition = self.holds(count, self.get(count.counter), bound);
            code.push(leave_unless(exit, condition));
        }
        let mut body = self.loop_body(exit);
        if let Some(local) = bound.filter(|_| self.rng.chance(12)) {
            let ty = self.locals[local as usize];
            let change = self.rng.pick(&["sub", "sub", "add", "xor"]);
            let changed = typed(ty, change, vec![self.get(local), constant(ty, 1)]);
            body.push(set(local, changed));
        }
        if self.rng.chance(3) {
            body.push(set(count.counter, self.stepped(count)));
        }
        if shape == Shape::Tee {
            code.append(&mut body);
            let tee = format!("local.tee {}", count.counter);
            let counter = operator(count.ty, tee, vec![self.stepped(count)]);
            let mut condition = self.holds(count, counter, bound);
            if let Form::Operator(_, operands) = &mut condition.form
                && count.comparison == "ne"
                && self.rng.chance(40)
            {
                operands.reverse();
            }
            code.push(Statement::BranchIf(head, condition));
            return code;
        }
        let step = set(count.counter, self.stepped(count));
        if self.rng.chance(20) {
            body.insert(0, step);
        } else {
            body.push(step);
        }
        code.append(&mut body);
        code.push(if shape == Shape::While {
            Statement::Branch(head)
        } else {
            Statement::BranchIf(head, self.holds(count, self.get(count.counter), bound))
        });
        code
    }

    /// The body: often one straight block, otherwise anything; perhaps with an early exit.
    fn loop_body(&mut self, exit: Label) -> Vec<Statement> {
        let mut body = if self.rng.chance(50) {
            let count = self.rng.below(4);
            (0..count).map(|_| self.simple()).collect()
        } else {
            let count = 1 + self.rng.below(3);
            self.statements(count)
        };
        if self.rng.chance(20) {
            let at = self.rng.below(body.len() + 1);
            let condition = self.condition(2);
            body.insert(at, Statement::BranchIf(exit, condition));
        }
        body
    }

    /// A counter that goes down to 0 and is its own condition.
    fn countdown(&mut self) -> Statement {
        let counter = self.fresh(Type::I32);
        let trips = 1 + self.rng.below(if self.loops == 0 { 40 } else { 5 });
        let (exit, body) = self.labelled(false, |inner, exit| {
            let (head, body) = inner.labelled(true, |inner, head| {
                let mut body = inner.loop_body(exit);
                body.push(Statement::BranchIf(head, inner.step_down(counter)));
                body
            });
            let start = constant(Type::I32, trips as i64);
            vec![set(counter, start), Statement::Loop(head, body)]
        });
        Statement::Block(exit, body)
    }

    /// A loop that repeats on any condition while there is fuel.
    fn fuelled_loop(&mut self) -> Statement {
        let fuel = self.fresh(Type::I32);
        let trips = constant(Type::I32, 1 + self.rng.below(12) as i64);
        let (exit, body) = self.labelled(false, |inner, exit| {
            let (head, body) = inner.labelled(true, |inner, head| {
                let out = typed(Type::I32, "eqz", vec![inner.step_down(fuel)]);
                let mut body = vec![Statement::BranchIf(exit, out)];
                body.append(&mut inner.loop_body(exit));
                let again = inner.condition(2);
                body.push(Statement::BranchIf(head, again));
                body
            });
            vec![set(fuel, trips), Statement::Loop(head, body)]
        });
        Statement::Block(exit, body)
    }
}

/// A branch out unless `condition` holds.
fn leave_unless(exit: Label, condition: Expression) -> Statement {
    Statement::BranchIf(exit, typed(Type::I32, "eqz", vec![condition]))
}
