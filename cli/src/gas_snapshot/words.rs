//! The words of a snapshot's lines. A word is read in the form in which it is written and in no
//! other, so that what is equal looks equal.

use std::fmt::Display;
use std::str::{Chars, FromStr};

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

/// What stands in quotes with escapes, as `{:?}` writes it, without either.
pub(super) fn unquoted(text: &str) -> String {
    let within = text.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    let mut letters = within.unwrap_or(text).chars();
    let mut plain = String::new();
    while let Some(letter) = letters.next() {
        plain.push(match letter {
            '\\' => escaped(&mut letters),
            letter => letter,
        });
    }
    plain
}

/// The letter that is meant by what stands behind a backslash.
fn escaped(letters: &mut Chars<'_>) -> char {
    match letters.next() {
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('0') => '\0',
        Some('u') => {
            let digits = letters.by_ref().skip(1).take_while(|it| *it != '}');
            let number = u32::from_str_radix(&digits.collect::<String>(), 16);
            let letter = number.ok().and_then(char::from_u32);
            letter.unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        other => other.unwrap_or('\\'),
    }
}

#[cfg(test)]
mod tests {
    use super::{gas, hash, number, unquoted};

    #[test]
    fn quotes_and_escapes_are_taken_away() {
        for text in [
            "",
            "bob counts",
            "a \"b\" \\n\n\r\t\0",
            "\u{1b}[31m\u{9b}'\u{301}e",
        ] {
            assert_eq!(unquoted(&format!("{text:?}")), text);
        }
        for cut in ["a", "\\", "\"\\u{\"", "\"\\u{110000}\""] {
            assert!(unquoted(cut).chars().count() <= 1, "{cut}");
        }
    }

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
