//! The sections that change besides the code: types, memory, globals, exports.

use std::collections::BTreeMap;

use lockstep_abi::ValueType;
use wasm_encoder::{
    BlockType, ConstExpr, Encode, ExportKind, GlobalType, MemoryType, RefType, TableType, ValType,
};
use wasmparser::ExternalKind;

use super::{
    Counters, FUNCTIONS, GLOBALS, Growth, MEMORIES, ProbeCall, TABLES, TYPES, bytes_at, unchanged,
};
use crate::module_facts::ModuleFacts;
use crate::plan::Front;
use crate::prepared::{
    GAS_EXPORT, GLOBAL_EXPORT_PREFIX, InternalError, MEMORY_EXPORT, STACK_EXPORT,
};
use crate::probe::PROBE_EXPORT;
use crate::validate::ValidModule;

/// The byte that begins a function type.
const FUNCTION_TYPE: u8 = 0x60;

/// The encoder's value type.
pub(super) const fn encoded(value_type: ValueType) -> ValType {
    match value_type {
        ValueType::I32 => ValType::I32,
        ValueType::I64 => ValType::I64,
    }
}

/// The types `() -> results` that blocks around functions with several results need, for which an
/// existing type is used if there is one; and those of a probe and of the function that grows the
/// memory, which are always appended.
pub(super) struct AddedTypes {
    /// The index of `() -> results` by the encoded results.
    by_results: BTreeMap<Vec<u8>, u32>,
    /// The encoded types to append.
    appended: Vec<Vec<u8>>,
    next: u32,
}

/// Value types as they stand in a function type: their number and one byte each.
fn encoded_list(value_types: &[ValueType]) -> Vec<u8> {
    let mut bytes = Vec::new();
    value_types.len().encode(&mut bytes);
    for value_type in value_types {
        encoded(*value_type).encode(&mut bytes);
    }
    bytes
}

impl AddedTypes {
    /// Knows the module's own types of that form.
    pub(super) fn new(facts: &ModuleFacts<'_>) -> AddedTypes {
        let mut by_results = BTreeMap::new();
        let mut next: u32 = 0;
        for function_type in &facts.types {
            if function_type.params.is_empty() {
                let results = encoded_list(&function_type.results);
                by_results.entry(results).or_insert(next);
            }
            next = next.saturating_add(1);
        }
        AddedTypes {
            by_results,
            appended: Vec::new(),
            next,
        }
    }

    /// The type of a block that takes nothing and yields the results of the function at `index`.
    pub(super) fn block_type_of(
        &mut self,
        facts: &ModuleFacts<'_>,
        index: u32,
    ) -> Result<BlockType, InternalError> {
        let function_type = facts
            .type_of_function(index)
            .ok_or_else(|| InternalError::new("a function's type is missing"))?;
        match function_type.results.as_slice() {
            [] => Ok(BlockType::Empty),
            [only] => Ok(BlockType::Result(encoded(*only))),
            several => {
                let wanted = encoded_list(several);
                if let Some(existing) = self.by_results.get(&wanted) {
                    return Ok(BlockType::FunctionType(*existing));
                }
                let added = self.append(&[], several);
                self.by_results.insert(wanted, added);
                Ok(BlockType::FunctionType(added))
            }
        }
    }

    /// The type of a probe, `(operand, number) -> operand`.
    pub(super) fn probe_type(&mut self) -> u32 {
        self.append(&[ValueType::I32, ValueType::I32], &[ValueType::I32])
    }

    /// The type of the function that grows the memory, `(pages) -> result`.
    pub(super) fn growth_type(&mut self) -> u32 {
        self.append(&[ValueType::I32], &[ValueType::I32])
    }

    /// Appends a type and gives back its index.
    fn append(&mut self, params: &[ValueType], results: &[ValueType]) -> u32 {
        let mut bytes = vec![FUNCTION_TYPE];
        bytes.extend_from_slice(&encoded_list(params));
        bytes.extend_from_slice(&encoded_list(results));
        self.appended.push(bytes);
        let index = self.next;
        self.next = self.next.saturating_add(1);
        index
    }
}

/// The items of a section with `more` appended, behind the new count.
fn appended(
    module: &ValidModule<'_>,
    id: u8,
    more_count: u32,
    more: &[u8],
) -> Result<Vec<u8>, InternalError> {
    let place = module.facts.sections.get(&id);
    let count = place.map_or(0, |place| place.count);
    let count = count
        .checked_add(more_count)
        .ok_or_else(|| InternalError::new("more than 2^32 items in a section"))?;
    let mut content = Vec::new();
    count.encode(&mut content);
    if let Some(place) = place {
        let items = bytes_at(module, place.items_start..place.content.end)?;
        content.extend_from_slice(items);
    }
    content.extend_from_slice(more);
    Ok(content)
}

/// The type section with the added types.
pub(super) fn types(
    module: &ValidModule<'_>,
    added: &AddedTypes,
) -> Result<Option<Vec<u8>>, InternalError> {
    if !module.facts.sections.contains_key(&TYPES) && added.appended.is_empty() {
        return Ok(None);
    }
    let more = added.appended.concat();
    let count = u32::try_from(added.appended.len())
        .map_err(|_| InternalError::new("more than 2^32 types"))?;
    appended(module, TYPES, count, &more).map(Some)
}

