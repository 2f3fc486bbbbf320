//! The hashes that name things. Each is the blake2b-256 of a domain, which is ASCII text ending
//! in a version, followed by the parts without separators. No domain is the beginning of
//! another and the parts before the last have a fixed length, so no two kinds of thing can hash
//! the same bytes.

use blake2b_simd::Params;
use lockstep_abi::{AccountId, CodeHash, Hash};

/// Names uploaded code: domain `lockstep/code/1`, then the bytes.
const CODE: &[u8] = b"lockstep/code/1";
/// Names a contract: domain `lockstep/contract/1`, then creator, code hash and salt.
const CONTRACT: &[u8] = b"lockstep/contract/1";
/// Says where an account is kept: domain `lockstep/account/1`, then its id.
const ACCOUNT: &[u8] = b"lockstep/account/1";
/// Names a transaction: domain `lockstep/transaction-id/1`, then its encoding unsigned.
const TRANSACTION_ID: &[u8] = b"lockstep/transaction-id/1";
/// What a sender signs begins with this domain, followed by the unsigned encoding.
pub(crate) const SIGNING: &[u8] = b"lockstep/transaction/1";

/// BLAKE2b with `N` bytes of output, at most 64, of the parts one after the other; no key, salt or
/// personalisation.
pub(crate) fn blake2b<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    const { assert!(1 <= N && N <= 64) };
    let mut parameters = Params::new();
    parameters.hash_length(N);
    let mut state = parameters.to_state();
    for part in parts {
        state.update(part);
    }
    // The parameters ask for `N` bytes, so that there are as many.
    let hash = state.finalize();
    hash.as_bytes().first_chunk().copied().unwrap_or([0; N])
}

/// The name of code: blake2b-256 of `lockstep/code/1` and the bytes as they were uploaded.
pub fn code_hash(bytes: &[u8]) -> CodeHash {
    CodeHash(blake2b(&[CODE, bytes]))
}

/// The id of the contract that `creator` makes from this code with this salt: blake2b-256 of
/// `lockstep/contract/1`, creator, code hash, salt.
pub fn contract_id(creator: &AccountId, code: &CodeHash, salt: &[u8; 32]) -> AccountId {
    AccountId(blake2b(&[CONTRACT, &creator.0, &code.0, salt]))
}

/// What stands in front of an account's id in the state: 16 bytes of BLAKE2b of `lockstep/account/1` and
/// the id. So nobody can make the way to an account long by choosing ids that begin like its own.
pub(crate) fn account_prefix(id: &AccountId) -> [u8; 16] {
    blake2b(&[ACCOUNT, &id.0])
}

/// The name of a transaction, from its unsigned encoding.
pub(crate) fn transaction_id(encoded: &[u8]) -> Hash {
    Hash(blake2b(&[TRANSACTION_ID, encoded]))
}

#[cfg(test)]
mod tests {
    use super::{code_hash, contract_id, transaction_id};
    use lockstep_abi::{AccountId, CodeHash};

    #[test]
    fn every_part_changes_the_contract_id() {
        let id = contract_id(&AccountId([1; 32]), &CodeHash([2; 32]), &[3; 32]);
        assert_ne!(
            id,
            contract_id(&AccountId([9; 32]), &CodeHash([2; 32]), &[3; 32])
        );
        assert_ne!(
            id,
            contract_id(&AccountId([1; 32]), &CodeHash([9; 32]), &[3; 32])
        );
        assert_ne!(
            id,
            contract_id(&AccountId([1; 32]), &CodeHash([2; 32]), &[9; 32])
        );
    }

    #[test]
    fn kinds_of_things_do_not_share_hashes() {
        assert_ne!(code_hash(b"").0, transaction_id(b"").0);
    }

    #[test]
    fn no_domain_is_the_beginning_of_another() {
        let domains = [
            super::CODE,
            super::CONTRACT,
            super::ACCOUNT,
            super::TRANSACTION_ID,
            super::SIGNING,
        ];
        for (position, domain) in domains.iter().enumerate() {
            for (other_position, other) in domains.iter().enumerate() {
                assert!(position == other_position || !other.starts_with(domain));
            }
        }
    }
}
