//! Committing, reading, opening again.

use lockstep_state_trie::{EMPTY_ROOT, Trie};
use lockstep_store::{Settings, Store, StoreError};

use crate::entries::{Contents, Numbers, assert_holds, batch, change, root_of, scratch};

fn small() -> Settings {
    Settings {
        kept_versions: 4,
        segment_bytes: 64 << 10,
        ..Settings::default()
    }
}

#[test]
fn what_was_committed_is_there_after_opening_again() {
    let folder = scratch("again");
    let mut trie = Trie::new(Store::create(&folder, small()).expect("a store"));
    let (mut contents, mut numbers) = (Contents::new(), Numbers(1));
    for round in 0..60 {
        // Every other one is so large that it is worked through by two threads.
        let changes = 60 + (round % 2) * 240;
        let batch = batch(&mut numbers, changes, 800);
        change(&mut contents, &batch);
        let record = format!("record {round}").into_bytes();
        let root = trie.update_with_record(batch, record).expect("a commit");
        assert_eq!(root, root_of(&contents));
        if round % 7 == 0 {
            drop(trie);
            let (store, opening) = Store::open(&folder, small()).expect("it opens");
            assert_eq!((opening.frames_read, opening.torn_tail), (0, None));
            assert_eq!(store.last().root, root);
            assert_eq!(store.last().number, round + 1);
            assert_eq!(store.last().entries, contents.len() as u64);
            assert_eq!(
                store.record(round + 1).expect("a record"),
                format!("record {round}").into_bytes()
            );
            assert_holds(&store, root, &contents);
            trie = Trie::open(store, root).expect("the root is there");
        }
    }
    let statistics = trie.store().statistics();
    assert_eq!(statistics.kept_versions, 4);
    assert!(statistics.segments > 1, "{statistics:?}");
}

#[test]
fn an_empty_store_opens_and_takes_only_what_stands_on_its_root() {
    let folder = scratch("empty");
    drop(Store::create(&folder, small()).expect("a store"));
    let (store, _) = Store::open(&folder, small()).expect("it opens");
    assert_eq!((store.last().number, store.last().root), (0, EMPTY_ROOT));
    let mut trie = Trie::new(store);
    trie.update([(b"a".to_vec(), Some(vec![1]))])
        .expect("a commit");
    let mut other = Trie::new(trie.into_store());
    let error = other
        .update([(b"b".to_vec(), Some(vec![1]))])
        .expect_err("not the last root");
    assert!(error.to_string().contains("roll back first"), "{error}");
    let again = Store::create(&folder, small()).expect_err("there is one");
    assert!(matches!(again, StoreError::AlreadyThere { .. }), "{again}");
}

#[test]
fn the_log_stays_in_proportion_to_what_is_needed() {
    let folder = scratch("proportion");
    let settings = Settings {
        segment_bytes: 16 << 10,
        // On a busy machine a thread may come to nothing for many commits.
        background: false,
        ..small()
    };
    let mut trie = Trie::new(Store::create(&folder, settings).expect("a store"));
    let (mut contents, mut numbers) = (Contents::new(), Numbers(2));
    let (mut swept, mut most) = (false, 0);
    for round in 0..400 {
        let batch = batch(&mut numbers, 20, 1_000);
        change(&mut contents, &batch);
        trie.update(batch).expect("a commit");
        let statistics = trie.store().statistics();
        swept |= statistics.sweeping;
        if round > 200 {
            most = most.max(statistics.log_bytes * 100 / statistics.live_bytes);
        }
    }
    let written = trie.store().statistics().bytes_written;
    let mut store = trie.into_store();
    store.checkpoint().expect("a checkpoint");
    let statistics = store.statistics();
    assert!(
        swept && written > 10 * statistics.live_bytes,
        "{written}: {statistics:?}"
    );
    // Twice what is needed may be dead, and a sweep takes its time.
    assert!(most < 700, "{most} percent");
    assert_holds(&store, store.last().root, &contents);
    let on_disk: u64 = std::fs::read_dir(&folder)
        .expect("the folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .metadata()
                .expect("its length")
                .len()
        })
        .sum();
    assert!(
        on_disk < statistics.log_bytes + (64 << 10),
        "{on_disk}: {statistics:?}"
    );
}

#[test]
fn a_bulk_load_is_one_version_and_takes_the_place_of_its_parts() {
    let folder = scratch("load");
    let mut trie = Trie::new(Store::create(&folder, small()).expect("a store"));
    let entries = (0_u32..150_000).map(|index| (index.to_be_bytes().to_vec(), vec![7; 5]));
    let root = trie.load(entries).expect("a load");
    let store = trie.into_store();
    let versions: Vec<u64> = store.versions().map(|version| version.number).collect();
    assert_eq!((versions, store.last().entries), (vec![0, 1], 150_000));
    drop(store);
    let (mut store, _) = Store::open(&folder, small()).expect("it opens");
    assert_eq!(store.last().root, root);
    store.rollback(0).expect("back to nothing");
    assert_eq!(store.statistics().live_bytes, 0);
    store.checkpoint().expect("a checkpoint");
    assert_eq!(store.statistics().segments, 1);
}

#[test]
fn a_small_change_is_written_as_differences_that_can_be_read_and_swept() {
    let folder = scratch("differences");
    let settings = Settings {
        cache_bytes: 64 << 10,
        ..small()
    };
    let mut trie = Trie::new(Store::create(&folder, settings).expect("a store"));
    let key = |number: u64| {
        let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        spread.to_be_bytes().to_vec()
    };
    let mut contents: Contents = (0..5_000).map(|n| (key(n), vec![1; 20])).collect();
    trie.load(contents.clone()).expect("a load");
    let before = trie.store().statistics().bytes_written;
    let mut versions = Vec::new();
    for round in 0..400_u64 {
        let (key, value) = (key(round * 11), vec![2; 20]);
        contents.insert(key.clone(), value.clone());
        let root = trie.update([(key, Some(value))]).expect("a commit");
        versions.push((root, contents.clone()));
    }
    // Three pages with sixteen children lie above each leaf, and whole they take 1,974 bytes.
    let written = trie.store().statistics().bytes_written - before;
    assert!(written / 400 < 1_300, "{} bytes each", written / 400);
    drop(trie);
    let (mut store, _) = Store::open(&folder, settings).expect("it opens");
    for (root, contents) in versions.iter().rev().take(4) {
        assert_holds(&store, *root, contents);
    }
    store.prune(1).expect("one version stays");
    let finished = store.compact(|_| std::ops::ControlFlow::Continue(()));
    assert!(finished.expect("a compaction"));
    assert_holds(&store, store.last().root, &contents);
    // What is left is what the tree takes, each node once and whole, and one frame.
    let statistics = store.statistics();
    assert!(
        statistics.log_bytes < statistics.live_bytes + 1_000,
        "{statistics:?}"
    );
}
