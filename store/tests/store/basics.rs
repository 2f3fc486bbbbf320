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
        let batch = batch(&mut numbers, 100, 500);
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
