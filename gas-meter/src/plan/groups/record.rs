//! What is kept about groups, forks, calls and callees.

use super::Groups;
use super::frame::{Before, Frame};
use crate::analysis::{Block, Callee};

/// What a function may cost, together with the leaves that it calls, and still be a leaf itself.
pub(in crate::plan) const LEAF_GAS_MAX: u64 = 4096;

/// What code may cost that is not paid because it runs into a trap.
pub(in crate::plan) const DOOMED_GAS_MAX: u64 = 4096;

/// What a caller has to know about a callee.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::plan) struct CalleeFacts {
    /// Gas of the callee that its callers pay.
    pub(in crate::plan) entry: u64,
    /// Whether the gas can be observed while it runs: it calls the host.
    pub(in crate::plan) observes: bool,
    /// Whether it changes the gas counter.
    pub(in crate::plan) touches: bool,
    /// Whether it is a leaf: see [`Groups::is_leaf`].
    pub(in crate::plan) leaf: bool,
    /// Whether it is a host function.
    pub(in crate::plan) host: bool,
    /// Whether it can be called again while it runs, and its callers look at the counter before it
    /// does.
    pub(in crate::plan) cyclic: bool,
    /// Whether a call of it, or one that follows from it, takes slots of the stack.
    pub(in crate::plan) takes: bool,
    /// Whether the call is recursive.
    pub(in crate::plan) recursive: bool,
    /// Whether its groups are known, and with them `entry`.
    pub(in crate::plan) grouped: bool,
    /// Whether `entry` is not known yet, and is added to the group of the call later.
    pub(in crate::plan) pending: bool,
    /// See [`Groups::total`].
    pub(in crate::plan) total: u64,
    /// How much may be unpaid when it returns: see `unpaid`.
    pub(in crate::plan) unpaid: u64,
}

/// A position in one of the lists of a function: its groups, forks, edges or turns. There are a few of
/// them for each byte of a body at most, so 32 bits are enough, and what is kept of each stays small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::plan) struct Link(u32);

impl Link {
    /// Leads nowhere: at this position no list has an item.
    pub(in crate::plan) const NONE: Link = Link(u32::MAX);

    /// Leads to a position.
    #[inline]
    pub(in crate::plan) fn to(position: usize) -> Link {
        u32::try_from(position).map_or(Link::NONE, Link)
    }

    /// The position, beyond every list for [`NONE`](Link::NONE).
    #[inline]
    pub(in crate::plan) fn position(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }

    /// The position, if it leads anywhere.
    #[inline]
    pub(in crate::plan) fn known(self) -> Option<usize> {
        (self != Link::NONE).then_some(self.position())
    }
}

impl Default for Link {
    fn default() -> Link {
        Link::NONE
    }
}

/// Segments that are paid together.
#[derive(Clone, Copy, Debug)]
pub(in crate::plan) struct Group {
    /// Where they are paid.
    pub(in crate::plan) at: usize,
    /// How many blocks are open there.
    pub(in crate::plan) depth: u32,
    /// Their prices, and what their callees leave to pay.
    pub(in crate::plan) cost: u64,
    /// Whether to look at the counter after paying.
    pub(in crate::plan) check: bool,
    /// Whether calls add to the cost later.
    pub(in crate::plan) pending: bool,
    /// How much of the cost is for a run of a loop that may not come. The counter may be so far
    /// below 0 behind the charge.
    pub(in crate::plan) ahead: u64,
    /// The offset up to which it may be.
    pub(in crate::plan) ahead_until: usize,
    /// How much is given back, of what was paid for such a run.
    pub(in crate::plan) back: u64,
    /// Whether it runs into a trap for certain.
    pub(in crate::plan) doomed: bool,
    /// Whether control parts in it.
    pub(in crate::plan) parts: bool,
    /// How many places in front of it look at the counter. If there is one between its beginning
    /// and the trap it runs into, it is not doomed.
    pub(in crate::plan) looks_before: u32,
    /// The group that begins behind the same fork.
    pub(super) sibling: Link,
    /// Whether it is reached from several places, all of which are known as [`Edge`]s.
    pub(super) join: bool,
}

