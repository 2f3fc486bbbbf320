//! What the integer operators make of what is known about their operands.
//!
//! Every rule is a range or a sum that holds for all numbers in the operands' ranges. Without a
//! rule the result can be any number of its width.

use wasmparser::Operator;

use super::comparison::{compared, comparison, condition};
use super::range::{Range, Width};
use super::state::State;
use super::value::{Fact, SymbolFacts, Symbols, Value};

/// The result of an operator with one operand.
pub(super) fn unary(
    operator: &Operator<'_>,
    operand: Value,
    state: &State,
    symbols: &mut Symbols,
) -> Value {
    let range = state.range(operand, symbols);
    let source = symbols.source(operand);
    match operator {
        Operator::I32Eqz | Operator::I64Eqz => {
            let fact = condition(operand, symbols).negated();
            compared(fact, state, symbols)
        }
        Operator::I64ExtendI32U => resized(operand, range, Width::W64, symbols),
        Operator::I32WrapI64 if range.high <= Width::W32.most() => {
            resized(operand, range, Width::W32, symbols)
        }
        Operator::I32WrapI64 => match operand.known() {
            Some(number) => Value::constant(number & Width::W32.most(), Width::W32),
            None => symbols.unknown(Width::W32, source),
        },
        Operator::I64ExtendI32S if range.high < Width::W32.sign() => {
            resized(operand, range, Width::W64, symbols)
        }
        Operator::I32Clz | Operator::I32Ctz | Operator::I32Popcnt => {
            symbols.fresh(Range::up_to(32), Width::W32, source)
        }
        Operator::I64Clz | Operator::I64Ctz | Operator::I64Popcnt => {
            symbols.fresh(Range::up_to(64), Width::W64, source)
        }
        Operator::I64ExtendI32S => symbols.unknown(Width::W64, source),
        // The remaining ones extend within a width.
        _ => symbols.unknown(operand.width, source),
    }
}

/// The same number in another width.
fn resized(operand: Value, range: Range, width: Width, symbols: &mut Symbols) -> Value {
    if let Some(number) = operand.known() {
        return Value::constant(number, width);
    }
    let known = operand.bare().and_then(|symbol| symbols.facts(symbol));
    let (source, quantity) = match known {
        Some(facts) => (facts.source, facts.quantity),
        None => (symbols.source(operand), None),
    };
    let facts = SymbolFacts {
        quantity,
        ..SymbolFacts::of(range, source)
    };
    symbols.add(facts, width)
}

/// The result of an operator with two operands.
pub(super) fn binary(
    operator: &Operator<'_>,
    left: Value,
    right: Value,
    state: &State,
    symbols: &mut Symbols,
) -> Value {
    if let Some((relation, swapped)) = comparison(operator) {
        let (left, right) = if swapped {
            (right, left)
        } else {
            (left, right)
        };
        let fact = Fact {
            relation,
            left,
            right,
        };
        return compared(fact, state, symbols);
    }
    let width = left.width;
    let sum = match operator {
        Operator::I32Add | Operator::I64Add => left.add(right),
        Operator::I32Sub | Operator::I64Sub => left.sub(right),
        _ => None,
    };
    if let Some(sum) = sum {
        return sum;
    }
    let source = symbols.source(left).or(symbols.source(right));
    let (a, b) = (state.range(left, symbols), state.range(right, symbols));
    let range = combined(operator, a, b, width).unwrap_or(Range::up_to(width.most()));
    match divisor(operator, b, width) {
        Some(divisor) if range.low < range.high => {
            let facts = SymbolFacts {
                quotient: Some((left, divisor)),
                ..SymbolFacts::of(range, source)
            };
            symbols.add(facts, width)
        }
        _ => symbols.fresh(range, width, source),
    }
}

/// What an operator divides by, if that is known and at least 2.
fn divisor(operator: &Operator<'_>, b: Range, width: Width) -> Option<u64> {
    let divisor = match operator {
        Operator::I32DivU | Operator::I64DivU => b.low,
        Operator::I32ShrU | Operator::I64ShrU => 1_u64.checked_shl(amount(b.low, width))?,
        _ => return None,
    };
    (b.low == b.high && divisor >= 2).then_some(divisor)
}

