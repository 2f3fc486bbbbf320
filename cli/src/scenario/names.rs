//! What the names of a scenario stand for.
//!
//! Accounts and contracts share one set of names, codes have another. Ids are derived and
//! therefore known before anything runs: an account's from its name, a contract's from its
//! creator, code and salt.

use std::collections::BTreeMap;

use blake2::{Blake2b256, Digest};
use lockstep_abi::{AccountId, CodeHash};
use lockstep_vm::Signer;

use crate::value::{Identifier, Lookup};

/// An account's secret key is the blake2b-256 of this and its name.
const ACCOUNT_SEED: &[u8] = b"lockstep/scenario/account/1";

/// A key's beginning counts as text when it has at least this many printable bytes.
const KEY_TEXT_BYTES_MIN: usize = 3;

/// The key of the account that a scenario calls `name`. Everyone can derive it: these accounts
/// are for scenarios only.
pub(super) fn account_signer(name: &str) -> Signer {
    let mut hasher = Blake2b256::new();
    hasher.update(ACCOUNT_SEED);
    hasher.update(name.as_bytes());
    Signer::from_seed(hasher.finalize().into())
}

/// The account that every scenario means by a name.
pub(crate) fn derived_account(name: &str) -> AccountId {
    account_signer(name).account()
}

/// Both directions of the scenario's names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    accounts: BTreeMap<String, AccountId>,
    account_names: BTreeMap<AccountId, String>,
    codes: BTreeMap<String, CodeHash>,
    code_names: BTreeMap<CodeHash, String>,
}

impl Names {
    /// Names an account or contract; false when the name is taken. When an id has several names
    /// the first is shown.
    pub(crate) fn add_account(&mut self, name: &str, id: AccountId) -> bool {
        if self.accounts.contains_key(name) {
            return false;
        }
        self.accounts.insert(name.to_string(), id);
        self.account_names
            .entry(id)
            .or_insert_with(|| name.to_string());
        true
    }

    /// Names code. When the same code has several names the first is shown.
    pub(crate) fn add_code(&mut self, name: &str, hash: CodeHash) {
        self.codes.insert(name.to_string(), hash);
        self.code_names
            .entry(hash)
            .or_insert_with(|| name.to_string());
    }

    /// The account or contract of that name.
    pub(crate) fn account(&self, name: &str) -> Option<AccountId> {
        self.accounts.get(name).copied()
    }

    /// The code of that name.
    pub(crate) fn code(&self, name: &str) -> Option<CodeHash> {
        self.codes.get(name).copied()
    }

    /// The first name of a code.
    pub(crate) fn name_of_code(&self, hash: &CodeHash) -> Option<&str> {
        self.code_names.get(hash).map(String::as_str)
    }

    /// `@name` or the id in hexadecimal.
    pub(crate) fn show_account(&self, id: &AccountId) -> String {
        self.shown(Identifier::Account, &id.0)
    }

    /// `@name` or the hash in hexadecimal.
    pub(crate) fn show_code(&self, hash: &CodeHash) -> String {
        self.shown(Identifier::Code, &hash.0)
    }

    /// Bytes in hexadecimal, with `@name` for every known account id and code hash among them,
    /// parts separated by a space: `0x01 @alice`.
    pub(crate) fn show_bytes(&self, bytes: &[u8]) -> String {
        let mut parts = Vec::new();
        let mut plain = Vec::new();
        let mut rest = bytes;
        while let Some((first, after)) = rest.split_first() {
            let known = rest.first_chunk::<32>().and_then(|chunk| self.known(chunk));
            if let Some(name) = known {
                flush(&mut plain, &mut parts);
                parts.push(name);
                rest = rest.get(32..).unwrap_or_default();
            } else {
                plain.push(*first);
                rest = after;
            }
        }
        if !plain.is_empty() || parts.is_empty() {
            parts.push(format!("0x{}", hex::encode(&plain)));
        }
        parts.join(" ")
    }

