//! Integers of a scenario to SCALE bytes: little-endian at the width of the type, if they fit.

use lockstep_abi::Type;
use toml::Spanned;

use super::Value;
use super::describe::{integer_type, type_name, wrong_type};
use super::lookup::Mismatch;
use super::number::{grouped, integer};
use crate::problem_code::ProblemCode;

/// The bytes of an integer, or why the value does not fit.
pub(super) fn encode_integer(ty: &Type, value: &Spanned<Value>) -> Result<Vec<u8>, Mismatch> {
    let (Some((bits, signed)), Some((negative, magnitude))) =
        (integer_type(ty), integer(value.get_ref()))
    else {
        return Err(wrong_type(ty, value));
    };
    let bit = |position: u32| 1_u128.checked_shl(position).unwrap_or(0);
    let (below, above) = match signed {
        true => (bit(bits - 1), bit(bits - 1) - 1),
        false => (0, bit(bits).wrapping_sub(1)),
    };
    if magnitude > if negative { below } else { above } {
        let sign = |number: u128, negative| {
            if negative && number > 0 {
                format!("-{}", grouped(number))
            } else {
                grouped(number)
            }
        };
        let actual = sign(magnitude, negative);
        let limit = sign(if negative { below } else { above }, negative);
        let name = type_name(ty);
        let message = format!("{actual} does not fit into {name}");
        let help = format!("{name} holds {} to {}", sign(below, true), grouped(above));
        return Err(Mismatch {
            code: ProblemCode::ScenarioNumber,
            bound: Some((limit, actual)),
            ..Mismatch::new(value.span(), message, help)
        });
    }
    let number = if negative {
        magnitude.wrapping_neg()
    } else {
        magnitude
    };
    let bytes = number.to_le_bytes().into_iter().zip(0..bits / 8);
    Ok(bytes.map(|(byte, _)| byte).collect())
}
