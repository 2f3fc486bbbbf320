//! What people are told about each code: the fix in one line, and the reason in a paragraph.
//!
//! Both are exhaustive matches, so that a new code needs its texts.

use crate::violation_code::ViolationCode;

const HELP_TOOL: &str = "build the module again and check the file with another Wasm tool; the \
    bytes are damaged or were cut";
const HELP_INVALID: &str = "correct the text at that place if it was written by hand; else build \
    the module again, as the bytes are damaged, or report it to the makers of the compiler";
const HELP_LENGTH: &str = "build it with `--release`, as a debug build is many times as long; \
    `opt-level = \"z\"`, `lto = true`, `codegen-units = 1` and `strip = \"symbols\"` help; else \
    split the contract";
const HELP_LIMIT: &str = "split the contract or make it smaller; `opt-level = \"z\"`, `lto = true` \
    and `codegen-units = 1` help";
const HELP_SHORTEN: &str = "split the function or let the compiler inline less into it";
const HELP_FLOAT: &str = "use integers or fixed-point numbers; look for f32 and f64 in the \
    function and in what it calls (serde_json, number formatting and parsing bring them in)";
const HELP_TARGET: &str = "compile without this feature: for rustc use `--target wasm32v1-none`, \
    or `-Ctarget-cpu=mvp`; for clang `-mcpu=mvp`";
const HELP_IMPORT: &str = "import only functions of the module `lockstep`, through the SDK; an \
    undefined symbol of a linked library shows up as an import of `env`";
const HELP_TABLE: &str = "let the compiler build the table: one table, filled by active element \
    segments of function indices";
const HELP_MODULE: &str = "give a core WebAssembly module, version 1; a component has to be \
    compiled as a plain module (`cdylib`, target wasm32v1-none)";
const HELP_VECTORS: &str = "compile without vectors: rustc `-Ctarget-feature=-simd128`, clang \
    `-mno-simd128`, and no core::arch::wasm32 intrinsics";

/// The fix, in one line.
pub(crate) const fn help(code: ViolationCode) -> &'static str {
    use ViolationCode as C;
    match code {
        C::Malformed | C::UnknownSection | C::UnknownOperator => HELP_TOOL,
        C::Invalid => HELP_INVALID,
        C::NotAModule => HELP_MODULE,
        C::FloatType | C::FloatOperator => HELP_FLOAT,
        C::Simd | C::RelaxedSimd => HELP_VECTORS,
        C::Threads => {
            "compile without threads: no `-Ctarget-feature=+atomics`, no `-pthread`, no \
            shared memory"
        }
        C::TailCall
        | C::Exceptions
        | C::Gc
        | C::FunctionReferences
        | C::ReferenceTypes
        | C::Memory64
        | C::MultiMemory
        | C::CustomPageSizes
        | C::WideArithmetic
        | C::ExtendedConst
        | C::StackSwitching
        | C::MemoryControl
        | C::ImportedTag => HELP_TARGET,
        C::TableOperator
        | C::MultiTable
        | C::PassiveElements
        | C::DeclaredElements
        | C::ElementExpressions
        | C::TableInitializer => HELP_TABLE,
        C::StartSection => "do the work in the exported method `init` instead of a start function",
        C::UnknownImport => HELP_IMPORT,
        C::ImportType => "declare the host function with the type that the SDK gives it",
        C::ImportedMemory => "let the module define its memory: no `--import-memory`",
        C::ImportedTable => "let the module define its table: no `--import-table`",
        C::ImportedGlobal => {
            "link without `-shared` and `-pie`: position-independent code \
            imports globals"
        }
        C::ExportedMutableGlobal => {
            "do not export mutable globals: no `--export-all`; for Zig \
            build with `-mcpu=mvp`"
        }
        C::ReservedExport => "choose an export name that does not begin with `lockstep.`",
        C::BodyBytes | C::LocalCount | C::OperandHeight | C::Nesting | C::BranchTableTargets => {
            HELP_SHORTEN
        }
        C::ParamCount | C::ResultCount => "pass a pointer to a struct instead of many values",
        C::BlockParamCount | C::BlockResultCount => {
            "keep the values in locals; compilers do, unless they are told to use the feature multivalue"
        }
        C::MemoryPages => {
            "ask for less memory: `-Clink-arg=-zstack-size=65536` makes the shadow \
            stack 64 KiB, and keep large static arrays out"
        }
        C::NameBytes => "choose a shorter name",
        C::CustomSectionCount => "strip the custom sections, apart from the ABI",
        C::TableElements => "use fewer functions through pointers and trait objects",
        C::ModuleBytes | C::PreparedBytes => HELP_LENGTH,
        C::TypeCount
        | C::ImportCount
        | C::FunctionCount
        | C::GlobalCount
        | C::ExportCount
        | C::DataSegmentCount
        | C::ElementSegmentCount => HELP_LIMIT,
    }
}

