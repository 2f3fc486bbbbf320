//! The blocks that are open, and which group comes behind their ends.

use super::{After, Edge, Fork, Group, Groups, Link};
use crate::analysis::{Block, Point};
use crate::prepared::InternalError;

/// The branches that arrive at the end of a block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrivals {
    /// None so far.
    None,
    /// So many ways of one fork.
    One(Link, u32),
    /// From several places.
    Many,
}

impl Arrivals {
    /// One more way of this fork arrives.
    fn and(self, fork: Link) -> Arrivals {
        match self {
            Arrivals::None => Arrivals::One(fork, 1),
            Arrivals::One(known, ways) if known == fork => {
                Arrivals::One(fork, ways.saturating_add(1))
            }
            Arrivals::One(..) | Arrivals::Many => Arrivals::Many,
        }
    }
}

/// What is in front of a block.
#[derive(Clone, Copy, Default)]
pub(super) struct Before {
    /// The group that it opens in.
    pub(super) group: usize,
    /// The run that it opens in.
    pub(super) run: u32,
    /// See [`Groups::slots_seen`].
    pub(super) slots_seen: bool,
}

/// An open block.
pub(super) struct Frame {
    pub(super) block: Block,
    pub(super) before: Before,
    /// The fork of an `if`.
    pub(super) fork: Link,
    /// Whether the second arm of an `if` has begun.
    pub(super) has_else: bool,
    /// The outermost block that something inside branches to; `usize::MAX` without any.
    pub(super) escape: usize,
    /// Whether the gas can be observed inside.
    pub(super) observes: bool,
    /// Whether a callee touches the counter inside.
    pub(super) touches: bool,
    pub(super) arrivals: Arrivals,
    /// Whether [`Groups::slots_seen`] held wherever something branched to its end.
    seen_at_arrivals: bool,
    /// The first of the edges that arrive at its end.
    edge: Link,
    /// The group at the head of a loop that is repeated.
    pub(super) head: Link,
    /// That loop's position in [`Groups::turns`], unless it cannot turn.
    pub(super) turn: Link,
}

impl Frame {
    /// A block that opens behind what is in front of it.
    pub(super) fn new(block: Block, before: Before, fork: Link) -> Frame {
        Frame {
            block,
            before,
            fork,
            has_else: false,
            escape: usize::MAX,
            observes: false,
            touches: false,
            arrivals: Arrivals::None,
            seen_at_arrivals: true,
            edge: Link::NONE,
            head: Link::NONE,
            turn: Link::NONE,
        }
    }
}

impl Groups {
    /// A block ends at `at`. What comes behind it for certain is paid in front of it.
    pub(super) fn end(&mut self, at: usize) -> Result<(), InternalError> {
        let frame = self
            .frames
            .pop()
            .ok_or_else(|| InternalError::new("an `end` without a block"))?;
        let depth = self.frames.len();
        if let Some(turn) = frame.turn.known() {
            self.close_turn(turn, at);
        }
        if let (false, Some(head)) = (frame.touches, frame.head.known()) {
            self.quiet_heads.push(head);
        }
        if let Some(outer) = self.frames.last_mut() {
            outer.escape = outer.escape.min(frame.escape);
            outer.observes |= frame.observes;
            outer.touches |= frame.touches;
        }
        let skipped = Some(frame.fork).filter(|fork| *fork != Link::NONE && !frame.has_else);
        let arrivals = skipped.map_or(frame.arrivals, |fork| frame.arrivals.and(fork));
        self.slots_seen = frame.seen_at_arrivals
            && (self.slots_seen || self.current.is_none())
            && (frame.before.slots_seen || skipped.is_none());
        let certain = frame.escape >= depth;
        match (self.current, arrivals) {
            _ if certain => self.run = frame.before.run,
            (_, Arrivals::None) => {}
            _ => self.begin_run(),
        }
        self.after = match (self.current, arrivals) {
            (None, Arrivals::None) => return Ok(()),
            _ if certain && !frame.observes => After::Known(frame.before.group),
            (Some(current), Arrivals::None) => After::Known(current),
            (None, Arrivals::One(fork, ways)) => After::Child(fork, ways),
            (current, _) => {
                let edge = match skipped {
                    Some(fork) => self.new_edge(fork, frame.edge),
                    None => frame.edge,
                };
                After::Join(match current {
                    Some(current) => {
                        let fork = self.new_fork(current, 1);
                        self.new_edge(fork, edge)
                    }
                    None => edge,
                })
            }
        };
        if let After::Known(group) = self.after {
            self.current = Some(group);
        }
        Ok(())
    }

