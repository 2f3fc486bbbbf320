//! Turns a function body into flat steps with resolved branches and prices.
//!
//! `block`, `loop`, `else` and `end` cost nothing and leave no step, except that the first arm of
//! an `if` ends with a jump behind the second, which is free. Code that cannot be reached is
//! flattened like any other; nothing ever goes there.

mod control;

use wasmparser::{BlockType, FunctionBody, Operator};

use crate::decode::{Unsupported, outside};
use crate::frame_size::Heights;
use crate::module::{FunctionType, Module};
use crate::numeric::numeric;
use crate::op::{Op, Step};
use crate::price::Prices;
use crate::segments::mark_segments;
use crate::transfer::transfer;

/// A flattened body.
pub(crate) struct Flat {
    pub(crate) steps: Vec<Step>,
    /// The greatest height of the operand stack.
    pub(crate) height: usize,
}

/// What a branch to a label carries and where it lands.
struct Label {
    kind: Kind,
    /// The operand stack's height below the label's values.
    height: usize,
    params: usize,
    results: usize,
    /// The branches that go behind this label's `end`, to be completed there.
    forward: Vec<Forward>,
}

/// What a label belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A block or the body: branches go behind its end.
    Block,
    /// A loop: branches go to this step.
    Loop(usize),
    /// An `if` whose condition, at this step, has no place to go to yet.
    If(usize),
}

/// A branch to complete: the step, and for a table the entry.
struct Forward {
    step: usize,
    entry: usize,
}

/// A body in the making.
struct Builder<'a> {
    module: &'a Module,
    prices: &'a Prices<'a>,
    heights: Heights,
    labels: Vec<Label>,
    steps: Vec<Step>,
    /// The first steps of the loops' bodies.
    loops: Vec<usize>,
}

/// Flattens `body`, a function of type `ty`.
pub(crate) fn flatten(
    module: &Module,
    prices: &Prices<'_>,
    ty: &FunctionType,
    body: &FunctionBody<'_>,
) -> Result<Flat, Unsupported> {
    let mut builder = Builder {
        module,
        prices,
        heights: Heights::default(),
        labels: Vec::new(),
        steps: Vec::new(),
        loops: Vec::new(),
    };
    builder.open(Kind::Block, 0, ty.results.len());
    for operator in body.get_operators_reader()? {
        builder.operator(&operator?)?;
    }
    builder.emit(Op::Return, 0);
    mark_segments(&mut builder.steps, &builder.loops);
    Ok(Flat {
        steps: builder.steps,
        height: builder.heights.greatest(),
    })
}

impl Builder<'_> {
    /// Appends a step and returns its index.
    fn emit(&mut self, op: Op, price: u64) -> usize {
        self.steps.push(Step {
            op,
            price,
            opens: None,
        });
        self.steps.len() - 1
    }

    /// Opens a label.
    fn open(&mut self, kind: Kind, params: usize, results: usize) {
        let height = self.heights.open(params);
        self.labels.push(Label {
            kind,
            height,
            params,
            results,
            forward: Vec::new(),
        });
    }

    /// Appends the steps of one operator.
    fn operator(&mut self, operator: &Operator<'_>) -> Result<(), Unsupported> {
        if self.structure(operator) {
            return Ok(());
        }
        let price = self
            .prices
            .operator(operator)
            .ok_or_else(|| outside(format!("{operator:?} has no price")))?;
        if let Some(op) = transfer(operator).or_else(|| numeric(operator)) {
            let (pops, pushes) = op.arity().expect("a plain operator's arity is fixed");
            self.heights.pop(pops);
            self.heights.push(pushes);
            self.emit(op, price);
            return Ok(());
        }
        if !self.control(operator, price) {
            return Err(outside(format!("{operator:?}")));
        }
        Ok(())
    }

    /// `block`, `loop`, `else` and `end`, which cost nothing. Whether it was one of them.
    fn structure(&mut self, operator: &Operator<'_>) -> bool {
        match operator {
            Operator::Block { blockty } => {
                let (params, results) = self.block_arity(*blockty);
                self.open(Kind::Block, params, results);
            }
            Operator::Loop { blockty } => {
                let (params, results) = self.block_arity(*blockty);
                self.loops.push(self.steps.len());
                self.open(Kind::Loop(self.steps.len()), params, results);
            }
            Operator::Else => self.alternate(),
            Operator::End => self.close(),
            _ => return false,
        }
        true
    }

    /// `else`: the first arm jumps behind the end, the second is where a false condition goes.
    fn alternate(&mut self) {
        let label = self.labels.len() - 1;
        let step = self.jump(label, Op::Jump, 0);
        self.labels[label].forward.push(Forward { step, entry: 0 });
        let label = &mut self.labels[label];
        let Kind::If(condition) = label.kind else {
            unreachable!("else belongs to an if");
        };
        label.kind = Kind::Block;
        self.heights.alternate(label.params, label.results);
        self.steps[condition].op = Op::Unless(self.steps.len());
    }

    /// `end`: every branch behind it lands on the next step.
    fn close(&mut self) {
        let label = self.labels.pop().expect("end closes a label");
        self.heights.close(label.results);
        let next = self.steps.len();
        if let Kind::If(condition) = label.kind {
            self.steps[condition].op = Op::Unless(next);
        }
        for forward in label.forward {
            match &mut self.steps[forward.step].op {
                Op::Jump(jump) | Op::JumpIf(jump) => jump.target = next,
                Op::JumpTable(jumps) => jumps[forward.entry].target = next,
                _ => unreachable!("only branches go forward"),
            }
        }
    }

    /// The number of parameters and results of a block.
    fn block_arity(&self, ty: BlockType) -> (usize, usize) {
        match ty {
            BlockType::Empty => (0, 0),
            BlockType::Type(_) => (0, 1),
            BlockType::FuncType(index) => arity(&self.module.types[index as usize]),
        }
    }
}

/// The number of parameters and results.
fn arity(ty: &FunctionType) -> (usize, usize) {
    (ty.params.len(), ty.results.len())
}
