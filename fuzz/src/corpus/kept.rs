//! Seeds for the decoders of files.

use lockstep_abi::AccountId;
use lockstep_state_trie::{Digest, MemoryStore, Trie};
use lockstep_vm::{BlockEnvironment, BlockRecord};

use super::{Seed, sealed};
use crate::oracles::kept::{template, write_ahead_log};

/// A valid input for each of these decoders.
pub(super) fn seeds() -> Vec<Seed> {
    let (files, log) = template();
    vec![
        Seed {
            oracle: "frames",
            bytes: files.get(log).cloned().unwrap_or_default(),
        },
        Seed {
            oracle: "wal",
            bytes: write_ahead_log(false),
        },
        Seed {
            oracle: "wal",
            bytes: write_ahead_log(true),
        },
        Seed {
            oracle: "export",
            bytes: export(),
        },
    ]
}

/// An export of a few entries, written by hand as `docs/store.md` says.
fn export() -> Vec<u8> {
    let entries: Vec<(Vec<u8>, Vec<u8>)> = (0..5_u8).map(|n| (vec![n, 7], vec![n; 9])).collect();
    let mut trie = Trie::new(MemoryStore::new());
    let changes = entries.iter().cloned();
    let root = trie.update(changes.map(|(key, value)| (key, Some(value))));
    let root = root.expect("a memory store does not fail");
    let record = BlockRecord {
        environment: BlockEnvironment {
            chain_id: 1,
            height: 2,
            timestamp_ms: 3,
            fee_collector: AccountId([4; 32]),
            gas_limit: 5,
        },
        receipts: Vec::new(),
        receipts_root: Digest([6; 32]),
    };
    let record = record.to_bytes();
    let mut bytes = b"LKSEXPRT".to_vec();
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(root.0);
    bytes.extend((entries.len() as u64).to_le_bytes());
    bytes.extend((record.len() as u64).to_le_bytes());
    bytes.extend(&record);
    for (key, value) in &entries {
        bytes.extend((key.len() as u16).to_le_bytes());
        bytes.extend((value.len() as u32).to_le_bytes());
        bytes.extend(key);
        bytes.extend(value);
    }
    sealed(&bytes)
}
