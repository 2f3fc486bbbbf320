//! Segments that run together are paid together.
//!
//! A *group* is a set of segments of which either all run or none, unless something traps, and
//! between which the gas cannot be observed. It is paid where its first segment begins. This
//! module goes through a function's skeleton once and puts every segment into a group:
//!
//! - the code behind a block, an `if` or a loop that no branch leaves belongs to the group in
//!   front of it;
//! - the code behind a call belongs to the group of the call, if the callee calls no host
//!   function, itself or through others;
//! - a call adds what its callee leaves for its callers to pay ([`CalleeFacts::entry`]);
//! - all runs of a fixed loop belong to the group in front of it (`fixed`), and the first run of
//!   most others (`turns`).
//!
//! Where control parts, a *fork* is kept: the group that ends there and the groups that begin
//! behind it and nowhere else. `hoist` moves the least of their costs in front of the fork.
//!
//! ```text
//! local.get 0   if              group 0: 1 + 6, with 5 hoisted from the arms: 12
//!   then  ... 5                 group 1: nothing left
//!   else  ... 9                 group 2: 4 left
//! end           ... 7           group 0 again: 7 more
//! ```
//!
//! Code that runs into `unreachable` for certain is *doomed*: a trap takes all gas anyway, so
//! charging it would change nothing. That holds only if nothing on the way looks at the counter,
//! which would then see gas that is not there, and it is done only with a little code in which
//! control does not part, because it runs all the same.

mod calls;
mod fixed;
mod frame;
mod hoist;
mod kept;
mod record;
mod turns;

use crate::analysis::{Analysis, Block, Callee, Event, Point, StraightLoop};
use crate::prepared::InternalError;

use frame::{Before, Frame};
use hoist::Hoisted;
use record::{Calls, Edge, Fork};

pub(super) use kept::Kept;
pub(super) use record::{CalleeFacts, DOOMED_GAS_MAX, Group, LEAF_GAS_MAX, Link, Site};
pub(super) use turns::{AHEAD_GAS_MAX, PaidAt, Turn};

/// Which group comes behind the end of a block.
#[derive(Default)]
enum After {
    Known(usize),
    Child(Link, u32),
    #[default]
    Fresh,
    Join(Link),
}

/// The groups of a function. The planner keeps them, with their buffers, for other functions.
#[derive(Default)]
pub(super) struct Groups {
    /// In the order of the code; the first one is the entry's.
    pub(super) groups: Vec<Group>,
    /// What [`hoist`] makes of them.
    hoisted: Vec<Hoisted>,
    /// The calls in the order of the code.
    pub(super) sites: Vec<Site>,
    /// The groups at the heads of loops in which no callee touches the counter.
    pub(super) quiet_heads: Vec<usize>,
    /// The loops that turn, in the order of the code.
    pub(super) turns: Vec<Turn>,
    /// The points of operators that something may be inserted for: those that are priced by an
    /// operand, those that are kept apart, and returns. They are few, so nobody looks for them again.
    pub(super) marked: Vec<Point>,
    /// Whether the function calls nothing but leaves, and repeats nothing but fixed loops.
    leaf: bool,
    /// What is known about all calls.
    pub(super) calls: Calls,
    /// Whether an operand is charged.
    pub(super) charges_operands: bool,
    /// How many places so far look at the counter: calls, operands that are charged, heads of
    /// loops.
    looks: u32,
    /// The sum of all segments, and of those of the leaves that are called.
    pub(super) total: u64,
    /// Whether all ways to this place go through a recursive call. The slots that it took were there,
    /// and all are back that were there in front of it.
    slots_seen: bool,
    /// The last recursive call so far, and its run, unless something behind it uses the stack by
    /// itself.
    taken_at: Option<(usize, u32)>,
    /// The *run* that the current place belongs to, by its number: the places of which either all
    /// are reached or none, unless something traps. A group is a part of a run in which the gas is
    /// not observed.
    run: u32,
    /// The number of the last run that has begun.
    last_run: u32,
    forks: Vec<Fork>,
    edges: Vec<Edge>,
    frames: Vec<Frame>,
    current: Option<usize>,
    after: After,
    /// How many of [`Analysis::loops`] lie in front.
    loops: usize,
    /// Whether the innermost block is a fixed loop that belongs to the group in front of it.
    in_fixed: bool,
    /// Whether the loop that begins is copied to be paid for all its runs at once.
    pays_once: bool,
}

impl Groups {
    /// Puts every segment of a function into a group. `entry` is the price of entering it.
    pub(super) fn fill(
        &mut self,
        analysis: &Analysis<'_>,
        entry: u64,
        callee: impl Fn(Callee) -> Result<CalleeFacts, InternalError>,
    ) -> Result<(), InternalError> {
        self.clear(entry);
        for point in analysis.points {
            match point.event {
                Event::Entry => {
                    let root = self.fresh(point);
                    self.add(root, entry)?;
                    self.segment(root, point.cost)?;
                }
                Event::Open(block) => self.open(block, point, analysis.loops)?,
                Event::End { begins } => self.behind_end(point, begins)?,
                Event::BranchIf(target) => self.branch_if(point, target)?,
                Event::Branch(target) => self.branch(&[target])?,
                Event::Call(target) => self.call(point, target, callee(target)?)?,
                Event::BranchTable { first, count } => {
                    let targets = usize::try_from(first).ok().zip(usize::try_from(count).ok());
                    let targets = targets
                        .and_then(|(first, count)| analysis.targets.get(first..)?.get(..count));
                    let missing = || InternalError::new("targets are missing");
                    self.branch(targets.ok_or_else(missing)?)?;
                }
                _ => self.control(point)?,
            }
        }
        self.hoist()
    }

