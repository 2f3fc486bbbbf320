//! The words of a snapshot's lines. A word is read in the form in which it is written and in no
//! other, so that what is equal looks equal.

use std::fmt::Display;
use std::str::FromStr;

use super::StepGas;
use crate::value::grouped;

/// The gas of a step: `total=N`, and `NAME=N` for each bucket. Digits stand in groups, or for
/// whoever tries a number out, together.
pub(super) fn gas(total: &str, buckets: &[&str]) -> Option<StepGas> {
    let part = |text: &str, name: &str| {
        let text = text.strip_prefix(name)?.strip_prefix('=')?;
        let value: u64 = number(&text.replace('_', ""))?;
        (grouped(value) == text || value.to_string() == text).then_some(value)
    };
    let [intrinsic, wasm, host, storage, forfeited] = buckets else {
        return None;
    };
    Some(StepGas {
        total: part(total, "total")?,
        intrinsic: part(intrinsic, "intrinsic")?,
        wasm: part(wasm, "wasm")?,
        host: part(host, "host")?,
        storage: part(storage, "storage")?,
        forfeited: part(forfeited, "forfeited")?,
    })
}

/// A number without a sign and without zeros in front.
pub(super) fn number<N: FromStr + Display>(text: &str) -> Option<N> {
    let number: N = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// Whether these are hexadecimal digits in lower case.
pub(super) fn is_hex(text: &str) -> bool {
    let is_digit = |it: u8| matches!(it, b'0'..=b'9' | b'a'..=b'f');
    !text.is_empty() && text.bytes().all(is_digit)
}

/// A hash of 32 bytes.
pub(super) fn hash(text: &str) -> Option<String> {
    (text.len() == 64 && is_hex(text)).then(|| text.to_string())
}

/// Whether the text stands in quotes.
pub(super) fn is_quoted(text: &str) -> bool {
    text.len() >= 2 && text.starts_with('"') && text.ends_with('"')
}

#[cfg(test)]
mod tests {
    use super::{gas, hash, number};

    #[test]
    fn numbers_have_one_form() {
        assert_eq!(number(&42.to_string()), Some(42_u64));
        for text in ["+42", "042", "", "-1", "4_2", "18446744073709551616"] {
            assert_eq!(number::<u64>(text), None, "{text}");
        }
    }

    #[test]
    fn gas_stands_in_groups_or_together() {
        let parts = [
            "intrinsic=1",
            "wasm=0",
            "host=0",
            "storage=0",
            "forfeited=0",
        ];
        let total = |text: &str| gas(text, &parts).map(|gas| gas.total);
        assert_eq!(total("total=1_504_950"), Some(1_504_950));
        assert_eq!(total("total=1504950"), Some(1_504_950));
        for text in ["total=+15_0_4_950", "total=1_50_4950", "total=_1", "total="] {
            assert_eq!(total(text), None, "{text}");
        }
    }

    #[test]
    fn hashes_are_in_lower_case() {
        assert!(hash(&"0a".repeat(32)).is_some());
        assert!(hash(&"0A".repeat(32)).is_none());
        assert!(hash(&"0a".repeat(31)).is_none());
    }
}
