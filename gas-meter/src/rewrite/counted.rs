//! A counted loop, paid at once.
//!
//! ```text
//! block $done
//!   block $slow
//!     leave for $slow when the number of runs cannot be told
//!     need := runs * cost
//!     leave for $slow when the counter is below need
//!     counter := counter - need
//!     the loop, without charges
//!     br $done
//!   end
//!   the loop, with a charge for each run
//! end
//! ```
//!
//! So near the end of the gas the loop runs as any other, and what is paid is exact either way.
//!
//! With the counter `i` and the bound `n`, both as they are in front of the loop:
//! - a loop that goes on while `i` differs from `n`, with a step of plus or minus 2^k, runs
//!   `((d - 2^k) >> k) + 1` times, where `d` is the way to go, `n - i` or `i - n`, if the lowest k
//!   bits of `d` are 0. When `d` is 0 that is all the way round, as it should be.
//! - a loop that goes on while `i` is below `n`, with a step `s` above 0, runs
//!   `(n - i - 1) / s + 1` times, if `i` is below `n` and `n + s` is at most 2^32.

use wasm_encoder::{BlockType, Encode, Instruction};

use super::counter::Counter;
use crate::analysis::{Condition, Count, Number, StraightLoop};
use crate::prepared::InternalError;

/// Writes a number.
fn push(number: Number, sink: &mut Vec<u8>) {
    match number {
        Number::Constant(value) => Instruction::I32Const(value).encode(sink),
        Number::Long(value) => Instruction::I64Const(value).encode(sink),
        Number::Local(local) => Instruction::LocalGet(local).encode(sink),
    }
}

/// Writes a counted loop that is paid at once, up to the ordinary loop. `code` is the whole loop,
/// `need` the local that keeps what its runs cost.
pub(super) fn pay_all_runs(
    straight: &StraightLoop,
    code: &[u8],
    cost: u64,
    counter: &Counter,
    need: u32,
    sink: &mut Vec<u8>,
) -> Result<(), InternalError> {
    let count = straight.count.as_ref();
    let count = count.ok_or_else(|| InternalError::new("a loop does not count"))?;
    push_need(count, cost, sink)?;
    Instruction::LocalSet(need).encode(sink);
    counter.read(sink);
    Instruction::LocalGet(need).encode(sink);
    Instruction::I64LtS.encode(sink);
    Instruction::BrIf(0).encode(sink);
    counter.read(sink);
    Instruction::LocalGet(need).encode(sink);
    counter.subtract(None, sink);
    sink.extend_from_slice(code);
    Instruction::Br(1).encode(sink);
    Instruction::End.encode(sink);
    Ok(())
}

/// Opens `$done` and `$slow`, and leaves what the loop needs on the operand stack.
fn push_need(count: &Count, cost: u64, sink: &mut Vec<u8>) -> Result<(), InternalError> {
    let cost = i64::try_from(cost).map_err(|_| InternalError::new("a charge overflows"))?;
    Instruction::Block(BlockType::Empty).encode(sink);
    Instruction::Block(BlockType::Empty).encode(sink);
    match (count.condition, count.step) {
        (Condition::Differs, Number::Constant(step)) => runs_until(count, step, sink),
        (Condition::Differs, Number::Local(_) | Number::Long(_)) => {
            return Err(InternalError::new(
                "a loop is counted by a step that is not known",
            ));
        }
        (Condition::Below, step) => runs_below(count, step, sink),
    }
    // One run less was computed, so that all 2^32 fit.
    Instruction::I64ExtendI32U.encode(sink);
    Instruction::I64Const(cost).encode(sink);
    Instruction::I64Mul.encode(sink);
    Instruction::I64Const(cost).encode(sink);
    Instruction::I64Add.encode(sink);
    Ok(())
}

/// The runs, less one, of a loop that goes on while the counter differs from the bound.
fn runs_until(count: &Count, step: i32, sink: &mut Vec<u8>) {
    let counter = Number::Local(count.counter);
    let (to, from) = match step > 0 {
        true => (count.bound, counter),
        false => (counter, count.bound),
    };
    let size = step.unsigned_abs();
    let bits = size.trailing_zeros();
    let way = |sink: &mut Vec<u8>| {
        push(to, sink);
        push(from, sink);
        Instruction::I32Sub.encode(sink);
    };
    if bits > 0 {
        way(sink);
        Instruction::I32Const(size.wrapping_sub(1).cast_signed()).encode(sink);
        Instruction::I32And.encode(sink);
        Instruction::BrIf(0).encode(sink);
    }
    way(sink);
    Instruction::I32Const(size.cast_signed()).encode(sink);
    Instruction::I32Sub.encode(sink);
    if bits > 0 {
        Instruction::I32Const(bits.cast_signed()).encode(sink);
        Instruction::I32ShrU.encode(sink);
    }
}

