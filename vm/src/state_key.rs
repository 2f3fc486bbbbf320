//! The layout of the trie's keys: a space (1 byte), and what the space has.
//!
//! | space | rest of the key | value |
//! |---|---|---|
//! | 0 | 16 bytes of a hash of the account's id, and the id (32 bytes) | the SCALE encoded [`Account`](crate::Account) |
//! | 1 | the contract's id (32 bytes), and a key as the contract wrote it | the value as the contract wrote it |
//! | 2 | a code's hash (32 bytes) | the code as it was uploaded |
//! | 3 | a code's hash (32 bytes) | the length of that code in bytes (u32, little-endian) |
//!
//! A contract's storage is one range of keys, in the order of the contract's own keys. Whoever can choose
//! keys freely can make a path that branches at every bit, and a contract pays for that with each byte of
//! a key. Ids of accounts are free to choose, too, and nobody pays for theirs: so a hash stands in front
//! of them. Ids of contracts and code are hashes. The length of code stands apart from it, because what a
//! call of code costs is asked before the code is paid for: to answer from the code itself, a node would
//! have to read, and a witness to contain, a megabyte for a call that fails.

use lockstep_abi::{AccountId, CodeHash};

use crate::identity::account_prefix;

const ACCOUNT: u8 = 0;
const STORAGE: u8 = 1;
const CODE: u8 = 2;
const CODE_LENGTH: u8 = 3;

/// The length of what stands in front of a contract's own key: space and id.
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
            StateKey::Account(id) => join(ACCOUNT, &account_prefix(id), &id.0),
            StateKey::Storage(contract, key) => storage_key(contract, key),
            StateKey::Code(hash) => join(CODE, &hash.0, &[]),
            StateKey::CodeLength(hash) => join(CODE_LENGTH, &hash.0, &[]),
        }
    }

    /// Takes a key of the trie apart, or returns `None` when no such key is ever stored.
    pub fn from_bytes(bytes: &[u8]) -> Option<StateKey> {
        let (space, rest) = bytes.split_first()?;
        match *space {
            ACCOUNT => {
                let (prefix, id) = rest.split_first_chunk()?;
                let id = AccountId(id.try_into().ok()?);
                (*prefix == account_prefix(&id)).then_some(StateKey::Account(id))
            }
            STORAGE => {
                let (id, key) = rest.split_first_chunk()?;
                let is_key = !key.is_empty();
                is_key.then(|| StateKey::Storage(AccountId(*id), key.to_vec()))
            }
            CODE => Some(StateKey::Code(CodeHash(rest.try_into().ok()?))),
            CODE_LENGTH => Some(StateKey::CodeLength(CodeHash(rest.try_into().ok()?))),
            _ => None,
        }
    }
}

/// The trie key of a contract's storage key; with an empty key, the beginning of its storage.
pub(crate) fn storage_key(contract: &AccountId, key: &[u8]) -> Vec<u8> {
    join(STORAGE, &contract.0, key)
}

/// The first key that is after a contract's storage: the prefix of it as a number, and one more.
pub(crate) fn storage_end(contract: &AccountId) -> Vec<u8> {
    let mut end = storage_key(contract, &[]);
    for byte in end.iter_mut().rev() {
        let (next, is_carried) = byte.overflowing_add(1);
        *byte = next;
        if !is_carried {
            break;
        }
    }
    end
}

fn join(space: u8, first: &[u8], rest: &[u8]) -> Vec<u8> {
    let length = first.len().saturating_add(rest.len());
    let mut bytes = Vec::with_capacity(length.saturating_add(1));
    bytes.push(space);
    bytes.extend_from_slice(first);
    bytes.extend_from_slice(rest);
    bytes
}

#[cfg(test)]
mod tests {
    use super::{StateKey, storage_end, storage_key};
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
        let account = StateKey::Account(AccountId([7; 32])).to_bytes();
        let changed = |at: usize| {
            let mut bytes = account.clone();
            bytes[at] ^= 1;
            bytes
        };
        for bytes in [
            Vec::new(),
            [&account[..], &[0]].concat(),
            account[..48].to_vec(),
            changed(1),
            changed(16),
            changed(17),
            changed(48),
            storage_key(&AccountId([7; 32]), &[]),
            [&[1][..], &[7; 31]].concat(),
            [&[2][..], &[7; 31]].concat(),
            [&[2][..], &[7; 33]].concat(),
            [&[3][..], &[7; 31]].concat(),
            [&[3][..], &[7; 33]].concat(),
            [&[4][..], &[7; 32]].concat(),
        ] {
            assert_eq!(StateKey::from_bytes(&bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn a_contract_s_storage_is_one_range() {
        for (id, next) in [
            ([7; 32], [&[7; 31][..], &[8]].concat()),
            ([0xff; 32], Vec::new()),
        ] {
            let id = AccountId(id);
            let key = storage_key(&id, &[0xff; 256]);
            assert!(storage_key(&id, &[]) < key && key < storage_end(&id));
            let after = match next.as_slice() {
                [] => [&[2][..], &[0; 32]].concat(),
                next => [&[1][..], next].concat(),
            };
            assert_eq!(storage_end(&id), after);
        }
    }

    /// Else whoever chooses ids could make the paths of all accounts long.
    #[test]
    fn accounts_whose_ids_begin_alike_are_apart() {
        let key = |last| {
            let mut id = [7; 32];
            id[31] = last;
            StateKey::Account(AccountId(id)).to_bytes()
        };
        for last in 1..=255 {
            assert_ne!(key(0)[..9], key(last)[..9]);
        }
    }
}
