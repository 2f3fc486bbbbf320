//! Straight-line segments: where they begin, what they cost, and which code is dead.
//!
//! A segment ends behind every operator that may go elsewhere (branches, `return`,
//! `unreachable`), behind every call, where control may arrive from elsewhere (the head of a loop,
//! the end of a block that is branched to), behind a loop, and at both arms of an `if`. `block`
//! and an `end` that nothing branches to do not end it. Code that can never run belongs to no
//! segment.

mod branch;

use wasmparser::BlockType;

use super::{Analyses, Block, Callee, Control, Event, Point, Top};
use crate::prepared::InternalError;

/// What kind of block is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A `block`, or the function itself.
    Block,
    /// A `loop`, and where its opening stands in the points.
    Loop(usize),
    /// An `if` in its first arm.
    Then,
    /// An `if` in its second arm.
    Else,
}

/// An open block.
struct Frame {
    kind: Kind,
    /// Whether its start can be reached.
    entered: bool,
    /// Whether its end is reached from a branch or from the first arm.
    end_reached: bool,
}

/// The state while going through a function. Its buffers are kept from one function to the next.
pub(super) struct Flow {
    /// What is known so far.
    pub(super) found: Analyses,
    /// How many targets of `br_table`s belong to the functions before.
    targets_before: usize,
    /// The segment that the current operator belongs to, as the position of the point that it begins
    /// behind; `None` in dead code.
    segment: Option<usize>,
    /// The prices in that segment so far; anything in dead code.
    cost: u64,
    frames: Vec<Frame>,
    /// What is on top of the operand stack.
    top: Top,
}

impl Flow {
    /// The state in front of the first function.
    pub(super) fn new(found: Analyses) -> Flow {
        Flow {
            found,
            targets_before: 0,
            segment: None,
            cost: 0,
            frames: Vec::new(),
            top: Top::Unknown,
        }
    }

    /// Begins a function.
    pub(super) fn enter(&mut self, code_start: usize) {
        self.targets_before = self.found.targets.len();
        self.frames.clear();
        self.frames.push(Frame {
            kind: Kind::Block,
            entered: true,
            end_reached: false,
        });
        self.segment = None;
        self.top = Top::Unknown;
        self.push(Event::Entry, (code_start, code_start));
        self.begin();
    }

    /// Takes operators that go on to the next one, whatever they do, except `nop`. A body is too
    /// short for the sum of its prices to reach 2^64.
    #[inline]
    pub(super) fn plain(&mut self, prices: u64, top: Top) {
        self.cost = self.cost.saturating_add(prices);
        self.top = top;
    }

    /// Takes one of the other operators, except those on bulk memory, and the offsets where it is and
    /// behind it.
    #[inline(always)]
    pub(super) fn control(
        &mut self,
        control: Control<'_>,
        price: u64,
        places: (usize, usize),
    ) -> Result<(), InternalError> {
        self.cost = self.cost.saturating_add(price);
        let top = std::mem::replace(&mut self.top, Top::Unknown);
        match control {
            Control::Block => self.open(Kind::Block, Block::Plain, places),
            Control::Loop(block_type) => {
                let opening = self.found.points.len();
                let block = Block::Loop {
                    repeats: false,
                    operands: matches!(block_type, BlockType::FuncType(_)),
                };
                self.open(Kind::Loop(opening), block, places);
            }
            Control::If => self.open(Kind::Then, Block::If, places),
            Control::Else => self.second_arm(places)?,
            Control::End => self.end(places)?,
            Control::Branch(label) => self.branch(label, places)?,
            Control::BranchIf(label) => self.branch_if(label, places)?,
            Control::BranchTable(labels) => self.branch_table(labels, places)?,
            Control::Return => self.leave(Event::Return, places),
            Control::Unreachable => self.leave(Event::Unreachable, places),
            Control::Call(callee) => {
                self.call(callee, places);
                self.top = Top::Result;
            }
            Control::MemoryGrow => self.mark(Event::Pages, places),
            Control::Nop => self.top = top.behind_nop(),
            Control::Select if top.may_be_condition() => {}
            Control::FarStore if top.may_be_stored_far() => {}
            Control::Select | Control::FarStore => self.mark(Event::Apart, places),
            Control::Bulk => return Err(InternalError::new("an operator of an unknown kind")),
        }
        Ok(())
    }