/// Why there is such a rule, in a few sentences, for `lockstep explain`.
#[must_use]
pub const fn explain(code: ViolationCode) -> &'static str {
    use ViolationCode as C;
    match code {
        C::Malformed => MALFORMED,
        C::NotAModule => NOT_A_MODULE,
        C::Invalid => INVALID,
        C::UnknownSection | C::UnknownOperator => UNKNOWN,
        C::FloatType | C::FloatOperator => FLOATS,
        C::Simd | C::RelaxedSimd => VECTORS,
        C::Threads => THREADS,
        C::TailCall => TAIL_CALL,
        C::Exceptions | C::ImportedTag => EXCEPTIONS,
        C::Gc | C::FunctionReferences | C::StackSwitching | C::MemoryControl => PROPOSALS,
        C::ReferenceTypes | C::TableOperator => REFERENCES,
        C::Memory64 | C::MultiMemory | C::CustomPageSizes => MEMORIES,
        C::WideArithmetic => WIDE_ARITHMETIC,
        C::ExtendedConst => EXTENDED_CONST,
        C::StartSection => START,
        C::UnknownImport | C::ImportType => IMPORTS,
        C::ImportedMemory | C::ImportedTable | C::ImportedGlobal => IMPORTED_STATE,
        C::ExportedMutableGlobal | C::ReservedExport => EXPORTS,
        C::MultiTable
        | C::PassiveElements
        | C::DeclaredElements
        | C::ElementExpressions
        | C::TableInitializer => TABLES,
        C::OperandHeight | C::LocalCount => STACK_LIMITS,
        C::MemoryPages => MEMORY_LIMIT,
        C::PreparedBytes => PREPARED_LIMIT,
        C::ModuleBytes
        | C::TypeCount
        | C::ParamCount
        | C::ResultCount
        | C::ImportCount
        | C::FunctionCount
        | C::BodyBytes
        | C::Nesting
        | C::BranchTableTargets
        | C::GlobalCount
        | C::ExportCount
        | C::DataSegmentCount
        | C::ElementSegmentCount
        | C::TableElements
        | C::NameBytes
        | C::CustomSectionCount
        | C::BlockParamCount
        | C::BlockResultCount => LIMITS,
    }
}

const MALFORMED: &str = "The bytes do not follow the WebAssembly binary format: they end too \
    early, a length does not fit, or a number is encoded with too many bytes. The offset is where \
    the reader gave up; nothing after it was looked at, so there may be more to find once this is \
    repaired.";
const NOT_A_MODULE: &str = "Lockstep runs core WebAssembly modules in version 1 of the binary \
    format. A component (of the component model) wraps modules and cannot be run as it is; text \
    has to be converted to the binary format first.";
const INVALID: &str = "The module is well-formed but breaks a rule of WebAssembly validation: an \
    operand of the wrong type, an index out of range, sections out of order, two exports of one \
    name. Compilers do not produce such modules; a tool that changed the module afterwards may. \
    This code is only given when no other violation was found, because a refused feature often \
    makes validation fail too.";
const UNKNOWN: &str = "The module uses a section or an opcode that no proposal known to this \
    version has. It is refused and never skipped: an engine that knew it would behave differently \
    from one that did not.";
const FLOATS: &str = "Floating-point results are not fully determined: WebAssembly leaves the \
    sign and payload of NaN values to the engine, and host code around them is easy to get wrong. \
    Every float type and operator is therefore refused, in code that never runs as well, because \
    whether code runs is not decidable. Integers and fixed-point numbers serve balances and rates \
    exactly. In Rust, serde_json and the formatting or parsing of floats are the usual sources; \
    core::fmt of integers brings none.";
const VECTORS: &str = "Vector operators are refused as a family: many work on float lanes, the \
    relaxed ones may give different results on different processors, and their cost differs \
    between an interpreter and native code by far more than that of other operators. Compilers \
    emit them only when asked to.";