/// A place where control parts.
pub(super) struct Fork {
    pub(super) parent: Link,
    /// The ways that lead on.
    pub(super) ways: u32,
    /// Those that lead to a group which begins there and is reached from nowhere else.
    pub(super) covered: u32,
    /// The last such group.
    pub(super) child: Link,
    /// The first of its edges, as a position in [`Groups::edges`](super::Groups).
    pub(super) edge: Link,
}

/// A way of a fork to the end of a block where others arrive, too.
pub(super) struct Edge {
    pub(super) fork: Link,
    /// The group behind the end, once it has begun.
    pub(super) join: Link,
    /// The next one: of the same block until the block ends, then of the same fork.
    pub(super) next: Link,
}

/// What is known about all calls of a function together.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::plan) struct Calls {
    /// How many callees change the gas counter.
    pub(in crate::plan) touching: usize,
    /// Whether one is recursive.
    pub(in crate::plan) recursive: bool,
    /// Whether one takes slots of the stack, itself or through others.
    pub(in crate::plan) takes: bool,
}

/// A call that can be reached.
#[derive(Clone, Copy, Debug)]
pub(in crate::plan) struct Site {
    /// The offset of the call.
    pub(in crate::plan) at: usize,
    /// The offset behind it.
    pub(in crate::plan) next: usize,
    /// How many blocks are open there.
    pub(in crate::plan) depth: u32,
    /// Who is called.
    pub(in crate::plan) callee: Callee,
    /// What is known about it.
    pub(in crate::plan) facts: CalleeFacts,
    /// The group that it belongs to.
    pub(in crate::plan) group: usize,
    /// Whether to look if there are as many slots as it takes.
    pub(in crate::plan) looks: bool,
    /// Whether the slots are still taken that the recursive call before it took.
    pub(in crate::plan) follows: bool,
    /// Whether the slots stay taken for the next recursive call.
    pub(in crate::plan) holds: bool,
}

impl Groups {
    /// No groups, with room for those of a function with so many points.
    pub(in crate::plan) fn with_room(points: usize) -> Groups {
        // A point begins one group and makes one fork at the most.
        Groups {
            groups: Vec::with_capacity(points),
            forks: Vec::with_capacity(points),
            edges: Vec::with_capacity(points),
            ..Groups::default()
        }
    }

    /// Forgets the function before. `entry` is the price of entering the next one.
    pub(super) fn clear(&mut self, entry: u64) {
        *self = Groups {
            groups: emptied(&mut self.groups),
            hoisted: emptied(&mut self.hoisted),
            sites: emptied(&mut self.sites),
            quiet_heads: emptied(&mut self.quiet_heads),
            turns: emptied(&mut self.turns),
            marked: emptied(&mut self.marked),
            forks: emptied(&mut self.forks),
            edges: emptied(&mut self.edges),
            frames: emptied(&mut self.frames),
            leaf: true,
            total: entry,
            ..Groups::default()
        };
        let function = Frame::new(Block::Plain, Before::default(), Link::NONE);
        self.frames.push(function);
    }

    /// Notes that the function can be called again while it runs, by calls in dead code at least: it
    /// is no leaf then.
    pub(in crate::plan) fn note_recursion(&mut self) {
        self.leaf = false;
    }

    /// Whether the function is a *leaf*: it is not worth a look at the counter.
    pub(in crate::plan) fn is_leaf(&self) -> bool {
        self.leaf && self.total <= LEAF_GAS_MAX
    }
}

/// A vector with nothing in it, and the room of this one.
fn emptied<T>(used: &mut Vec<T>) -> Vec<T> {
    let mut vector = std::mem::take(used);
    vector.clear();
    vector
}