    /// A way of a fork leads to a block's label.
    pub(super) fn arrive(&mut self, target: u32, fork: Link) -> Result<(), InternalError> {
        let missing = || InternalError::new("a label is missing");
        let target = usize::try_from(target).map_err(|_| missing())?;
        let next_edge = self.edges.len();
        let frame = self.frames.get_mut(target).ok_or_else(missing)?;
        if matches!(frame.block, Block::Loop { .. }) {
            let turn = frame.turn;
            self.goes_back(turn);
        } else {
            frame.arrivals = frame.arrivals.and(fork);
            frame.seen_at_arrivals &= self.slots_seen;
            if target > 0 {
                let before = std::mem::replace(&mut frame.edge, Link::to(next_edge));
                self.new_edge(fork, before);
            }
        }
        let inner = self.frame()?;
        inner.escape = inner.escape.min(target);
        Ok(())
    }

    /// The first arm of an `if` runs into its end.
    pub(super) fn arm_arrives(&mut self, group: usize) -> Result<(), InternalError> {
        let fork = self.new_fork(group, 1);
        let before = self.frame()?.edge;
        let edge = self.new_edge(fork, before);
        let seen = self.slots_seen;
        let frame = self.frame()?;
        frame.edge = edge;
        frame.arrivals = Arrivals::Many;
        frame.seen_at_arrivals &= seen;
        Ok(())
    }

    /// An edge in front of others that arrive at the same block's end.
    fn new_edge(&mut self, fork: Link, next: Link) -> Link {
        let position = self.edges.len();
        self.edges.push(Edge {
            fork,
            join: Link::NONE,
            next,
        });
        Link::to(position)
    }

    /// A group that begins at the end of a block where these edges arrive.
    pub(super) fn join(&mut self, mut edge: Link, point: &Point) -> Result<usize, InternalError> {
        let missing = || InternalError::new("a fork is missing");
        let position = self.fresh(point);
        self.at(position)?.join = true;
        while let Some(arriving) = self.edges.get_mut(edge.position()) {
            let fork = self.forks.get_mut(arriving.fork.position());
            let fork = fork.ok_or_else(missing)?;
            fork.covered = fork.covered.saturating_add(1);
            arriving.join = Link::to(position);
            let before = std::mem::replace(&mut fork.edge, edge);
            edge = std::mem::replace(&mut arriving.next, before);
        }
        Ok(position)
    }

    /// The innermost open block.
    pub(super) fn frame(&mut self) -> Result<&mut Frame, InternalError> {
        self.frames
            .last_mut()
            .ok_or_else(|| InternalError::new("code behind the end of a function"))
    }

    /// The group that the current place belongs to.
    pub(super) fn current(&self) -> Result<usize, InternalError> {
        self.current
            .ok_or_else(|| InternalError::new("a point in dead code"))
    }

    /// A group.
    pub(super) fn at(&mut self, group: usize) -> Result<&mut Group, InternalError> {
        self.groups
            .get_mut(group)
            .ok_or_else(|| InternalError::new("a group is missing"))
    }

    /// Adds to a group's cost.
    pub(in crate::plan) fn add(&mut self, group: usize, cost: u64) -> Result<(), InternalError> {
        let group = self.at(group)?;
        let sum = group.cost.checked_add(cost);
        group.cost = sum.ok_or_else(|| InternalError::new("a group's cost overflows"))?;
        Ok(())
    }

    /// A group that begins behind a point.
    pub(super) fn fresh(&mut self, point: &Point) -> usize {
        let position = self.groups.len();
        self.groups.push(Group {
            at: point.behind,
            depth: point.depth,
            cost: 0,
            check: false,
            pending: false,
            ahead: 0,
            ahead_until: 0,
            back: 0,
            doomed: false,
            parts: false,
            looks_before: self.looks,
            sibling: Link::NONE,
            join: false,
        });
        position
    }

    /// A group that begins behind a fork and is reached from nowhere else.
    pub(super) fn child(
        &mut self,
        fork: Link,
        ways: u32,
        point: &Point,
    ) -> Result<usize, InternalError> {
        let position = self.fresh(point);
        let fork = self.forks.get_mut(fork.position());
        let fork = fork.ok_or_else(|| InternalError::new("a fork is missing"))?;
        let sibling = std::mem::replace(&mut fork.child, Link::to(position));
        fork.covered = fork.covered.saturating_add(ways);
        if let Some(group) = self.groups.last_mut() {
            group.sibling = sibling;
        }
        Ok(position)
    }

    /// A fork of `ways` ways behind a group.
    pub(super) fn new_fork(&mut self, parent: usize, ways: u32) -> Link {
        let position = self.forks.len();
        if let Some(group) = self.groups.get_mut(parent) {
            group.parts = true;
        }
        self.forks.push(Fork {
            parent: Link::to(parent),
            ways,
            covered: 0,
            child: Link::NONE,
            edge: Link::NONE,
        });
        Link::to(position)
    }
}
