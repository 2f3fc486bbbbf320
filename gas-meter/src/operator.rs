//! The one decision about every Wasm operator: the class it is priced in, or the reason why it is
//! refused.
//!
//! [`decide`] is a match over all of `wasmparser::Operator`, expanded from the parser's own list.
//! That enum is `non_exhaustive`, so the list is matched against two tables instead: the proposals
//! (`decide_in_proposal!`) and, for those that are accepted in part, the operators (`classes!`). A
//! proposal or an operator that the parser gains has no row and does not compile until somebody
//! decides on it. An operator in no class cannot have a price, and what has no price is refused.

use wasmparser::Operator;

use crate::violation_code::ViolationCode;

/// A group of accepted operators with one price and one effect on the operand stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Shapes the code and does nothing: `block`, `loop`, `else`, `end`.
    Structure,
    Nop,
    Unreachable,
    Drop,
    Select,
    Constant,
    LocalGet,
    LocalSet,
    LocalTee,
    GlobalGet,
    GlobalSet,
    /// One operand, one result: tests and conversions.
    Unary,
    /// Counts of bits and sign extensions: one operand, one result, but more than a plain operator
    /// on the reference engine, and `popcnt` not a single instruction on every machine.
    Bits,
    /// Two operands, one result, except multiplication and division.
    Binary,
    Multiply,
    Divide,
    Load,
    Store,
    Branch,
    BranchIf,
    BranchTable,
    /// `if`.
    Conditional,
    Return,
    Call,
    CallIndirect,
    MemorySize,
    MemoryGrow,
    /// `memory.copy`, `memory.fill`, `memory.init`: the length is the last operand.
    Bulk,
    DataDrop,
}

impl Class {
    /// Whether operators of this class do nothing but exchange values on the operand stack and go
    /// on to the next operator, at a price that does not depend on anything.
    #[cfg(test)]
    pub(crate) const fn is_plain(self) -> bool {
        !matches!(
            self,
            Class::Structure
                | Class::Unreachable
                | Class::Select
                | Class::Branch
                | Class::BranchIf
                | Class::BranchTable
                | Class::Conditional
                | Class::Return
                | Class::Call
                | Class::CallIndirect
                | Class::MemoryGrow
                | Class::Bulk
        )
    }
}

/// What is done with an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It is accepted, and priced as its class.
    Accepted(Class),
    /// It is refused for this reason.
    Refused(ViolationCode),
}

/// Turns rows `Decision: Operator Operator ...;` into the macro `class_of!`, which knows exactly
/// the operators of the rows.
macro_rules! classes {
    (
        accepted { $($class:ident: $($accepted:ident)*;)* }
        refused { $($code:ident: $($refused:ident)*;)* }
    ) => {
        macro_rules! class_of {
            $($(($accepted) => { Decision::Accepted(Class::$class) };)*)*
            $($(($refused) => { Decision::Refused(ViolationCode::$code) };)*)*
        }
    };
}

classes! {
    accepted {
        Structure: Block Loop Else End;
        Nop: Nop;
        Unreachable: Unreachable;
        Drop: Drop;
        Select: Select;
        Constant: I32Const I64Const;
        LocalGet: LocalGet;
        LocalSet: LocalSet;
        LocalTee: LocalTee;
        GlobalGet: GlobalGet;
        GlobalSet: GlobalSet;
        Unary: I32Eqz I64Eqz I32WrapI64 I64ExtendI32S I64ExtendI32U;
        Binary: I32Eq I32Ne I32LtS I32LtU I32GtS I32GtU I32LeS I32LeU I32GeS I32GeU
            I64Eq I64Ne I64LtS I64LtU I64GtS I64GtU I64LeS I64LeU I64GeS I64GeU
            I32Add I32Sub I32And I32Or I32Xor I32Shl I32ShrS I32ShrU I32Rotl I32Rotr
            I64Add I64Sub I64And I64Or I64Xor I64Shl I64ShrS I64ShrU I64Rotl I64Rotr;
        Bits: I32Clz I32Ctz I32Popcnt I64Clz I64Ctz I64Popcnt
            I32Extend8S I32Extend16S I64Extend8S I64Extend16S I64Extend32S;
        Multiply: I32Mul I64Mul;
        Divide: I32DivS I32DivU I32RemS I32RemU I64DivS I64DivU I64RemS I64RemU;
        Load: I32Load I64Load I32Load8S I32Load8U I32Load16S I32Load16U
            I64Load8S I64Load8U I64Load16S I64Load16U I64Load32S I64Load32U;
        Store: I32Store I64Store I32Store8 I32Store16 I64Store8 I64Store16 I64Store32;
        Branch: Br;
        BranchIf: BrIf;
        BranchTable: BrTable;
        Conditional: If;
        Return: Return;
        Call: Call;
        CallIndirect: CallIndirect;
        MemorySize: MemorySize;
        MemoryGrow: MemoryGrow;
        Bulk: MemoryCopy MemoryFill MemoryInit;
        DataDrop: DataDrop;
    }
    refused {
        FloatOperator: F32Load F64Load F32Store F64Store F32Const F64Const
            F32Eq F32Ne F32Lt F32Gt F32Le F32Ge F64Eq F64Ne F64Lt F64Gt F64Le F64Ge
            F32Abs F32Neg F32Ceil F32Floor F32Trunc F32Nearest F32Sqrt
            F32Add F32Sub F32Mul F32Div F32Min F32Max F32Copysign
            F64Abs F64Neg F64Ceil F64Floor F64Trunc F64Nearest F64Sqrt
            F64Add F64Sub F64Mul F64Div F64Min F64Max F64Copysign
            I32TruncF32S I32TruncF32U I32TruncF64S I32TruncF64U
            I64TruncF32S I64TruncF32U I64TruncF64S I64TruncF64U
            F32ConvertI32S F32ConvertI32U F32ConvertI64S F32ConvertI64U F32DemoteF64
            F64ConvertI32S F64ConvertI32U F64ConvertI64S F64ConvertI64U F64PromoteF32
            I32ReinterpretF32 I64ReinterpretF64 F32ReinterpretI32 F64ReinterpretI64;
        TableOperator: TableInit TableCopy TableFill TableGet TableSet TableGrow TableSize
            ElemDrop;
        ReferenceTypes: TypedSelect RefNull RefIsNull RefFunc;
    }
}

