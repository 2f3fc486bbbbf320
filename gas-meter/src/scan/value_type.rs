//! Value types: the two integers are accepted, everything else has a reason of its own.

use lockstep_abi::ValueType;
use wasmparser::{AbstractHeapType, HeapType, RefType, ValType};

use super::Scan;
use crate::violation::Finding;
use crate::violation_code::ViolationCode;

/// Where a type stands.
#[derive(Clone, Copy)]
pub(super) struct TypePlace<'s> {
    /// The offset in the file.
    pub(super) offset: usize,
    /// The function whose body it is in.
    pub(super) function: Option<u32>,
    /// What has this type, for the message.
    pub(super) what: &'s str,
}

impl Scan<'_, '_> {
    /// The accepted type, or `None` after adding a violation.
    pub(super) fn value_type(&mut self, given: ValType, place: TypePlace<'_>) -> Option<ValueType> {
        let code = match given {
            ValType::I32 => return Some(ValueType::I32),
            ValType::I64 => return Some(ValueType::I64),
            ValType::F32 | ValType::F64 => ViolationCode::FloatType,
            ValType::V128 => ViolationCode::Simd,
            ValType::Ref(reference) => reference_code(reference),
        };
        let message = format!("{} has the type {given}", place.what);
        let mut finding = Finding::new(code, place.offset, message);
        if let Some(index) = place.function {
            finding = finding.in_function(index);
        }
        self.violations.push(finding);
        None
    }
}

/// The proposal that a reference type belongs to.
pub(super) fn reference_code(reference: RefType) -> ViolationCode {
    use AbstractHeapType as A;
    match reference.heap_type() {
        HeapType::Concrete(_) => ViolationCode::FunctionReferences,
        HeapType::Abstract { shared: true, .. } => ViolationCode::Threads,
        HeapType::Abstract { shared: false, ty } => match ty {
            A::Func | A::Extern => ViolationCode::ReferenceTypes,
            A::Exn | A::NoExn => ViolationCode::Exceptions,
            A::Cont | A::NoCont => ViolationCode::StackSwitching,
            A::Any | A::None | A::NoExtern | A::NoFunc | A::Eq | A::Struct | A::Array | A::I31 => {
                ViolationCode::Gc
            }
        },
    }
}
