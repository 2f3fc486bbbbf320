//! An observer of the keys of storage that contracts use, by what their calls of the host say.

use std::collections::BTreeSet;

use lockstep_abi::{AccountId, HostFunction, LENGTH_ABSENT};
use lockstep_vm::{FrameStart, HostCallRecord, HostCallResult, Observer, StateKey};

/// The keys of storage that were used, in the encoding of the trie.
#[derive(Debug, Default)]
pub(super) struct UsedKeys {
    /// Those that were read: asked for, or found by a scan.
    pub(super) read: BTreeSet<Vec<u8>>,
    /// Those that were perhaps read: the call could not be paid, before or after.
    pub(super) perhaps_read: BTreeSet<Vec<u8>>,
    /// The contracts of whose keys a scan may have found one that it did not show in full.
    pub(super) scanned: BTreeSet<AccountId>,
    /// Those that were set or removed.
    pub(super) written: BTreeSet<Vec<u8>>,
    /// What the call under way read from the guest's memory, and wrote to it.
    taken: Vec<Vec<u8>>,
    given: Vec<Vec<u8>>,
}

impl UsedKeys {
    /// A scan is over: it found what it gave, which may be cut off, or nothing.
    fn scan(&mut self, contract: AccountId, result: HostCallResult, given: Option<Vec<u8>>) {
        let absent = u64::from(LENGTH_ABSENT.cast_unsigned());
        match (result, given) {
            (HostCallResult::Returned(Some(length)), _) if length == absent => {}
            (HostCallResult::Returned(Some(length)), Some(key)) if key.len() as u64 == length => {
                self.read
                    .insert(StateKey::Storage(contract, key).to_bytes());
            }
            _ => {
                self.scanned.insert(contract);
            }
        }
    }
}

impl Observer for UsedKeys {
    fn frame_start(&mut self, _frame: &FrameStart<'_>) {
        (self.taken, self.given) = Default::default();
    }

    fn guest_read(&mut self, _address: u32, bytes: &[u8]) {
        self.taken.push(bytes.to_vec());
    }

    fn guest_write(&mut self, _address: u32, bytes: &[u8]) {
        self.given.push(bytes.to_vec());
    }

    fn host_call(&mut self, call: &HostCallRecord<'_>) {
        let (taken, given) = (
            std::mem::take(&mut self.taken),
            std::mem::take(&mut self.given),
        );
        let key = taken.into_iter().next();
        let key = key.map(|key| StateKey::Storage(call.contract, key).to_bytes());
        let came_back = matches!(call.result, HostCallResult::Returned(_));
        match call.function {
            HostFunction::StorageRead if !came_back => self.perhaps_read.extend(key),
            HostFunction::StorageRead | HostFunction::StorageLength if came_back => {
                self.read.extend(key);
            }
            HostFunction::StorageWrite if came_back => self.written.extend(key),
            HostFunction::StorageRemove if came_back => {
                self.read.extend(key.clone());
                self.written.extend(key);
            }
            HostFunction::StorageNext | HostFunction::StoragePrevious => {
                self.scan(call.contract, call.result, given.into_iter().next());
            }
            _ => {}
        }
    }
}
