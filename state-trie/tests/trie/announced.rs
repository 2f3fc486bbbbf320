//! What a store is told of a batch before it is worked out.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use lockstep_state_trie::{
    ComingBatch, Digest, EMPTY_ROOT, Leaf, Link, MemoryStore, NodeChanges, NodeStore, Page, Trie,
};

/// What a store was told.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    /// The root, the changes and the record of a batch that comes.
    Coming(Digest, Vec<(Vec<u8>, Option<Vec<u8>>)>, Vec<u8>),
    /// The root that the batch has to lead to.
    Claimed(Digest),
    Withdrawn,
    /// The root that a batch leads to.
    Applied(Digest),
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Wrong {
    #[default]
    Nothing,
    Announcing,
    Reading,
    PanicInReading,
}

#[derive(Debug, PartialEq, Eq)]
struct Injected;

impl fmt::Display for Injected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("injected")
    }
}

impl std::error::Error for Injected {}

/// A store that remembers what it was told.
#[derive(Default)]
struct Listening {
    inner: MemoryStore,
    told: Vec<Told>,
    wrong: Wrong,
}

impl NodeStore for Listening {
    type Error = Injected;
    type Ref<'s, T: 's> = &'s T;

    fn root(&self, root: &Digest) -> Result<Option<Link>, Injected> {
        self.inner.root(root).map_err(|_| Injected)
    }

    fn page(&self, number: u64) -> Result<Option<&Page>, Injected> {
        match self.wrong {
            Wrong::Reading => Err(Injected),
            Wrong::PanicInReading => panic!("injected"),
            _ => self.inner.page(number).map_err(|_| Injected),
        }
    }

    fn leaf(&self, number: u64) -> Result<Option<&Leaf>, Injected> {
        self.inner.leaf(number).map_err(|_| Injected)
    }

    fn announce(&mut self, batch: &ComingBatch<'_>) -> Result<(), Injected> {
        if self.wrong == Wrong::Announcing {
            return Err(Injected);
        }
        let changes = batch.changes.iter();
        let changes = changes.map(|(key, value)| (key.to_vec(), value.map(<[u8]>::to_vec)));
        let (changes, record) = (changes.collect(), batch.record.to_vec());
        self.told.push(Told::Coming(batch.before, changes, record));
        self.told.extend(batch.claimed.map(Told::Claimed));
        Ok(())
    }

    fn withdraw(&mut self) {
        self.told.push(Told::Withdrawn);
    }

    fn apply(&mut self, changes: NodeChanges) -> Result<(), Injected> {
        self.told.push(Told::Applied(changes.after));
        self.inner.apply(changes).map_err(|_| Injected)
    }
}

/// Two keys that are set and one that is removed.
fn changes() -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    vec![
        (b"a".to_vec(), Some(b"1".to_vec())),
        (b"b".to_vec(), Some(Vec::new())),
        (b"c".to_vec(), None),
    ]
}

/// A trie with the changes in it, over a store that was told nothing yet, and the announcement of the same
/// changes with a record.
fn trie() -> (Trie<Listening>, Told) {
    let mut trie = Trie::new(Listening::default());
    trie.update(changes()).expect("memory");
    trie.store_mut().told.clear();
    let coming = Told::Coming(trie.root(), changes(), b"record".to_vec());
    (trie, coming)
}

#[test]
fn an_update_announces_its_changes_in_order_and_once_and_then_comes() {
    let mut trie = Trie::new(Listening::default());
    let mut twice = vec![(b"b".to_vec(), None)];
    twice.extend(changes().into_iter().rev());
    let root = trie.update(twice).expect("memory");
    let coming = Told::Coming(EMPTY_ROOT, changes(), Vec::new());
    assert_eq!(trie.store().told, [coming, Told::Applied(root)]);
    let (mut trie, coming) = self::trie();
    let root = trie.update_with_record(changes(), b"record".to_vec());
    let root = root.expect("memory");
    assert_eq!(trie.store().told, [coming, Told::Applied(root)]);
}

