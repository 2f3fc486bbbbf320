//! A published trie on a published store: jmt on redb. A block is one write transaction with its
//! new nodes and values, on the disk when it returns. Old nodes stay, as its documentation leaves it.

use std::path::Path;

use anyhow::Result;
use jmt::storage::{LeafNode, Node, NodeBatch, NodeKey, TreeReader, TreeWriter};
use jmt::{KeyHash, OwnedValue, Sha256Jmt, Version};
use redb::{Database, ReadableDatabase, TableDefinition};

use crate::durable::{Commits, Watch};
use crate::workload::{self, Block, Entry};

type Table = TableDefinition<'static, &'static [u8], &'static [u8]>;

const NODES: Table = TableDefinition::new("nodes");
/// The key is a key of the trie and a version in ten bytes, its most significant first.
const VALUES: Table = TableDefinition::new("values");

/// How many entries are loaded at once.
const LOAD_ENTRIES_AT_A_TIME: usize = 50_000;

struct OnRedb {
    store: Database,
}

fn value_key(key: &KeyHash, version: Version) -> Vec<u8> {
    [&key.0[..], &version.to_be_bytes()].concat()
}

impl TreeReader for OnRedb {
    fn get_node_option(&self, key: &NodeKey) -> Result<Option<Node>> {
        let table = self.store.begin_read()?.open_table(NODES)?;
        let node = table.get(borsh::to_vec(key)?.as_slice())?;
        Ok(node
            .map(|node| borsh::from_slice(node.value()))
            .transpose()?)
    }

    fn get_value_option(&self, version: Version, key: KeyHash) -> Result<Option<OwnedValue>> {
        let table = self.store.begin_read()?.open_table(VALUES)?;
        let (first, last) = (value_key(&key, 0), value_key(&key, version));
        let mut versions = table.range(first.as_slice()..=last.as_slice())?;
        let newest = versions.next_back().transpose()?;
        Ok(newest.map(|(_, value)| value.value().to_vec()))
    }

    fn get_rightmost_leaf(&self) -> Result<Option<(NodeKey, LeafNode)>> {
        unreachable!("only a restored tree asks for it")
    }
}

impl TreeWriter for OnRedb {
    fn write_node_batch(&self, batch: &NodeBatch) -> Result<()> {
        let transaction = self.store.begin_write()?;
        {
            let mut nodes = transaction.open_table(NODES)?;
            for (key, node) in batch.nodes() {
                let (key, node) = (borsh::to_vec(key)?, borsh::to_vec(node)?);
                nodes.insert(key.as_slice(), node.as_slice())?;
            }
            let mut values = transaction.open_table(VALUES)?;
            for ((version, key), value) in batch.values() {
                let value = value.as_deref().unwrap_or_default();
                values.insert(value_key(key, *version).as_slice(), value)?;
            }
        }
        Ok(transaction.commit()?)
    }
}

/// jmt on redb.
pub(crate) fn jmt_on_redb(directory: &Path, entries: u64, blocks: &[Block]) -> Commits {
    std::fs::create_dir_all(directory).expect("a new directory");
    let store = Database::create(directory.join("nodes.redb")).expect("a new file");
    let store = OnRedb { store };
    // Makes the tables, which are looked into before anything is written.
    let nothing = NodeBatch::default();
    store.write_node_batch(&nothing).expect("the store writes");
    let key_hash = |key: &[u8]| KeyHash(key.try_into().expect("keys of 32 bytes"));
    let put = |changes: &[Entry], version| {
        let changes = changes.iter();
        let changes = changes.map(|(key, value)| (key_hash(key), Some(value.clone())));
        let batch = Sha256Jmt::new(&store).put_value_set(changes, version);
        let (_, batch) = batch.expect("the version is new");
        store
            .write_node_batch(&batch.node_batch)
            .expect("the store writes");
    };
    let mut version = 0;
    let loaded: Vec<Entry> = workload::sorted_entries(entries).collect();
    for part in loaded.chunks(LOAD_ENTRIES_AT_A_TIME) {
        put(part, version);
        version += 1;
    }
    drop(loaded);
    let mut watch = Watch::begin(directory);
    for block in blocks {
        let tree = Sha256Jmt::new(&store);
        for key in &block.reads {
            let value = tree.get(key_hash(key), version - 1);
            assert!(value.expect("the store reads").is_some());
        }
        watch.commit(|| put(&block.updates, version));
        version += 1;
    }
    watch.end("jmt on redb", true)
}
