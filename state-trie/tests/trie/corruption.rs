//! Stores that fail, or in which something is missing or wrong.

use std::fmt;

use lockstep_state_trie::{
    Digest, Leaf, Link, MemoryStore, NodeChanges, NodeStore, Page, PageChange, Trie, TrieError,
};

use crate::stores::entry;

/// A store in which something is broken.
#[derive(Clone, Default)]
struct Broken {
    inner: MemoryStore,
    fails_to_read: bool,
    fails_to_write: bool,
    /// What is found under a number instead of the page that belongs there.
    wrong_page: Option<(u64, Page)>,
    /// The same for a leaf.
    wrong_leaf: Option<(u64, Leaf)>,
    lost_leaf: Option<u64>,
    /// The pages of the last batch as they were given, their links not resolved.
    given: Vec<Page>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Broke;

impl fmt::Display for Broke {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the disk is on fire")
    }
}

impl std::error::Error for Broke {}

impl NodeStore for Broken {
    type Error = Broke;
    type Ref<'s, T: 's> = &'s T;

    fn root(&self, root: &Digest) -> Result<Option<Link>, Broke> {
        self.inner.root(root).map_err(|_| Broke)
    }

    fn page(&self, number: u64) -> Result<Option<&Page>, Broke> {
        match &self.wrong_page {
            _ if self.fails_to_read => Err(Broke),
            Some((wrong, page)) if *wrong == number => Ok(Some(page)),
            _ => self.inner.page(number).map_err(|_| Broke),
        }
    }

    fn leaf(&self, number: u64) -> Result<Option<&Leaf>, Broke> {
        match &self.wrong_leaf {
            _ if self.fails_to_read => Err(Broke),
            _ if self.lost_leaf == Some(number) => Ok(None),
            Some((wrong, leaf)) if *wrong == number => Ok(Some(leaf)),
            _ => self.inner.leaf(number).map_err(|_| Broke),
        }
    }

    fn apply(&mut self, changes: NodeChanges) -> Result<(), Broke> {
        let given = changes.pages.iter().filter_map(|change| match change {
            PageChange::New(page) => Some(page.clone()),
            PageChange::Edit(_) => None,
        });
        self.given = given.collect();
        match self.fails_to_write {
            true => Err(Broke),
            false => self.inner.apply(changes).map_err(|_| Broke),
        }
    }
}

fn broken() -> Trie<Broken> {
    let mut trie = Trie::new(Broken::default());
    let entries = [
        entry("a", "1"),
        entry("ab", "2"),
        entry("b", "3"),
        entry("bc", "4"),
    ];
    trie.update(entries).expect("still whole");
    trie
}

#[test]
fn failures_of_the_store_are_passed_on_and_change_nothing() {
    let mut trie = broken();
    let root = trie.root();
    trie.store_mut().fails_to_write = true;
    assert_eq!(trie.update([entry("a", "2")]), Err(TrieError::Store(Broke)));
    assert_eq!(trie.root(), root);
    assert_eq!(trie.get(b"a"), Ok(Some(b"1".to_vec())));
    trie.store_mut().fails_to_read = true;
    assert_eq!(trie.get(b"a"), Err(TrieError::Store(Broke)));
    assert_eq!(trie.update([entry("a", "2")]), Err(TrieError::Store(Broke)));
    let error: &dyn std::error::Error = &TrieError::Store(Broke);
    assert!(error.source().is_some() && error.to_string().contains("on fire"));
}

/// The number of the leaf of a key in the store of [`broken`], whose uppermost page parts the
/// keys by their first half byte and has one page below it.
fn leaf_number(trie: &Trie<Broken>, key: &[u8]) -> u64 {
    let store = &trie.store().inner;
    let numbers = 0..u64::try_from(store.leaf_count()).expect("few");
    let mut found = numbers.filter(|number| {
        let leaf = store.leaf(*number).expect("memory");
        leaf.is_some_and(|leaf| leaf.key() == key)
    });
    found.next().expect("stored")
}

#[test]
fn a_missing_leaf_is_reported() {
    let mut trie = broken();
    let number = leaf_number(&trie, b"a");
    trie.store_mut().lost_leaf = Some(number);
    let is_missing = |error| matches!(error, Some(TrieError::MissingNode { .. }));
    assert!(is_missing(trie.get(b"a").err()));
    assert!(is_missing(trie.value_length(b"a").err()));
    assert!(is_missing(trie.range(..).next().and_then(Result::err)));
    assert!(is_missing(trie.prove(b"a").err()));
    assert!(is_missing(trie.update([entry("a", "2")]).err()));
    assert_eq!(trie.get(b"c"), Ok(None));
}

