//! Raw bytes in parts, the way output shows them: `@alice 0x01 "notes:"`.
//!
//! Parts are separated by spaces: `@name` for the 32 bytes of an account, a contract or code
//! (accounts and contracts are looked up first), `0x` and hexadecimal digits, or ASCII text in
//! double quotes, which goes to the next double quote: it may have spaces in it, and there are no
//! escapes. `map(PARTS)` stands for the parts in it with the hash before
//! them that the SDK's `Map` puts there: `"balances:" map(@alice)` is the key of alice's entry in
//! the map `balances`.

use blake2::{Blake2b128, Digest};

use super::decoded::Identifier;
use super::lookup::Lookup;
use super::number::hex_bytes;

/// How the part of a `Map` begins.
const MAP: &str = "map(";

/// The length of the hash before a key of the SDK's `Map`.
const MAP_HASH_BYTES: usize = 16;

/// The bytes that the parts stand for.
pub(crate) fn bytes_from_parts(text: &str, names: &dyn Lookup) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut rest = text.trim_ascii_start();
    while !rest.is_empty() {
        let Some(inner) = rest.strip_prefix(MAP) else {
            rest = plain_part(rest, names, &mut bytes)?;
            continue;
        };
        let (inner, after) = inner.split_at(closing(inner)?);
        let mut encoded = Vec::new();
        let mut inner = inner.trim_ascii_start();
        while !inner.is_empty() {
            inner = plain_part(inner, names, &mut encoded)?;
        }
        bytes.extend(map_key(&encoded));
        rest = behind(")", after.strip_prefix(')').unwrap_or(after))?;
    }
    Ok(bytes)
}

/// What a `Map` stores a key under, after its name and a colon: the BLAKE2b-128 of the encoded key,
/// and the encoded key.
fn map_key(encoded: &[u8]) -> Vec<u8> {
    let hash = Blake2b128::digest(encoded);
    [hash.as_slice(), encoded].concat()
}

/// What stands behind the hash in bytes that [`map_key`] makes; `None` of other bytes.
pub(crate) fn map_entry(bytes: &[u8]) -> Option<&[u8]> {
    let (_, encoded) = bytes.split_at_checked(MAP_HASH_BYTES)?;
    (map_key(encoded) == bytes).then_some(encoded)
}

/// Where the first closing parenthesis is that is not in quotes.
fn closing(text: &str) -> Result<usize, String> {
    let mut is_quoted = false;
    let found = text.find(|c| {
        is_quoted ^= c == '"';
        c == ')' && !is_quoted
    });
    let lacking = if is_quoted { '"' } else { ')' };
    found.ok_or_else(|| format!("`{MAP}{text}` lacks the closing `{lacking}`"))
}

/// Adds the bytes of the first part, which has no parts in it, and returns the parts behind it.
fn plain_part<'t>(
    rest: &'t str,
    names: &dyn Lookup,
    bytes: &mut Vec<u8>,
) -> Result<&'t str, String> {
    if let Some(quoted) = rest.strip_prefix('"') {
        let (text, after) = quoted
            .split_once('"')
            .ok_or_else(|| format!("`{rest}` lacks the closing `\"`"))?;
        if !text.is_ascii() {
            return Err(format!("the text \"{text}\" is not ASCII"));
        }
        let after = behind(&format!("\"{text}\""), after)?;
        bytes.extend(text.as_bytes());
        return Ok(after);
    }
    let end = rest.find(|c: char| c.is_ascii_whitespace() || c == '"');
    let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
    let after = behind(part, after)?;
    bytes.extend(match part.strip_prefix('@') {
        Some(name) => id_of(name, names)?.to_vec(),
        None => hex_bytes(part)?,
    });
    Ok(after)
}

/// The parts behind `part`, which a space must keep apart from it.
fn behind<'t>(part: &str, after: &'t str) -> Result<&'t str, String> {
    if !after.is_empty() && !after.starts_with(|c: char| c.is_ascii_whitespace()) {
        return Err(format!("there is no space between `{part}` and `{after}`"));
    }
    Ok(after.trim_ascii_start())
}

fn id_of(name: &str, names: &dyn Lookup) -> Result<[u8; 32], String> {
    names
        .find(Identifier::Account, name)
        .or_else(|| names.find(Identifier::Code, name))
        .ok_or_else(|| format!("there is no account, contract or code named \"{name}\""))
}

#[cfg(test)]
mod tests {
    use super::{bytes_from_parts, map_key};
    use crate::scenario::Names;

    #[test]
    fn a_map_s_part_has_the_hash_of_what_is_in_it_before_it() {
        let read = |text: &str| bytes_from_parts(text, &Names::default());
        let plain = read("\"a)\" 0x0102 \"b\"").expect("parts");
        assert_eq!(plain, b"a)\x01\x02b");
        let hash = hex::decode("cae66941d9efbd404e4d88758ea67670").expect("digits");
        let empty = read("\"m:\" map() 0xff").expect("parts");
        assert_eq!(empty, [b"m:", hash.as_slice(), &[0xff]].concat());
        let keyed = read("\"m:\"  map( \"a)\" 0x0102 \"b\" )").expect("parts");
        assert_eq!(keyed, [b"m:".as_slice(), &map_key(&plain)].concat());
        assert_eq!(keyed.len(), 2 + 16 + plain.len());
        for wrong in [
            "map(",
            "map(0x01",
            "map(0x01)0x02",
            "map(map(0x01))",
            "map(@nobody)",
            "map(\"a)",
            "map 0x01",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn text_goes_to_its_closing_quote() {
        let read = |text: &str| bytes_from_parts(text, &Names::default());
        let cases: [(&str, &[u8]); 6] = [
            ("\"a b\"", b"a b"),
            ("\"a  b\" 0x00 \" \"", b"a  b\x00 "),
            ("\"\"", b""),
            ("  0x01\t\"a\\n@b)\"  ", b"\x01a\\n@b)"),
            ("\"map(\" 0x02", b"map(\x02"),
            ("\"0x01\"", b"0x01"),
        ];
        for (text, bytes) in cases {
            assert_eq!(read(text).as_deref(), Ok(bytes), "{text}");
        }
        let keyed = read("map(\"a ) b\" 0x01)").expect("parts");
        assert_eq!(keyed, map_key(b"a ) b\x01"));
    }

    #[test]
    fn text_that_does_not_end_or_touches_another_part_is_named() {
        for (text, message) in [
            ("\"a b", "`\"a b` lacks the closing `\"`"),
            ("0x01 \"", "`\"` lacks the closing `\"`"),
            ("map(\"a) 0x01", "`map(\"a) 0x01` lacks the closing `\"`"),
            ("map(0x01", "`map(0x01` lacks the closing `)`"),
            ("\"a\"0x00", "there is no space between `\"a\"` and `0x00`"),
            (
                "\"a\"\"b\"",
                "there is no space between `\"a\"` and `\"b\"`",
            ),
            (
                "0x00\"a b\"",
                "there is no space between `0x00` and `\"a b\"`",
            ),
            ("@bob\"a\"", "there is no space between `@bob` and `\"a\"`"),
            ("map(\"a\"@b)", "there is no space between `\"a\"` and `@b`"),
            ("map(0x01)0x02", "there is no space between `)` and `0x02`"),
            ("\"\u{e4}\"", "the text \"\u{e4}\" is not ASCII"),
        ] {
            let read = bytes_from_parts(text, &Names::default());
            assert_eq!(read, Err(message.to_string()), "{text}");
        }
    }
}
