//! What the scan learns about a module: everything later stages need, in the module's own order.
//!
//! The facts of a module that is refused are incomplete; nothing reads them then.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use lockstep_abi::{HostFunction, ValueType};
use wasmparser::{ExternalKind, FunctionBody};

/// A function's type.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FunctionType {
    /// The parameters in order.
    pub params: Vec<ValueType>,
    /// The results in order.
    pub results: Vec<ValueType>,
}

impl FunctionType {
    /// Whether this is the type of a method: no parameters and no results.
    #[must_use]
    pub const fn is_method(&self) -> bool {
        self.params.is_empty() && self.results.is_empty()
    }
}

/// Writes the type as `(i32, i64) -> (i32)`.
impl fmt::Display for FunctionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_types(&self.params, f)?;
        f.write_str(" -> ")?;
        write_types(&self.results, f)
    }
}

/// Writes value types in parentheses, separated by commas.
fn write_types(types: &[ValueType], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("(")?;
    for (position, value_type) in types.iter().enumerate() {
        if position > 0 {
            f.write_str(", ")?;
        }
        f.write_str(match value_type {
            ValueType::I32 => "i32",
            ValueType::I64 => "i64",
        })?;
    }
    f.write_str(")")
}

/// A section with items, where they lie in the file.
#[derive(Clone, Debug)]
pub(crate) struct SectionPlace {
    /// The whole content, without id and length.
    pub(crate) content: Range<usize>,
    /// Where the first item begins, after the count.
    pub(crate) items_start: usize,
    /// How many items there are.
    pub(crate) count: u32,
}

/// The memory as declared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MemoryFacts {
    /// Pages to start with.
    pub(crate) initial: u32,
    /// The declared maximum in pages.
    pub(crate) maximum: Option<u64>,
}

/// A global as declared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GlobalFacts {
    /// Its type.
    pub(crate) value_type: ValueType,
    /// Whether it can be set.
    pub(crate) mutable: bool,
}

/// An export as declared.
#[derive(Clone, Debug)]
pub(crate) struct ExportFacts<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// What it exports.
    pub(crate) kind: ExternalKind,
    /// Which one.
    pub(crate) index: u32,
}

/// Everything the scan keeps.
#[derive(Default)]
pub(crate) struct ModuleFacts<'a> {
    /// The types. A type that uses a refused value type is kept without it.
    pub(crate) types: Vec<FunctionType>,
    /// The imported host functions.
    pub(crate) imports: Vec<HostFunction>,
    /// How many functions are imported, refused imports counted.
    pub(crate) imported_functions: u32,
    /// The type index of each imported function, then of each defined one.
    pub(crate) function_types: Vec<u32>,
    /// The globals.
    pub(crate) globals: Vec<Option<GlobalFacts>>,
    /// The memory.
    pub(crate) memory: Option<MemoryFacts>,
    /// The elements that the table starts with.
    pub(crate) table_elements: u64,
    /// The items of all element segments.
    pub(crate) element_items: u64,
    /// The functions that element segments put into the table.
    pub(crate) table_functions: Vec<u32>,
    /// How many data and element segments there are.
    pub(crate) segments: u64,
    /// The bytes of all data segments.
    pub(crate) data_bytes: u64,
    /// Whether any data segment is passive.
    pub(crate) passive_data: bool,
    /// The exports.
    pub(crate) exports: Vec<ExportFacts<'a>>,
    /// The bodies of the defined functions.
    pub(crate) bodies: Vec<FunctionBody<'a>>,
    /// The sections by id, without custom sections.
    pub(crate) sections: BTreeMap<u8, SectionPlace>,
    /// The content of the first custom section called `name`, with the name itself.
    pub(crate) name_section: Option<Range<usize>>,
    /// Where the contents of that section begin, after the name.
    pub(crate) name_section_data: usize,
}

impl ModuleFacts<'_> {
    /// The indices of the mutable globals, in ascending order.
    pub(crate) fn mutable_globals(&self) -> impl Iterator<Item = u32> {
        let mutable = |(index, global): (u32, &Option<GlobalFacts>)| {
            global.is_some_and(|global| global.mutable).then_some(index)
        };
        (0..).zip(&self.globals).filter_map(mutable)
    }

    /// The type at `index` of the type section.
    pub(crate) fn type_at(&self, index: u32) -> Option<&FunctionType> {
        self.types.get(usize::try_from(index).ok()?)
    }

    /// The type of the function at `index`, imports counted.
    pub(crate) fn type_of_function(&self, index: u32) -> Option<&FunctionType> {
        let type_index = *self.function_types.get(usize::try_from(index).ok()?)?;
        self.type_at(type_index)
    }

    /// The function index of the defined function at `position`.
    pub(crate) fn defined_index(&self, position: usize) -> u32 {
        u32::try_from(position)
            .unwrap_or(u32::MAX)
            .saturating_add(self.imported_functions)
    }

    /// The index of an exported function that the module defines.
    pub(crate) fn defined_export(&self, export: &ExportFacts<'_>) -> Option<u32> {
        let function = export.kind == ExternalKind::Func;
        (function && export.index >= self.imported_functions).then_some(export.index)
    }

    /// The function whose body contains the byte at `offset` of the file.
    pub(crate) fn function_at(&self, offset: usize) -> Option<u32> {
        let position = self
            .bodies
            .binary_search_by(|body| {
                let range = body.range();
                if range.end <= offset {
                    std::cmp::Ordering::Less
                } else if range.start > offset {
                    std::cmp::Ordering::Greater
                } else {
                    std::cmp::Ordering::Equal
                }
            })
            .ok()?;
        Some(self.defined_index(position))
    }
}
