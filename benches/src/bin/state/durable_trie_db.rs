//! trie-db on parity-db, in Substrate's way: the nodes stand under their hashes in a column that
//! counts how often each is used, and a block is one commit.
//!
//! parity-db answers a commit before anything is written: a thread writes it to the log, and the
//! log is synced when it has grown to 64 MB. A node that loses power before that has lost blocks.
//! So that a block is on the disk when it ends, as with the others, its threads are left out and
//! the steps are taken one by one: the commit is written to the log and the log is synced, which is
//! when a crash cannot undo it any more, and what is measured. Bringing the log's records into the
//! tables and syncing those is the other threads' work, which a commit does not wait for; it is done
//! between the blocks and not measured.

use std::path::Path;

use hash_db::{AsHashDB, HashDB, HashDBRef, Prefix};
use memory_db::{HashKey, MemoryDB};
use parity_db::{Db, Operation, Options};
use reference_trie::SubstrateV1;
use trie_db::{DBValue, Trie as _, TrieDBBuilder, TrieDBMutBuilder, TrieMut as _};

use crate::durable::{Commits, Watch};
use crate::peers::Blake2b256;
use crate::workload::{self, Block, Entry};

type Layout = SubstrateV1<Blake2b256>;

/// How many entries are loaded at once.
const LOAD_ENTRIES_AT_A_TIME: usize = 50_000;

/// The column of the nodes.
const NODES: u8 = 0;

/// The nodes in the store, and the changes of the block that is under way.
struct Nodes {
    store: Db,
    changes: MemoryDB<Blake2b256, HashKey<Blake2b256>, DBValue>,
}

impl HashDB<Blake2b256, DBValue> for Nodes {
    fn get(&self, key: &[u8; 32], prefix: Prefix<'_>) -> Option<DBValue> {
        let changed = HashDB::get(&self.changes, key, prefix);
        changed.or_else(|| self.store.get(NODES, key).expect("the store reads"))
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
        let mut options = Options::with_columns(directory, 1);
        options.with_background_thread = false;
        for column in &mut options.columns {
            column.preimage = true;
            column.uniform = true;
            column.ref_counted = true;
        }
        Nodes {
            store: Db::open_or_create(&options).expect("a new directory"),
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
        let operations = operations.into_iter().map(|operation| (NODES, operation));
        self.store.commit_changes(operations).expect("a commit");
        self.store.process_commits().expect("the log is written");
        self.store.flush_logs().expect("a sync");
    }

    /// What the store's threads would do behind the commits.
    fn settle(&self) {
        self.store.enact_logs().expect("the tables are written");
        self.store.clean_logs().expect("a sync");
        self.store.process_reindex().expect("the index is written");
        self.store.process_commits().expect("the log is written");
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
        nodes.settle();
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
        nodes.settle();
    }
    watch.end("trie-db on parity-db", true)
}