/// The runs, less one, of a loop that goes on while the counter is below the bound.
fn runs_below(count: &Count, step: Number, sink: &mut Vec<u8>) {
    let counter = Number::Local(count.counter);
    push(counter, sink);
    push(count.bound, sink);
    Instruction::I32GeU.encode(sink);
    Instruction::BrIf(0).encode(sink);
    if let Number::Local(_) = step {
        push(step, sink);
        Instruction::I32Eqz.encode(sink);
        Instruction::BrIf(0).encode(sink);
    }
    push(count.bound, sink);
    push(Number::Constant(0), sink);
    push(step, sink);
    Instruction::I32Sub.encode(sink);
    Instruction::I32GtU.encode(sink);
    Instruction::BrIf(0).encode(sink);
    push(count.bound, sink);
    push(counter, sink);
    Instruction::I32Sub.encode(sink);
    Instruction::I32Const(1).encode(sink);
    Instruction::I32Sub.encode(sink);
    if step != Number::Constant(1) {
        push(step, sink);
        Instruction::I32DivU.encode(sink);
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        CodeSection, Encode, ExportKind, ExportSection, Function, FunctionSection, Instruction,
        Module, TypeSection, ValType,
    };
    use wasmi::TypedFunc;

    use super::push_need;
    use crate::analysis::{Condition, Count, Number};

    const COST: u64 = 7;
    /// Where to begin, what to compare with, and unknown steps.
    const NUMBERS: [u32; 15] = [
        0,
        1,
        2,
        3,
        4,
        5,
        7,
        8,
        9,
        0x7fff_ffff,
        0x8000_0000,
        0x8000_0004,
        0xffff_fffc,
        0xffff_fffe,
        0xffff_ffff,
    ];

    /// Calls `compare` for every mixture of numbers, with what the loop needs; `None` if it goes on
    /// in the slow copy.
    fn for_every_start(count: Count, compare: impl Fn([u32; 3], Option<u64>)) {
        let mut code = Vec::new();
        push_need(&count, COST, &mut code).expect("it counts");
        Instruction::Return.encode(&mut code);
        Instruction::End.encode(&mut code);
        Instruction::End.encode(&mut code);
        Instruction::I64Const(-1).encode(&mut code);
        Instruction::End.encode(&mut code);
        let mut body = Function::new([]);
        body.raw(code);
        let mut types = TypeSection::new();
        types.ty().function([ValType::I32; 3], [ValType::I64]);
        let mut functions = FunctionSection::new();
        functions.function(0);
        let mut exports = ExportSection::new();
        exports.export("need", ExportKind::Func, 0);
        let mut bodies = CodeSection::new();
        bodies.function(&body);
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&exports);
        module.section(&bodies);
        let engine = wasmi::Engine::default();
        let module = wasmi::Module::new(&engine, module.finish()).expect("it is valid");
        let mut store = wasmi::Store::new(&engine, ());
        let instance = wasmi::Instance::new(&mut store, &module, &[]).expect("no imports");
        let need: TypedFunc<(u32, u32, u32), i64> = instance
            .get_typed_func(&store, "need")
            .expect("it is exported");
        for counter in NUMBERS {
            for bound in NUMBERS {
                for step in NUMBERS {
                    let need = need.call(&mut store, (counter, bound, step));
                    let need = u64::try_from(need.expect("no trap")).ok();
                    compare([counter, bound, step], need);
                }
            }
        }
    }

    #[test]
    fn a_loop_until_the_bound_is_hit_needs_its_runs() {
        for power in [0, 1, 2, 3, 16, 30, 31] {
            for step in [1_i32 << power, (1_i32 << power).wrapping_neg()] {
                let count = Count {
                    counter: 0,
                    step: Number::Constant(step),
                    bound: Number::Local(1),
                    condition: Condition::Differs,
                };
                for_every_start(count, |[counter, bound, _], need| {
                    let way = match step > 0 {
                        true => bound.wrapping_sub(counter),
                        false => counter.wrapping_sub(bound),
                    };
                    // Where the counter already is at the bound it goes all the way round.
                    let way = if way == 0 { 1 << 32 } else { u64::from(way) };
                    let size = u64::from(step.unsigned_abs());
                    let expected = way.is_multiple_of(size).then(|| way / size * COST);
                    assert_eq!(need, expected, "from {counter} by {step} to {bound}");
                });
            }
        }
    }

    #[test]
    fn a_loop_below_a_bound_needs_its_runs() {
        let constants = [1, 3, 4, 1 << 30, i32::MIN, -1].map(Number::Constant);
        for known in constants.into_iter().chain([Number::Local(2)]) {
            let count = Count {
                counter: 0,
                step: known,
                bound: Number::Local(1),
                condition: Condition::Below,
            };
            for_every_start(count, |[counter, bound, step], need| {
                let step = match known {
                    Number::Constant(step) => step.cast_unsigned(),
                    Number::Local(_) | Number::Long(_) => step,
                };
                let [from, to, by] = [counter, bound, step].map(u64::from);
                // The counter must not go round on its way.
                let is_told = from < to && by > 0 && to + by <= 1 << 32;
                let expected = is_told.then(|| (to - from).div_ceil(by) * COST);
                assert_eq!(need, expected, "from {counter} by {step} below {bound}");
            });
        }
    }
}