/// How many tables the module has.
pub(super) fn table_count(module: &ValidModule<'_>) -> u32 {
    let place = module.facts.sections.get(&TABLES);
    place.map_or(0, |place| place.count)
}

/// The tables with that of the probes, whose one element the machine sets.
pub(super) fn tables(module: &ValidModule<'_>) -> Result<Vec<u8>, InternalError> {
    let table_type = TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: 1,
        maximum: Some(1),
        shared: false,
    };
    let mut more = Vec::new();
    table_type.encode(&mut more);
    appended(module, TABLES, 1, &more)
}

/// The memory with its maximum lowered to the limit.
pub(super) fn memories(module: &ValidModule<'_>) -> Result<Option<Vec<u8>>, InternalError> {
    let Some(memory) = module.facts.memory else {
        return Ok(unchanged(module, MEMORIES)?.map(<[u8]>::to_vec));
    };
    let mut content = Vec::new();
    1_u32.encode(&mut content);
    let memory_type = MemoryType {
        minimum: u64::from(memory.initial),
        maximum: Some(u64::from(memory.maximum_pages(&module.protocol.limits))),
        memory64: false,
        shared: false,
        page_size_log2: None,
    };
    memory_type.encode(&mut content);
    Ok(Some(content))
}

/// The globals with the gas counter and the stack counter, both 0 until the machine sets them.
pub(super) fn globals(module: &ValidModule<'_>) -> Result<Vec<u8>, InternalError> {
    let mut more = Vec::new();
    for (val_type, initial) in [
        (ValType::I64, ConstExpr::i64_const(0)),
        (ValType::I32, ConstExpr::i32_const(0)),
    ] {
        let global_type = GlobalType {
            val_type,
            mutable: true,
            shared: false,
        };
        global_type.encode(&mut more);
        initial.encode(&mut more);
    }
    appended(module, GLOBALS, 2, &more)
}

/// The functions' types with those of the fronts and of the function that grows the memory.
pub(super) fn functions(
    module: &ValidModule<'_>,
    fronts: &[Front],
    growth: Option<Growth>,
) -> Result<Option<Vec<u8>>, InternalError> {
    if !module.facts.sections.contains_key(&FUNCTIONS) {
        return Ok(None);
    }
    let mut more = Vec::new();
    for front in fronts {
        let type_index = usize::try_from(front.function)
            .ok()
            .and_then(|position| module.facts.function_types.get(position))
            .ok_or_else(|| InternalError::new("a function's type is missing"))?;
        type_index.encode(&mut more);
    }
    if let Some(growth) = growth {
        growth.type_index.encode(&mut more);
    }
    let count = fronts.len().saturating_add(usize::from(growth.is_some()));
    let count = u32::try_from(count).map_err(|_| InternalError::new("more than 2^32 functions"))?;
    appended(module, FUNCTIONS, count, &more).map(Some)
}

/// The exports, those of functions leading to their fronts, with the counters, the memory, the
/// mutable globals and the table of the probes.
pub(super) fn exports(
    module: &ValidModule<'_>,
    fronts: &[Front],
    (counters, probe): (Counters, Option<ProbeCall>),
) -> Result<Vec<u8>, InternalError> {
    let missing = || InternalError::new("an exported function has no front");
    let facts = &module.facts;
    let front_index = fronts
        .iter()
        .zip(facts.function_types.len()..)
        .map(|(front, index)| (front.function, index))
        .collect::<BTreeMap<u32, usize>>();
    let mut content = Vec::new();
    let added = [true, true, facts.memory.is_some(), probe.is_some()];
    let added = added.into_iter().filter(|is_added| *is_added).count();
    let added = added.saturating_add(facts.mutable_globals().count());
    facts
        .exports
        .len()
        .saturating_add(added)
        .encode(&mut content);
    let mut export = |name: &str, kind: ExportKind, index: u32| {
        name.encode(&mut content);
        kind.encode(&mut content);
        index.encode(&mut content);
    };
    for exported in &facts.exports {
        let index = match facts.defined_export(exported) {
            Some(function) => front_index
                .get(&function)
                .and_then(|index| u32::try_from(*index).ok())
                .ok_or_else(missing)?,
            None => exported.index,
        };
        export(exported.name, encoded_kind(exported.kind)?, index);
    }
    export(GAS_EXPORT, ExportKind::Global, counters.gas);
    export(STACK_EXPORT, ExportKind::Global, counters.stack);
    if facts.memory.is_some() {
        export(MEMORY_EXPORT, ExportKind::Memory, 0);
    }
    for index in facts.mutable_globals() {
        let name = format!("{GLOBAL_EXPORT_PREFIX}{index}");
        export(&name, ExportKind::Global, index);
    }
    if let Some(probe) = probe {
        export(PROBE_EXPORT, ExportKind::Table, probe.table);
    }
    Ok(content)
}

/// The encoder's kind of an export.
fn encoded_kind(kind: ExternalKind) -> Result<ExportKind, InternalError> {
    match kind {
        ExternalKind::Func => Ok(ExportKind::Func),
        ExternalKind::Table => Ok(ExportKind::Table),
        ExternalKind::Memory => Ok(ExportKind::Memory),
        ExternalKind::Global => Ok(ExportKind::Global),
        ExternalKind::Tag => Err(InternalError::new("a tag is exported")),
    }
}
