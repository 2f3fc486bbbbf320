//! The way through one function: operators in order, and blocks.
//!
//! The walk goes through the code once, from the first operator to the last, and keeps for each
//! open block what holds on the ways that branched to its end. Loops are gone through repeatedly;
//! `loops` says how. Code that cannot be reached is skipped, and so are ways that must trap or can
//! only lead to an end that does not count, of which `outcome` knows.

use std::rc::Rc;

use wasmparser::Operator;

use super::analyser::{Analyser, Halt};
use super::code::{Code, Step};
use super::cost::Cost;
use super::frame::{Frame, Target, merge, merge_cost};
use super::notes::Notes;
use super::state::State;
use super::value::Value;
use crate::operator::Class;
use crate::prepared::InternalError;

/// How many locals and operands are copied in the time of one operator that is gone through.
const VALUES_MOVED: usize = 16;

/// The analysis of one function for one list of arguments.
pub(super) struct Walk<'w, 'm, 'a> {
    pub(super) analyser: &'w mut Analyser<'m, 'a>,
    pub(super) code: Rc<Code<'a>>,
    /// Of each operator, whether it can lead to an end that counts.
    leading: &'m [bool],
    pub(super) frames: Vec<Frame>,
    /// What holds in front of the next operator; `None` when it cannot be reached.
    pub(super) state: Option<State>,
    /// The position of the next operator.
    pub(super) next: usize,
    /// The cost of the ways that end the run.
    pub(super) ended: Option<Cost>,
    pub(super) notes: Notes,
}

/// What a walk found.
pub(super) struct Walked {
    /// What holds when the function returns, if it can.
    pub(super) returned: Option<State>,
    /// The cost of the ways on which a host function ends the run.
    pub(super) ended: Option<Cost>,
    pub(super) notes: Notes,
}