    /// A segment of this cost begins, which belongs to this group.
    fn segment(&mut self, group: usize, cost: u64) -> Result<(), InternalError> {
        self.current = Some(group);
        self.total = self.total.saturating_add(cost);
        self.add(group, cost)
    }

    /// A segment that belongs to a group of its own, which begins behind a fork.
    fn way(&mut self, fork: Link, point: &Point) -> Result<(), InternalError> {
        self.begin_run();
        let child = self.child(fork, 1, point)?;
        self.segment(child, point.cost)
    }

    /// The head of a loop that is repeated begins a group.
    fn loop_head(&mut self, point: &Point) -> Result<usize, InternalError> {
        let Block::Loop {
            repeats: true,
            operands,
        } = self.frame()?.block
        else {
            return self.current();
        };
        self.leaf = false;
        self.begin_run();
        let front = self.current()?;
        let head = self.fresh(point);
        if !operands && !self.pays_once {
            self.frame()?.turn = Link::to(self.turns.len());
            self.open_turn(front, head);
        }
        self.looks = self.looks.saturating_add(1);
        self.at(head)?.check = true;
        self.frame()?.head = Link::to(head);
        Ok(head)
    }

    /// The rarer ones of what directs control, and operators that something may be inserted for.
    fn control(&mut self, point: &Point) -> Result<(), InternalError> {
        match point.event {
            Event::Else => {
                self.frame()?.has_else = true;
                if let Some(group) = self.current {
                    self.arm_arrives(group)?;
                }
                let frame = self.frame()?;
                let (fork, slots_seen) = (frame.fork, frame.before.slots_seen);
                self.slots_seen = slots_seen;
                self.way(fork, point)
            }
            Event::Return => {
                self.marked.push(*point);
                self.frame()?.escape = 0;
                self.current = None;
                Ok(())
            }
            Event::Unreachable => {
                let (current, looks) = (self.current()?, self.looks);
                let group = self.at(current)?;
                let is_little = !group.parts && group.cost <= DOOMED_GAS_MAX;
                group.doomed = group.looks_before == looks && is_little;
                self.current = None;
                Ok(())
            }
            Event::Apart => {
                self.marked.push(*point);
                Ok(())
            }
            Event::Pages | Event::Bytes { paid: None } => {
                self.marked.push(*point);
                self.charges_operands = true;
                self.looks = self.looks.saturating_add(1);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A block opens.
    fn open(
        &mut self,
        block: Block,
        point: &Point,
        loops: &[StraightLoop],
    ) -> Result<(), InternalError> {
        let group = self.current()?;
        let fork = match block {
            Block::If => self.new_fork(group, 2),
            Block::Plain | Block::Loop { .. } => Link::NONE,
        };
        let before = Before {
            group,
            run: self.run,
            slots_seen: self.slots_seen,
        };
        self.frames.push(Frame::new(block, before, fork));
        match block {
            Block::Plain => Ok(()),
            Block::If => self.way(fork, point),
            Block::Loop { .. } => {
                let cost = self.all_runs(loops, point.behind, point.cost);
                let head = match self.in_fixed {
                    true => group,
                    false => self.loop_head(point)?,
                };
                self.segment(head, cost)
            }
        }
    }

    /// A block ends, and a segment may begin behind it.
    fn behind_end(&mut self, point: &Point, begins: bool) -> Result<(), InternalError> {
        self.in_fixed = false;
        self.end(point.at)?;
        if !begins {
            return Ok(());
        }
        let group = match self.after {
            After::Known(group) => group,
            After::Child(fork, ways) => self.child(fork, ways, point)?,
            After::Fresh => self.fresh(point),
            After::Join(edge) => self.join(edge, point)?,
        };
        self.segment(group, point.cost)
    }

    /// A `br_if`.
    fn branch_if(&mut self, point: &Point, target: u32) -> Result<(), InternalError> {
        let group = self.current()?;
        if self.in_fixed {
            return self.segment(group, point.cost);
        }
        let fork = self.new_fork(group, 2);
        self.arrive(target, fork)?;
        if target == point.depth {
            let turn = self.frame()?.turn;
            self.may_turn(turn, point.at, point.depth)?;
        }
        self.way(fork, point)
    }

    /// A branch that does not go on.
    fn branch(&mut self, targets: &[u32]) -> Result<(), InternalError> {
        let parent = self.current()?;
        let ways = u32::try_from(targets.len());
        let many = |_| InternalError::new("more than 2^32 targets");
        let fork = self.new_fork(parent, ways.map_err(many)?);
        for target in targets {
            self.arrive(*target, fork)?;
        }
        self.current = None;
        Ok(())
    }
}
