//! Expressions: arithmetic, memory, calls, and control flow that leaves a value.

use super::Builder;
use super::syntax::{Expression, Form, IMPORTS, SIGNATURES, Type};

/// Two operands of a type, one result of the same.
const BINARY: [&str; 12] = [
    "add", "add", "sub", "mul", "and", "or", "xor", "shl", "shr_s", "shr_u", "rotl", "rotr",
];
const DIVISIONS: [&str; 4] = ["div_s", "div_u", "rem_s", "rem_u"];
pub(super) const COMPARISONS: [&str; 10] = [
    "eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u",
];
const UNARY_32: [&str; 5] = ["clz", "ctz", "popcnt", "extend8_s", "extend16_s"];
const UNARY_64: [&str; 4] = ["clz", "ctz", "popcnt", "extend32_s"];
const LOADS_32: [&str; 5] = ["load", "load8_s", "load8_u", "load16_s", "load16_u"];
const LOADS_64: [&str; 5] = ["load", "load8_u", "load16_s", "load32_s", "load32_u"];
/// Constants that loops, shifts and bounds are sensitive to.
const CONSTANTS: [i64; 14] = [
    0,
    1,
    2,
    3,
    4,
    7,
    8,
    16,
    31,
    100,
    -1,
    -2,
    0x7fff_ffff,
    -0x8000_0000,
];

/// One instruction and its operands.
pub(super) fn operator(
    ty: Type,
    instruction: impl Into<String>,
    operands: Vec<Expression>,
) -> Expression {
    let form = Form::Operator(instruction.into(), operands);
    Expression { ty, form }
}

/// A constant.
pub(super) fn constant(ty: Type, value: i64) -> Expression {
    operator(ty, format!("{}.const {value}", ty.name()), Vec::new())
}

/// An instruction of a type's own, like `i64.add`.
pub(super) fn typed(ty: Type, name: &str, operands: Vec<Expression>) -> Expression {
    operator(ty, format!("{}.{name}", ty.name()), operands)
}

