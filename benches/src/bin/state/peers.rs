//! Published tries in memory, behind the same face as ours.
//!
//! `trie-db` runs on `memory-db` with the layout of Substrate's second state version and blake2b of
//! 32 bytes, computed by the crate that computes ours. `jmt` runs on the store that it brings for
//! tests, with its usual sha2-256. Both are called as their documentation says: a block is one
//! batch, and what it takes to keep its new nodes counts.

use hash_db::Hasher;
use jmt::mock::MockTreeStore;
use jmt::storage::TreeWriter;
use jmt::{KeyHash, RootHash, Sha256Jmt};
use memory_db::{HashKey, MemoryDB};
use reference_trie::SubstrateV1;
use trie_db::{DBValue, Trie, TrieDBBuilder, TrieDBMutBuilder, TrieMut};

use crate::system::System;
use crate::workload::Entry;

/// How many entries are given to a peer at once when it is loaded.
const LOAD_ENTRIES_AT_A_TIME: usize = 50_000;

/// blake2b with 32 bytes, for `trie-db`.
#[derive(Debug)]
pub(crate) struct Blake2b256;

impl Hasher for Blake2b256 {
    type Out = [u8; 32];
    type StdHasher = std::hash::DefaultHasher;
    const LENGTH: usize = 32;

    fn hash(bytes: &[u8]) -> [u8; 32] {
        let hash = blake2b_simd::Params::new().hash_length(32).hash(bytes);
        hash.as_bytes().try_into().expect("32 bytes")
    }
}

type Layout = SubstrateV1<Blake2b256>;

/// `trie-db`.
pub(crate) struct TrieDb {
    nodes: MemoryDB<Blake2b256, HashKey<Blake2b256>, DBValue>,
    root: [u8; 32],
}

impl TrieDb {
    /// Loads entries in any order.
    pub(crate) fn load(entries: impl Iterator<Item = Entry>) -> Self {
        let (nodes, root) = MemoryDB::default_with_root();
        let mut system = TrieDb { nodes, root };
        load(&mut system, entries);
        system
    }
}

impl System for TrieDb {
    fn name(&self) -> &'static str {
        "trie-db"
    }

    fn update(&mut self, updates: &[Entry]) {
        let mut trie =
            TrieDBMutBuilder::<Layout>::from_existing(&mut self.nodes, &mut self.root).build();
        for (key, value) in updates {
            trie.insert(key, value).expect("memory");
        }
    }

    fn read(&self, keys: &[Vec<u8>]) -> usize {
        let trie = TrieDBBuilder::<Layout>::new(&self.nodes, &self.root).build();
        let values = keys.iter().filter_map(|key| trie.get(key).expect("memory"));
        values.map(|value| value.len()).sum()
    }

    fn proof_bytes(&self, key: &[u8]) -> usize {
        let proof = trie_db::proof::generate_proof::<_, Layout, _, _>(
            &self.nodes,
            &self.root,
            [&key.to_vec()],
        );
        proof.expect("memory").iter().map(Vec::len).sum()
    }
}

/// `jmt`.
pub(crate) struct Jmt {
    store: MockTreeStore,
    version: u64,
    root: RootHash,
}

impl Jmt {
    /// Loads entries in any order.
    pub(crate) fn load(entries: impl Iterator<Item = Entry>) -> Self {
        let mut system = Jmt {
            store: MockTreeStore::default(),
            version: 0,
            root: RootHash([0; 32]),
        };
        load(&mut system, entries);
        system
    }
}

/// The keys are as random as hashes already, and are not hashed again.
fn key_hash(key: &[u8]) -> KeyHash {
    KeyHash(key.try_into().expect("keys of 32 bytes"))
}

impl System for Jmt {
    fn name(&self) -> &'static str {
        "jmt"
    }

    fn update(&mut self, updates: &[Entry]) {
        let tree = Sha256Jmt::new(&self.store);
        let updates = updates
            .iter()
            .map(|(key, value)| (key_hash(key), Some(value.clone())));
        let (root, batch) = tree
            .put_value_set(updates, self.version)
            .expect("the version is new");
        self.store
            .write_node_batch(&batch.node_batch)
            .expect("memory");
        self.root = root;
        self.version += 1;
    }

    fn read(&self, keys: &[Vec<u8>]) -> usize {
        let tree = Sha256Jmt::new(&self.store);
        let version = self.version - 1;
        let values = keys
            .iter()
            .filter_map(|key| tree.get(key_hash(key), version).expect("memory"));
        values.map(|value| value.len()).sum()
    }

    fn proof_bytes(&self, key: &[u8]) -> usize {
        let (_, proof) = Sha256Jmt::new(&self.store)
            .get_with_proof(key_hash(key), self.version - 1)
            .expect("the key is present");
        borsh::to_vec(&proof).expect("memory").len()
    }
}

/// Gives the entries to a peer in the order of their keys, part by part.
fn load(system: &mut dyn System, entries: impl Iterator<Item = Entry>) {
    let mut entries: Vec<Entry> = entries.collect();
    entries.sort();
    for part in entries.chunks(LOAD_ENTRIES_AT_A_TIME) {
        system.update(part);
    }
}
