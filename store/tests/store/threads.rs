//! What two threads write is byte for byte what one writes.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use lockstep_state_trie::{Digest, EMPTY_ROOT, Trie};
use lockstep_store::{Access, Disk, Settings, Store};

use crate::entries::{Batch, Contents, Numbers, assert_holds, batch, change, scratch};

/// Batches that are parted in two, and some that are not.
fn batches() -> Vec<Batch> {
    let mut numbers = Numbers(23);
    let sizes = (0..100).map(|index| match index % 10 {
        3 => 127,
        6 => 3,
        9 => 2_000,
        _ => 128 + index * 2,
    });
    sizes.map(|size| batch(&mut numbers, size, 3_000)).collect()
}

fn settings(background: bool) -> Settings {
    Settings {
        kept_versions: 5,
        cache_bytes: 512 << 10,
        segment_bytes: 256 << 10,
        dead_percent_max: 40,
        background,
    }
}

fn open(folder: &Path, background: bool) -> Store {
    let settings = settings(background);
    let opened = Store::on(Arc::new(Disk), folder, Access::Change, settings);
    opened.expect("a store").0
}

/// Commits everything, with a rollback, a prune and a compaction between, and returns the roots and
/// how many bytes were written.
fn run(folder: &Path, background: bool) -> (Vec<Digest>, u64) {
    let mut store = open(folder, background);
    let mut roots = Vec::new();
    for (index, batch) in (0_u64..).zip(batches()) {
        match index {
            30 => store.rollback(store.last().number - 2).expect("it is kept"),
            50 => store.prune(2).expect("it is pruned"),
            70 => {
                let done = store.compact(|_| std::ops::ControlFlow::Continue(()));
                assert!(done.expect("it is compacted"));
            }
            _ => {}
        }
        let root = store.last().root;
        let mut trie = match root == EMPTY_ROOT {
            true => Trie::new(store),
            false => Trie::open(store, root).expect("the last root"),
        };
        let record = index.to_le_bytes().to_vec();
        roots.push(trie.update_with_record(batch, record).expect("a commit"));
        store = trie.into_store();
    }
    let bytes_written = store.statistics().bytes_written;
    store.close().expect("it is closed");
    (roots, bytes_written)
}

/// The names and contents of all files but the write-ahead log, which takes threads.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy();
            (name.into_owned(), fs::read(&path).expect("a file"))
        })
        .collect();
    files.retain(|(name, _)| name != "wal");
    files.sort();
    files
}

/// What is kept at the end, by the model.
fn contents() -> Contents {
    let mut versions = vec![Contents::new()];
    for (index, batch) in batches().iter().enumerate() {
        if index == 30 {
            versions.truncate(versions.len() - 2);
        }
        let mut next = versions.last().expect("never empty").clone();
        change(&mut next, batch);
        versions.push(next);
    }
    versions.pop().expect("never empty")
}

#[test]
fn two_threads_write_the_same_bytes_as_one() {
    // Places and checksums depend on the identity, so both begin with the files of one store.
    let one = scratch("one-thread");
    drop(Store::create(&one, settings(false)).expect("a store"));
    let two = scratch("two-threads");
    fs::create_dir_all(&two).expect("a folder");
    for (name, bytes) in files(&one) {
        fs::write(two.join(name), bytes).expect("a copy");
    }
    let (alone, both) = (run(&one, false), run(&two, true));
    assert_eq!(alone, both);
    let (alone, both) = (files(&one), files(&two));
    let lengths = |files: &[(String, Vec<u8>)]| -> Vec<(String, usize)> {
        let lengths = files
            .iter()
            .map(|(name, bytes)| (name.clone(), bytes.len()));
        lengths.collect()
    };
    assert_eq!(lengths(&alone), lengths(&both));
    assert!(alone == both, "the files have other bytes");
    assert!(alone.len() > 4, "{:?}", lengths(&alone));
    for folder in [&one, &two] {
        let store = open(folder, true);
        assert_holds(&store, store.last().root, &contents());
        let last = store.record(store.last().number).expect("a record");
        assert_eq!(last, 99_u64.to_le_bytes());
    }
}
