//! What one function does, as far as metering is concerned.
//!
//! The analysis goes through the operators of a valid function once and yields the skeleton of
//! its control flow, in the order of the code and without what cannot be reached: where blocks open
//! and end, where branches and calls go, which operators are priced by an operand, and what the
//! straight-line segment costs that begins behind one of these. It decides nothing: where to charge
//! is up to `plan`, which goes through the skeleton and never through operators.
//!
//! The segments are those of the source: each is a run of operators of the uploaded code, found
//! again by the offset of its first operator, and the sum of all costs over a run is what the
//! schedule asks for.
//!
//! For the function `sum` of `docs/gas.md`, whose loop costs 17 and what follows it 14, that is
//! (in each line: how many blocks are open behind the point, the point, and the cost of the segment
//! that begins behind it, if one does):
//!
//! ```text
//! 0 Entry 0
//! 1 Open(Loop { repeats: true, operands: false }) 17
//! 1 BranchIf(1) 0
//! 0 End { begins: true } 14
//! 0 Call(Function(0)) 0
//! 0 End { begins: false }
//! ```

mod analyses;
mod control;
mod flow;
mod length;
mod straight;
mod top;

use wasmparser::FunctionBody;

use crate::prepared::InternalError;
use crate::schedule::WasmPrices;

pub(crate) use analyses::{Analyses, Analysis};
pub(crate) use control::Control;
use flow::Flow;
use length::length_before;
use straight::LoopWatch;
pub(crate) use straight::{Condition, Count, Number, StraightLoop};
pub(crate) use top::Top;

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    /// `block`.
    Plain,
    /// `loop`.
    Loop {
        /// Whether something that can be reached branches to its head.
        repeats: bool,
        /// Whether such a branch may take operands along.
        operands: bool,
    },
    /// `if`.
    If,
}

/// What a call may lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Callee {
    /// The function at this index.
    Function(u32),
    /// Any function in the table that has the type at this index.
    Type(u32),
}

/// What is at a place in the code. Blocks that enclose it are counted from the function's, 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The function is entered: a segment begins.
    Entry,
    /// A block opens. A segment begins at the head of a loop and in the first arm of an `if`.
    Open(Block),
    /// The second arm of the innermost `if` begins, and with it a segment.
    Else,
    /// The innermost block ends; the last one is the function.
    End {
        /// Whether a segment begins behind it: the block is a loop whose end can be reached, or
        /// another one to whose end more leads than what is in front of it. None begins behind the
        /// function.
        begins: bool,
    },
    /// A `br` to this block's label.
    Branch(u32),
    /// A `br_if` to this block's label. A segment begins behind it.
    BranchIf(u32),
    /// A `br_table`; its targets are this part of [`Analysis::targets`].
    BranchTable {
        /// The position of the first.
        first: u32,
        /// How many there are, the default included.
        count: u32,
    },
    /// A `return`.
    Return,
    /// An `unreachable`.
    Unreachable,
    /// A call. A segment begins behind it.
    Call(Callee),
    /// `memory.grow`; the pages asked for are on top of the operand stack.
    Pages,
    /// A bulk operator; the length in bytes is on top of the operand stack.
    Bytes {
        /// The length, if it is known and its price is in the segment's sum.
        paid: Option<u32>,
    },
    /// A `select`, or a store at an offset of more than 16 bits, that the engine must not see right
    /// behind what is in front of it; see [`Top`].
    Apart,
}

impl Event {
    /// Whether a *segment* begins behind it: a run of operators of which all run if the first one
    /// does, unless one traps.
    pub(crate) fn begins_segment(self) -> bool {
        match self {
            Event::Entry
            | Event::Open(Block::Loop { .. } | Block::If)
            | Event::Else
            | Event::End { begins: true }
            | Event::BranchIf(_)
            | Event::Call(_) => true,
            Event::Open(Block::Plain)
            | Event::End { begins: false }
            | Event::Branch(_)
            | Event::BranchTable { .. }
            | Event::Return
            | Event::Unreachable
            | Event::Pages
            | Event::Bytes { .. }
            | Event::Apart => false,
        }
    }
}

/// The function's entry, or an operator that something depends on, with the segment that begins
/// behind it, if one does. Only what can be reached is listed, and the ends of blocks that can be
/// entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    /// The operator's offset in the file; for the entry, that of the first operator.
    pub(crate) at: usize,
    /// The offset behind it, where the segment begins; for the entry the same as `at`.
    pub(crate) behind: usize,
    /// The sum of the prices of the segment's operators, if one begins.
    pub(crate) cost: u64,
    /// How many blocks of the function are open behind it. In front of one that opens there is one
    /// less.
    pub(crate) depth: u32,
    /// What is there.
    pub(crate) event: Event,
}

