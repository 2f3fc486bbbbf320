//! The prepared module: validated and instrumented, with the facts that the
//! machine and `lockstep check` want to know about it.

mod description;
mod error;
mod instrument;

use lockstep_abi::HostFunction;

pub use description::{Export, ExportKind, FunctionFacts};
pub use error::{InternalError, PrepareError};
pub(crate) use instrument::assemble;
pub use instrument::{instrument, prepare};

/// The export name of the gas counter: a mutable `i64` global holding the gas that is left. It
/// is below 0 when the gas has run out, however the run ended: the code may have returned before it
/// looked, or trapped for another reason behind a charge that was not covered.
pub const GAS_EXPORT: &str = "lockstep.gas";

/// The export name of the stack counter: a mutable `i32` global holding the slots that are left.
/// It is below 0 exactly when the code trapped because the stack would overflow; if the gas counter
/// is below 0 then as well, the run counts as out of gas.
pub const STACK_EXPORT: &str = "lockstep.stack";

/// The export name under which the memory, if there is one, is exported in addition.
pub const MEMORY_EXPORT: &str = "lockstep.memory";

/// With the index of a mutable global of the module in decimals behind it, the export name of that
/// global. So an instance can be looked at and set back as a whole.
pub const GLOBAL_EXPORT_PREFIX: &str = "lockstep.global.";

/// A module that has passed validation and carries its metering. Only this crate can make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparedModule {
    bytes: Vec<u8>,
    code_length: u64,
    exports: Vec<Export>,
    imports: Vec<HostFunction>,
    functions: Vec<FunctionFacts>,
    unchecked_gas_max: u64,
    unpaid_gas_max: u64,
    instantiation_gas: u64,
    memory_pages_initial: u32,
    memory_pages_maximum: u32,
    mutable_globals: Vec<u32>,
    passive_data: bool,
}

impl PreparedModule {
    /// The instrumented module, valid Wasm by itself.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The length of the module as it was uploaded, in bytes. Loading is priced by it.
    #[must_use]
    pub const fn code_length(&self) -> u64 {
        self.code_length
    }

    /// The exports of the uploaded module, in its order. Those that the pass adds are not listed.
    #[must_use]
    pub fn exports(&self) -> &[Export] {
        &self.exports
    }

    /// The names of the exported functions without parameters and results, in the module's order:
    /// what can be called. The lifecycle names `init` and `upgraded` are among them.
    pub fn methods(&self) -> impl Iterator<Item = &str> {
        self.exports
            .iter()
            .filter(|export| match &export.kind {
                ExportKind::Function { function_type, .. } => function_type.is_method(),
                ExportKind::Memory | ExportKind::Table | ExportKind::Global(_) => false,
            })
            .map(|export| export.name.as_str())
    }

    /// Whether `name` is an exported function without parameters and results.
    #[must_use]
    pub fn has_method(&self, name: &str) -> bool {
        self.methods().any(|method| method == name)
    }

    /// The imported host functions; the position is the Wasm function index. One function may be
    /// imported more than once.
    #[must_use]
    pub fn imports(&self) -> &[HostFunction] {
        &self.imports
    }

    /// The functions that the module defines, in ascending order of their indices.
    #[must_use]
    pub fn functions(&self) -> &[FunctionFacts] {
        &self.functions
    }

    /// The largest frame of any function, in slots; 0 if the module defines no function.
    #[must_use]
    pub fn frame_slots_max(&self) -> u32 {
        self.functions
            .iter()
            .map(|function| function.frame_slots)
            .max()
            .unwrap_or(0)
    }

    /// The most gas that one frame of the code can be charged between two places where it is seen
    /// whether the gas has run out: how far a charge may be ahead of what it pays for. See
    /// `docs/gas.md`, "Out of gas, traps, and reverting".
    #[must_use]
    pub const fn unchecked_gas_max(&self) -> u64 {
        self.unchecked_gas_max
    }

    /// The most gas's worth of code that a run goes through after its gas has run out and before
    /// that is seen, all open frames together, but for what each call in a circle of calls adds. It
    /// is bounded whatever the code is. See `docs/gas.md`, "Out of gas, traps, and reverting".
    #[must_use]
    pub const fn unpaid_gas_max(&self) -> u64 {
        self.unpaid_gas_max
    }

    /// The gas for making one instance: the base, each function (imported ones too) and global, each
    /// export and each mutable global, each data and element segment, the initial memory pages, the
    /// data bytes, and the elements of the table and of element segments. Loading the code is not part
    /// of it.
    #[must_use]
    pub const fn instantiation_gas(&self) -> u64 {
        self.instantiation_gas
    }

    /// The pages of 64 KiB that the memory starts with; 0 without a memory.
    #[must_use]
    pub const fn memory_pages_initial(&self) -> u32 {
        self.memory_pages_initial
    }

    /// The pages of 64 KiB that the memory may grow to; 0 without a memory.
    #[must_use]
    pub const fn memory_pages_maximum(&self) -> u32 {
        self.memory_pages_maximum
    }

    /// The indices of the mutable globals of the uploaded module, in ascending order. Each is
    /// exported under [`GLOBAL_EXPORT_PREFIX`].
    #[must_use]
    pub fn mutable_globals(&self) -> &[u32] {
        &self.mutable_globals
    }

    /// Whether memory, the counters and the mutable globals are all that a run can change in an
    /// instance: the policy has no operator that changes a table, and this module has no passive
    /// data segment that could be dropped.
    #[must_use]
    pub const fn is_resettable(&self) -> bool {
        !self.passive_data
    }
}
