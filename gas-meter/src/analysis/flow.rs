//! Straight-line segments: where they begin, what they cost, and which code is dead.
//!
//! A segment ends behind every operator that may go elsewhere (branches, `return`,
//! `unreachable`), behind every call, where control may arrive from elsewhere (the head of a loop,
//! the end of a block that is branched to), and at both arms of an `if`. `block` and an `end` that
//! nothing branches to do not end it. Code that can never run belongs to no segment.

use wasmparser::Operator;

use super::{Cause, Event, Point};
use crate::operator::Class;
use crate::prepared::InternalError;

/// What kind of block is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A `block`, or the function itself.
    Block,
    Loop,
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

/// The state while going through a function.
pub(super) struct Flow {
    points: Vec<Point>,
    /// The segment that the current operator belongs to, as a position in `points`; `None` in
    /// dead code.
    segment: Option<usize>,
    frames: Vec<Frame>,
    /// Whether the operator before, `nop` apart, was `i32.eqz`, `i32.eq` or `i32.ne`.
    compared: bool,
}

impl Flow {
    /// The state at the start of a function.
    pub(super) fn new(code_start: usize) -> Flow {
        let mut flow = Flow {
            points: Vec::new(),
            segment: None,
            frames: vec![Frame {
                kind: Kind::Block,
                entered: true,
                end_reached: false,
            }],
            compared: false,
        };
        flow.begin(Cause::Entry, code_start);
        flow
    }

    /// The points in the order of the code.
    pub(super) fn into_points(self) -> Vec<Point> {
        self.points
    }

    /// Takes one operator, from `at` to `next`.
    pub(super) fn step(
        &mut self,
        operator: &Operator<'_>,
        class: Class,
        at: usize,
        next: usize,
        price: u64,
    ) -> Result<(), InternalError> {
        self.charge(price)?;
        let compared = self.compared;
        if class != Class::Nop {
            self.compared = matches!(
                operator,
                Operator::I32Eqz | Operator::I32Eq | Operator::I32Ne
            );
        }
        match class {
            Class::Select if compared => self.mark(Event::ComparedSelect, at),
            Class::MemoryGrow => self.mark(Event::Pages, at),
            Class::Bulk => self.mark(Event::Bytes, at),
            Class::Call | Class::CallIndirect if self.segment.is_some() => {
                self.begin(Cause::AfterCall, next);
            }
            Class::Unreachable => self.segment = None,
            Class::Return => {
                self.mark(Event::Return, at);
                self.segment = None;
            }
            Class::Branch | Class::BranchIf | Class::BranchTable => self.branch(operator, next)?,
            Class::Structure | Class::Conditional => self.structure(operator, next)?,
            _ => {}
        }
        Ok(())
    }

    /// Branches mark their targets; only behind a `br_if` does the code go on.
    fn branch(&mut self, operator: &Operator<'_>, next: usize) -> Result<(), InternalError> {
        if self.segment.is_none() {
            return Ok(());
        }
        match operator {
            Operator::BrIf { relative_depth } => {
                self.target(*relative_depth)?;
                self.begin(Cause::NotTaken, next);
            }
            Operator::BrTable { targets } => {
                for target in targets.targets() {
                    self.target(target.map_err(InternalError::parse)?)?;
                }
                self.target(targets.default())?;
                self.segment = None;
            }
            Operator::Br { relative_depth } => {
                self.target(*relative_depth)?;
                self.segment = None;
            }
            _ => return Err(InternalError::new("a branch of an unknown kind")),
        }
        Ok(())
    }

    /// Blocks and their ends.
    fn structure(&mut self, operator: &Operator<'_>, next: usize) -> Result<(), InternalError> {
        match operator {
            Operator::Block { .. } => self.open(Kind::Block),
            Operator::Loop { .. } => {
                self.open(Kind::Loop);
                self.begin_if(self.segment.is_some(), Cause::LoopHead, next);
            }
            Operator::If { .. } => {
                self.open(Kind::Then);
                self.begin_if(self.segment.is_some(), Cause::Arm, next);
            }
            Operator::Else => {
                let falls_through = self.segment.is_some();
                let frame = self
                    .frames
                    .last_mut()
                    .ok_or_else(|| InternalError::new("an `else` without an `if`"))?;
                frame.kind = Kind::Else;
                frame.end_reached |= falls_through;
                let entered = frame.entered;
                self.begin_if(entered, Cause::Arm, next);
            }
            Operator::End => self.end(next)?,
            _ => return Err(InternalError::new("a block of an unknown kind")),
        }
        Ok(())
    }

    /// The end of a block: the segment goes on if nothing else arrives there.
    fn end(&mut self, next: usize) -> Result<(), InternalError> {
        let frame = self
            .frames
            .pop()
            .ok_or_else(|| InternalError::new("an `end` without a block"))?;
        let joined = match frame.kind {
            Kind::Block | Kind::Else => frame.end_reached,
            // An `if` without `else` skips to its end when it is not taken.
            Kind::Then => frame.entered,
            // Branches to a loop go to its head.
            Kind::Loop => false,
        };
        // Behind the function's own end there is no code.
        let in_function = !self.frames.is_empty();
        if in_function && joined {
            self.begin(Cause::Join, next);
        }
        Ok(())
    }

    /// Opens a block.
    fn open(&mut self, kind: Kind) {
        self.frames.push(Frame {
            kind,
            entered: self.segment.is_some(),
            end_reached: false,
        });
    }

    /// Notes that a branch goes to this label.
    fn target(&mut self, relative_depth: u32) -> Result<(), InternalError> {
        let frame = usize::try_from(relative_depth)
            .ok()
            .and_then(|depth| self.frames.iter_mut().rev().nth(depth))
            .ok_or_else(|| InternalError::new("a label is missing"))?;
        frame.end_reached = true;
        Ok(())
    }

    /// Begins a segment.
    fn begin(&mut self, cause: Cause, at: usize) {
        self.segment = Some(self.points.len());
        self.points.push(Point {
            at,
            depth: self.depth(),
            event: Event::Segment { cause, cost: 0 },
        });
    }

    /// Begins a segment if control gets here, else marks the code as dead.
    fn begin_if(&mut self, reached: bool, cause: Cause, at: usize) {
        if reached {
            self.begin(cause, at);
        } else {
            self.segment = None;
        }
    }

    /// Marks a place, unless it is dead.
    fn mark(&mut self, event: Event, at: usize) {
        if self.segment.is_some() {
            self.points.push(Point {
                at,
                depth: self.depth(),
                event,
            });
        }
    }

    /// Adds a price to the current segment.
    fn charge(&mut self, price: u64) -> Result<(), InternalError> {
        let Some(position) = self.segment else {
            return Ok(());
        };
        match self.points.get_mut(position).map(|point| &mut point.event) {
            Some(Event::Segment { cost, .. }) => {
                *cost = cost
                    .checked_add(price)
                    .ok_or_else(|| InternalError::new("a segment's cost overflows"))?;
                Ok(())
            }
            _ => Err(InternalError::new("a segment is missing")),
        }
    }

    /// How many blocks of the function are open.
    fn depth(&self) -> u32 {
        u32::try_from(self.frames.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }
}
