//! Families of reasons why a module lies outside the accepted subset: which violation codes and
//! which operators belong to each.

use lockstep_gas_meter::ViolationCode;
use wasmparser::Operator;

/// A family of reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Not a module, or not a valid one.
    Invalid,
    /// Floating point.
    Floats,
    /// Vectors, relaxed or not.
    Simd,
    /// Shared memory and atomics.
    Threads,
    /// Tail calls.
    TailCalls,
    /// Tags and exceptions.
    Exceptions,
    /// Reference values of any kind, typed references, garbage-collected types.
    References,
    /// Operators on tables, more than one table, element segments that are not active lists.
    Tables,
    /// 64-bit memory or table.
    Memory64,
    /// More than one memory.
    MultiMemory,
    /// Page sizes of their own.
    PageSizes,
    /// 128-bit arithmetic.
    WideArithmetic,
    /// Constant expressions that are more than one constant.
    ExtendedConst,
    /// Stack switching and memory control.
    Experimental,
    /// A start function.
    Start,
    /// An import that is no host function.
    Imports,
    /// Exports that are not allowed.
    Exports,
    /// A number over its limit.
    Limits,
}

impl Reason {
    /// The family that a violation code belongs to.
    pub fn of(code: ViolationCode) -> Reason {
        use ViolationCode as Code;
        match code {
            Code::Malformed | Code::NotAModule | Code::Invalid => Reason::Invalid,
            Code::UnknownSection | Code::UnknownOperator => Reason::Invalid,
            Code::FloatType | Code::FloatOperator => Reason::Floats,
            Code::Simd | Code::RelaxedSimd => Reason::Simd,
            Code::Threads => Reason::Threads,
            Code::TailCall => Reason::TailCalls,
            Code::Exceptions => Reason::Exceptions,
            Code::Gc | Code::FunctionReferences | Code::ReferenceTypes => Reason::References,
            Code::TableOperator | Code::MultiTable | Code::TableInitializer => Reason::Tables,
            Code::PassiveElements | Code::DeclaredElements => Reason::Tables,
            Code::ElementExpressions => Reason::Tables,
            Code::Memory64 => Reason::Memory64,
            Code::MultiMemory => Reason::MultiMemory,
            Code::CustomPageSizes => Reason::PageSizes,
            Code::WideArithmetic => Reason::WideArithmetic,
            Code::ExtendedConst => Reason::ExtendedConst,
            Code::StackSwitching | Code::MemoryControl => Reason::Experimental,
            Code::StartSection => Reason::Start,
            Code::UnknownImport | Code::ImportType | Code::ImportedTag => Reason::Imports,
            Code::ImportedMemory | Code::ImportedTable | Code::ImportedGlobal => Reason::Imports,
            Code::ExportedMutableGlobal | Code::ReservedExport => Reason::Exports,
            _ => Reason::Limits,
        }
    }
}

/// Which family an operator belongs to, by the parser's name for it.
pub(crate) fn reason_by_name(operator: &Operator<'_>) -> Option<Reason> {
    let debug = format!("{operator:?}");
    let name = debug.split([' ', '(', '{']).next().unwrap_or_default();
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    let starts = |parts: &[&str]| parts.iter().any(|part| name.starts_with(part));
    let is = |names: &[&str]| names.contains(&name);
    if has(&["Atomic"]) {
        return Some(Reason::Threads);
    }
    if has(&["V128", "8x16", "16x8", "32x4", "64x2"]) {
        return Some(Reason::Simd);
    }
    if has(&["F32", "F64"]) {
        return Some(Reason::Floats);
    }
    if is(&["ReturnCall", "ReturnCallIndirect"]) {
        return Some(Reason::TailCalls);
    }
    if starts(&["Try", "Catch", "Throw", "Rethrow", "Delegate"]) {
        return Some(Reason::Exceptions);
    }
    if starts(&["Table", "ElemDrop"]) {
        return Some(Reason::Tables);
    }
    if starts(&[
        "Ref",
        "Struct",
        "Array",
        "BrOn",
        "AnyConvert",
        "ExternConvert",
        "I31",
    ]) || is(&["TypedSelect", "CallRef", "ReturnCallRef"])
    {
        return Some(Reason::References);
    }
    if has(&["Add128", "Sub128", "MulWide"]) {
        return Some(Reason::WideArithmetic);
    }
    if starts(&["Cont", "Suspend", "Resume", "Switch", "MemoryDiscard"]) {
        return Some(Reason::Experimental);
    }
    None
}
