//! A fixed course of events for a store, and what it should hold after each of them.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use lockstep_state_trie::{Digest, EMPTY_ROOT, Trie, TrieError};
use lockstep_store::{Access, Medium, Opening, Settings, Store, StoreError};

use crate::entries::{Batch, Borrowed, Contents, Numbers, assert_holds, batch, change, root_of};

/// Where the store is on a disk in memory.
pub(crate) const PLACE: &str = "/state";

/// A root that nothing leads to.
pub(crate) const FORGED: Digest = Digest([7; 32]);

/// Small enough for everything to happen often.
pub(crate) fn tight() -> Settings {
    Settings {
        kept_versions: 3,
        cache_bytes: 64 << 10,
        segment_bytes: 4 << 10,
        dead_percent_max: 20,
        background: false,
    }
}

pub(crate) fn open(
    disk: &(impl Medium + Clone + 'static),
    access: Access,
) -> Result<(Store, Opening), StoreError> {
    open_with(disk, access, tight())
}

pub(crate) fn open_with(
    disk: &(impl Medium + Clone + 'static),
    access: Access,
    settings: Settings,
) -> Result<(Store, Opening), StoreError> {
    Store::on(Arc::new(disk.clone()), Path::new(PLACE), access, settings)
}

/// Something that is done to a store.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    Commit(Batch),
    /// A commit with the root that it has to lead to.
    Claimed(Batch),
    /// The same with another root, so that nothing comes of it.
    Forged(Batch),
    /// Back by so many versions, as far as they are kept.
    Rollback(u64),
    /// So many versions stay.
    Prune(u64),
    Compact,
}

/// A version as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) number: u64,
    pub(crate) contents: Contents,
    pub(crate) record: Vec<u8>,
}

impl Expected {
    pub(crate) fn root(&self) -> Digest {
        root_of(&self.contents)
    }
}

/// What a store should hold: the kept versions, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Model {
    pub(crate) versions: Vec<Expected>,
    kept_versions: usize,
}

impl Model {
    pub(crate) fn new(kept_versions: usize) -> Model {
        let zero = Expected {
            number: 0,
            contents: Contents::new(),
            record: Vec::new(),
        };
        Model {
            versions: vec![zero],
            kept_versions,
        }
    }

    pub(crate) fn last(&self) -> &Expected {
        self.versions.last().expect("never empty")
    }

    /// The version that a rollback by so many goes to.
    pub(crate) fn back(&self, by: u64) -> u64 {
        let first = self.versions[0].number;
        self.last().number.saturating_sub(by).max(first)
    }

    pub(crate) fn make(&mut self, event: &Event) {
        match event {
            Event::Commit(batch) | Event::Claimed(batch) => {
                let mut next = self.last().clone();
                next.number += 1;
                next.record = format!("record {}", next.number).into_bytes();
                change(&mut next.contents, batch);
                self.versions.push(next);
                let over = self.versions.len().saturating_sub(self.kept_versions);
                self.versions.drain(..over);
            }
            Event::Rollback(by) => {
                let target = self.back(*by);
                self.versions.retain(|version| version.number <= target);
            }
            Event::Prune(keep) => {
                let keep = usize::try_from(*keep).expect("small").max(1);
                let over = self.versions.len().saturating_sub(keep);
                self.versions.drain(..over);
            }
            Event::Compact | Event::Forged(_) => {}
        }
    }

    /// Makes an event happen to a store that holds what the model does.
    pub(crate) fn make_in(&self, store: Store, event: &Event) -> (Store, Result<(), String>) {
        match event {
            Event::Commit(batch) => self.update(store, |trie, record| {
                trie.update_with_record(batch.clone(), record).map(drop)
            }),
            Event::Claimed(batch) => {
                let mut after = self.last().contents.clone();
                change(&mut after, batch);
                let claimed = root_of(&after);
                self.update(store, |trie, record| {
                    let made = trie.update_to(batch.clone(), record, claimed)?;
                    made.expect("it leads to the root that the model has");
                    Ok(())
                })
            }
            Event::Forged(batch) => self.update(store, |trie, record| {
                let made = trie.update_to(batch.clone(), record, FORGED)?;
                made.expect_err("nothing leads to this root");
                Ok(())
            }),
            Event::Rollback(by) => changed(store, |store| store.rollback(self.back(*by))),
            Event::Prune(keep) => changed(store, |store| store.prune(*keep)),
            Event::Compact => changed(store, |store| {
                store.compact(|_| ControlFlow::Continue(())).map(|_| ())
            }),
        }
    }

