//! Differences as text.

use crate::value::grouped;

/// A difference with its sign and groups of digits: `+1_234`, `-5`, `0`.
pub(crate) fn signed(number: i128) -> String {
    let sign = match number.signum() {
        1 => "+",
        -1 => "-",
        _ => "",
    };
    format!("{sign}{}", grouped(number.unsigned_abs()))
}

/// A difference as a part of what there was before, in percent with two decimals, rounded
/// towards nearest; `new` when there was nothing, `from 0` when it was 0.
pub(crate) fn signed_percent(difference: i128, before: Option<u64>) -> String {
    let before = match before {
        None => return "new".to_string(),
        Some(0) if difference == 0 => return "0.00%".to_string(),
        Some(0) => return "from 0".to_string(),
        Some(before) => before,
    };
    let before = u128::from(before);
    let rounded = (difference.unsigned_abs() * 20_000 + before) / (before * 2);
    let sign = match difference.signum() {
        1 => "+",
        -1 => "-",
        _ => "",
    };
    format!("{sign}{}.{:02}%", grouped(rounded / 100), rounded % 100)
}

#[cfg(test)]
mod tests {
    use super::{signed, signed_percent};

    #[test]
    fn differences_have_a_sign() {
        assert_eq!(signed(1_234), "+1_234");
        assert_eq!(signed(-5), "-5");
        assert_eq!(signed(0), "0");
    }

    #[test]
    fn percent_has_two_decimals() {
        assert_eq!(signed_percent(1, Some(3)), "+33.33%");
        assert_eq!(signed_percent(-2, Some(3)), "-66.67%");
        assert_eq!(signed_percent(30, Some(2)), "+1_500.00%");
        assert_eq!(signed_percent(7, None), "new");
        assert_eq!(signed_percent(0, None), "new");
        assert_eq!(signed_percent(7, Some(0)), "from 0");
        assert_eq!(signed_percent(0, Some(0)), "0.00%");
        assert_eq!(signed_percent(1, Some(1_000_000)), "+0.00%");
    }
}
