//! Integers of a scenario to SCALE bytes: little-endian at the width of the type, if they fit.

use lockstep_abi::Type;
use toml::Spanned;

use super::Value;
use super::describe::{integer_type, type_name, wrong_type};
use super::lookup::Mismatch;
use super::number::{grouped, integer, is_integer};
use crate::problem_code::ProblemCode;

/// The bytes of an integer, or why the value does not fit.
pub(super) fn encode_integer(ty: &Type, value: &Spanned<Value>) -> Result<Vec<u8>, Mismatch> {
    let Some((bits, signed)) = integer_type(ty) else {
        return Err(wrong_type(ty, value));
    };
    let bit = |position: u32| 1_u128.checked_shl(position).unwrap_or(0);
    let (below, above) = match signed {
        true => (bit(bits - 1), bit(bits - 1) - 1),
        false => (0, bit(bits).wrapping_sub(1)),
    };
    let (negative, magnitude) = match (integer(value.get_ref()), value.get_ref()) {
        (Some(found), _) => found,
        (None, Value::Text(text)) if is_integer(text) => {
            let negative = text.starts_with('-');
            return Err(does_not_fit(ty, value, negative, text, (below, above)));
        }
        _ => return Err(wrong_type(ty, value)),
    };
    if magnitude > if negative { below } else { above } {
        let actual = signed_text(magnitude, negative);
        return Err(does_not_fit(ty, value, negative, &actual, (below, above)));
    }
    let number = if negative {
        magnitude.wrapping_neg()
    } else {
        magnitude
    };
    let bytes = number.to_le_bytes().into_iter().zip(0..bits / 8);
    Ok(bytes.map(|(byte, _)| byte).collect())
}

/// The number is outside of the type's range, which reaches from minus the first bound to the
/// second.
fn does_not_fit(
    ty: &Type,
    value: &Spanned<Value>,
    negative: bool,
    actual: &str,
    (below, above): (u128, u128),
) -> Mismatch {
    let limit = signed_text(if negative { below } else { above }, negative);
    let name = type_name(ty);
    let message = format!("{actual} does not fit into {name}");
    let help = format!(
        "{name} holds {} to {}",
        signed_text(below, true),
        grouped(above)
    );
    Mismatch {
        code: ProblemCode::ScenarioNumber,
        bound: Some((limit, actual.to_string())),
        ..Mismatch::new(value.span(), message, help)
    }
}

fn signed_text(magnitude: u128, negative: bool) -> String {
    let sign = if negative && magnitude > 0 { "-" } else { "" };
    format!("{sign}{}", grouped(magnitude))
}