    /// Updates a trie on the last version of a store that holds what the model does.
    fn update(
        &self,
        store: Store,
        update: impl FnOnce(&mut Trie<Store>, Vec<u8>) -> Result<(), TrieError<StoreError>>,
    ) -> (Store, Result<(), String>) {
        let root = store.last().root;
        let mut trie = if root == EMPTY_ROOT {
            Trie::new(store)
        } else {
            Trie::open(store, root).expect("the last root is kept")
        };
        let record = format!("record {}", self.last().number + 1).into_bytes();
        let result = update(&mut trie, record).map_err(|error| error.to_string());
        (trie.into_store(), result)
    }

    /// Checks that a store holds just what the model does: versions, records, all entries, and
    /// roots by recomputation.
    pub(crate) fn assert_same(&self, store: &Store) {
        let found: Vec<u64> = store.versions().map(|version| version.number).collect();
        let expected: Vec<u64> = self.versions.iter().map(|version| version.number).collect();
        assert_eq!(found, expected);
        for (found, expected) in store.versions().zip(&self.versions) {
            assert_eq!(found.root, expected.root());
            assert_eq!(found.entries, expected.contents.len() as u64);
            assert_holds(store, found.root, &expected.contents);
            let record = store.record(found.number).expect("the record is there");
            assert_eq!(record, expected.record);
        }
    }

    /// Checks that whatever is read of a store is what the model has, or is reported as damaged or as
    /// not to be read. Returns how often it is.
    pub(crate) fn assert_same_or_damaged(&self, store: &Store) -> u32 {
        let found: Vec<u64> = store.versions().map(|version| version.number).collect();
        let expected: Vec<u64> = self.versions.iter().map(|version| version.number).collect();
        assert_eq!(found, expected);
        let mut damaged = 0;
        for (found, expected) in store.versions().zip(&self.versions) {
            assert_eq!(found.root, expected.root());
            assert_eq!(found.entries, expected.contents.len() as u64);
            let trie = Trie::open(Borrowed(store), found.root);
            let entries = trie.and_then(|trie| trie.range(..).collect::<Result<Contents, _>>());
            match entries {
                Ok(entries) => assert_eq!(entries, expected.contents),
                Err(TrieError::Store(error)) if is_of_the_log(&error) => damaged += 1,
                Err(other) => panic!("{other}"),
            }
            match store.record(found.number) {
                Ok(record) => assert_eq!(record, expected.record),
                Err(error) if is_of_the_log(&error) => damaged += 1,
                Err(other) => panic!("{other}"),
            }
        }
        damaged
    }
}

/// Whether it says that the log is damaged or cannot be read.
fn is_of_the_log(error: &StoreError) -> bool {
    match error {
        StoreError::Damaged { .. } => true,
        StoreError::Io { action, .. } => *action == "read",
        _ => false,
    }
}

fn changed(
    mut store: Store,
    change: impl FnOnce(&mut Store) -> Result<(), StoreError>,
) -> (Store, Result<(), String>) {
    let result = change(&mut store).map_err(|error| error.to_string());
    (store, result)
}

/// A course of events in which everything happens.
pub(crate) fn events(numbers: &mut Numbers, count: u64) -> Vec<Event> {
    let events = (0..count).map(|index| match index % 12 {
        5 => Event::Rollback(1 + numbers.below(2)),
        8 => Event::Prune(1 + numbers.below(3)),
        11 if numbers.below(2) == 0 => Event::Compact,
        kind => {
            let changes = 1 + numbers.below(20);
            let batch = batch(numbers, changes, 40);
            match kind {
                3 => Event::Claimed(batch),
                6 | 10 => Event::Forged(batch),
                _ => Event::Commit(batch),
            }
        }
    });
    events.collect()
}
