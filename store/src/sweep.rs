//! Copying what has stayed behind: so that old segments fall empty and can be deleted.
//!
//! An update leaves nodes that nothing needs all over the log, and a segment can go only when all
//! of it is dead. A sweep goes once through the tree of the last version, from left to right, and
//! writes every node anew that lies before its *floor*, the place where the log ended when the
//! sweep began. It does so a little with each commit, as many bytes as the commit writes itself,
//! in the same frame. When it has come through, nothing of the last version lies before the floor;
//! as soon as the versions from before are given up, those segments are empty.
//!
//! Only links change: no digest is computed, and roots stay as they are. Where a sweep goes on is
//! a key. If the tree has changed around that key in the meantime, some nodes beside it may be
//! left out, which costs space until the next sweep and nothing else.

use std::borrow::Cow;

use lockstep_state_trie::{Leaf, Link};

use crate::address::Address;
use crate::cache::Cache;
use crate::error::StoreError;
use crate::frame::SweepState;
use crate::frame_builder::FrameBuilder;
use crate::log::Log;
use crate::node::{Node, NodeRef, StoredPage};

/// A page on the way from the top to where the sweep is.
struct Level {
    number: u64,
    /// Where the first of what the page consists of lies: its basis, or itself.
    first: Address,
    /// The links as they are now.
    links: Vec<Link>,
    /// The child whose turn is next.
    next: usize,
    changed: bool,
}

/// One step of a sweep.
pub(crate) struct SweepStep<'s> {
    pub(crate) log: &'s Log,
    pub(crate) cache: &'s mut Cache,
    pub(crate) builder: &'s mut FrameBuilder,
    /// Bytes that may be written or looked at before the step ends.
    pub(crate) bytes_left: u64,
}

