//! Types, functions, tables, memories, globals, exports and tags.

use lockstep_abi::RESERVED_EXPORT_PREFIX;
use wasmparser::{
    CompositeInnerType, Export, ExportSectionReader, ExternalKind, FunctionSectionReader, Global,
    GlobalSectionReader, MemorySectionReader, MemoryType, RecGroup, SubType, Table, TableInit,
    TableSectionReader, TagSectionReader, TypeSectionReader,
};

use super::Scan;
use super::imports::shown;
use super::value_type::{TypePlace, reference_code};
use crate::module_facts::{ExportFacts, FunctionType, GlobalFacts, MemoryFacts};
use crate::violation::Finding;
use crate::violation_code::ViolationCode;

/// How the binary format writes that a type is one of a function.
const FUNCTION_TYPE: u8 = 0x60;

/// How it writes `funcref`.
const FUNCTION_REFERENCE: u8 = 0x70;

impl<'a> Scan<'a, '_> {
    /// The type section.
    pub(super) fn types(&mut self, section: TypeSectionReader<'a>) {
        let (offset, count) = (section.range().start, u64::from(section.count()));
        let limit = self.limits.types_max;
        if self.within(ViolationCode::TypeCount, offset, "types", limit, count) {
            self.items(1, section, Self::type_group);
        }
    }

    /// One entry of the type section: a function type, or what garbage collection adds.
    fn type_group(&mut self, offset: usize, group: RecGroup) {
        if group.is_explicit_rec_group() {
            return self.find(ViolationCode::Gc, offset, "a group of recursive types");
        }
        for (offset, sub_type) in group.into_types_and_offsets() {
            self.sub_type(offset, &sub_type);
        }
    }

    /// One type.
    fn sub_type(&mut self, offset: usize, sub_type: &SubType) {
        let mut function_type = FunctionType::default();
        if sub_type.composite_type.shared {
            self.find(ViolationCode::Threads, offset, "a shared type");
        } else if !sub_type.is_final || sub_type.supertype_idx.is_some() {
            self.find(ViolationCode::Gc, offset, "a type with subtypes");
        } else if self.is_written_otherwise(offset, &sub_type.composite_type.inner) {
            let message = "a function type in the form of types with subtypes";
            self.find(ViolationCode::Gc, offset, message);
        }
        match &sub_type.composite_type.inner {
            CompositeInnerType::Func(given) => {
                let place = |what| TypePlace {
                    offset,
                    function: None,
                    what,
                };
                let limits = self.limits;
                let params = u64::try_from(given.params().len()).unwrap_or(u64::MAX);
                let results = u64::try_from(given.results().len()).unwrap_or(u64::MAX);
                self.within(
                    ViolationCode::ParamCount,
                    offset,
                    "parameters of a function type",
                    limits.params_max,
                    params,
                );
                self.within(
                    ViolationCode::ResultCount,
                    offset,
                    "results of a function type",
                    limits.results_max,
                    results,
                );
                for param in given.params() {
                    let accepted = self.value_type(*param, place("a parameter of a function type"));
                    function_type.params.extend(accepted);
                }
                for result in given.results() {
                    let accepted = self.value_type(*result, place("a result of a function type"));
                    function_type.results.extend(accepted);
                }
            }
            CompositeInnerType::Array(_) => self.find(ViolationCode::Gc, offset, "an array type"),
            CompositeInnerType::Struct(_) => self.find(ViolationCode::Gc, offset, "a struct type"),
            CompositeInnerType::Cont(_) => {
                self.find(ViolationCode::StackSwitching, offset, "a continuation type")
            }
        }
        self.facts.types.push(function_type);
    }

    /// Whether a function type has another first byte than before there was garbage collection, and
    /// so a form that other engines may not know.
    fn is_written_otherwise(&self, offset: usize, inner: &CompositeInnerType) -> bool {
        let first = self.bytes.get(offset);
        matches!(inner, CompositeInnerType::Func(_)) && first != Some(&FUNCTION_TYPE)
    }

    /// The function section.
    pub(super) fn functions(&mut self, section: FunctionSectionReader<'a>) {
        let (offset, count) = (section.range().start, u64::from(section.count()));
        let limit = self.limits.functions_max;
        if self.within(
            ViolationCode::FunctionCount,
            offset,
            "functions",
            limit,
            count,
        ) {
            self.items(3, section, |scan, _, type_index| {
                scan.facts.function_types.push(type_index);
            });
        }
    }

    /// The table section.
    pub(super) fn tables(&mut self, section: TableSectionReader<'a>) {
        self.items(4, section, Self::table);
    }

    /// One table.
    fn table(&mut self, offset: usize, table: Table<'a>) {
        self.tables = self.tables.saturating_add(1);
        if self.tables > 1 {
            self.find(ViolationCode::MultiTable, offset, "more than one table");
        }
        if table.ty.table64 {
            self.find(
                ViolationCode::Memory64,
                offset,
                "a table with 64-bit indices",
            );
        }
        if table.ty.shared {
            self.find(ViolationCode::Threads, offset, "a shared table");
        }
        if table.ty.element_type != wasmparser::RefType::FUNCREF {
            let code = reference_code(table.ty.element_type);
            let message = format!("a table of {}", table.ty.element_type);
            self.find(code, offset, message);
        } else if matches!(table.init, TableInit::RefNull)
            && self.bytes.get(offset) != Some(&FUNCTION_REFERENCE)
        {
            let message = "a table of `funcref` in the form of typed references";
            self.find(ViolationCode::FunctionReferences, offset, message);
        }
        if let TableInit::Expr(_) = table.init {
            self.find(
                ViolationCode::TableInitializer,
                offset,
                "a table whose elements start as something else than null",
            );
        }
        let limit = self.limits.table_elements_max;
        let code = ViolationCode::TableElements;
        if self.within(
            code,
            offset,
            "elements in the table",
            limit,
            table.ty.initial,
        ) {
            self.facts.table_elements = table.ty.initial;
        }
    }

    /// The memory section.
    pub(super) fn memories(&mut self, section: MemorySectionReader<'a>) {
        self.items(5, section, Self::memory);
    }

    /// One memory.
    fn memory(&mut self, offset: usize, memory: MemoryType) {
        if self.facts.memory.is_some() {
            self.find(ViolationCode::MultiMemory, offset, "more than one memory");
        }
        if memory.memory64 {
            self.find(ViolationCode::Memory64, offset, "a 64-bit memory");
        }
        if memory.shared {
            self.find(ViolationCode::Threads, offset, "a shared memory");
        }
        if memory.page_size_log2.is_some() {
            let message = "a memory with a page size of its own";
            self.find(ViolationCode::CustomPageSizes, offset, message);
        }
        let limit = self.limits.memory_pages_max;
        self.within(
            ViolationCode::MemoryPages,
            offset,
            "pages of 64 KiB to start with",
            limit,
            memory.initial,
        );
        self.facts.memory = Some(MemoryFacts {
            initial: u32::try_from(memory.initial).unwrap_or(u32::MAX),
            maximum: memory.maximum,
        });
    }

    /// The tag section, which only exceptions and stack switching have.
    pub(super) fn tags(&mut self, section: &TagSectionReader<'a>) {
        let offset = section.range().start;
        self.find(ViolationCode::Exceptions, offset, "the module defines tags");
    }

    /// The global section.
    pub(super) fn globals(&mut self, section: GlobalSectionReader<'a>) {
        let (offset, count) = (section.range().start, u64::from(section.count()));
        let limit = self.limits.globals_max;
        if self.within(ViolationCode::GlobalCount, offset, "globals", limit, count) {
            self.items(6, section, Self::global);
        }
    }

    /// One global.
    fn global(&mut self, offset: usize, global: Global<'a>) {
        if global.ty.shared {
            self.find(ViolationCode::Threads, offset, "a shared global");
        }
        let place = TypePlace {
            offset,
            function: None,
            what: "a global",
        };
        let accepted = self.value_type(global.ty.content_type, place);
        self.facts
            .globals
            .push(accepted.map(|value_type| GlobalFacts {
                value_type,
                mutable: global.ty.mutable,
            }));
        // A global of a refused type has an initial value of that type: once is enough.
        if accepted.is_some() {
            self.constant(&global.init_expr, "the initial value of a global");
        }
    }

    /// The export section.
    pub(super) fn exports(&mut self, section: ExportSectionReader<'a>) {
        let (offset, count) = (section.range().start, u64::from(section.count()));
        let limit = self.limits.exports_max;
        if self.within(ViolationCode::ExportCount, offset, "exports", limit, count) {
            self.items(7, section, Self::export);
        }
    }

    /// One export.
    fn export(&mut self, offset: usize, export: Export<'a>) {
        self.name_length(offset, "an export's name", export.name);
        if export.name.starts_with(RESERVED_EXPORT_PREFIX) {
            let message = format!("the export name `{}` is reserved", shown(export.name));
            self.find(ViolationCode::ReservedExport, offset, message);
        }
        if export.kind == ExternalKind::Global && self.is_mutable_global(export.index) {
            let message = format!("the export `{}` is a mutable global", shown(export.name));
            self.violations.push(Finding::new(
                ViolationCode::ExportedMutableGlobal,
                offset,
                message,
            ));
        }
        if export.kind == ExternalKind::Tag {
            self.find(ViolationCode::Exceptions, offset, "a tag is exported");
        }
        self.facts.exports.push(ExportFacts {
            name: export.name,
            kind: export.kind,
            index: export.index,
        });
    }

    /// Whether the global at `index` is known and mutable.
    fn is_mutable_global(&self, index: u32) -> bool {
        usize::try_from(index)
            .ok()
            .and_then(|index| self.facts.globals.get(index))
            .is_some_and(|global| global.is_some_and(|global| global.mutable))
    }
}
