//! What the trie asks of the place where its pages and leaves are kept.

use alloc::vec::Vec;
use core::ops::Deref;

use crate::digest::Digest;
use crate::leaf::Leaf;
use crate::link::Link;
use crate::page::Page;
use crate::page_change::{EditParts, PageChange};

/// Keeps pages and leaves under numbers that it chooses itself, and knows where the tree of each
/// root that it holds begins.
///
/// A store never changes what it keeps under a number while a root that it holds can reach it.
///
/// The trie compares the digest of each page that it reads with the one by which the page above names
/// it, or with the root; [`Page::from_bytes`] computes it from those of the children. The rest it
/// believes, where children stand, links, and leaves: a store on a medium that can decay checks a
/// checksum of its own when it reads.
pub trait NodeStore: Sync {
    /// Why the store itself failed: a broken medium, for example. That something is absent is not
    /// an error of the store.
    type Error: core::error::Error + Send + 'static;

    /// How the store lends what it keeps: a reference, or a counted pointer into a cache.
    type Ref<'s, T: 's>: Deref<Target = T>
    where
        Self: 's;

    /// Where the tree with this root begins, or `None` if the store does not hold the root. It is
    /// not asked for the root of the empty trie.
    fn root(&self, root: &Digest) -> Result<Option<Link>, Self::Error>;

    /// The page under this number, or `None` if the store does not have it.
    fn page(&self, number: u64) -> Result<Option<Self::Ref<'_, Page>>, Self::Error>;

    /// The leaf under this number, or `None` if the store does not have it.
    fn leaf(&self, number: u64) -> Result<Option<Self::Ref<'_, Leaf>>, Self::Error>;

    /// Says that the ways from a stored node down to these keys will be read soon. A store that
    /// gains by reading them together does it here; the default does nothing.
    fn fetch_ahead(&self, from: Link, keys: &[&[u8]]) {
        let _ = (from, keys);
    }

    /// Does two parts of an update that do not depend on each other, and returns what both come to.
    /// A store whose reads wait may do them at the same time; the default does one after the other.
    fn both<A, B: Send>(
        &self,
        first: impl FnOnce() -> A,
        mut second: impl FnMut() -> B + Send,
    ) -> (A, B) {
        (first(), second())
    }

    /// Says that a batch is worked out now, and then either given to [`apply`](NodeStore::apply) or
    /// [withdrawn](NodeStore::withdraw); nothing else changes the store in between. A store whose medium
    /// waits may make the batch durable meanwhile; the default does nothing.
    ///
    /// # Errors
    /// Whatever is wrong with the store. The batch is then not worked out, and not withdrawn either.
    fn announce(&mut self, batch: &ComingBatch<'_>) -> Result<(), Self::Error> {
        let _ = batch;
        Ok(())
    }

    /// Says that the announced batch cannot be worked out, or leads to another root than the
    /// [claimed](ComingBatch::claimed) one. Nothing of it may be found later; a store that
    /// cannot see to that takes no more batches. The default does nothing.
    fn withdraw(&mut self) {}

    /// Takes one batch, all of it or nothing. Afterwards everything under `changes.after` can be
    /// read, and unless `changes.replaces_before` is set, everything that could be read before
    /// still can.
    ///
    /// # Errors
    /// Whatever is wrong with the store. Nothing of the batch can be read then, and everything that
    /// could be read before still can, or every read fails.
    fn apply(&mut self, changes: NodeChanges) -> Result<(), Self::Error>;
}

/// A batch that is about to be worked out: [`Trie::update`](crate::Trie::update) announces it.
#[derive(Clone, Copy, Debug)]
pub struct ComingBatch<'c> {
    /// The root that it is made on.
    pub before: Digest,
    /// The keys that it sets, with their values, and those that it removes, with `None`; each once.
    pub changes: &'c [(&'c [u8], Option<&'c [u8]>)],
    /// See [`NodeChanges::record`].
    pub record: &'c [u8],
    /// The root that it has to lead to, if there is such a claim: it is withdrawn if it leads to another.
    pub claimed: Option<Digest>,
}

/// What one batch update adds to a store, and what the new version no longer needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeChanges {
    /// The root that the batch was made on.
    pub before: Digest,
    /// The root with the batch in it. It equals `before` if the batch changed nothing.
    pub after: Digest,
    /// Where the tree of `after` begins; `None` if it has no entries.
    pub root: Option<Link>,
    /// Whether `before` need not be held any longer, as with the parts of a bulk load.
    pub replaces_before: bool,
    /// The leaves that are new with this batch, in the order of their keys.
    pub leaves: Vec<Leaf>,
    /// The pages that are new with this batch, children before their parents. Their links to each
    /// other and to the new leaves are indices into these lists: the store numbers the leaves,
    /// then page after page, and gives the numbers so far to [`Page::resolve_links`] or
    /// [`EditParts::apply`] before it keeps a page.
    pub pages: Vec<PageChange>,
    /// What the edits among `pages` write.
    pub parts: EditParts,
    /// The keys that the batch removes, ascending, whether `before` has them or not. With the keys and
    /// values of `leaves` they are all that it takes to make the batch again.
    pub removed: Vec<Vec<u8>>,
    /// The numbers of the leaves that `before` has and `after` has not, each once.
    pub stale_leaves: Vec<u64>,
    /// The numbers of the pages that `before` has and `after` has not, each once, but for those
    /// that an edit among `pages` replaces. When no older root is held either, and no other update
    /// was made on `before`, they can be given up, and the edited ones changed where they are.
    pub stale_pages: Vec<u64>,
    /// What the caller wants kept with the new root, taken and lost together with it: a block's
    /// receipts, for example. The trie does not look at it, no digest depends on it, and a store
    /// need not keep it. Empty if there is nothing to keep.
    pub record: Vec<u8>,
}

impl NodeChanges {
    /// The batch that leaves the tree of a root as it is, for a store that writes it anew.
    pub fn none(root: Digest, link: Option<Link>) -> Self {
        Self {
            before: root,
            after: root,
            root: link,
            replaces_before: true,
            leaves: Vec::new(),
            removed: Vec::new(),
            pages: Vec::new(),
            parts: EditParts::default(),
            stale_leaves: Vec::new(),
            stale_pages: Vec::new(),
            record: Vec::new(),
        }
    }
}

impl<S: NodeStore + ?Sized> NodeStore for &mut S {
    type Error = S::Error;
    type Ref<'s, T: 's>
        = S::Ref<'s, T>
    where
        Self: 's;

    fn root(&self, root: &Digest) -> Result<Option<Link>, Self::Error> {
        (**self).root(root)
    }

    fn page(&self, number: u64) -> Result<Option<Self::Ref<'_, Page>>, Self::Error> {
        (**self).page(number)
    }

    fn leaf(&self, number: u64) -> Result<Option<Self::Ref<'_, Leaf>>, Self::Error> {
        (**self).leaf(number)
    }

    fn fetch_ahead(&self, from: Link, keys: &[&[u8]]) {
        (**self).fetch_ahead(from, keys);
    }

    fn both<A, B: Send>(
        &self,
        first: impl FnOnce() -> A,
        second: impl FnMut() -> B + Send,
    ) -> (A, B) {
        (**self).both(first, second)
    }

    fn announce(&mut self, batch: &ComingBatch<'_>) -> Result<(), Self::Error> {
        (**self).announce(batch)
    }

    fn withdraw(&mut self) {
        (**self).withdraw();
    }

    fn apply(&mut self, changes: NodeChanges) -> Result<(), Self::Error> {
        (**self).apply(changes)
    }
}
