//! The layout of the trie's keys: account id (32 bytes), space (1 byte), key (the rest).
//!
//! | space | account | key | value |
//! |---|---|---|---|
//! | 0 | any | empty | the SCALE encoded [`Account`](crate::Account) |
//! | 1 | a contract | as the contract wrote it | as the contract wrote it |
//! | 2 | the system account | code hash (32 bytes) | the code as it was uploaded |
//! | 3 | the system account | code hash (32 bytes) | the length of that code in bytes (u32, little-endian) |
//!
//! All that belongs to an account is one range of keys, and a contract's storage is one range
//! within it, in the order of the contract's own keys. The length of code stands apart from it, because
//! what a call of code costs is asked before the code is paid for: to answer from the code itself, a
//! node would have to read, and a witness to contain, a megabyte for a call that fails.

use lockstep_abi::{AccountId, CodeHash};

use crate::identity::system_account;

const ACCOUNT: u8 = 0;
const STORAGE: u8 = 1;
const CODE: u8 = 2;
const CODE_LENGTH: u8 = 3;

/// The length of account id and space.
pub(crate) const PREFIX_BYTES: usize = 33;

/// A key of the trie, taken apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StateKey {
    /// An account's record.
    Account(AccountId),
    /// A value in a contract's storage.
    Storage(AccountId, Vec<u8>),
    /// Uploaded code.
    Code(CodeHash),
    /// How long that code is.
    CodeLength(CodeHash),
}

impl StateKey {
    /// The key as the trie holds it.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            StateKey::Account(id) => join(id, ACCOUNT, &[]),
            StateKey::Storage(contract, key) => storage_key(contract, key),
            StateKey::Code(hash) => join(&system_account(), CODE, &hash.0),
            StateKey::CodeLength(hash) => join(&system_account(), CODE_LENGTH, &hash.0),
        }
    }

    /// Takes a key of the trie apart, or returns `None` when no such key is ever stored.
    pub fn from_bytes(bytes: &[u8]) -> Option<StateKey> {
        let (id, rest) = bytes.split_first_chunk::<32>()?;
        let (space, key) = rest.split_first()?;
        let id = AccountId(*id);
        match *space {
            ACCOUNT if key.is_empty() => Some(StateKey::Account(id)),
            STORAGE if !key.is_empty() => Some(StateKey::Storage(id, key.to_vec())),
            CODE | CODE_LENGTH if id == system_account() => {
                let hash = CodeHash(key.try_into().ok()?);
                Some(match *space {
                    CODE => StateKey::Code(hash),
                    _ => StateKey::CodeLength(hash),
                })
            }
            _ => None,
        }
    }
}

/// The trie key of a contract's storage key; with an empty key, the beginning of its storage.
pub(crate) fn storage_key(contract: &AccountId, key: &[u8]) -> Vec<u8> {
    join(contract, STORAGE, key)
}

/// The first key that is after a contract's storage.
pub(crate) fn storage_end(contract: &AccountId) -> Vec<u8> {
    join(contract, CODE, &[])
}

fn join(id: &AccountId, space: u8, key: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(PREFIX_BYTES.saturating_add(key.len()));
    bytes.extend_from_slice(&id.0);
    bytes.push(space);
    bytes.extend_from_slice(key);
    bytes
}

#[cfg(test)]
mod tests {
    use super::{StateKey, storage_end, storage_key};
    use crate::identity::system_account;
    use lockstep_abi::{AccountId, CodeHash};

    #[test]
    fn keys_are_taken_apart_as_they_were_put_together() {
        let id = AccountId([7; 32]);
        for key in [
            StateKey::Account(id),
            StateKey::Storage(id, vec![0]),
            StateKey::Storage(id, b"balance".to_vec()),
            StateKey::Code(CodeHash([9; 32])),
            StateKey::CodeLength(CodeHash([9; 32])),
        ] {
            assert_eq!(StateKey::from_bytes(&key.to_bytes()), Some(key));
        }
    }

    #[test]
    fn keys_that_are_never_stored_are_refused() {
        let id = [7; 32];
        for rest in [&[0, 1][..], &[1], &[4, 1], &[], &[2, 1], &[3, 1]] {
            let bytes = [&id[..], rest].concat();
            assert_eq!(StateKey::from_bytes(&bytes), None, "{rest:?}");
        }
        for space in [2, 3] {
            let short_hash = [&system_account().0[..], &[space], &[0; 31]].concat();
            assert_eq!(StateKey::from_bytes(&short_hash), None);
        }
    }

    #[test]
    fn a_contract_s_storage_is_one_range() {
        let id = AccountId([7; 32]);
        let key = storage_key(&id, &[0xff; 256]);
        assert!(storage_key(&id, &[]) < key && key < storage_end(&id));
        assert!(StateKey::Account(id).to_bytes() < storage_key(&id, &[]));
    }
}
