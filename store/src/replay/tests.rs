//! Changes that do not lead where they should.

use std::sync::Arc;

use lockstep_state_trie::{
    Digest, EMPTY_ROOT, Leaf, Link, MemoryStore, NodeChanges, NodeStore, Page, Trie,
};

use crate::lent::Lent;
use crate::log_store::LogStore;
use crate::medium::disk::Disk;
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
        self.0.write_ahead(&changes)
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
        after: after.expect("memory"),
        record: Vec::new(),
        changes,
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
    let made = store.make_again(Found::Whole(next), Opening::default());
    assert!(made.expect("it is the next").made_again);
    assert_eq!(store.versions().count(), 1);
    drop(store);
    std::fs::remove_dir_all(&folder).expect("it can be removed");
}
