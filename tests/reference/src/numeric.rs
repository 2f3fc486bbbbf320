//! The integer operators, one line each, written from the specification's definitions.

use wasmparser::Operator;

use crate::op::Op;
use crate::stop::Stop;

/// The flat form of an integer operator; `None` when `operator` is not one.
pub(crate) fn numeric(operator: &Operator<'_>) -> Option<Op> {
    conversion(operator)
        .or_else(|| comparison_32(operator))
        .or_else(|| comparison_64(operator))
        .or_else(|| arithmetic_32(operator))
        .or_else(|| arithmetic_64(operator))
}

fn conversion(operator: &Operator<'_>) -> Option<Op> {
    Some(match operator {
        Operator::I32Eqz => Op::Unary32(|a| u32::from(a == 0)),
        Operator::I32Clz => Op::Unary32(u32::leading_zeros),
        Operator::I32Ctz => Op::Unary32(u32::trailing_zeros),
        Operator::I32Popcnt => Op::Unary32(u32::count_ones),
        Operator::I32Extend8S => Op::Unary32(|a| a as i8 as u32),
        Operator::I32Extend16S => Op::Unary32(|a| a as i16 as u32),
        Operator::I64Eqz => Op::Unary64(|a| u64::from(a == 0)),
        Operator::I64Clz => Op::Unary64(|a| u64::from(a.leading_zeros())),
        Operator::I64Ctz => Op::Unary64(|a| u64::from(a.trailing_zeros())),
        Operator::I64Popcnt => Op::Unary64(|a| u64::from(a.count_ones())),
        Operator::I64Extend8S => Op::Unary64(|a| a as i8 as u64),
        Operator::I64Extend16S => Op::Unary64(|a| a as i16 as u64),
        Operator::I64Extend32S => Op::Unary64(|a| a as i32 as u64),
        Operator::I32WrapI64 => Op::Unary64(|a| a & 0xffff_ffff),
        Operator::I64ExtendI32S => Op::Unary64(|a| a as i32 as u64),
        Operator::I64ExtendI32U => Op::Unary64(|a| a & 0xffff_ffff),
        _ => return None,
    })
}

fn comparison_32(operator: &Operator<'_>) -> Option<Op> {
    Some(match operator {
        Operator::I32Eq => Op::Compare32(|a, b| a == b),
        Operator::I32Ne => Op::Compare32(|a, b| a != b),
        Operator::I32LtS => Op::Compare32(|a, b| (a as i32) < (b as i32)),
        Operator::I32LtU => Op::Compare32(|a, b| a < b),
        Operator::I32GtS => Op::Compare32(|a, b| (a as i32) > (b as i32)),
        Operator::I32GtU => Op::Compare32(|a, b| a > b),
        Operator::I32LeS => Op::Compare32(|a, b| (a as i32) <= (b as i32)),
        Operator::I32LeU => Op::Compare32(|a, b| a <= b),
        Operator::I32GeS => Op::Compare32(|a, b| (a as i32) >= (b as i32)),
        Operator::I32GeU => Op::Compare32(|a, b| a >= b),
        _ => return None,
    })
}

fn comparison_64(operator: &Operator<'_>) -> Option<Op> {
    Some(match operator {
        Operator::I64Eq => Op::Compare64(|a, b| a == b),
        Operator::I64Ne => Op::Compare64(|a, b| a != b),
        Operator::I64LtS => Op::Compare64(|a, b| (a as i64) < (b as i64)),
        Operator::I64LtU => Op::Compare64(|a, b| a < b),
        Operator::I64GtS => Op::Compare64(|a, b| (a as i64) > (b as i64)),
        Operator::I64GtU => Op::Compare64(|a, b| a > b),
        Operator::I64LeS => Op::Compare64(|a, b| (a as i64) <= (b as i64)),
        Operator::I64LeU => Op::Compare64(|a, b| a <= b),
        Operator::I64GeS => Op::Compare64(|a, b| (a as i64) >= (b as i64)),
        Operator::I64GeU => Op::Compare64(|a, b| a >= b),
        _ => return None,
    })
}

