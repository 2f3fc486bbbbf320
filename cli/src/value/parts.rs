//! Raw bytes in parts, the way output shows them: `@alice 0x01 "notes:"`.
//!
//! Parts are separated by spaces: `@name` for the 32 bytes of an account, a contract or code
//! (accounts and contracts are looked up first), `0x` and hexadecimal digits, or ASCII text
//! without spaces in double quotes.

use super::decoded::Identifier;
use super::lookup::Lookup;
use super::number::hex_bytes;

/// The bytes that the parts stand for.
pub(crate) fn bytes_from_parts(text: &str, names: &dyn Lookup) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    for part in text.split_ascii_whitespace() {
        if let Some(name) = part.strip_prefix('@') {
            let found = names
                .find(Identifier::Account, name)
                .or_else(|| names.find(Identifier::Code, name))
                .ok_or_else(|| format!("there is no account, contract or code named \"{name}\""))?;
            bytes.extend(found);
        } else if let Some(quoted) = quoted(part) {
            bytes.extend(quoted.as_bytes());
        } else {
            bytes.extend(hex_bytes(part)?);
        }
    }
    Ok(bytes)
}

/// The text between two double quotes.
fn quoted(part: &str) -> Option<&str> {
    part.strip_prefix('"')?
        .strip_suffix('"')
        .filter(|text| text.is_ascii())
}
