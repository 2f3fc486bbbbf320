//! The flat form of everything that is neither arithmetic nor control: constants, variables,
//! memory access and bulk memory.

use wasmparser::{MemArg, Operator};

use crate::op::{Load, Op, Store};

/// The flat form of a constant, variable or memory operator; `None` when it is none of these.
pub(crate) fn transfer(operator: &Operator<'_>) -> Option<Op> {
    load(operator)
        .or_else(|| store(operator))
        .or_else(|| plain(operator))
}

fn plain(operator: &Operator<'_>) -> Option<Op> {
    Some(match operator {
        Operator::Nop => Op::Nop,
        Operator::Drop => Op::Drop,
        Operator::Select | Operator::TypedSelect { .. } => Op::Select,
        Operator::I32Const { value } => Op::Const(u64::from(*value as u32)),
        Operator::I64Const { value } => Op::Const(*value as u64),
        Operator::LocalGet { local_index } => Op::LocalGet(*local_index),
        Operator::LocalSet { local_index } => Op::LocalSet(*local_index),
        Operator::LocalTee { local_index } => Op::LocalTee(*local_index),
        Operator::GlobalGet { global_index } => Op::GlobalGet(*global_index),
        Operator::GlobalSet { global_index } => Op::GlobalSet(*global_index),
        Operator::MemorySize { .. } => Op::MemorySize,
        Operator::MemoryGrow { .. } => Op::MemoryGrow,
        Operator::MemoryCopy { .. } => Op::MemoryCopy,
        Operator::MemoryFill { .. } => Op::MemoryFill,
        Operator::MemoryInit { data_index, .. } => Op::MemoryInit(*data_index),
        Operator::DataDrop { data_index } => Op::DataDrop(*data_index),
        _ => return None,
    })
}

fn load(operator: &Operator<'_>) -> Option<Op> {
    let same: fn(u64) -> u64 = |value| value;
    let (memarg, bytes, extend): (&MemArg, usize, fn(u64) -> u64) = match operator {
        Operator::I32Load { memarg } => (memarg, 4, same),
        Operator::I32Load8S { memarg } => (memarg, 1, |v| u64::from(v as i8 as u32)),
        Operator::I32Load8U { memarg } => (memarg, 1, same),
        Operator::I32Load16S { memarg } => (memarg, 2, |v| u64::from(v as i16 as u32)),
        Operator::I32Load16U { memarg } => (memarg, 2, same),
        Operator::I64Load { memarg } => (memarg, 8, same),
        Operator::I64Load8S { memarg } => (memarg, 1, |v| v as i8 as u64),
        Operator::I64Load8U { memarg } => (memarg, 1, same),
        Operator::I64Load16S { memarg } => (memarg, 2, |v| v as i16 as u64),
        Operator::I64Load16U { memarg } => (memarg, 2, same),
        Operator::I64Load32S { memarg } => (memarg, 4, |v| v as i32 as u64),
        Operator::I64Load32U { memarg } => (memarg, 4, same),
        _ => return None,
    };
    Some(Op::Load(Load {
        offset: memarg.offset,
        bytes,
        extend,
    }))
}

fn store(operator: &Operator<'_>) -> Option<Op> {
    let (memarg, bytes) = match operator {
        Operator::I32Store { memarg } | Operator::I64Store32 { memarg } => (memarg, 4),
        Operator::I32Store8 { memarg } | Operator::I64Store8 { memarg } => (memarg, 1),
        Operator::I32Store16 { memarg } | Operator::I64Store16 { memarg } => (memarg, 2),
        Operator::I64Store { memarg } => (memarg, 8),
        _ => return None,
    };
    Some(Op::Store(Store {
        offset: memarg.offset,
        bytes,
    }))
}
