//! The prepared module: validated, instrumented and validated again, with the facts that the
//! machine and `lockstep check` want to know about it.

use lockstep_abi::{HostFunction, ValueType};
use wasmparser::{ExternalKind, Validator};

use crate::features::accepted_features;
use crate::limits::Limits;
use crate::module_facts::{ExportFacts, FunctionType, MemoryFacts, ModuleFacts};
use crate::plan::{FunctionPlan, plan};
use crate::protocol::Protocol;
use crate::rewrite::{Probing, rewrite};
use crate::schedule::CodePrices;
use crate::validate::{ValidModule, validate};
use crate::violation::Refusal;

/// The export name of the gas counter: a mutable `i64` global holding the gas that is left. It
/// is below 0 exactly when the code trapped for lack of gas.
pub const GAS_EXPORT: &str = "lockstep.gas";

/// The export name of the stack counter: a mutable `i32` global holding the slots that are left.
/// It is below 0 exactly when the code trapped because the stack would overflow.
pub const STACK_EXPORT: &str = "lockstep.stack";

/// The export name under which the memory, if there is one, is exported in addition.
pub const MEMORY_EXPORT: &str = "lockstep.memory";

/// What an export is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportKind {
    /// A function, its index (imports counted) and its type.
    Function {
        /// The function's index.
        index: u32,
        /// The function's type.
        function_type: FunctionType,
    },
    /// The memory.
    Memory,
    /// The table.
    Table,
    /// An immutable global of this type.
    Global(ValueType),
}

/// One export of the module as it was uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The export's name.
    pub name: String,
    /// What it is.
    pub kind: ExportKind,
}

/// What is known about one function that the module defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionFacts {
    /// The function's index, imports counted.
    pub index: u32,
    /// Its name, if it has one in the name section, else that of its first export.
    pub name: Option<String>,
    /// The slots that it takes from the metered stack while it runs.
    pub frame_slots: u32,
    /// Where its body begins in the uploaded file, in bytes.
    pub body_offset: u64,
    /// How many bytes its body has in the uploaded file.
    pub body_bytes: u64,
}

/// A failure that no input should be able to cause: a mistake in this crate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("internal error while preparing a module: {0}")]
pub struct InternalError(String);

impl InternalError {
    /// A mistake described by `what`.
    pub(crate) fn new(what: &str) -> InternalError {
        InternalError(what.to_owned())
    }

    /// Bytes that were read once cannot be read again.
    pub(crate) fn parse(error: wasmparser::BinaryReaderError) -> InternalError {
        InternalError(format!(
            "what was read before cannot be read again: {error}"
        ))
    }
}

/// Why a module was not prepared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrepareError {
    /// The module is refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// This crate made a mistake; the module is neither accepted nor refused.
    #[error(transparent)]
    Internal(#[from] InternalError),
}

/// A module that has passed validation and carries its metering. Only this crate can make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparedModule {
    bytes: Vec<u8>,
    code_length: u64,
    exports: Vec<Export>,
    imports: Vec<HostFunction>,
    functions: Vec<FunctionFacts>,
    instantiation_gas: u64,
    memory_pages_initial: u32,
    memory_pages_maximum: u32,
}

/// Validates and instruments `bytes`.
///
/// # Errors
/// [`PrepareError::Refused`] lists every violation; [`PrepareError::Internal`] is a mistake in
/// this crate.
pub fn prepare(bytes: &[u8], protocol: &Protocol) -> Result<PreparedModule, PrepareError> {
    instrument(&validate(bytes, protocol)?)
}

/// Injects the metering into a valid module, under the protocol it was validated for, and
/// validates the result.
///
/// # Errors
/// [`PrepareError::Refused`] when the result would be over its limit; [`PrepareError::Internal`]
/// is a mistake in this crate.
pub fn instrument(module: &ValidModule<'_>) -> Result<PreparedModule, PrepareError> {
    assemble(module, &plans(module)?, Probing::Off)
}

/// Plans every function.
pub(crate) fn plans(module: &ValidModule<'_>) -> Result<Vec<FunctionPlan>, InternalError> {
    let analyses = module.analyses.iter();
    analyses
        .map(|analysis| plan(analysis, &module.protocol.schedule))
        .collect()
}

