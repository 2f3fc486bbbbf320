//! Plain key-value stores. A block is one write transaction that is on the disk when it returns.

use std::path::Path;

use fjall::{Database, KeyspaceCreateOptions, PersistMode};
use redb::{ReadableDatabase, TableDefinition};

use crate::durable::{Commits, Watch};
use crate::workload::{self, Block};

const TABLE: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("entries");

/// redb with its default durability, which syncs every commit.
pub(crate) fn redb(directory: &Path, entries: u64, blocks: &[Block]) -> Commits {
    std::fs::create_dir_all(directory).expect("a new directory");
    let file = directory.join("entries.redb");
    let store = redb::Database::create(&file).expect("a new file");
    let put = |pairs: &[(Vec<u8>, Vec<u8>)]| {
        let transaction = store.begin_write().expect("no other writer");
        {
            let mut table = transaction.open_table(TABLE).expect("the table");
            for (key, value) in pairs {
                table
                    .insert(key.as_slice(), value.as_slice())
                    .expect("a write");
            }
        }
        transaction.commit().expect("a commit");
    };
    let mut loaded: Vec<_> = workload::entries(entries).collect();
    loaded.sort();
    put(&loaded);
    let mut watch = Watch::begin(directory);
    for block in blocks {
        let transaction = store.begin_read().expect("a reader");
        let table = transaction.open_table(TABLE).expect("the table");
        for key in &block.reads {
            assert!(table.get(key.as_slice()).expect("a read").is_some());
        }
        watch.commit(|| put(&block.updates));
    }
    watch.end("redb, no hashing", false)
}

/// fjall, whose journal is synced after every batch.
pub(crate) fn fjall(directory: &Path, entries: u64, blocks: &[Block]) -> Commits {
    let store = Database::builder(directory)
        .open()
        .expect("a new directory");
    let keys = store
        .keyspace("entries", KeyspaceCreateOptions::default)
        .expect("a keyspace");
    let put = |pairs: &[(Vec<u8>, Vec<u8>)]| {
        let mut batch = store.batch();
        for (key, value) in pairs {
            batch.insert(&keys, key.as_slice(), value.as_slice());
        }
        batch.commit().expect("a commit");
        store.persist(PersistMode::SyncAll).expect("a sync");
    };
    let mut loaded: Vec<_> = workload::entries(entries).collect();
    loaded.sort();
    loaded.chunks(50_000).for_each(&put);
    let mut watch = Watch::begin(directory);
    for block in blocks {
        for key in &block.reads {
            assert!(keys.get(key.as_slice()).expect("a read").is_some());
        }
        watch.commit(|| put(&block.updates));
    }
    watch.end("fjall, no hashing", false)
}