/// What the validator knows about a function, at its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameFacts {
    /// How many parameters it has.
    pub(crate) params: u32,
    /// How many locals it declares.
    pub(crate) declared_locals: u32,
    /// The greatest operand height behind any operator.
    pub(crate) operand_height: u32,
    /// The offset of the first operator.
    pub(crate) code_start: usize,
}

/// Analyses functions one after the other. Every operator of a body is handed to it, each after it
/// has been found valid.
pub(crate) struct Analyser {
    flow: Flow,
    watch: LoopWatch,
    /// What a byte costs that a bulk operator asks for.
    bulk_per_byte: u64,
}

impl Analyser {
    /// An analyser for a module of `module_bytes` bytes under these prices.
    pub(crate) fn new(module_bytes: usize, prices: &WasmPrices) -> Analyser {
        Analyser {
            flow: Flow::new(Analyses::for_module(module_bytes)),
            watch: LoopWatch::default(),
            bulk_per_byte: prices.bulk_per_byte,
        }
    }

    /// Begins a function whose first operator is at this offset.
    pub(crate) fn enter(&mut self, code_start: usize) {
        self.watch.interrupt(code_start);
        self.flow.enter(code_start);
    }

    /// Takes a run of plain (`Class::is_plain`) operators, except `nop`: the sum of
    /// their prices, and what the last one leaves on top of the operand stack.
    #[inline]
    pub(crate) fn plain(&mut self, prices: u64, top: Top) {
        self.flow.plain(prices, top);
    }

    /// Takes any other operator, from `at` to `next` in `body`.
    ///
    /// # Errors
    /// Only when the function is not valid after all.
    #[inline(always)]
    pub(crate) fn control(
        &mut self,
        control: Control<'_>,
        price: u64,
        body: &FunctionBody<'_>,
        (at, next): (usize, usize),
    ) -> Result<(), InternalError> {
        match control {
            Control::Loop(_) | Control::BranchIf(_) | Control::End => {
                if let Some(straight) = self.watch.control(control, body, at, next)? {
                    self.flow.found.loops.push(straight);
                }
            }
            Control::Nop => {}
            _ => self.watch.interrupt(next),
        }
        if control == Control::Bulk {
            let length = self.flow.is_behind_constant();
            let length = length.then(|| length_before(body, at)).flatten();
            let bytes = length.map_or(0, |length| self.bulk_per_byte.saturating_mul(length.into()));
            self.flow
                .bulk(price.saturating_add(bytes), length, (at, next));
            return Ok(());
        }
        self.flow.control(control, price, (at, next))
    }

    /// Ends the function, once its last operator was taken.
    pub(crate) fn leave(&mut self, frame: FrameFacts) {
        self.flow.found.end_function(frame);
    }

    /// What was found about all functions.
    pub(crate) fn finish(self) -> Analyses {
        self.flow.found
    }
}

#[cfg(test)]
mod tests {
    use super::Point;
    use crate::{Protocol, validate};

    /// The example of the module's description.
    #[test]
    fn the_example_has_the_skeleton_that_is_shown() {
        let text = "(module (import \"lockstep\" \"return\" (func $return (param i32 i32)))
            (memory 1) (func (export \"sum\") (local $i i32) (local $total i32)
            (loop $again
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (local.set $total (i32.add (local.get $total) (local.get $i)))
              (br_if $again (i32.lt_u (local.get $i) (i32.const 10))))
            (call $return (i32.const 0) (i32.const 0))))";
        let bytes = wat::parse_str(text).expect("a module");
        let protocol = Protocol::v1();
        let module = validate(&bytes, &protocol).expect("it is accepted");
        let analysis = module.analyses.iter().next().expect("a function");
        let points = analysis.points.iter();
        let shown: Vec<String> = points
            .map(|point| {
                let Point { depth, event, .. } = point;
                match event.begins_segment() {
                    true => format!("{depth} {event:?} {}", point.cost),
                    false => format!("{depth} {event:?}"),
                }
            })
            .collect();
        let (_, example) = include_str!("analysis.rs")
            .split_once("```text\n")
            .expect("an example");
        let lines = example.lines().take_while(|line| *line != "//! ```");
        let expected = lines.map(|line| line.trim_start_matches("//! "));
        assert_eq!(shown, expected.collect::<Vec<_>>());
    }
}