#[test]
fn an_update_that_leads_to_the_claimed_root_comes() {
    let (mut trie, coming) = trie();
    let claimed = trie.root();
    let made = trie.update_to(changes(), b"record".to_vec(), claimed);
    assert_eq!(made.expect("memory"), Ok(()));
    let told = [coming, Told::Claimed(claimed), Told::Applied(claimed)];
    assert_eq!(trie.store().told, told);
}

#[test]
fn an_update_that_leads_to_another_root_than_the_claimed_one_is_withdrawn() {
    let (mut trie, coming) = trie();
    let root = trie.root();
    for claimed in [Digest([7; 32]), EMPTY_ROOT] {
        trie.store_mut().told.clear();
        let made = trie.update_to(changes(), b"record".to_vec(), claimed);
        assert_eq!(made.expect("memory"), Err(root));
        let told = [coming.clone(), Told::Claimed(claimed), Told::Withdrawn];
        assert_eq!(trie.store().told, told);
        assert_eq!(trie.root(), root);
    }
    // That the root stays as it was is another root, too.
    let made = trie.update_to([(b"d", Some(b"4"))], Vec::new(), root);
    let actual = made.expect("memory").expect_err("it changes something");
    assert_eq!(trie.get(b"d").expect("memory"), None);
    let made = trie.update_to([(b"d", Some(b"4"))], Vec::new(), actual);
    assert_eq!(made.expect("memory"), Ok(()));
    assert_eq!(trie.root(), actual);
    assert_eq!(trie.get(b"d").expect("memory"), Some(b"4".to_vec()));
}

#[test]
fn whoever_has_a_store_lent_announces_to_it() {
    let (mut trie, _) = trie();
    let root = trie.root();
    let mut lent = Trie::open(trie.store_mut(), root).expect("it is there");
    lent.update(changes()).expect("memory");
    lent.store_mut().wrong = Wrong::Reading;
    lent.update(changes()).expect_err("it cannot be read");
    let coming = Told::Coming(root, changes(), Vec::new());
    let told = [coming.clone(), Told::Applied(root), coming, Told::Withdrawn];
    assert_eq!(trie.store().told, told);
}

#[test]
fn what_is_prepared_or_replaces_is_not_announced() {
    let (mut trie, _) = trie();
    let prepared = trie.prepare(changes(), Vec::new()).expect("memory");
    assert_eq!(trie.store().told, []);
    let root = trie.commit(prepared).expect("memory");
    trie.replace(changes()).expect("memory");
    let told = [Told::Applied(root), Told::Applied(root)];
    assert_eq!(trie.store().told, told);
}

#[test]
fn an_update_that_cannot_be_worked_out_is_withdrawn() {
    for wrong in [Wrong::Reading, Wrong::PanicInReading] {
        let (mut trie, coming) = trie();
        let root = trie.root();
        trie.store_mut().wrong = wrong;
        let update = || trie.update_with_record(changes(), b"record".to_vec());
        let updated = catch_unwind(AssertUnwindSafe(update));
        assert_eq!(updated.is_err(), wrong == Wrong::PanicInReading);
        assert!(!matches!(updated, Ok(Ok(_))));
        assert_eq!(trie.store().told, [coming, Told::Withdrawn]);
        assert_eq!(trie.root(), root);
    }
}

#[test]
fn what_cannot_be_announced_is_not_worked_out_and_not_withdrawn() {
    let (mut trie, _) = trie();
    trie.store_mut().wrong = Wrong::Announcing;
    trie.update(changes()).expect_err("it cannot be announced");
    assert_eq!(trie.store().told, []);
    // Neither is one whose changes are refused.
    trie.store_mut().wrong = Wrong::Nothing;
    let long = vec![0; lockstep_state_trie::KEY_BYTES_MAX + 1];
    let refused = trie.update([(long, Some(b"value"))]);
    refused.expect_err("the key is too long");
    assert_eq!(trie.store().told, []);
}