const THREADS: &str = "With shared memory and atomics the result of a run depends on how threads \
    interleave. A contract runs in one thread, and every trace of shared memory is refused.";
const TAIL_CALL: &str = "A tail call leaves a function without passing its end, where the metered \
    stack is released. Protocol version 1 does not meter that way out, so tail calls are refused.";
const EXCEPTIONS: &str = "Exceptions unwind through frames at points that the metering of gas and \
    stack does not see, and engines differ in what a handler can observe. Contracts signal errors \
    by return values, `revert` and `panic`.";
const PROPOSALS: &str = "This proposal is not part of protocol version 1: its operators have no \
    price, several depend on allocation that an engine may refuse, and not every engine that \
    Lockstep runs on implements it.";
const REFERENCES: &str = "Of the reference-types proposal only the encoding is accepted that \
    current compilers emit: a `call_indirect` whose table index takes several bytes, and active \
    element segments of function indices. Reference values, and operators that read, change, grow \
    or copy the table, are refused: whether `table.grow` succeeds is up to the engine, and a fixed \
    table keeps indirect calls predictable.";
const MEMORIES: &str = "A contract has at most one memory, addressed with 32 bits, in pages of 64 \
    KiB. The metering of memory growth and of bulk operations counts in those pages and 32-bit \
    lengths.";
const WIDE_ARITHMETIC: &str = "The 128-bit operators are not implemented by every engine and have \
    no price in protocol version 1. Compilers fall back to ordinary 64-bit arithmetic.";
const EXTENDED_CONST: &str = "The initial value of a global and the offset of a segment must be \
    one integer constant. With no imported globals there is nothing that a longer expression could \
    compute that the compiler cannot.";
const START: &str = "A start function would run while the instance is made, before the gas \
    counter is set. Contracts do such work in `init`, which runs once, metered, when the contract \
    is made.";
const IMPORTS: &str = "A contract may import the host functions of the module `lockstep`, each \
    with its exact type, and nothing else. An import of `env` usually means that the linker left a \
    symbol undefined: a C function that nobody provides, or a Rust crate that expects an operating \
    system or a browser.";
const IMPORTED_STATE: &str = "Memory, table and globals must be the module's own, so that the \
    whole state of an instance follows from the module and the calls to it. They are made fresh \
    for every call.";
const EXPORTS: &str = "The gas and stack counters are mutable globals, appended to the module and \
    exported under names that begin with `lockstep.`; no module may use such a name. Other mutable \
    globals may not be exported, because state that the outside can set would not follow from the \
    transaction.";
const TABLES: &str = "A contract has at most one table. It is filled once, when the instance is \
    made, from active element segments that list function indices for table 0, and never changes. \
    That is what compilers emit for function pointers and trait objects.";
const STACK_LIMITS: &str = "Every function takes its parameters, locals and greatest operand \
    height from a metered stack. The limit keeps one function's share small against the whole, and \
    far below what any engine can hold. Locals are declared by the thousand in a few bytes, and \
    each is work when the code is loaded, which is paid by the byte: so a function may declare only \
    few more locals than its body has bytes.";
const MEMORY_LIMIT: &str = "The memory that a module starts with may not be larger than the most \
    it may ever have. The declared maximum does not matter: it is lowered to the limit when it is \
    above it or missing. A plain rustc build starts with 17 pages, 16 of them shadow stack.";
const PREPARED_LIMIT: &str = "Metering adds code at every branch and call. A module made of \
    almost nothing else can grow several times; this limit bounds what has to be translated and \
    kept in memory. Ordinary modules come out at about twice their size.";
const LIMITS: &str = "Every count and size in a module is bounded, far below what engines can \
    handle, so that all engines accept the same modules and so that checking a module takes time \
    in proportion to its length. The message states the limit and what was found; `docs/gas.md` \
    lists all limits.";

#[cfg(test)]
mod tests {
    use super::{explain, help};
    use crate::violation_code::ViolationCode;

    #[test]
    fn every_code_has_texts_without_broken_lines() {
        for code in ViolationCode::ALL.iter().copied() {
            for text in [help(code), explain(code)] {
                assert!(text.len() > 20, "{code}: {text}");
                assert!(
                    !text.contains("  ") && !text.contains('\n'),
                    "{code}: {text}"
                );
            }
        }
    }
}