    /// Whether the last operator was a constant.
    pub(super) fn is_behind_constant(&self) -> bool {
        self.top == Top::Constant
    }

    /// Takes a bulk operator. If its length is known, the price has that of its bytes in it.
    pub(super) fn bulk(&mut self, price: u64, length: Option<u32>, places: (usize, usize)) {
        self.cost = self.cost.saturating_add(price);
        self.top = Top::Unknown;
        self.mark(Event::Bytes { paid: length }, places);
    }

    /// Calls are kept wherever they stand; a segment begins behind one that can be reached.
    fn call(&mut self, callee: Callee, places: (usize, usize)) {
        self.found.calls.push(callee);
        if self.segment.is_some() {
            self.push(Event::Call(callee), places);
            self.begin();
        }
    }

    /// Opens a block.
    fn open(&mut self, kind: Kind, block: Block, places: (usize, usize)) {
        let entered = self.segment.is_some();
        self.frames.push(Frame {
            kind,
            entered,
            end_reached: false,
        });
        if entered {
            self.push(Event::Open(block), places);
            if block != Block::Plain {
                self.begin();
            }
        }
    }

    /// `else`: the second arm begins if the `if` can be reached.
    fn second_arm(&mut self, places: (usize, usize)) -> Result<(), InternalError> {
        let falls_through = self.segment.is_some();
        let frame = self
            .frames
            .last_mut()
            .ok_or_else(|| InternalError::new("an `else` without an `if`"))?;
        frame.kind = Kind::Else;
        frame.end_reached |= falls_through;
        if frame.entered {
            self.push(Event::Else, places);
            self.begin();
        }
        Ok(())
    }

    /// The end of a block: the segment goes on if nothing else arrives there.
    fn end(&mut self, places: (usize, usize)) -> Result<(), InternalError> {
        let frame = self
            .frames
            .pop()
            .ok_or_else(|| InternalError::new("an `end` without a block"))?;
        if !frame.entered {
            return Ok(());
        }
        // Behind the function's own end there is no code.
        let is_last = self.frames.is_empty();
        let begins = !is_last
            && match frame.kind {
                Kind::Block | Kind::Else => frame.end_reached,
                // An `if` without `else` skips to its end when it is not taken.
                Kind::Then => true,
                // Branches to a loop go to its head.
                Kind::Loop(_) => self.segment.is_some(),
            };
        self.push(Event::End { begins }, places);
        if begins {
            self.begin();
        } else if is_last {
            self.settle();
        }
        Ok(())
    }

    /// Begins a segment behind the last point.
    fn begin(&mut self) {
        self.settle();
        self.segment = self.found.points.len().checked_sub(1);
    }

    /// Ends the segment: its cost is known.
    fn settle(&mut self) {
        let cost = std::mem::take(&mut self.cost);
        let segment = self.segment.take();
        if let Some(point) = segment.and_then(|at| self.found.points.get_mut(at)) {
            point.cost = cost;
        }
    }

    /// Marks an operator that does not come back, unless it is dead; what follows is.
    fn leave(&mut self, event: Event, places: (usize, usize)) {
        self.mark(event, places);
        self.settle();
    }

    /// Marks an operator, unless it is dead.
    fn mark(&mut self, event: Event, places: (usize, usize)) {
        if self.segment.is_some() {
            self.push(event, places);
        }
    }

    /// Adds a point.
    fn push(&mut self, event: Event, (at, behind): (usize, usize)) {
        let depth = self.frames.len().saturating_sub(1);
        self.found.points.push(Point {
            at,
            behind,
            cost: 0,
            depth: u32::try_from(depth).unwrap_or(u32::MAX),
            event,
        });
    }
}
