//! parity-db, alone and below trie-db, with blocks that are on the disk when they end.
//!
//! parity-db answers a commit before anything is written: a thread writes it to the log, and the
//! log is synced when it has grown to 64 MB. A node that loses power before that has lost blocks.
//! So that a block is on the disk when it ends, as with the others, its threads are left out and
//! the steps are taken one by one: the commit is written to the log and the log is synced, which is
//! when a crash cannot undo it any more, and what is measured. Bringing the log's records into the
//! tables and syncing those is the other threads' work, which a commit does not wait for; it is done
//! between the blocks and not measured.

use std::path::Path;

use parity_db::{ColumnOptions, Db, Operation, Options};

use crate::durable::{Commits, Watch};
use crate::workload::{self, Block, Entry};

/// How many entries are loaded at once.
pub(crate) const LOAD_ENTRIES_AT_A_TIME: usize = 50_000;

/// A store without threads in a new directory, with one column.
pub(crate) fn create(directory: &Path, column: ColumnOptions) -> Db {
    let mut options = Options::with_columns(directory, 1);
    options.with_background_thread = false;
    options.columns = vec![column];
    Db::open_or_create(&options).expect("a new directory")
}

/// Commits changes to the column. They are on the disk afterwards.
pub(crate) fn commit(
    store: &Db,
    operations: impl IntoIterator<Item = Operation<Vec<u8>, Vec<u8>>>,
) {
    let operations = operations.into_iter().map(|operation| (0, operation));
    store.commit_changes(operations).expect("a commit");
    store.process_commits().expect("the log is written");
    store.flush_logs().expect("a sync");
}

/// What the store's threads would do behind the commits.
pub(crate) fn settle(store: &Db) {
    store.enact_logs().expect("the tables are written");
    store.clean_logs().expect("a sync");
    store.process_reindex().expect("the index is written");
    store.process_commits().expect("the log is written");
}

/// parity-db alone, as a map from keys to values. The keys are as random as hashes, and it is told
/// so.
pub(crate) fn bare(directory: &Path, entries: u64, blocks: &[Block]) -> Commits {
    let column = ColumnOptions {
        uniform: true,
        ..ColumnOptions::default()
    };
    let store = create(directory, column);
    let put = |pairs: &[Entry]| {
        let pairs = pairs.iter().cloned();
        commit(&store, pairs.map(|(key, value)| Operation::Set(key, value)));
    };
    let loaded: Vec<Entry> = workload::sorted_entries(entries).collect();
    for part in loaded.chunks(LOAD_ENTRIES_AT_A_TIME) {
        put(part);
        settle(&store);
    }
    drop(loaded);
    let mut watch = Watch::begin(directory);
    for block in blocks {
        for key in &block.reads {
            assert!(store.get(0, key).expect("a read").is_some());
        }
        watch.commit(|| put(&block.updates));
        settle(&store);
    }
    watch.end("parity-db, no hashing", false)
}