impl Builder<'_> {
    /// An expression of a type, `depth` levels deep at most.
    pub(super) fn expression(&mut self, ty: Type, depth: usize) -> Expression {
        if depth == 0 || self.rng.chance(25) {
            return self.leaf(ty);
        }
        let deeper = depth - 1;
        match self.rng.below(100) {
            0..40 => {
                let name = self.rng.pick(&BINARY);
                let operands = vec![self.expression(ty, deeper), self.expression(ty, deeper)];
                typed(ty, name, operands)
            }
            40..52 => self.converted(ty, deeper),
            52..58 => self.unary(ty, deeper),
            58..70 => {
                let name = self.rng.pick(if ty == Type::I32 {
                    &LOADS_32
                } else {
                    &LOADS_64
                });
                let address = self.address(deeper);
                let offset = self.rng.below(40);
                typed(ty, &format!("{name} offset={offset}"), vec![address])
            }
            70..74 => {
                let operands = vec![
                    self.expression(ty, deeper),
                    self.expression(ty, deeper),
                    self.condition(deeper),
                ];
                operator(ty, "select", operands)
            }
            74..84 => self.branching(ty, deeper),
            84..92 => self.call(ty, deeper).unwrap_or_else(|| self.leaf(ty)),
            92..94 => self.host_result(ty, deeper),
            94..96 if ty == Type::I32 => self.memory_size(),
            _ => {
                let name = self.rng.pick(&DIVISIONS);
                let dividend = self.expression(ty, deeper);
                let mut divisor = self.expression(ty, deeper);
                if !self.takes_risk() {
                    divisor = typed(ty, "or", vec![divisor, constant(ty, 1)]);
                    divisor = typed(ty, "and", vec![divisor, constant(ty, 0xffff)]);
                }
                typed(ty, name, vec![dividend, divisor])
            }
        }
    }

    /// A number that is 0 about half the time, now and then through operators that change nothing.
    pub(super) fn condition(&mut self, depth: usize) -> Expression {
        let mut condition = self.plain_condition(depth);
        while self.rng.chance(20) {
            condition = self.disguised(condition);
        }
        condition
    }

    /// The same number, or whether it is 0, in a way that an engine may write no code for.
    fn disguised(&mut self, condition: Expression) -> Expression {
        let [zero, one] = [0, 1].map(|value| constant(Type::I32, value));
        let wide = |condition| operator(Type::I64, "i64.extend_i32_u", vec![condition]);
        let wide_zero = constant(Type::I64, 0);
        match self.rng.below(8) {
            0 => typed(Type::I32, "eqz", vec![condition]),
            1 => typed(Type::I32, "ne", vec![condition, zero]),
            2 => typed(Type::I32, "add", vec![condition, zero]),
            3 => typed(Type::I32, "xor", vec![condition, zero]),
            4 => operator(Type::I32, "i64.eqz", vec![wide(condition)]),
            5 => operator(Type::I32, "i64.ne", vec![wide(condition), wide_zero]),
            6 => operator(Type::I32, "i32.wrap_i64", vec![wide(condition)]),
            _ => operator(Type::I32, "select", vec![condition, zero, one]),
        }
    }

    fn plain_condition(&mut self, depth: usize) -> Expression {
        let ty = self.rng.pick(&[Type::I32, Type::I64]);
        if self.rng.chance(40) {
            let bit = 1 << self.rng.below(4);
            let value = self.expression(Type::I32, depth);
            return typed(Type::I32, "and", vec![value, constant(Type::I32, bit)]);
        }
        let name = self.rng.pick(&COMPARISONS);
        let operands = vec![self.expression(ty, depth), self.expression(ty, depth)];
        operator(Type::I32, format!("{}.{name}", ty.name()), operands)
    }

    /// Whether something that may trap is left as it is.
    pub(super) fn takes_risk(&mut self) -> bool {
        let risk = self.profile.risk;
        self.rng.chance(risk)
    }

    /// An address within the first page, unless a risk is taken.
    pub(super) fn address(&mut self, depth: usize) -> Expression {
        let address = self.expression(Type::I32, depth);
        if self.takes_risk() {
            return address;
        }
        let mask = constant(Type::I32, 0x3ff);
        typed(Type::I32, "and", vec![address, mask])
    }

    /// Reads a local that already exists.
    pub(super) fn get(&self, local: u32) -> Expression {
        let ty = self.locals[local as usize];
        operator(ty, format!("local.get {local}"), Vec::new())
    }

    /// A constant, a local or a global.
    fn leaf(&mut self, ty: Type) -> Expression {
        match self.rng.below(10) {
            0..3 => constant(ty, self.rng.pick(&CONSTANTS)),
            3 => {
                let global = usize::from(ty == Type::I64);
                operator(ty, format!("global.get $g{global}"), Vec::new())
            }
            _ => {
                let locals: Vec<u32> = (0..self.locals.len() as u32)
                    .filter(|local| self.locals[*local as usize] == ty)
                    .collect();
                let local = self.rng.pick(&locals);
                self.get(local)
            }
        }
    }

    fn unary(&mut self, ty: Type, depth: usize) -> Expression {
        let name = match ty {
            Type::I32 => self.rng.pick(&UNARY_32),
            Type::I64 => self.rng.pick(&UNARY_64),
        };
        let operand = self.expression(ty, depth);
        typed(ty, name, vec![operand])
    }

    /// A comparison, or a conversion from the other type.
    fn converted(&mut self, ty: Type, depth: usize) -> Expression {
        match ty {
            Type::I32 if self.rng.chance(70) => self.condition(depth),
            Type::I32 => {
                let operand = self.expression(Type::I64, depth);
                operator(ty, "i32.wrap_i64", vec![operand])
            }
            Type::I64 => {
                let name = self.rng.pick(&["i64.extend_i32_s", "i64.extend_i32_u"]);
                let operand = self.expression(Type::I32, depth);
                operator(ty, name, vec![operand])
            }
        }
    }

    /// `if` with a result, or blocks that are left with a value.
    fn branching(&mut self, ty: Type, depth: usize) -> Expression {
        let condition = self.condition(depth);
        let [first, second] = [self.expression(ty, depth), self.expression(ty, depth)];
        let form = match self.rng.below(3) {
            0 => Form::If(Box::new([condition, first, second])),
            1 => Form::Escape(Box::new([first, condition, second])),
            _ => Form::Table(Box::new([first, condition, second])),
        };
        Expression { ty, form }
    }

    /// A call of a function further on with one result of this type, direct or through the table.
    fn call(&mut self, ty: Type, depth: usize) -> Option<Expression> {
        let callees: Vec<usize> = (self.position + 1..self.signatures.len())
            .filter(|callee| SIGNATURES[self.signatures[*callee]].1 == [ty])
            .collect();
        if self.loops > 1 && self.rng.chance(70) {
            return None;
        }
        if self.rng.chance(12) && self.profile.risk + usize::from(self.profile.recursive) > 0 {
            let signatures: &[usize] = match ty {
                Type::I32 => &[1, 2],
                Type::I64 => &[3, 5],
            };
            let signature = self.rng.pick(signatures);
            return Some(self.call_indirect(signature, depth));
        }
        if callees.is_empty() {
            return None;
        }
        let callee = self.rng.pick(&callees);
        let operands = self.arguments(self.signatures[callee], depth);
        Some(operator(ty, format!("call $f{callee}"), operands))
    }

    /// A call through the table of a type with one result; it may find nothing, or another type.
    fn call_indirect(&mut self, signature: usize, depth: usize) -> Expression {
        let (_, results) = SIGNATURES[signature];
        let mut operands = self.arguments(signature, depth);
        let index = self.expression(Type::I32, 1);
        let mask = if self.takes_risk() { 15 } else { 7 };
        operands.push(typed(
            Type::I32,
            "and",
            vec![index, constant(Type::I32, mask)],
        ));
        operator(
            results[0],
            format!("call_indirect (type $t{signature})"),
            operands,
        )
    }

    /// Arguments for a call.
    pub(super) fn arguments(&mut self, signature: usize, depth: usize) -> Vec<Expression> {
        let (params, _) = SIGNATURES[signature];
        params
            .iter()
            .map(|ty| self.expression(*ty, depth.min(2)))
            .collect()
    }

    /// A host function that gives a number.
    fn host_result(&mut self, ty: Type, depth: usize) -> Expression {
        let choices: Vec<_> = IMPORTS
            .iter()
            .filter(|(_, _, result)| *result == Some(ty))
            .collect();
        let (name, params, _) = self.rng.pick(&choices);
        let operands = params
            .iter()
            .map(|ty| self.expression(*ty, depth.min(1)))
            .collect();
        operator(ty, format!("call ${name}"), operands)
    }

    /// `memory.size`, or `memory.grow` by little.
    fn memory_size(&mut self) -> Expression {
        if self.rng.chance(50) {
            return operator(Type::I32, "memory.size", Vec::new());
        }
        let pages = constant(Type::I32, self.rng.below(3) as i64);
        let pages = match self.takes_risk() {
            true => self.expression(Type::I32, 1),
            false => pages,
        };
        operator(Type::I32, "memory.grow", vec![pages])
    }
}