impl<'w, 'm, 'a> Walk<'w, 'm, 'a> {
    /// A walk that starts in this state.
    pub(super) fn new(
        analyser: &'w mut Analyser<'m, 'a>,
        function: u32,
        code: Rc<Code<'a>>,
        state: State,
    ) -> Walk<'w, 'm, 'a> {
        let last = code.steps.len().saturating_sub(1);
        let frames = vec![Frame::forward(0, code.results, last)];
        Walk {
            leading: analyser.outcomes.leading(function),
            analyser,
            code,
            frames,
            state: Some(state),
            next: 0,
            ended: None,
            notes: Notes::default(),
        }
    }

    /// Goes through the function.
    pub(super) fn run(mut self) -> Result<Walked, Halt> {
        let code = Rc::clone(&self.code);
        while let Some(step) = code.steps.get(self.next) {
            self.analyser.spend(1, step.place)?;
            if !self.leads_on(self.next) {
                self.state = None;
            }
            self.next = self.next.saturating_add(1);
            let closes = matches!(step.operator, Operator::Else | Operator::End);
            if self.state.is_none() && !closes {
                if let Some(block) = &step.block {
                    self.next = block.end.saturating_add(1);
                }
                continue;
            }
            if let Some(state) = &mut self.state {
                state.charge_fixed(step.price);
            }
            self.step(step)?;
        }
        Ok(Walked {
            returned: self.state,
            ended: self.ended,
            notes: self.notes,
        })
    }

    /// One operator.
    fn step(&mut self, step: &Step<'a>) -> Result<(), Halt> {
        match step.class {
            Class::Structure | Class::Conditional => self.structure(step),
            Class::Branch | Class::BranchIf | Class::BranchTable => self.branch(step),
            Class::Return => {
                self.leave(0)?;
                Ok(())
            }
            Class::Unreachable => {
                self.state = None;
                Ok(())
            }
            Class::Call | Class::CallIndirect => self.call(step),
            _ => self.plain(step),
        }
    }

    /// Blocks and their ends.
    fn structure(&mut self, step: &Step<'a>) -> Result<(), Halt> {
        match (&step.operator, &step.block) {
            (Operator::Block { .. }, Some(block)) => {
                let height = self.here()?.stack.len().saturating_sub(block.params);
                self.frames
                    .push(Frame::forward(height, block.results, block.end));
            }
            (Operator::Loop { .. }, Some(block)) => self.enter_loop(step, block)?,
            (Operator::If { .. }, Some(block)) => {
                let (taken, otherwise) = self.split()?;
                let state = taken.as_ref().or(otherwise.as_ref());
                let operands = state.map_or(0, |state| state.stack.len());
                let height = operands.saturating_sub(block.params);
                let mut frame = Frame::forward(height, block.results, block.end);
                frame.otherwise = otherwise;
                self.frames.push(frame);
                self.state = taken;
            }
            (Operator::Else, _) => {
                let fall = self.state.take();
                let frame = self.frames.last_mut().ok_or_else(unopened)?;
                self.state = frame.otherwise.take();
                if let Some(fall) = fall {
                    merge(&mut frame.pending, fall, &mut self.analyser.symbols);
                }
            }
            _ => self.end()?,
        }
        Ok(())
    }

    /// The end of a block: everything that leads there comes together.
    fn end(&mut self) -> Result<(), Halt> {
        let innermost = self.frames.last().ok_or_else(unopened)?;
        if innermost.repeat.is_some() {
            return self.end_loop();
        }
        let frame = self.frames.pop().ok_or_else(unopened)?;
        let mut ways = frame.pending;
        // An `if` without `else` skips to its end when it is not taken.
        for way in self.state.take().into_iter().chain(frame.otherwise) {
            if ways.is_some() {
                self.move_state(&way)?;
            }
            merge(&mut ways, way, &mut self.analyser.symbols);
        }
        self.state = ways;
        Ok(())
    }

    /// Accounts for copying what is known at a place, or for putting it together with what is known on
    /// another way.
    pub(super) fn move_state(&mut self, state: &State) -> Result<(), Halt> {
        match self.code.steps.get(self.next.saturating_sub(1)) {
            Some(step) => self
                .analyser
                .spend(state.size().div_euclid(VALUES_MOVED), step.place),
            None => Ok(()),
        }
    }

    /// Whether the operator at a position can lead to an end that counts.
    pub(super) fn leads_on(&self, position: usize) -> bool {
        self.leading.get(position).is_some_and(|leads| *leads)
    }

    /// Takes a way to where it leads. A way out of a loop waits in the innermost one that it leaves.
    pub(super) fn deliver(&mut self, target: Target, state: State) -> Result<(), InternalError> {
        let symbols = &mut self.analyser.symbols;
        let inner = match target {
            Target::Frame(position) => position.saturating_add(1),
            Target::Ended => 0,
        };
        let mut left = self.frames.iter_mut().skip(inner).rev();
        if let Some(repeat) = left.find_map(|frame| frame.repeat.as_mut()) {
            let mut ways = repeat.out.remove(&target);
            merge(&mut ways, state, symbols);
            repeat.out.extend(ways.map(|ways| (target, ways)));
            return Ok(());
        }
        let Target::Frame(position) = target else {
            merge_cost(&mut self.ended, &state.cost());
            return Ok(());
        };
        let frame = self.frames.get_mut(position).ok_or_else(unopened)?;
        match &mut frame.repeat {
            Some(repeat) => merge(&mut repeat.back, state, symbols),
            None => merge(&mut frame.pending, state, symbols),
        }
        Ok(())
    }

    /// What holds here.
    pub(super) fn here(&mut self) -> Result<&mut State, InternalError> {
        self.state.as_mut().ok_or_else(unreached)
    }

    /// Takes an operand off the stack.
    pub(super) fn pop(&mut self) -> Result<Value, InternalError> {
        let popped = self.here()?.pop();
        popped.ok_or_else(|| InternalError::new("the operand stack underflows"))
    }
}

/// A block that is not there.
pub(super) fn unopened() -> InternalError {
    InternalError::new("an operator outside of all blocks")
}

/// A state that is not there.
pub(super) fn unreached() -> InternalError {
    InternalError::new("an operator that cannot be reached")
}
