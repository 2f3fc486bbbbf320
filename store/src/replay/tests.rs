//! Changes that do not lead where they should.

use std::sync::{Arc, Mutex};

use lockstep_state_trie::{
    Digest, EMPTY_ROOT, Leaf, Link, MemoryStore, NodeChanges, NodeStore, Page, Trie,
};

use super::InMemory;
use crate::lent::Lent;
use crate::log_store::LogStore;
use crate::medium::disk::Disk;
use crate::medium::{Medium, MediumFile, Mode};
use crate::report::Opening;
use crate::settings::Settings;
use crate::wal::{Found, WalEntry};
use crate::{Access, StoreError};

/// A store whose commits are in the write-ahead log alone, with another root.
struct WithOtherRoot(LogStore);

impl NodeStore for WithOtherRoot {
    type Error = StoreError;
    type Ref<'s, T: 's> = Lent<'s, T>;

    fn root(&self, root: &Digest) -> Result<Option<Link>, StoreError> {
        self.0.root(root)
    }

    fn page(&self, number: u64) -> Result<Option<Lent<'_, Page>>, StoreError> {
        self.0.page(number)
    }

    fn leaf(&self, number: u64) -> Result<Option<Lent<'_, Leaf>>, StoreError> {
        self.0.leaf(number)
    }

    fn apply(&mut self, mut changes: NodeChanges) -> Result<(), StoreError> {
        changes.after = Digest([7; 32]);
        assert!(self.0.go_ahead(&changes)?);
        Ok(())
    }
}

#[test]
fn changes_that_lead_to_another_root_are_refused_as_damaged() {
    let name = format!("lockstep-replay-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    let open = |access| LogStore::on(Arc::new(Disk), &folder, access, Settings::default());
    let (store, _) = open(Access::Create).expect("a store");
    let mut trie = Trie::new(WithOtherRoot(store));
    trie.update([(b"key", Some(b"value"))])
        .expect("it is written ahead");
    drop(trie);
    for access in [Access::Read, Access::Change] {
        let error = open(access).map(|_| ()).expect_err("it is another root");
        let StoreError::Damaged { path, what, .. } = &error else {
            panic!("{error}");
        };
        assert!(path.ends_with("wal"), "{error}");
        assert!(what.contains("do not lead to the root"), "{error}");
    }
    std::fs::remove_dir_all(&folder).expect("it can be removed");
}

#[test]
fn changes_that_are_not_those_of_the_next_version_are_refused_as_damaged() {
    let name = format!("lockstep-replay-next-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    let opened = LogStore::on(Arc::new(Disk), &folder, Access::Create, Settings::default());
    let (mut store, _) = opened.expect("a store");
    let changes = vec![(b"key".to_vec(), Some(b"value".to_vec()))];
    let after = Trie::new(MemoryStore::new()).update(changes.clone());
    let next = WalEntry {
        version: 1,
        first_kept: 1,
        before: EMPTY_ROOT,
        claimed: None,
        after: Some(after.expect("memory")),
        record: Vec::new(),
        changes,
        file_bytes: 0,
    };
    let others = [
        WalEntry {
            before: Digest([7; 32]),
            ..next.clone()
        },
        WalEntry {
            version: 2,
            ..next.clone()
        },
        WalEntry {
            first_kept: 2,
            ..next.clone()
        },
    ];
    for other in others {
        let made = store.make_again(Found::Whole(other.clone()), Opening::default());
        let error = made.expect_err("it is not the next");
        let is_meant = error.to_string().contains("those of the next version");
        assert!(is_meant, "{other:?}: {error}");
        assert_eq!(store.last().number, 0);
    }
    // The root that it names was written when it was the claimed one.
    let claimed = Some(Digest([7; 32]));
    let mut wrong = WalEntry {
        claimed,
        after: claimed,
        ..next.clone()
    };
    let made = store.make_again(Found::Whole(wrong.clone()), Opening::default());
    let error = made.expect_err("it leads to another root than it names");
    assert!(
        error.to_string().contains("do not lead to the root"),
        "{error}"
    );
    wrong.after = None;
    let made = store.make_again(Found::Whole(wrong), Opening::default());
    let report = made.expect("it was never made");
    assert!(!report.made_again && report.not_made.is_none());
    assert!(report.torn_tail.is_some());
    assert_eq!(store.last().number, 0);
    let claimed = next.after;
    let next = WalEntry { claimed, ..next };
    let made = store.make_again(Found::Whole(next), Opening::default());
    assert!(made.expect("it is the next").made_again);
    assert_eq!(store.versions().count(), 1);
    drop(store);
    std::fs::remove_dir_all(&folder).expect("it can be removed");
}

#[test]
fn what_is_in_memory_is_read_behind_what_is_in_the_file() {
    let path = std::env::temp_dir().join(format!("lockstep-replay-memory-{}", std::process::id()));
    std::fs::write(&path, b"in the file").expect("a file");
    let file = Disk.open(&path, Mode::Read).expect("it can be read");
    let in_memory = |start| InMemory {
        file: Arc::clone(&file),
        start,
        written: Mutex::default(),
    };
    let memory = in_memory(11);
    memory.write_at(b" and behind", 11).expect("memory");
    memory.write_at(b"more", 16).expect("memory");
    assert_eq!(memory.length().expect("memory"), 20);
    let read = |memory: &InMemory, offset, length| {
        let mut buffer = vec![0; length];
        let count = memory.read_at(&mut buffer, offset).expect("it can be read");
        buffer.truncate(count);
        buffer
    };
    assert_eq!(read(&memory, 7, 13), b"file and more");
    assert_eq!(read(&memory, 3, 4), b"the ");
    assert_eq!(read(&memory, 16, 9), b"more");
    assert_eq!(read(&memory, 20, 1), b"");
    // The file is shorter than it was: what is in memory does not take the place of the rest.
    let beyond = in_memory(20);
    beyond.write_at(b"behind", 20).expect("memory");
    assert_eq!(read(&beyond, 7, 19), b"file");
    std::fs::remove_file(&path).expect("it can be removed");
}
