//! Keys of the state as text, both ways: `account:@alice`, `storage:CONTRACT:KEY`, `code:HASH`,
//! `code-length:HASH`, or the bytes in hexadecimal.

use std::ops::Bound;

use lockstep_abi::{AccountId, CodeHash};
use lockstep_state_trie::KEY_BYTES_MAX;
use lockstep_vm::StateKey;
use serde::Serialize;

use super::names::{StateNames, key_failure};
use crate::problem::Failure;
use crate::scenario::Names;
use crate::value::{Identifier, bytes_from_parts, counted, map_entry};

/// The length of an account's id and of a code's hash.
const ID_BYTES: usize = 32;

/// How keys are written.
const KEY_FORMS: &str = "a key is `account:ID`, `storage:CONTRACT:KEY`, `code:HASH`, \
    `code-length:HASH` or hexadecimal digits; KEY is hexadecimal digits, or parts: '\"balances:\" \
    map(@alice)' is alice's entry in the SDK's Map `balances`, where map(...) puts the hash of what \
    is in it before it; other fields have no hash, as in '\"owner\"'";

/// The bytes of a key.
///
/// # Errors
/// When the text is none, or is longer than a key can be.
pub(crate) fn key_bytes(text: &str, names: &StateNames) -> Result<Vec<u8>, Failure> {
    let bytes = any_bytes(text, names)?;
    if bytes.len() > KEY_BYTES_MAX {
        let message = format!(
            "a key of {}; no key is longer than {KEY_BYTES_MAX}",
            counted(bytes.len(), "byte")
        );
        return Err(key_failure(message, KEY_FORMS));
    }
    Ok(bytes)
}

/// The bytes that the text of a key stands for, however many.
fn any_bytes(text: &str, names: &StateNames) -> Result<Vec<u8>, Failure> {
    if let Some(id) = text.strip_prefix("account:") {
        let id = AccountId(names.id(Identifier::Account, id)?);
        return Ok(StateKey::Account(id).to_bytes());
    }
    if let Some(hash) = text.strip_prefix("code:") {
        let hash = CodeHash(names.id(Identifier::Code, hash)?);
        return Ok(StateKey::Code(hash).to_bytes());
    }
    if let Some(hash) = text.strip_prefix("code-length:") {
        let hash = CodeHash(names.id(Identifier::Code, hash)?);
        return Ok(StateKey::CodeLength(hash).to_bytes());
    }
    if let Some(rest) = text.strip_prefix("storage:") {
        let (contract, key) = rest.split_once(':').unwrap_or((rest, ""));
        let contract = AccountId(names.id(Identifier::Account, contract)?);
        let key = parts(key, names)?;
        return Ok(StateKey::Storage(contract, key).to_bytes());
    }
    plain(text).ok_or_else(|| key_failure(format!("`{text}` is no key"), KEY_FORMS))
}

/// What the texts of keys were taken as where somebody may have meant something else, each a
/// sentence without its end: names, if no scenario says what they are, digits as long as an id, and
/// a contract without a key.
pub(crate) fn taken_as(keys: &[&str], names: &StateNames) -> Vec<String> {
    let alone = keys.iter().filter_map(|text| taken_alone(text));
    names
        .taken_as_accounts(keys)
        .into_iter()
        .chain(alone)
        .collect()
}

/// What is to be said of the text of one key, whatever names there are.
fn taken_alone(text: &str) -> Option<String> {
    let storage = text.strip_prefix("storage:");
    if storage.is_some_and(|rest| rest.split_once(':').is_none_or(|(_, key)| key.is_empty())) {
        return Some(format!(
            "{text} is where a contract's storage begins, and no entry has that key; name a key, \
             storage:CONTRACT:KEY, or list what there is with `lockstep state ls --prefix`"
        ));
    }
    plain(text).filter(|bytes| bytes.len() == ID_BYTES)?;
    Some(format!(
        "{text} was taken as the bytes of a key, and no key of a chain has just {ID_BYTES}; an \
         external account or a contract is account:{text}, what a contract stores \
         storage:{text}:KEY, and code is code:{text}"
    ))
}

/// Hexadecimal digits, with or without `0x`.
fn plain(text: &str) -> Option<Vec<u8>> {
    hex::decode(text.strip_prefix("0x").unwrap_or(text)).ok()
}

/// A contract's own key.
fn parts(text: &str, names: &StateNames) -> Result<Vec<u8>, Failure> {
    if let Some(bytes) = plain(text) {
        return Ok(bytes);
    }
    bytes_from_parts(text, names).map_err(|message| key_failure(message, KEY_FORMS))
}

