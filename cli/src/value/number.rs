//! Numbers and bytes in the notations that scenarios use, both ways.

use super::Value;

/// Reads an integer from a TOML integer or from text such as `"1_000_000"`. The answer is its
/// sign (true when negative) and magnitude; `None` when the value is neither.
pub(crate) fn integer(value: &Value) -> Option<(bool, u128)> {
    match value {
        Value::Integer(negative, magnitude) => Some((*negative, *magnitude)),
        Value::Text(text) => integer_text(text),
        _ => None,
    }
}

/// Reads decimal digits with `_` between them and `-` in front, if it is negative.
fn integer_text(text: &str) -> Option<(bool, u128)> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let magnitude = digits.replace('_', "").parse();
    if is_decimal(digits) {
        magnitude.ok().map(|magnitude| (negative, magnitude))
    } else {
        None
    }
}

/// Whether the text is an integer, of whatever size.
pub(crate) fn is_integer(text: &str) -> bool {
    is_decimal(text.strip_prefix('-').unwrap_or(text))
}

/// Whether the text is decimal digits with single `_` between them.
fn is_decimal(digits: &str) -> bool {
    digits.starts_with(|first: char| first.is_ascii_digit())
        && !digits.ends_with('_')
        && !digits.contains("__")
        && digits
            .chars()
            .all(|digit| digit.is_ascii_digit() || digit == '_')
}

/// Reads an integer from 0 to `max`. The error is a message and the number that was found, if
/// the value is a number at all.
pub(crate) fn unsigned(value: &Value, max: u128) -> Result<u128, (String, Option<String>)> {
    match integer(value) {
        Some((false, magnitude)) if magnitude <= max => Ok(magnitude),
        Some((true, 0)) => Ok(0),
        Some((negative, magnitude)) => {
            let sign = if negative { "-" } else { "" };
            let found = format!("{sign}{}", grouped(magnitude));
            Err((
                format!("{found} is not in the range 0 to {}", grouped(max)),
                Some(found),
            ))
        }
        None => match value {
            Value::Text(text) if is_integer(text) => {
                let message = format!("{text} is not in the range 0 to {}", grouped(max));
                Err((message, Some(text.clone())))
            }
            other => Err((format!("expected an integer, found {}", other.kind()), None)),
        },
    }
}

/// Reads `0x` and an even number of hexadecimal digits.
pub(crate) fn hex_bytes(text: &str) -> Result<Vec<u8>, String> {
    let digits = text
        .strip_prefix("0x")
        .ok_or_else(|| format!("\"{text}\" does not begin with 0x"))?;
    hex::decode(digits).map_err(|error| match error {
        hex::FromHexError::OddLength => {
            let digits = counted(digits.len(), "hexadecimal digit");
            format!("{digits} in place of an even number")
        }
        error => error.to_string().to_lowercase(),
    })
}

/// The number with `_` between groups of three digits, as scenarios may write it.
pub(crate) fn grouped(number: impl Into<u128>) -> String {
    let digits = number.into().to_string();
    let mut out = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push('_');
        }
        out.push(digit);
    }
    out
}

/// The number and the noun, in the plural unless there is one: `1 entry`, `1_200 entries`.
pub(crate) fn counted(number: impl TryInto<u128>, noun: &str) -> String {
    let number = number.try_into().unwrap_or(u128::MAX);
    let shown = grouped(number);
    match noun.strip_suffix("ry") {
        _ if number == 1 => format!("{shown} {noun}"),
        Some(stem) => format!("{shown} {stem}ries"),
        None => format!("{shown} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::{counted, grouped, hex_bytes, integer_text, unsigned};
    use crate::value::Value;

    #[test]
    fn integers_are_read_with_separators_and_sign() {
        assert_eq!(integer_text("1_000"), Some((false, 1000)));
        assert_eq!(integer_text("-7"), Some((true, 7)));
        for bad in ["", "_1", "1_", "1__0", "0x10", "1.5", "--1", "+1", " 1"] {
            assert_eq!(integer_text(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_number_out_of_range_is_named() {
        assert_eq!(unsigned(&Value::Integer(false, 255), 255), Ok(255));
        let (message, found) = unsigned(&Value::Integer(false, 256), 255).unwrap_err();
        assert_eq!(message, "256 is not in the range 0 to 255");
        assert_eq!(found.as_deref(), Some("256"));
        let (message, _) = unsigned(&Value::Integer(true, 1), 1000).unwrap_err();
        assert_eq!(message, "-1 is not in the range 0 to 1_000");
    }

    #[test]
    fn bytes_are_whole_and_prefixed() {
        assert_eq!(hex_bytes("0x00ff"), Ok(vec![0, 255]));
        assert_eq!(
            hex_bytes("0x0"),
            Err("1 hexadecimal digit in place of an even number".to_string())
        );
        assert!(hex_bytes("00").is_err());
        assert!(hex_bytes("0xzz").is_err());
    }

    #[test]
    fn numbers_are_grouped_by_three() {
        assert_eq!(grouped(0u8), "0");
        assert_eq!(grouped(999u32), "999");
        assert_eq!(grouped(1_234_567u64), "1_234_567");
    }

    #[test]
    fn one_thing_is_named_in_the_singular() {
        assert_eq!(counted(0_u64, "block"), "0 blocks");
        assert_eq!(counted(1_usize, "block"), "1 block");
        assert_eq!(counted(1_200_u32, "block"), "1_200 blocks");
        assert_eq!(counted(1_u64, "entry"), "1 entry");
        assert_eq!(counted(2_u64, "entry"), "2 entries");
    }
}
