//! Reading: nodes through the cache, and the store as the trie sees it.

use lockstep_state_trie::{Digest, Leaf, Link, NodeChanges, NodeStore, Page};

use crate::address::Address;
use crate::error::StoreError;
use crate::lent::Lent;
use crate::log_store::LogStore;
use crate::node::Node;

impl LogStore {
    /// A node that is not on the shelves of the cache.
    fn read(&self, number: u64) -> Result<Node, StoreError> {
        if let Some(node) = self.cache.recent(number) {
            return Ok(node);
        }
        let node = self.log.read_node(Address::from_number(number))?;
        self.cache.keep_read(number, node.clone());
        Ok(node)
    }
}

impl NodeStore for LogStore {
    type Error = StoreError;
    type Ref<'s, T: 's> = Lent<'s, T>;

    fn root(&self, root: &Digest) -> Result<Option<Link>, StoreError> {
        match (self.ledger.version_with(root), &self.behind) {
            (None, Some(why)) => Err(why.again()),
            (version, _) => Ok(version.and_then(|version| version.top)),
        }
    }

    fn page(&self, number: u64) -> Result<Option<Lent<'_, Page>>, StoreError> {
        if let Some(page) = self.cache.page(number) {
            return Ok(Some(Lent::Held(page)));
        }
        Ok(self.read(number)?.page().map(Lent::Read))
    }

    fn leaf(&self, number: u64) -> Result<Option<Lent<'_, Leaf>>, StoreError> {
        if let Some(leaf) = self.cache.leaf(number) {
            return Ok(Some(Lent::Held(leaf)));
        }
        Ok(self.read(number)?.leaf().map(Lent::Read))
    }

    /// Only what the cache has comes nearer; nothing is read from the medium.
    fn fetch_ahead(&self, from: Link, keys: &[&[u8]]) {
        self.cache.fetch_ahead(from, keys);
    }

    fn both<A, B: Send>(
        &self,
        first: impl FnOnce() -> A,
        second: impl FnMut() -> B + Send,
    ) -> (A, B) {
        self.threads.both(first, second)
    }

    fn apply(&mut self, changes: NodeChanges) -> Result<(), StoreError> {
        self.commit(changes, 0)
    }
}