    /// A storage key: as [`Names::show_bytes`], with the text that it begins with in quotes:
    /// `"balances:" 0x01 @alice`.
    pub(crate) fn show_key(&self, key: &[u8]) -> String {
        let printable = |byte: &u8| byte.is_ascii_graphic() && *byte != b'"';
        let run = key.iter().take_while(|byte| printable(byte)).count();
        let text = key.get(..run).unwrap_or_default();
        let end = text
            .iter()
            .position(|byte| *byte == b':')
            .map_or(run, |colon| colon + 1);
        if end < KEY_TEXT_BYTES_MIN {
            return self.show_bytes(key);
        }
        let (text, rest) = key.split_at(end);
        let text = format!("\"{}\"", String::from_utf8_lossy(text));
        if rest.is_empty() {
            text
        } else {
            format!("{text} {}", self.show_bytes(rest))
        }
    }

    fn known(&self, bytes: &[u8; 32]) -> Option<String> {
        let account = self.account_names.get(&AccountId(*bytes));
        let name = account.or_else(|| self.code_names.get(&CodeHash(*bytes)));
        name.map(|name| format!("@{name}"))
    }

    /// Every account and contract, by name.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = (&String, &AccountId)> {
        self.accounts.iter()
    }

    /// Every code, by name.
    pub(crate) fn codes(&self) -> impl Iterator<Item = (&String, &CodeHash)> {
        self.codes.iter()
    }
}

fn flush(plain: &mut Vec<u8>, parts: &mut Vec<String>) {
    if !plain.is_empty() {
        parts.push(format!("0x{}", hex::encode(&plain)));
        plain.clear();
    }
}

impl Lookup for Names {
    fn find(&self, kind: Identifier, name: &str) -> Option<[u8; 32]> {
        match kind {
            Identifier::Account => self.accounts.get(name).map(|id| id.0),
            Identifier::Code => self.codes.get(name).map(|hash| hash.0),
            Identifier::Hash => None,
        }
    }

    fn names(&self, kind: Identifier) -> Vec<String> {
        match kind {
            Identifier::Account => self.accounts.keys().cloned().collect(),
            Identifier::Code => self.codes.keys().cloned().collect(),
            Identifier::Hash => Vec::new(),
        }
    }

    fn shown(&self, kind: Identifier, bytes: &[u8; 32]) -> String {
        let name = match kind {
            Identifier::Account => self.account_names.get(&AccountId(*bytes)),
            Identifier::Code => self.code_names.get(&CodeHash(*bytes)),
            Identifier::Hash => None,
        };
        name.map_or_else(
            || format!("0x{}", hex::encode(bytes)),
            |name| format!("@{name}"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Names, account_signer};
    use lockstep_abi::AccountId;

    #[test]
    fn an_account_s_key_depends_on_its_name_alone() {
        assert_eq!(
            account_signer("alice").account(),
            account_signer("alice").account()
        );
        assert_ne!(
            account_signer("alice").account(),
            account_signer("bob").account()
        );
    }

    #[test]
    fn known_ids_are_replaced_within_bytes() {
        let mut names = Names::default();
        assert!(names.add_account("alice", AccountId([7; 32])));
        assert!(!names.add_account("alice", AccountId([8; 32])));
        let key = [&b"b"[..], &[7; 32], &[1]].concat();
        assert_eq!(names.show_bytes(&key), "0x62 @alice 0x01");
        assert_eq!(names.show_bytes(&[7; 32]), "@alice");
        assert_eq!(names.show_bytes(&[1, 2]), "0x0102");
        assert_eq!(names.show_bytes(&[]), "0x");
        let key = [&b"notes:"[..], &[7; 32], b"x"].concat();
        assert_eq!(names.show_key(&key), "\"notes:\" @alice 0x78");
        assert_eq!(names.show_key(b"supply"), "\"supply\"");
        assert_eq!(names.show_key(&[b'a', 0]), "0x6100");
    }
}
