//! The instrumented module, byte by byte: unchanged sections are copied, changed ones rewritten.
//!
//! Nothing is renumbered: types, functions, globals and exports are appended, and code bytes are
//! copied as they are between insertions; only calls with padded indices are written anew, shorter.
//! An export of a function leads to its front instead. Custom sections are dropped, all but the
//! name section: they mean nothing to execution.
//!
//! The function `sum` of `docs/gas.md` becomes, with `$gas` the counter's global and `$left` its
//! local:
//!
//! ```text
//! block $exit block
//!   $left := $gas, br_if $exit when it is below 0
//!   block $done
//!     loop
//!       block $next   the body, with br_if $next   br $done   end
//!       $left := $left - 34, br_if $exit when $left is below -17
//!       the body, with br_if to the loop
//!       $left := $left + 17
//!     end
//!   end
//!   $gas := $left
//!   i32.const 0   i32.const 0   call $return
//!   $left := $gas
//! end   $gas := $left, return   end   $gas := $left, unreachable
//! ```

mod body;
mod call;
mod code;
mod counted;
mod counter;
mod exit;
mod front;
mod growth;
mod locals;
mod opcode;
mod pairs;
mod piece;
mod report;
mod sections;
mod sized;
mod slots;
mod uncopied;

use wasm_encoder::{Module, RawSection, Section};

use crate::plan::ModulePlan;
use crate::prepared::{InternalError, PrepareError};
use crate::validate::ValidModule;
use crate::violation::{Finding, Violations};
use crate::violation_code::ViolationCode;

use code::{block_types, code};
use sections::{AddedTypes, exports, functions, globals, memories, table_count, tables, types};

/// Section ids in the order that the binary format wants; 12 (data count) stands before code.
const SECTION_ORDER: [u8; 11] = [1, 2, 3, 4, 5, 6, 7, 9, 12, 10, 11];

const TYPES: u8 = 1;
const FUNCTIONS: u8 = 3;
const TABLES: u8 = 4;
const MEMORIES: u8 = 5;
const GLOBALS: u8 = 6;
const EXPORTS: u8 = 7;
const CODE: u8 = 10;

/// The indices of the two globals that the pass appends.
#[derive(Clone, Copy)]
pub(crate) struct Counters {
    /// Gas left, `i64`.
    pub(crate) gas: u32,
    /// Stack slots left, `i32`.
    pub(crate) stack: u32,
}

/// Whether the module is for profiling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Probing {
    /// No: it is what the machine runs.
    Off,
    /// Yes: plans contain reports, and the table they are called through is appended.
    On,
}

/// How a report is made: a call of this type through the first element of this table.
#[derive(Clone, Copy)]
pub(crate) struct ProbeCall {
    /// The index of the type `(i32, i32) -> (i32)`.
    pub(crate) type_index: u32,
    /// The index of the appended table.
    pub(crate) table: u32,
}

/// The function that grows the memory.
#[derive(Clone, Copy)]
struct Growth {
    /// Its index, behind those of the fronts.
    function: u32,
    /// The index of its type.
    type_index: u32,
    /// How many pages the memory may have.
    pages_max: u32,
}

impl Growth {
    /// Of a module in which something grows the memory.
    fn of(
        module: &ValidModule<'_>,
        plan: &ModulePlan,
        added: &mut AddedTypes,
    ) -> Result<Option<Growth>, InternalError> {
        let Some(memory) = module.facts.memory else {
            return Ok(None);
        };
        if !plan.functions.iter().any(|plan| plan.needs.growth) {
            return Ok(None);
        }
        let functions = module.facts.function_types.len();
        let function = u32::try_from(functions.saturating_add(plan.fronts.len()));
        let many = |_| InternalError::new("more than 2^32 functions");
        Ok(Some(Growth {
            function: function.map_err(many)?,
            type_index: added.growth_type(),
            pages_max: memory.maximum_pages(&module.protocol.limits),
        }))
    }
}

/// Writes the instrumented module. A module for
/// profiling may be larger than the limit, which is about modules that are deployed.
///
/// # Errors
/// The output would be over its limit (a refusal), or a fact is missing (a mistake).
pub(crate) fn rewrite(
    module: &ValidModule<'_>,
    plan: &ModulePlan,
    probing: Probing,
) -> Result<Vec<u8>, PrepareError> {
    let globals_count = u32::try_from(module.facts.globals.len())
        .map_err(|_| InternalError::new("more than 2^32 globals"))?;
    let counters = Counters {
        gas: globals_count,
        stack: globals_count.saturating_add(1),
    };
    let mut added = AddedTypes::new(&module.facts);
    let probe = match probing {
        Probing::Off => None,
        Probing::On => Some(ProbeCall {
            type_index: added.probe_type(),
            table: table_count(module),
        }),
    };
    let growth = Growth::of(module, plan, &mut added)?;
    let results = block_types(module, &mut added)?;
    // With more room than is needed mostly: to move all of it once is dear.
    let room = module.bytes.len().saturating_add(module.bytes.len() / 2);
    let mut bytes = Vec::with_capacity(room);
    bytes.extend_from_slice(&Module::HEADER);
    for id in SECTION_ORDER {
        let content = match id {
            TYPES => types(module, &added)?,
            FUNCTIONS => functions(module, &plan.fronts, growth)?,
            MEMORIES => memories(module)?,
            TABLES if probe.is_some() => Some(tables(module)?),
            GLOBALS => Some(globals(module)?),
            EXPORTS => Some(exports(module, &plan.fronts, (counters, probe))?),
            CODE => {
                let indices = (counters, probe, growth);
                code(module, plan, indices, &results, &mut bytes)?;
                None
            }
            _ => {
                if let Some(data) = unchanged(module, id)? {
                    RawSection { id, data }.append_to(&mut bytes);
                }
                None
            }
        };
        if let Some(data) = &content {
            RawSection { id, data }.append_to(&mut bytes);
        }
    }
    if let Some(range) = &module.facts.name_section {
        let data = bytes_at(module, range.clone())?;
        RawSection { id: 0, data }.append_to(&mut bytes);
    }
    if probing == Probing::Off {
        check_size(module, bytes.len(), 0, None)?;
    }
    Ok(bytes)
}

/// The content of a section that is copied as it is.
fn unchanged<'a>(module: &ValidModule<'a>, id: u8) -> Result<Option<&'a [u8]>, InternalError> {
    match module.facts.sections.get(&id) {
        Some(place) => bytes_at(module, place.content.clone()).map(Some),
        None => Ok(None),
    }
}

/// A part of the uploaded file.
pub(crate) fn bytes_at<'a>(
    module: &ValidModule<'a>,
    range: std::ops::Range<usize>,
) -> Result<&'a [u8], InternalError> {
    module
        .bytes
        .get(range)
        .ok_or_else(|| InternalError::new("a section lies outside the file"))
}

/// Compares what has been written with the limit.
fn check_size(
    module: &ValidModule<'_>,
    size: usize,
    offset: usize,
    function: Option<u32>,
) -> Result<(), PrepareError> {
    let limits = &module.protocol.limits;
    let actual = u64::try_from(size).unwrap_or(u64::MAX);
    let limit = u64::from(limits.prepared_bytes_max);
    if actual <= limit {
        return Ok(());
    }
    let message = "too many bytes in the module once it is instrumented";
    let finding = Finding::new(ViolationCode::PreparedBytes, offset, message).over(limit, actual);
    let mut violations = Violations::new(1);
    violations.push(match function {
        Some(index) => finding.in_function(index),
        None => finding,
    });
    Err(violations.into_refusal(&module.names).into())
}