impl SweepStep<'_> {
    /// Goes on with a sweep in the tree under `top`. Returns where the tree begins now, and the
    /// sweep, unless it has come through.
    pub(crate) fn run(
        mut self,
        top: Link,
        sweep: &SweepState,
    ) -> Result<(Link, Option<SweepState>), StoreError> {
        let floor = sweep.floor;
        let Link::Page(number) = top else {
            return Ok((self.move_leaf(top, floor)?, None));
        };
        let mut way = vec![self.enter(number, Some(&sweep.cursor))?];
        let mut seeking = true;
        let mut result = top;
        while let Some(level) = way.last_mut() {
            let child = level.links.get(level.next).copied();
            let Some(child) = child else {
                seeking = false;
                result = self.leave(&mut way, Some(floor), result)?;
                continue;
            };
            if self.bytes_left == 0 {
                let cursor = self.first_key(child)?;
                while !way.is_empty() {
                    result = self.leave(&mut way, None, result)?;
                }
                let sweep = SweepState { floor, cursor };
                return Ok((result, Some(sweep)));
            }
            level.next += 1;
            match child {
                Link::Page(number) => {
                    let cursor = seeking.then_some(&sweep.cursor);
                    way.push(self.enter(number, cursor)?);
                }
                leaf => {
                    seeking = false;
                    let moved = self.move_leaf(leaf, floor)?;
                    if moved != leaf {
                        level.replace(moved);
                    }
                }
            }
        }
        Ok((result, None))
    }

    /// Reads a page, to begin at its first child or where the search for a key goes on.
    fn enter(&mut self, number: u64, cursor: Option<&Vec<u8>>) -> Result<Level, StoreError> {
        let page = self.page(number)?;
        let node = page.as_node();
        let first = node.basis().map_or(number, |basis| basis.number);
        let level = Level {
            number,
            first: Address::from_number(first),
            links: page.page.links().collect(),
            next: cursor.map_or(0, |key| page.page.child_index(key)),
            changed: false,
        };
        // Looking costs less than writing, and nothing on the way to where the last step ended: or
        // a long way might leave nothing for the step itself.
        let cost = node.stored_bytes() / 4;
        if cursor.is_none() {
            self.spend(cost);
        }
        Ok(level)
    }

    /// Leaves the lowest page of the way. It is written anew, whole, if a link in it has changed or
    /// it or its basis lies before the floor. Returns the link to the top as far as it is known.
    fn leave(
        &mut self,
        way: &mut Vec<Level>,
        floor: Option<Address>,
        top: Link,
    ) -> Result<Link, StoreError> {
        let Some(level) = way.pop() else {
            return Ok(top);
        };
        let is_old = floor.is_some_and(|floor| level.first < floor);
        let mut link = Link::Page(level.number);
        if level.changed || is_old {
            link = Link::Page(self.move_page(&level)?);
            if let Some(above) = way.last_mut() {
                above.replace(link);
            }
        }
        Ok(if way.is_empty() { link } else { top })
    }

    /// Writes a page anew with the links that it has now.
    fn move_page(&mut self, level: &Level) -> Result<u64, StoreError> {
        let cached = self.cache.take_page(level.number);
        let is_cached = cached.is_some();
        let replaced = match cached {
            Some(page) => page,
            None => self.page(level.number)?.into_owned(),
        };
        self.builder.release(level.number, replaced.as_node());
        let mut page = replaced.page;
        for (index, link) in level.links.iter().enumerate() {
            page.replace_link(index, *link);
        }
        let page = StoredPage::whole(page);
        self.spend(page.as_node().stored_bytes());
        let number = self.builder.add(page.as_node());
        if is_cached {
            self.cache.insert_page(number, page);
        }
        Ok(number)
    }

    /// Writes a leaf anew if it lies before the floor.
    fn move_leaf(&mut self, leaf: Link, floor: Address) -> Result<Link, StoreError> {
        match leaf {
            Link::Leaf(number) if Address::from_number(number) < floor => {
                let cached = self.cache.take_leaf(number);
                let is_cached = cached.is_some();
                let leaf = match cached {
                    Some(leaf) => leaf,
                    None => self.leaf(number)?.into_owned(),
                };
                self.builder.release(number, NodeRef::Leaf(&leaf));
                self.spend(NodeRef::Leaf(&leaf).stored_bytes());
                let number = self.builder.add(NodeRef::Leaf(&leaf));
                if is_cached {
                    self.cache.insert_leaf(number, leaf);
                }
                Ok(Link::Leaf(number))
            }
            other => Ok(other),
        }
    }

    /// The key of the first leaf in a subtree.
    fn first_key(&self, subtree: Link) -> Result<Vec<u8>, StoreError> {
        let mut link = subtree;
        while let Link::Page(number) = link {
            let first = self.page(number)?.page.links().next();
            link = first.ok_or_else(|| self.misplaced(number))?;
        }
        Ok(self.leaf(number_of(link))?.key().to_vec())
    }

    fn page(&self, number: u64) -> Result<Cow<'_, StoredPage>, StoreError> {
        if let Some(page) = self.cache.peek_page(number) {
            return Ok(Cow::Borrowed(page));
        }
        let page = self.read(number)?.owned_page();
        page.map(Cow::Owned).ok_or_else(|| self.misplaced(number))
    }

    fn leaf(&self, number: u64) -> Result<Cow<'_, Leaf>, StoreError> {
        if let Some(leaf) = self.cache.peek_leaf(number) {
            return Ok(Cow::Borrowed(leaf));
        }
        let leaf = self.read(number)?.owned_leaf();
        leaf.map(Cow::Owned).ok_or_else(|| self.misplaced(number))
    }

    /// Reads a node from this frame or from the log.
    fn read(&self, number: u64) -> Result<Node, StoreError> {
        let place = Address::from_number(number);
        match self.builder.bytes_from(number) {
            Some(bytes) => self.log.node_ahead(place, bytes),
            None => self.log.read_node(place),
        }
    }

    fn spend(&mut self, bytes: u64) {
        self.bytes_left = self.bytes_left.saturating_sub(bytes);
    }

    fn misplaced(&self, number: u64) -> StoreError {
        let place = Address::from_number(number);
        self.log
            .damaged(place, "a link leads to a node of the wrong kind")
    }
}

impl Level {
    /// Puts another link in place of the child whose turn was last.
    fn replace(&mut self, link: Link) {
        let place = self.next.checked_sub(1);
        if let Some(place) = place.and_then(|index| self.links.get_mut(index)) {
            *place = link;
            self.changed = true;
        }
    }
}

fn number_of(link: Link) -> u64 {
    match link {
        Link::Page(number) | Link::Leaf(number) | Link::NewPage(number) | Link::NewLeaf(number) => {
            number
        }
    }
}