/// The results for operands in these ranges.
fn combined(operator: &Operator<'_>, a: Range, b: Range, width: Width) -> Option<Range> {
    let exact = b.low == b.high;
    match operator {
        Operator::I32Add | Operator::I64Add => Some(a.plus(b, width)),
        Operator::I32Sub | Operator::I64Sub => Some(Range {
            low: a.low.checked_sub(b.high)?,
            high: a.high.checked_sub(b.low)?,
        }),
        Operator::I32Mul | Operator::I64Mul => Some(Range {
            low: a.low.checked_mul(b.low)?,
            high: a.high.checked_mul(b.high)?,
        })
        .filter(|range| range.high <= width.most()),
        Operator::I32And | Operator::I64And => Some(masked(a, b, width)),
        Operator::I32Or | Operator::I64Or => Some(Range {
            low: a.low.max(b.low),
            high: filled(a.high | b.high),
        }),
        Operator::I32Xor | Operator::I64Xor => Some(Range::up_to(filled(a.high | b.high))),
        Operator::I32Shl | Operator::I64Shl if exact => {
            let factor = 1_u64.checked_shl(amount(b.low, width))?;
            Some(Range {
                low: a.low.checked_mul(factor)?,
                high: a.high.checked_mul(factor)?,
            })
            .filter(|range| range.high <= width.most())
        }
        Operator::I32ShrU | Operator::I64ShrU if exact => {
            let by = amount(b.low, width);
            Some(Range {
                low: a.low.checked_shr(by)?,
                high: a.high.checked_shr(by)?,
            })
        }
        Operator::I32DivU | Operator::I64DivU => Some(Range {
            low: a.low.checked_div(b.high)?,
            high: a.high.checked_div(b.low.max(1))?,
        }),
        Operator::I32RemU | Operator::I64RemU => {
            Some(Range::up_to(a.high.min(b.high.saturating_sub(1))))
        }
        _ => None,
    }
}

/// A shift amount as the operators take it.
fn amount(by: u64, width: Width) -> u32 {
    let bits = u64::from(width.bits());
    u32::try_from(by & bits.saturating_sub(1)).unwrap_or(0)
}

/// The smallest number of the form 2^n - 1 that is not below.
const fn filled(number: u64) -> u64 {
    match u64::MAX.checked_shr(number.leading_zeros()) {
        Some(filled) => filled,
        None => 0,
    }
}

/// The results of `and`. A mask of upper bits keeps the order of numbers.
fn masked(a: Range, b: Range, width: Width) -> Range {
    for (range, mask) in [(a, b), (b, a)] {
        let upper = width.sub(0, mask.low);
        if mask.low == mask.high && upper.is_power_of_two() {
            return Range {
                low: range.low & mask.low,
                high: range.high & mask.low,
            };
        }
    }
    Range::up_to(a.high.min(b.high))
}

/// The result of `select`.
pub(super) fn select(
    first: Value,
    second: Value,
    chosen: Value,
    state: &State,
    symbols: &mut Symbols,
) -> Value {
    match chosen.known() {
        Some(0) => return second,
        Some(_) => return first,
        None if first == second => return first,
        None => {}
    }
    let fact = condition(chosen, symbols);
    let first_range = narrowed(first, fact, state, symbols);
    let second_range = narrowed(second, fact.negated(), state, symbols);
    let range = first_range.hull(second_range);
    let source = symbols.source(first).or(symbols.source(second));
    symbols.fresh(range, first.width, source)
}

/// The numbers that a value can be when a comparison holds. The value is often one of its sides.
fn narrowed(value: Value, fact: Fact, state: &State, symbols: &Symbols) -> Range {
    match state.sides(fact, symbols) {
        Some((left, _)) if fact.left == value => left,
        Some((_, right)) if fact.right == value => right,
        _ => state.range(value, symbols),
    }
}
