//! How the store lends pages and leaves.

use std::ops::Deref;
use std::sync::Arc;

/// What the store lends: a node of the cache, or one that was read for the asker.
#[derive(Debug)]
pub enum Lent<'s, T> {
    /// It stands in the cache.
    Held(&'s T),
    /// It was read since the store was last changed.
    Read(Arc<T>),
}

impl<T> Deref for Lent<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Lent::Held(node) => node,
            Lent::Read(node) => node,
        }
    }
}
