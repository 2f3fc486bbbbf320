//! Contracts whose keys are chosen so that paths to them branch at every bit.

use lockstep_abi::{AccountId, HostFunction};

use crate::calibrate::world::World;
use crate::problem::Failure;

/// A contract in which the path to the key of so many zeros branches at every bit.
pub(super) struct DeepPath {
    pub(super) contract: AccountId,
    pub(super) key_bytes: u32,
}

/// All of them, in a world.
pub(super) struct DeepPaths {
    /// To the first key of a contract.
    pub(super) to_first: Vec<DeepPath>,
    /// A contract in which the path to the last key, of 256 bytes, branches at every bit.
    to_last: AccountId,
}

impl DeepPaths {
    /// Makes the contracts, each with such a path.
    pub(super) fn prepare(world: &mut World) -> Result<DeepPaths, Failure> {
        let mut to_first = Vec::new();
        for key_bytes in [16_u32, 64, 256] {
            let contract = AccountId([key_bytes as u8 | 1; 32]);
            store(world, &contract, 0, key_bytes)?;
            to_first.push(DeepPath {
                contract,
                key_bytes,
            });
        }
        let to_last = AccountId([0x6d; 32]);
        store(world, &to_last, 0xff, 256)?;
        Ok(DeepPaths { to_first, to_last })
    }

    /// The contract in which an ordered search that is given no key comes to one of 256 bytes.
    pub(super) fn searched_without_key(&self, function: HostFunction) -> Option<AccountId> {
        match function {
            HostFunction::StorageNext => self.to_first.last().map(|deep| deep.contract),
            HostFunction::StoragePrevious => Some(self.to_last),
            _ => None,
        }
    }
}

/// Makes a contract whose storage is [`deep_items`].
fn store(world: &mut World, contract: &AccountId, byte: u8, key_bytes: u32) -> Result<(), Failure> {
    world.make_contract(contract, "(module)")?;
    world.store(contract, deep_items(byte, key_bytes))
}

/// Entries that make the path to the key of so many equal bytes branch at every bit.
pub(crate) fn deep_items(byte: u8, key_bytes: u32) -> Vec<(Vec<u8>, Vec<u8>)> {
    let key = vec![byte; key_bytes as usize];
    let siblings = (0..8 * key_bytes as usize).map(|bit| {
        let mut sibling = key[..=bit / 8].to_vec();
        sibling[bit / 8] ^= 0x80 >> (bit % 8);
        (sibling, vec![1])
    });
    siblings.chain([(key.clone(), vec![2])]).collect()
}
