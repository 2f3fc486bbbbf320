//! Raw bytes in parts, the way output shows them: `@alice 0x01 "notes:"`.
//!
//! Parts are separated by spaces: `@name` for the 32 bytes of an account, a contract or code
//! (accounts and contracts are looked up first), `0x` and hexadecimal digits, or ASCII text
//! without spaces in double quotes. `map(PARTS)` stands for the parts in it with the hash before
//! them that the SDK's `Map` puts there: `"balances:" map(@alice)` is the key of alice's entry in
//! the map `balances`.

use blake2::{Blake2b128, Digest};

use super::decoded::Identifier;
use super::lookup::Lookup;
use super::number::hex_bytes;

/// How the part of a `Map` begins.
const MAP: &str = "map(";

/// The bytes that the parts stand for.
pub(crate) fn bytes_from_parts(text: &str, names: &dyn Lookup) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut rest = text.trim_ascii();
    while !rest.is_empty() {
        let after = if let Some(inner) = rest.strip_prefix(MAP) {
            let end = closing(inner).ok_or_else(|| format!("`{rest}` lacks the closing `)`"))?;
            let (inner, after) = inner.split_at(end);
            bytes.extend(map_key(&plain_parts(inner, names)?));
            let after = after.strip_prefix(')').unwrap_or(after);
            if !after.is_empty() && !after.starts_with(|c: char| c.is_ascii_whitespace()) {
                return Err(format!("there is no space between `)` and `{after}`"));
            }
            after
        } else {
            let end = rest.find(|c: char| c.is_ascii_whitespace());
            let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
            bytes.extend(plain_part(part, names)?);
            after
        };
        rest = after.trim_ascii_start();
    }
    Ok(bytes)
}

/// What a `Map` stores a key under, after its name and a colon: the BLAKE2b-128 of the encoded key,
/// and the encoded key.
pub(crate) fn map_key(encoded: &[u8]) -> Vec<u8> {
    let hash = Blake2b128::digest(encoded);
    [hash.as_slice(), encoded].concat()
}

/// Where the first closing parenthesis is that is not in quotes.
fn closing(text: &str) -> Option<usize> {
    let mut is_quoted = false;
    text.find(|c| {
        is_quoted ^= c == '"';
        c == ')' && !is_quoted
    })
}

fn plain_parts(text: &str, names: &dyn Lookup) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    for part in text.split_ascii_whitespace() {
        bytes.extend(plain_part(part, names)?);
    }
    Ok(bytes)
}

/// A part that has no parts in it.
fn plain_part(part: &str, names: &dyn Lookup) -> Result<Vec<u8>, String> {
    if let Some(name) = part.strip_prefix('@') {
        let found = names
            .find(Identifier::Account, name)
            .or_else(|| names.find(Identifier::Code, name));
        return found
            .map(Vec::from)
            .ok_or_else(|| format!("there is no account, contract or code named \"{name}\""));
    }
    match quoted(part) {
        Some(text) => Ok(text.as_bytes().to_vec()),
        None => hex_bytes(part),
    }
}

/// The text between two double quotes.
fn quoted(part: &str) -> Option<&str> {
    part.strip_prefix('"')?
        .strip_suffix('"')
        .filter(|text| text.is_ascii())
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
}
