//! trie-db on parity-db, in Substrate's way: the nodes stand under their hashes in a column that
//! counts how often each is used, and a block is one commit. What of a commit is measured,
//! `durable_parity_db` says.

use std::path::Path;

use hash_db::{AsHashDB, HashDB, HashDBRef, Prefix};
use memory_db::{HashKey, MemoryDB};
use parity_db::{ColumnOptions, Db, Operation};
use reference_trie::SubstrateV1;
use trie_db::{DBValue, Trie as _, TrieDBBuilder, TrieDBMutBuilder, TrieMut as _};

use crate::durable::{Commits, Watch};
use crate::durable_parity_db::{LOAD_ENTRIES_AT_A_TIME, commit, create, settle};
use crate::peers::Blake2b256;
use crate::workload::{self, Block, Entry};

type Layout = SubstrateV1<Blake2b256>;

/// The nodes in the store, and the changes of the block that is under way.
struct Nodes {
    store: Db,
    changes: MemoryDB<Blake2b256, HashKey<Blake2b256>, DBValue>,
}

impl HashDB<Blake2b256, DBValue> for Nodes {
    fn get(&self, key: &[u8; 32], prefix: Prefix<'_>) -> Option<DBValue> {
        let changed = HashDB::get(&self.changes, key, prefix);
        changed.or_else(|| self.store.get(0, key).expect("the store reads"))
    }

    fn contains(&self, key: &[u8; 32], prefix: Prefix<'_>) -> bool {
        HashDB::get(self, key, prefix).is_some()
    }

    fn insert(&mut self, prefix: Prefix<'_>, value: &[u8]) -> [u8; 32] {
        self.changes.insert(prefix, value)
    }

    fn emplace(&mut self, key: [u8; 32], prefix: Prefix<'_>, value: DBValue) {
        self.changes.emplace(key, prefix, value);
    }

    fn remove(&mut self, key: &[u8; 32], prefix: Prefix<'_>) {
        self.changes.remove(key, prefix);
    }
}

impl HashDBRef<Blake2b256, DBValue> for Nodes {
    fn get(&self, key: &[u8; 32], prefix: Prefix<'_>) -> Option<DBValue> {
        HashDB::get(self, key, prefix)
    }

    fn contains(&self, key: &[u8; 32], prefix: Prefix<'_>) -> bool {
        HashDB::contains(self, key, prefix)
    }
}

impl AsHashDB<Blake2b256, DBValue> for Nodes {
    fn as_hash_db(&self) -> &dyn HashDB<Blake2b256, DBValue> {
        self
    }

    fn as_hash_db_mut<'a>(&'a mut self) -> &'a mut (dyn HashDB<Blake2b256, DBValue> + 'a) {
        self
    }
}

impl Nodes {
    /// A store in a new directory.
    fn create(directory: &Path) -> Nodes {
        let column = ColumnOptions {
            preimage: true,
            uniform: true,
            ref_counted: true,
            ..ColumnOptions::default()
        };
        Nodes {
            store: create(directory, column),
            changes: MemoryDB::default(),
        }
    }

    /// Commits the changes of a block. They are on the disk afterwards.
    fn commit(&mut self) {
        let mut operations = Vec::new();
        for (key, (node, count)) in self.changes.drain() {
            let key = key.to_vec();
            for used in 0..count {
                operations.push(match used {
                    0 => Operation::Set(key.clone(), node.clone()),
                    _ => Operation::Reference(key.clone()),
                });
            }
            for _ in count..0 {
                operations.push(Operation::Dereference(key.clone()));
            }
        }
        commit(&self.store, operations);
    }

    /// Makes the changes of a block, and returns the new root.
    fn update(&mut self, root: Option<[u8; 32]>, updates: &[Entry]) -> [u8; 32] {
        let mut new_root = root.unwrap_or_default();
        let builder = match root {
            None => TrieDBMutBuilder::<Layout>::new(self, &mut new_root),
            Some(_) => TrieDBMutBuilder::<Layout>::from_existing(self, &mut new_root),
        };
        let mut trie = builder.build();
        for (key, value) in updates {
            trie.insert(key, value).expect("the store reads");
        }
        trie.commit();
        drop(trie);
        self.commit();
        new_root
    }
}

/// trie-db on parity-db.
pub(crate) fn on_parity_db(directory: &Path, entries: u64, blocks: &[Block]) -> Commits {
    let mut nodes = Nodes::create(directory);
    let mut root = None;
    let loaded: Vec<Entry> = workload::sorted_entries(entries).collect();
    for part in loaded.chunks(LOAD_ENTRIES_AT_A_TIME) {
        root = Some(nodes.update(root, part));
        settle(&nodes.store);
    }
    drop(loaded);
    let mut root = root.expect("there are entries");
    let mut watch = Watch::begin(directory);
    for block in blocks {
        let trie = TrieDBBuilder::<Layout>::new(&nodes, &root).build();
        for key in &block.reads {
            assert!(trie.get(key).expect("the store reads").is_some());
        }
        drop(trie);
        watch.commit(|| {
            root = nodes.update(Some(root), &block.updates);
        });
        settle(&nodes.store);
    }
    watch.end("trie-db on parity-db", true)
}