/// Whatever a corrupt store gives back, every operation ends, and where something cannot be in its
/// place it says so.
#[test]
fn misplaced_nodes_are_reported_and_never_run_in_circles() {
    let whole = broken();
    let inner = &whole.store().inner;
    let pages: Vec<(u64, &Page)> = (0..9)
        .filter_map(|number| Some((number, inner.page(number).expect("memory")?)))
        .collect();
    let (top_number, top) = *pages.last().expect("pages");
    assert!(pages.len() > 1, "pages below the top");
    let mut broken = Vec::new();
    // The top page again in place of each page below it.
    for (number, _) in &pages[..pages.len() - 1] {
        broken.push(Broken {
            wrong_page: Some((*number, top.clone())),
            ..whole.store().clone()
        });
    }
    // A leaf of another key in place of each.
    for key in [&b"a"[..], b"ab", b"b", b"bc"] {
        let other = inner.leaf(leaf_number(&whole, if key == b"a" { b"b" } else { b"a" }));
        let other = other.expect("memory").expect("stored").clone();
        let wrong_leaf = Some((leaf_number(&whole, key), other));
        broken.push(Broken {
            wrong_leaf,
            ..whole.store().clone()
        });
    }
    for store in broken {
        let trie = Trie::open(store, whole.root()).expect("the root");
        let keys = [&b"a"[..], b"ab", b"b", b"bc"];
        let is_misplaced =
            |error: TrieError<Broke>| matches!(error, TrieError::MisplacedNode { .. });
        let found = |trie: &Trie<Broken>, key: &[u8]| trie.next(key).is_err_and(is_misplaced);
        assert!(keys.iter().any(|key| found(&trie, key)), "{top_number}");
        assert!(
            keys.iter()
                .any(|key| trie.previous(Some(key)).is_err_and(is_misplaced))
        );
        let remove = |key: &[u8]| trie.clone().update([(key, None::<&[u8]>)]);
        assert!(keys.iter().any(|key| remove(key).is_err_and(is_misplaced)));
        assert!(trie.range(..).count() < 9);
    }
}

/// A page whose links were never resolved names its children by places in a batch that is over. The
/// next batch has other things at these places, or nothing.
#[test]
fn links_that_were_not_resolved_lead_to_no_root() {
    let mut trie = broken();
    let given = trie.store().given.clone();
    assert!(given.len() > 1, "pages below the top");
    for unresolved in given {
        let inner = &trie.store().inner;
        let mut numbers = 0..9;
        let number = numbers.find(|number| {
            let page = inner.page(*number).expect("memory");
            page.is_some_and(|page| page.digest() == unresolved.digest())
        });
        let number = number.expect("kept");
        let whole = inner.page(number).expect("memory").expect("kept");
        let links: Vec<Link> = whole.links().collect();
        let mut refused = 0;
        for (index, link) in links.into_iter().enumerate() {
            // All links but one are as they were given.
            let mut page = unresolved.clone();
            page.replace_link(index, link);
            trie.store_mut().wrong_page = Some((number, page));
            for key in ["a", "ab", "b", "bc"] {
                let removal = (key.as_bytes().to_vec(), None);
                for batch in [vec![removal.clone()], vec![removal, entry("c", "5")]] {
                    let expected = broken().update(batch.clone()).expect("whole");
                    let root = trie.clone().update(batch);
                    let is_refused = matches!(root, Err(TrieError::MisplacedNode { .. }));
                    assert!(is_refused || root == Ok(expected), "{root:?}");
                    refused += usize::from(is_refused);
                }
            }
        }
        assert!(refused > 0);
    }
}

/// A stored page of another version in the place of the right one: all keys fit, the digests do not.
#[test]
fn a_page_of_another_version_leads_to_no_root() {
    let mut trie = broken();
    let first = trie.root();
    let other = trie.update([entry("a", "9")]).expect("whole");
    let store = trie.into_store();
    let top = |root: &Digest| match store.root(root) {
        Ok(Some(Link::Page(number))) => number,
        other => panic!("{other:?}"),
    };
    let stale = store
        .page(top(&first))
        .expect("whole")
        .expect("stored")
        .clone();
    let wrong_page = Some((top(&other), stale));
    let mut trie = Trie::open(
        Broken {
            wrong_page,
            ..store
        },
        other,
    )
    .expect("the root");
    let misplaced = TrieError::MisplacedNode { digest: other };
    assert_eq!(trie.update([entry("b", "8")]), Err(misplaced));
    assert_eq!(trie.prove(b"b"), Err(misplaced));
    assert_eq!(trie.next(b""), Err(misplaced));
    assert_eq!(trie.root(), other);
}