/// Rewrites a module by these plans, validates the result and gathers the facts.
pub(crate) fn assemble(
    module: &ValidModule<'_>,
    plans: &[FunctionPlan],
    probing: Probing,
) -> Result<PreparedModule, PrepareError> {
    let protocol = module.protocol;
    let bytes = rewrite(module, plans, probing)?;
    Validator::new_with_features(accepted_features())
        .validate_all(&bytes)
        .map_err(|error| InternalError(format!("the instrumented module is not valid: {error}")))?;
    let facts = &module.facts;
    let exports = facts
        .exports
        .iter()
        .map(|export| described(export, facts))
        .collect::<Result<Vec<Export>, InternalError>>()?;
    Ok(PreparedModule {
        bytes,
        code_length: length(module.bytes),
        exports,
        imports: facts.imports.clone(),
        functions: function_facts(module, plans),
        instantiation_gas: instantiation_gas(facts, &protocol.schedule.code)?,
        memory_pages_initial: facts.memory.map_or(0, |memory| memory.initial),
        memory_pages_maximum: facts
            .memory
            .map_or(0, |memory| memory.maximum_pages(&protocol.limits)),
    })
}

/// The number of bytes.
fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// What is told about an export.
fn described(export: &ExportFacts<'_>, facts: &ModuleFacts<'_>) -> Result<Export, InternalError> {
    let missing = || InternalError::new("what is exported is missing");
    let kind = match export.kind {
        ExternalKind::Func => ExportKind::Function {
            index: export.index,
            function_type: facts
                .type_of_function(export.index)
                .cloned()
                .ok_or_else(missing)?,
        },
        ExternalKind::Memory => ExportKind::Memory,
        ExternalKind::Table => ExportKind::Table,
        ExternalKind::Global => {
            let position = usize::try_from(export.index).map_err(|_| missing())?;
            let global = facts.globals.get(position).copied().flatten();
            ExportKind::Global(global.ok_or_else(missing)?.value_type)
        }
        ExternalKind::Tag => return Err(InternalError::new("a tag is exported")),
    };
    Ok(Export {
        name: export.name.to_owned(),
        kind,
    })
}

/// What is told about the functions.
fn function_facts(module: &ValidModule<'_>, plans: &[FunctionPlan]) -> Vec<FunctionFacts> {
    let bodies = module.facts.bodies.iter().zip(plans).enumerate();
    bodies
        .map(|(position, (body, plan))| {
            let index = module.facts.defined_index(position);
            FunctionFacts {
                index,
                name: module.names.get(&index).cloned(),
                frame_slots: plan.frame_slots,
                body_offset: u64::try_from(body.range().start).unwrap_or(u64::MAX),
                body_bytes: length(body.as_bytes()),
            }
        })
        .collect()
}

/// The gas for making one instance.
fn instantiation_gas(facts: &ModuleFacts<'_>, prices: &CodePrices) -> Result<u64, InternalError> {
    let pages = facts.memory.map_or(0, |memory| u64::from(memory.initial));
    let elements = facts.table_elements.checked_add(facts.element_items);
    let terms = [
        pages.checked_mul(prices.memory_per_page),
        facts.data_bytes.checked_mul(prices.data_per_byte),
        elements.and_then(|elements| elements.checked_mul(prices.table_per_element)),
    ];
    terms
        .into_iter()
        .try_fold(prices.instantiate_base, |sum, term| sum.checked_add(term?))
        .ok_or_else(|| InternalError::new("the cost of making an instance overflows"))
}

impl MemoryFacts {
    /// The pages that the memory may grow to: the declared maximum, lowered to the limit.
    pub(crate) fn maximum_pages(self, limits: &Limits) -> u32 {
        self.maximum
            .and_then(|maximum| u32::try_from(maximum).ok())
            .map_or(limits.memory_pages_max, |maximum| {
                maximum.min(limits.memory_pages_max)
            })
    }
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

    /// The gas for making one instance: the base, the initial memory pages, the data bytes and
    /// the table elements. Loading the code is not part of it.
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
}
