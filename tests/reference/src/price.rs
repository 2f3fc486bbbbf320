//! What each operator costs: this crate's own reading of the schedule.
//!
//! The schedule names classes of operators in prose; the mapping below was written from those
//! names, apart from the one in the metering pass.

use lockstep_gas_meter::{Schedule, WasmPrices};
use wasmparser::Operator;

use crate::numeric::numeric;

/// Slots that every frame takes besides its parameters, locals and operands; `docs/gas.md`.
const FRAME_OVERHEAD_SLOTS: u64 = 4;

/// The prices of what an operator's operand asks for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DynamicPrices {
    /// Each page that `memory.grow` asks for.
    pub(crate) grow_per_page: u64,
    /// Each byte that a bulk operator asks for.
    pub(crate) bulk_per_byte: u64,
}

impl DynamicPrices {
    /// The schedule's prices.
    pub(crate) fn new(schedule: &Schedule) -> DynamicPrices {
        DynamicPrices {
            grow_per_page: schedule.wasm.memory_grow_per_page,
            bulk_per_byte: schedule.wasm.bulk_per_byte,
        }
    }
}

/// The prices that are known when a module is decoded.
pub(crate) struct Prices<'a>(&'a WasmPrices);

impl Prices<'_> {
    /// The schedule's prices.
    pub(crate) fn new(schedule: &Schedule) -> Prices<'_> {
        Prices(&schedule.wasm)
    }

    /// What a call of a function pays first.
    pub(crate) fn entry(&self, locals: u64) -> u64 {
        self.0.function_entry + locals * self.0.per_local
    }

    /// What a call of a function takes from the stack bound.
    pub(crate) fn frame_slots(&self, params: u64, locals: u64, height: u64) -> u64 {
        FRAME_OVERHEAD_SLOTS + params + locals + height
    }

    /// What executing an operator costs; `None` outside the accepted subset.
    pub(crate) fn operator(&self, operator: &Operator<'_>) -> Option<u64> {
        control(self.0, operator)
            .or_else(|| data(self.0, operator))
            .or_else(|| arithmetic(self.0, operator))
    }
}

fn control(prices: &WasmPrices, operator: &Operator<'_>) -> Option<u64> {
    Some(match operator {
        Operator::Nop => prices.nop,
        Operator::Unreachable => prices.unreachable,
        Operator::If { .. } => prices.conditional,
        Operator::Br { .. } => prices.branch,
        Operator::BrIf { .. } => prices.branch_if,
        Operator::BrTable { .. } => prices.branch_table,
        Operator::Return => prices.r#return,
        Operator::Call { .. } => prices.call,
        Operator::CallIndirect { .. } => prices.call_indirect,
        _ => return None,
    })
}

fn data(prices: &WasmPrices, operator: &Operator<'_>) -> Option<u64> {
    Some(match operator {
        Operator::Drop => prices.drop,
        Operator::Select | Operator::TypedSelect { .. } => prices.select,
        Operator::I32Const { .. } | Operator::I64Const { .. } => prices.constant,
        Operator::LocalGet { .. } | Operator::LocalSet { .. } => prices.local,
        Operator::LocalTee { .. } => prices.local,
        Operator::GlobalGet { .. } | Operator::GlobalSet { .. } => prices.global,
        Operator::I32Load { .. } | Operator::I64Load { .. } => prices.load,
        Operator::I32Load8S { .. } | Operator::I32Load8U { .. } => prices.load,
        Operator::I32Load16S { .. } | Operator::I32Load16U { .. } => prices.load,
        Operator::I64Load8S { .. } | Operator::I64Load8U { .. } => prices.load,
        Operator::I64Load16S { .. } | Operator::I64Load16U { .. } => prices.load,
        Operator::I64Load32S { .. } | Operator::I64Load32U { .. } => prices.load,
        Operator::I32Store { .. } | Operator::I64Store { .. } => prices.store,
        Operator::I32Store8 { .. } | Operator::I32Store16 { .. } => prices.store,
        Operator::I64Store8 { .. } | Operator::I64Store16 { .. } => prices.store,
        Operator::I64Store32 { .. } => prices.store,
        Operator::MemorySize { .. } => prices.memory_size,
        Operator::MemoryGrow { .. } => prices.memory_grow,
        Operator::MemoryCopy { .. } | Operator::MemoryFill { .. } => prices.bulk,
        Operator::MemoryInit { .. } => prices.bulk,
        Operator::DataDrop { .. } => prices.data_drop,
        _ => return None,
    })
}

fn arithmetic(prices: &WasmPrices, operator: &Operator<'_>) -> Option<u64> {
    numeric(operator)?;
    Some(match operator {
        Operator::I32Mul | Operator::I64Mul => prices.multiply,
        Operator::I32Clz | Operator::I32Ctz | Operator::I32Popcnt => prices.multiply,
        Operator::I64Clz | Operator::I64Ctz | Operator::I64Popcnt => prices.multiply,
        Operator::I32Extend8S | Operator::I32Extend16S => prices.multiply,
        Operator::I64Extend8S | Operator::I64Extend16S => prices.multiply,
        Operator::I64Extend32S => prices.multiply,
        Operator::I32DivS | Operator::I32DivU | Operator::I32RemS => prices.divide,
        Operator::I32RemU | Operator::I64RemU | Operator::I64RemS => prices.divide,
        Operator::I64DivS | Operator::I64DivU => prices.divide,
        _ => prices.arithmetic,
    })
}