/// Where the keys end that begin with `prefix`.
pub(crate) fn range_end(prefix: &[u8]) -> Bound<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return Bound::Excluded(end);
        }
    }
    Bound::Unbounded
}

/// A key for people and in documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct KeyReport {
    /// The bytes in hexadecimal.
    pub(crate) bytes: String,
    /// The key in the form in which the commands take it.
    pub(crate) text: String,
    /// A storage key with the text and names in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) readable: Option<String>,
}

/// A key as it is shown.
pub(crate) fn key_report(key: &[u8], names: &StateNames) -> KeyReport {
    let bytes = format!("0x{}", hex::encode(key));
    let names = names.shown();
    let (text, readable) = match StateKey::from_bytes(key) {
        Some(StateKey::Account(id)) => (format!("account:{}", names.show_account(&id)), None),
        Some(StateKey::Code(hash)) => (format!("code:{}", names.show_code(&hash)), None),
        Some(StateKey::CodeLength(hash)) => {
            (format!("code-length:{}", names.show_code(&hash)), None)
        }
        Some(StateKey::Storage(contract, key)) => {
            let contract = names.show_account(&contract);
            let text = format!("storage:{contract}:0x{}", hex::encode(&key));
            (text, readable(&key, names))
        }
        None => (bytes.clone(), None),
    };
    KeyReport {
        bytes,
        text,
        readable,
    }
}

/// A contract's own key with the text and names in it, in the form in which the commands take it;
/// none if there is no text.
fn readable(key: &[u8], names: &Names) -> Option<String> {
    let shown = names.show_key(key);
    if shown.starts_with("0x") {
        return None;
    }
    let name_bytes = key.iter().position(|byte| *byte == b':');
    let (name, rest) = key.split_at(name_bytes.map_or(key.len(), |colon| colon + 1));
    match map_entry(rest) {
        Some(encoded) if !encoded.is_empty() => Some(format!(
            "{} map({})",
            names.show_key(name),
            names.show_bytes(encoded)
        )),
        _ => Some(shown),
    }
}

#[cfg(test)]
mod tests {
    use super::{key_bytes, key_report, range_end, taken_as};
    use crate::exit::Exit;
    use crate::state::StateNames;
    use std::ops::Bound;

    #[test]
    fn what_is_shown_can_be_read() {
        let names = StateNames::default();
        let id = "11".repeat(32);
        for text in [
            format!("account:0x{id}"),
            format!("storage:0x{id}:0x6162"),
            format!("code:0x{id}"),
            "0x010203".to_string(),
        ] {
            let bytes = key_bytes(&text, &names).expect("a key");
            assert_eq!(key_report(&bytes, &names).text, text);
        }
        let alice = key_bytes("account:@alice", &names).expect("a key");
        let shown = key_report(&alice, &names).text;
        assert_eq!(key_bytes(&shown, &names).expect("a key"), alice);
        assert_ne!(key_bytes("account:@bob", &names).expect("a key"), alice);
        let storage = key_bytes(&format!("storage:{id}:\"ab\" 0x63"), &names).expect("a key");
        assert!(storage.ends_with(b"abc"));
        for wrong in [
            "account:12",
            "storage:@nobody",
            "code:@token",
            "0x1",
            "alice",
        ] {
            let is_derived = wrong == "storage:@nobody";
            assert_eq!(key_bytes(wrong, &names).is_ok(), is_derived, "{wrong}");
        }
        assert!(key_bytes(&"00".repeat(4_096), &names).is_ok());
        let failure = key_bytes(&"00".repeat(4_097), &names).expect_err("too long");
        assert_eq!(failure.exit, Exit::Usage);
    }

    #[test]
    fn what_may_be_misunderstood_is_said() {
        let names = StateNames::default();
        let id = format!("0x{}", "11".repeat(32));
        let said = taken_as(&["account:@gold", &id, "00", &format!("code:{id}")], &names);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].starts_with("@gold was taken as an external account; "));
        let said_of_storage = taken_as(&["storage:00", "storage:00:", "storage:00:01"], &names);
        assert_eq!(said_of_storage.len(), 2, "{said_of_storage:?}");
        let as_account = format!("an external account or a contract is account:{id}, ");
        assert!(said[1].contains(&as_account), "{}", said[1]);
    }

    #[test]
    fn prefixes_end_where_the_next_begins() {
        assert_eq!(range_end(&[1, 2]), Bound::Excluded(vec![1, 3]));
        assert_eq!(range_end(&[1, 255]), Bound::Excluded(vec![2]));
        assert_eq!(range_end(&[255]), Bound::Unbounded);
    }
}