/// Decides by proposal, and hands the operators of the accepted ones to `class_of!`.
macro_rules! decide_in_proposal {
    (mvp $op:ident) => {
        class_of!($op)
    };
    (sign_extension $op:ident) => {
        class_of!($op)
    };
    (bulk_memory $op:ident) => {
        class_of!($op)
    };
    (reference_types $op:ident) => {
        class_of!($op)
    };
    (saturating_float_to_int $op:ident) => {
        Decision::Refused(ViolationCode::FloatOperator)
    };
    (simd $op:ident) => {
        Decision::Refused(ViolationCode::Simd)
    };
    (relaxed_simd $op:ident) => {
        Decision::Refused(ViolationCode::RelaxedSimd)
    };
    (threads $op:ident) => {
        Decision::Refused(ViolationCode::Threads)
    };
    (shared_everything_threads $op:ident) => {
        Decision::Refused(ViolationCode::Threads)
    };
    (tail_call $op:ident) => {
        Decision::Refused(ViolationCode::TailCall)
    };
    (exceptions $op:ident) => {
        Decision::Refused(ViolationCode::Exceptions)
    };
    (legacy_exceptions $op:ident) => {
        Decision::Refused(ViolationCode::Exceptions)
    };
    (gc $op:ident) => {
        Decision::Refused(ViolationCode::Gc)
    };
    (function_references $op:ident) => {
        Decision::Refused(ViolationCode::FunctionReferences)
    };
    (stack_switching $op:ident) => {
        Decision::Refused(ViolationCode::StackSwitching)
    };
    (memory_control $op:ident) => {
        Decision::Refused(ViolationCode::MemoryControl)
    };
    (wide_arithmetic $op:ident) => {
        Decision::Refused(ViolationCode::WideArithmetic)
    };
}

/// Expands the parser's list into the constants and the two functions below.
macro_rules! define_decisions {
    ($(@$proposal:ident $op:ident $({ $($payload:tt)* })? => $visit:ident ($($ann:tt)*))*) => {
        /// The decision about each operator, under the name of the visitor's method for it.
        pub(crate) mod decisions {
            use super::{Class, Decision};
            use crate::violation_code::ViolationCode;

            $(
                pub(crate) const $visit: Decision = decide_in_proposal!($proposal $op);
            )*
        }

        /// Decides whether `operator` is accepted, and in which class, or why it is refused.
        pub(crate) const fn decide(operator: &Operator<'_>) -> Decision {
            match operator {
                $(Operator::$op { .. } => decisions::$visit,)*
                _ => Decision::Refused(ViolationCode::UnknownOperator),
            }
        }

        /// The name of the parser's visitor method for `operator`.
        const fn visit_name(operator: &Operator<'_>) -> &'static str {
            match operator {
                $(Operator::$op { .. } => stringify!($visit),)*
                _ => "visit_unknown",
            }
        }
    };
}

wasmparser::for_each_operator!(define_decisions);

/// What precedes the dot in the text format's operator names.
const DOTTED: [&str; 20] = [
    "i32", "i64", "f32", "f64", "v128", "i8x16", "i16x8", "i32x4", "i64x2", "f32x4", "f64x2",
    "local", "global", "memory", "table", "data", "elem", "ref", "struct", "array",
];

/// The operator's name as in the text format, for messages (`i32.add`, `br_if`, `memory.copy`).
pub(crate) fn operator_name(operator: &Operator<'_>) -> String {
    let name = visit_name(operator).trim_start_matches("visit_");
    let name = name.trim_start_matches("typed_");
    match name.split_once('_') {
        Some((prefix, rest)) if DOTTED.contains(&prefix) => format!("{prefix}.{rest}"),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use wasmparser::{BlockType, Operator};

    use super::operator_name;

    #[test]
    fn names_read_as_in_the_text_format() {
        let names = [
            (Operator::I32Add, "i32.add"),
            (Operator::I64TruncSatF64U, "i64.trunc_sat_f64_u"),
            (Operator::F64Const { value: 0.0.into() }, "f64.const"),
            (Operator::BrIf { relative_depth: 0 }, "br_if"),
            (
                Operator::Block {
                    blockty: BlockType::Empty,
                },
                "block",
            ),
            (Operator::LocalGet { local_index: 0 }, "local.get"),
            (
                Operator::MemoryCopy {
                    dst_mem: 0,
                    src_mem: 0,
                },
                "memory.copy",
            ),
            (Operator::TableGrow { table: 0 }, "table.grow"),
            (Operator::I8x16Popcnt, "i8x16.popcnt"),
        ];
        for (operator, name) in names {
            assert_eq!(operator_name(&operator), name);
        }
    }
}
