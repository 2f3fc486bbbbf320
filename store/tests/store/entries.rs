//! Batches of changes, the model that they are made to as well, and roots by recomputation.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lockstep_state_trie::{Digest, MemoryStore, Trie};
use lockstep_store::{Lent, Store};

pub(crate) type Batch = Vec<(Vec<u8>, Option<Vec<u8>>)>;
pub(crate) type Contents = BTreeMap<Vec<u8>, Vec<u8>>;

/// A sequence of numbers that is the same in every run.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// A batch of changes to `keys` possible keys: three of four set, one removes.
pub(crate) fn batch(numbers: &mut Numbers, changes: u64, keys: u64) -> Batch {
    let changes = (0..changes).map(|_| {
        let key = numbers.below(keys).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let value = (numbers.below(4) > 0).then(|| {
            let length = usize::try_from(numbers.below(90)).expect("small");
            numbers.next().to_le_bytes().repeat(12)[..length].to_vec()
        });
        (key.to_be_bytes().to_vec(), value)
    });
    changes.collect()
}

/// Makes the changes to the model.
pub(crate) fn change(contents: &mut Contents, batch: &Batch) {
    for (key, value) in batch {
        match value {
            Some(value) => contents.insert(key.clone(), value.clone()),
            None => contents.remove(key),
        };
    }
}

/// The root of the contents, computed by an empty trie in memory.
pub(crate) fn root_of(contents: &Contents) -> Digest {
    let entries = contents
        .iter()
        .map(|(key, value)| (key.clone(), value.clone()));
    let mut trie = Trie::new(MemoryStore::new());
    trie.load(entries).expect("memory does not fail")
}

/// Checks that a root of the store leads to exactly these entries, by reading all of them and
/// computing the root anew.
pub(crate) fn assert_holds(store: &Store, root: Digest, contents: &Contents) {
    let trie = Trie::open(Borrowed(store), root).expect("the root is kept");
    let found: Result<Contents, _> = trie.range(..).collect();
    let found = found.expect("everything can be read");
    assert_eq!(&found, contents);
    assert_eq!(root_of(&found), root);
}

/// A store that is only read, for a trie of its own.
pub(crate) struct Borrowed<'s>(pub(crate) &'s Store);

impl lockstep_state_trie::NodeStore for Borrowed<'_> {
    type Error = lockstep_store::StoreError;
    type Ref<'r, T: 'r>
        = Lent<'r, T>
    where
        Self: 'r;

    fn root(&self, root: &Digest) -> Result<Option<lockstep_state_trie::Link>, Self::Error> {
        self.0.root(root)
    }

    fn page(
        &self,
        number: u64,
    ) -> Result<Option<Lent<'_, lockstep_state_trie::Page>>, Self::Error> {
        self.0.page(number)
    }

    fn leaf(
        &self,
        number: u64,
    ) -> Result<Option<Lent<'_, lockstep_state_trie::Leaf>>, Self::Error> {
        self.0.leaf(number)
    }

    fn apply(&mut self, _: lockstep_state_trie::NodeChanges) -> Result<(), Self::Error> {
        unreachable!("it is only read")
    }
}

/// An empty folder for a test, not yet made.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("store-{name}"));
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the folder can be removed");
    }
    folder
}
