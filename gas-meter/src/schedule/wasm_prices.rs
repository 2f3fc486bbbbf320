//! What Wasm operators cost. Operators of one class share a price; `operator.rs` says which
//! operator is in which class.

use parity_scale_codec::Encode;
use serde::{Deserialize, Serialize};

use crate::operator::Class;

/// Gas per executed operator, by class, and the prices of what an operator's operand asks for.
/// `block`, `loop`, `else` and `end` are free in every schedule: they only shape the code.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WasmPrices {
    /// `nop`.
    pub nop: u64,
    /// `unreachable`.
    pub unreachable: u64,
    /// `drop`.
    pub drop: u64,
    /// `select`.
    pub select: u64,
    /// `i32.const`, `i64.const`.
    pub constant: u64,
    /// `local.get`, `local.set`, `local.tee`.
    pub local: u64,
    /// `global.get`, `global.set`.
    pub global: u64,
    /// Comparison, addition, subtraction, bit operations, shifts, rotations, and conversions
    /// between `i32` and `i64`.
    pub arithmetic: u64,
    /// Multiplication, `clz`, `ctz`, `popcnt`, and sign extensions within a type (`extend8_s`,
    /// `extend16_s`, `extend32_s`).
    pub multiply: u64,
    /// Division and remainder.
    pub divide: u64,
    /// Every load from memory.
    pub load: u64,
    /// Every store to memory.
    pub store: u64,
    /// `br`.
    pub branch: u64,
    /// `br_if`, taken or not.
    pub branch_if: u64,
    /// `br_table`, whatever the number of its targets.
    pub branch_table: u64,
    /// `if`, taken or not.
    pub conditional: u64,
    /// `return`.
    pub r#return: u64,
    /// `call`, of a host function too.
    pub call: u64,
    /// `call_indirect`.
    pub call_indirect: u64,
    /// Each entry of a function that the module defines.
    pub function_entry: u64,
    /// Each declared local of a function, at each entry. Parameters are not declared locals.
    pub per_local: u64,
    /// `memory.size`.
    pub memory_size: u64,
    /// `memory.grow`, whether it succeeds or not.
    pub memory_grow: u64,
    /// Each page that `memory.grow` asks for, whether it succeeds or not.
    pub memory_grow_per_page: u64,
    /// `memory.copy`, `memory.fill`, `memory.init`.
    pub bulk: u64,
    /// Each byte that `memory.copy`, `memory.fill` or `memory.init` asks for.
    pub bulk_per_byte: u64,
    /// `data.drop`.
    pub data_drop: u64,
}

impl WasmPrices {
    /// The price of one execution of an operator of this class.
    #[must_use]
    pub(crate) const fn of(&self, class: Class) -> u64 {
        match class {
            Class::Structure => 0,
            Class::Nop => self.nop,
            Class::Unreachable => self.unreachable,
            Class::Drop => self.drop,
            Class::Select => self.select,
            Class::Constant => self.constant,
            Class::LocalGet | Class::LocalSet | Class::LocalTee => self.local,
            Class::GlobalGet | Class::GlobalSet => self.global,
            Class::Unary | Class::Binary => self.arithmetic,
            Class::Multiply | Class::Bits => self.multiply,
            Class::Divide => self.divide,
            Class::Load => self.load,
            Class::Store => self.store,
            Class::Branch => self.branch,
            Class::BranchIf => self.branch_if,
            Class::BranchTable => self.branch_table,
            Class::Conditional => self.conditional,
            Class::Return => self.r#return,
            Class::Call => self.call,
            Class::CallIndirect => self.call_indirect,
            Class::MemorySize => self.memory_size,
            Class::MemoryGrow => self.memory_grow,
            Class::Bulk => self.bulk,
            Class::DataDrop => self.data_drop,
        }
    }
}