fn arithmetic_32(operator: &Operator<'_>) -> Option<Op> {
    Some(match operator {
        Operator::I32Add => Op::Binary32(|a, b| Ok(a.wrapping_add(b))),
        Operator::I32Sub => Op::Binary32(|a, b| Ok(a.wrapping_sub(b))),
        Operator::I32Mul => Op::Binary32(|a, b| Ok(a.wrapping_mul(b))),
        Operator::I32DivS => Op::Binary32(divide_signed_32),
        Operator::I32DivU => Op::Binary32(|a, b| a.checked_div(b).ok_or(Stop::DivisionByZero)),
        Operator::I32RemS => Op::Binary32(|a, b| match b {
            0 => Err(Stop::DivisionByZero),
            _ => Ok((a as i32).wrapping_rem(b as i32) as u32),
        }),
        Operator::I32RemU => Op::Binary32(|a, b| a.checked_rem(b).ok_or(Stop::DivisionByZero)),
        Operator::I32And => Op::Binary32(|a, b| Ok(a & b)),
        Operator::I32Or => Op::Binary32(|a, b| Ok(a | b)),
        Operator::I32Xor => Op::Binary32(|a, b| Ok(a ^ b)),
        Operator::I32Shl => Op::Binary32(|a, b| Ok(a << (b % 32))),
        Operator::I32ShrS => Op::Binary32(|a, b| Ok(((a as i32) >> (b % 32)) as u32)),
        Operator::I32ShrU => Op::Binary32(|a, b| Ok(a >> (b % 32))),
        Operator::I32Rotl => Op::Binary32(|a, b| Ok(a.rotate_left(b % 32))),
        Operator::I32Rotr => Op::Binary32(|a, b| Ok(a.rotate_right(b % 32))),
        _ => return None,
    })
}

fn arithmetic_64(operator: &Operator<'_>) -> Option<Op> {
    Some(match operator {
        Operator::I64Add => Op::Binary64(|a, b| Ok(a.wrapping_add(b))),
        Operator::I64Sub => Op::Binary64(|a, b| Ok(a.wrapping_sub(b))),
        Operator::I64Mul => Op::Binary64(|a, b| Ok(a.wrapping_mul(b))),
        Operator::I64DivS => Op::Binary64(divide_signed_64),
        Operator::I64DivU => Op::Binary64(|a, b| a.checked_div(b).ok_or(Stop::DivisionByZero)),
        Operator::I64RemS => Op::Binary64(|a, b| match b {
            0 => Err(Stop::DivisionByZero),
            _ => Ok((a as i64).wrapping_rem(b as i64) as u64),
        }),
        Operator::I64RemU => Op::Binary64(|a, b| a.checked_rem(b).ok_or(Stop::DivisionByZero)),
        Operator::I64And => Op::Binary64(|a, b| Ok(a & b)),
        Operator::I64Or => Op::Binary64(|a, b| Ok(a | b)),
        Operator::I64Xor => Op::Binary64(|a, b| Ok(a ^ b)),
        Operator::I64Shl => Op::Binary64(|a, b| Ok(a << (b % 64))),
        Operator::I64ShrS => Op::Binary64(|a, b| Ok(((a as i64) >> (b % 64)) as u64)),
        Operator::I64ShrU => Op::Binary64(|a, b| Ok(a >> (b % 64))),
        Operator::I64Rotl => Op::Binary64(|a, b| Ok(a.rotate_left((b % 64) as u32))),
        Operator::I64Rotr => Op::Binary64(|a, b| Ok(a.rotate_right((b % 64) as u32))),
        _ => return None,
    })
}

/// `i32.div_s`: by zero and the one quotient that does not fit are traps of their own.
fn divide_signed_32(a: u32, b: u32) -> Result<u32, Stop> {
    match (a as i32, b as i32) {
        (_, 0) => Err(Stop::DivisionByZero),
        (i32::MIN, -1) => Err(Stop::IntegerOverflow),
        (a, b) => Ok((a / b) as u32),
    }
}

/// `i64.div_s`, as [`divide_signed_32`].
fn divide_signed_64(a: u64, b: u64) -> Result<u64, Stop> {
    match (a as i64, b as i64) {
        (_, 0) => Err(Stop::DivisionByZero),
        (i64::MIN, -1) => Err(Stop::IntegerOverflow),
        (a, b) => Ok((a / b) as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::{divide_signed_32, divide_signed_64};
    use crate::stop::Stop;

    #[test]
    fn signed_division_traps_where_the_specification_says_so() {
        assert_eq!(divide_signed_32(7, 0), Err(Stop::DivisionByZero));
        assert_eq!(
            divide_signed_32(0x8000_0000, u32::MAX),
            Err(Stop::IntegerOverflow)
        );
        assert_eq!(divide_signed_32(u32::MAX - 6, 2), Ok(u32::MAX - 2));
        assert_eq!(
            divide_signed_64(1 << 63, u64::MAX),
            Err(Stop::IntegerOverflow)
        );
    }
}
