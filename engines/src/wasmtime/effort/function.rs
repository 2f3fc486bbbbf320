//! What is counted of a function.

use wasmparser::{
    BinaryReaderError, FuncType, FuncValidator, FunctionBody, Operator, ValidatorResources,
    WasmModuleResources,
};

use super::chains::Chains;

/// How many blocks the compiler makes of an indirect call: its element may not have been filled in.
const JOINS_OF_INDIRECT_CALL: u64 = 3;
/// What these blocks take, as so many operands.
const OPERANDS_OF_INDIRECT_CALL: u64 = 12;

/// The counts of a function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Its operators.
    pub(super) operators: u64,
    /// Where control flow parts or joins: each branch to each of its targets, and each begin and end.
    pub(super) joins: u64,
    /// For each of these, its locals and what is on the operand stack.
    pub(super) held: u64,
    /// Its parameters and results, and those of its calls.
    pub(super) operands: u64,
    /// Operators with a constant upon several others.
    pub(super) chained: u64,
    /// For each loop, the operators in it, and as often again the joins at them.
    pub(super) in_loops: u64,
}

impl Counts {
    /// Counts in a function whose validator is at its begin.
    pub(super) fn of(
        validator: &mut FuncValidator<ValidatorResources>,
        body: &FunctionBody<'_>,
    ) -> Result<Counts, BinaryReaderError> {
        let mut counts = Counts::default();
        let mut reader = body.get_binary_reader();
        validator.read_locals(&mut reader)?;
        let locals = validator.len_locals();
        let index = validator.index();
        counts.operands = operands(
            &Operator::Call {
                function_index: index,
            },
            validator.resources(),
        );
        let mut chains = Chains::new(locals);
        let mut open = OpenLoops::default();
        while !reader.eof() {
            let offset = reader.original_position();
            let operator = reader.read_operator()?;
            validator.op(offset, &operator)?;
            let height = validator.operand_stack_height();
            let joins = joins(&operator);
            let held = joins.saturating_mul(u64::from(locals) + u64::from(height));
            counts.operators += 1;
            counts.joins = counts.joins.saturating_add(joins);
            counts.held = counts.held.saturating_add(held);
            counts.operands += operands(&operator, validator.resources());
            counts.chained += u64::from(chains.follow(&operator, height));
            let of_loops = (joins + 1).saturating_mul(open.follow(&operator));
            counts.in_loops = counts.in_loops.saturating_add(of_loops);
        }
        Ok(counts)
    }
}

/// The blocks that are open, and how many of them are loops.
#[derive(Default)]
struct OpenLoops {
    is_loop: Vec<bool>,
    loops: u64,
}

impl OpenLoops {
    /// Follows an operator, and says how many loops are open behind it.
    fn follow(&mut self, operator: &Operator<'_>) -> u64 {
        match operator {
            Operator::Block { .. } | Operator::If { .. } => self.is_loop.push(false),
            Operator::Loop { .. } => {
                self.is_loop.push(true);
                self.loops += 1;
            }
            Operator::End if self.is_loop.pop() == Some(true) => self.loops -= 1,
            _ => {}
        }
        self.loops
    }
}

/// Where control flow parts or joins at an operator.
fn joins(operator: &Operator<'_>) -> u64 {
    match operator {
        Operator::Loop { .. } | Operator::Else | Operator::End | Operator::Br { .. } => 1,
        Operator::If { .. } | Operator::BrIf { .. } => 2,
        Operator::BrTable { targets } => u64::from(targets.len()) + 1,
        Operator::CallIndirect { .. } => JOINS_OF_INDIRECT_CALL,
        _ => 0,
    }
}

/// How many parameters and results a call has, and as how many an indirect one counts beside.
fn operands(operator: &Operator<'_>, resources: &ValidatorResources) -> u64 {
    let index = match operator {
        Operator::Call { function_index } => resources.type_index_of_function(*function_index),
        Operator::CallIndirect { type_index, .. } => Some(*type_index),
        _ => None,
    };
    let of_type = index.and_then(|index| resources.sub_type_at(index));
    let operands = of_type.map_or(0, |of_type| operands_of(of_type.unwrap_func()));
    match operator {
        Operator::CallIndirect { .. } => operands + OPERANDS_OF_INDIRECT_CALL,
        _ => operands,
    }
}

/// How many parameters and results a function has.
pub(super) fn operands_of(function: &FuncType) -> u64 {
    let operands = function.params().len() + function.results().len();
    u64::try_from(operands).unwrap_or(u64::MAX)
}
