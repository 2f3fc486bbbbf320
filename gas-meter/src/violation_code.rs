//! The stable codes under which a module is refused.
//!
//! A code is a number and a name; both stay as they are for ever, and a code that is no longer
//! used is not given to something else. To add one, add a row here; `explain.rs` then fails to
//! compile until it has a text. Numbers are grouped: 1xx not a valid module, 2xx what the policy
//! does not accept, 3xx a limit.

use std::fmt;

use serde::{Serialize, Serializer};

/// Defines [`ViolationCode`] from one list of variants, numbers and names.
macro_rules! violation_codes {
    ($($(#[doc = $doc:literal])* $variant:ident = $number:literal $name:literal;)*) => {
        /// Why a module is refused, as a stable number and name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ViolationCode {
            $($(#[doc = $doc])* $variant,)*
        }

        impl ViolationCode {
            /// Every code, in ascending order of their numbers.
            pub const ALL: &'static [ViolationCode] = &[$(ViolationCode::$variant,)*];

            /// The code's number.
            #[must_use]
            pub const fn number(self) -> u16 {
                match self {
                    $(ViolationCode::$variant => $number,)*
                }
            }

            /// The code's name, in lower case with dashes.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(ViolationCode::$variant => $name,)*
                }
            }
        }
    };
}

violation_codes! {
    /// The bytes end early or break the binary format.
    Malformed = 101 "malformed";
    /// The bytes are a component or another version of the format, not a core module.
    NotAModule = 102 "not-a-module";
    /// The module breaks a rule of WebAssembly validation.
    Invalid = 103 "invalid";
    /// A section id that the accepted features do not have.
    UnknownSection = 104 "unknown-section";
    /// An opcode that no known proposal has.
    UnknownOperator = 105 "unknown-operator";

    /// A floating-point type.
    FloatType = 201 "float-type";
    /// A floating-point operator.
    FloatOperator = 202 "float-operator";
    /// A vector type or operator.
    Simd = 203 "simd";
    /// A relaxed vector operator.
    RelaxedSimd = 204 "relaxed-simd";
    /// Shared memory, atomics, or anything else of threads.
    Threads = 205 "threads";
    /// A tail call.
    TailCall = 206 "tail-call";
    /// Tags and exception handling, new or legacy.
    Exceptions = 207 "exceptions";
    /// Garbage-collected types and their operators.
    Gc = 208 "gc";
    /// Typed function references.
    FunctionReferences = 209 "function-references";
    /// A reference type or operator beyond the accepted encoding.
    ReferenceTypes = 210 "reference-types";
    /// An operator that reads or changes the table, or drops an element segment.
    TableOperator = 211 "table-operator";
    /// 64-bit memory or table.
    Memory64 = 212 "memory64";
    /// A second memory, or an operator on one.
    MultiMemory = 213 "multi-memory";
    /// A second table, or an operator on one.
    MultiTable = 214 "multi-table";
    /// A memory with a page size of its own.
    CustomPageSizes = 215 "custom-page-sizes";
    /// 128-bit arithmetic.
    WideArithmetic = 216 "wide-arithmetic";
    /// A constant expression that is more than one constant.
    ExtendedConst = 217 "extended-const";
    /// Stack switching.
    StackSwitching = 218 "stack-switching";
    /// Memory control.
    MemoryControl = 219 "memory-control";
    /// A start section.
    StartSection = 220 "start-section";
    /// An import that is not a host function.
    UnknownImport = 221 "unknown-import";
    /// A host function imported with another type than it has.
    ImportType = 222 "import-type";
    /// An imported memory.
    ImportedMemory = 223 "imported-memory";
    /// An imported table.
    ImportedTable = 224 "imported-table";
    /// An imported global.
    ImportedGlobal = 225 "imported-global";
    /// An imported tag.
    ImportedTag = 226 "imported-tag";
    /// An exported mutable global.
    ExportedMutableGlobal = 227 "exported-mutable-global";
    /// An export name that belongs to the metering pass.
    ReservedExport = 228 "reserved-export";
    /// A passive element segment.
    PassiveElements = 229 "passive-elements";
    /// A declared element segment.
    DeclaredElements = 230 "declared-elements";
    /// An element segment written as expressions.
    ElementExpressions = 231 "element-expressions";
    /// A table whose elements start as something else than null.
    TableInitializer = 232 "table-initializer";

    /// The module has too many bytes.
    ModuleBytes = 301 "module-bytes";
    /// The module would have too many bytes once instrumented.
    PreparedBytes = 302 "prepared-bytes";
    /// Too many types.
    TypeCount = 303 "type-count";
    /// Too many parameters.
    ParamCount = 304 "param-count";
    /// Too many results.
    ResultCount = 305 "result-count";
    /// Too many imports.
    ImportCount = 306 "import-count";
    /// Too many functions.
    FunctionCount = 307 "function-count";
    /// A function body has too many bytes.
    BodyBytes = 308 "body-bytes";
    /// Too many parameters and locals in a function.
    LocalCount = 309 "local-count";
    /// Too many values on the operand stack of a function.
    OperandHeight = 310 "operand-height";
    /// Blocks nested too deeply.
    Nesting = 311 "nesting";
    /// Too many targets of a `br_table`.
    BranchTableTargets = 312 "branch-table-targets";
    /// Too many globals.
    GlobalCount = 313 "global-count";
    /// Too many exports.
    ExportCount = 314 "export-count";
    /// Too many data segments.
    DataSegmentCount = 315 "data-segment-count";
    /// Too many element segments.
    ElementSegmentCount = 316 "element-segment-count";
    /// Too many elements in the table or in a segment.
    TableElements = 317 "table-elements";
    /// Too much memory to start with.
    MemoryPages = 318 "memory-pages";
    /// A name with too many bytes.
    NameBytes = 319 "name-bytes";
    /// Too many custom sections.
    CustomSectionCount = 320 "custom-section-count";
    /// Too many parameters of a block, a loop or an `if`.
    BlockParamCount = 321 "block-param-count";
    /// Too many results of a block, a loop or an `if`, or values that a `br_table` takes along.
    BlockResultCount = 322 "block-result-count";
}

impl ViolationCode {
    /// The code that has this number.
    #[must_use]
    pub fn from_number(number: u16) -> Option<ViolationCode> {
        ViolationCode::ALL
            .iter()
            .copied()
            .find(|code| code.number() == number)
    }

    /// The code that is written `text`: its label (`LS0202`, in either case) or its name
    /// (`float-operator`).
    #[must_use]
    pub fn from_text(text: &str) -> Option<ViolationCode> {
        ViolationCode::ALL
            .iter()
            .copied()
            .find(|code| code.name() == text || code.to_string().eq_ignore_ascii_case(text))
    }
}

/// Writes the code's label: `LS` and its number in four digits.
impl fmt::Display for ViolationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LS{:04}", self.number())
    }
}

/// Serialised as its label.
impl Serialize for ViolationCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::ViolationCode;

    #[test]
    fn numbers_ascend_and_every_code_is_found_by_its_texts() {
        assert!(ViolationCode::ALL.is_sorted_by(|a, b| a.number() < b.number()));
        for code in ViolationCode::ALL.iter().copied() {
            assert_eq!(ViolationCode::from_number(code.number()), Some(code));
            assert_eq!(ViolationCode::from_text(code.name()), Some(code));
            assert_eq!(ViolationCode::from_text(&code.to_string()), Some(code));
        }
        assert_eq!(
            ViolationCode::from_text("ls0202"),
            Some(ViolationCode::FloatOperator)
        );
        assert_eq!(ViolationCode::from_number(200), None);
    }
}
