//! Why a module lies outside the accepted subset, by a scan of its own.
//!
//! The validator names a code for each violation. To check that it names the right ones, this
//! scan reads the same bytes with nothing but the parser and tells by names and numbers which
//! families of features a module uses. It is coarser than the codes and knows nothing of them but
//! the mapping in [`Reason::of`].

use std::collections::BTreeSet;

use lockstep_gas_meter::Limits;
use wasmparser::{
    AbstractHeapType, BinaryReaderError, BlockType, CompositeInnerType, ConstExpr, DataKind,
    ElementItems, ElementKind, ExternalKind, FunctionBody, HeapType, Import, MemoryType, Operator,
    Parser, Payload, RefType, SubType, TableInit, TypeRef, ValType,
};

use crate::reason::{Reason, reason_by_name};

/// What the scan finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reasons {
    /// Each of these must be named.
    pub expected: BTreeSet<Reason>,
    /// These may be named: there is an imported memory or table besides others, and whether the
    /// second one is used is not looked into.
    pub permitted: BTreeSet<Reason>,
}

/// The families of features that a module uses outside the accepted subset. Any import counts:
/// the official suite knows no host function.
///
/// # Errors
/// When the parser cannot read the bytes; then nothing is known.
pub fn subset_reasons(bytes: &[u8], limits: &Limits) -> Result<Reasons, BinaryReaderError> {
    let mut scan = Scan {
        limits,
        reasons: BTreeSet::new(),
        memories: (0, 0),
        tables: (0, 0),
        exportable: Vec::new(),
        types: Vec::new(),
    };
    for payload in Parser::new(0).parse_all(bytes) {
        scan.payload(payload?)?;
    }
    let mut permitted = BTreeSet::new();
    for ((imported, defined), reason) in [
        (scan.memories, Reason::MultiMemory),
        (scan.tables, Reason::Tables),
    ] {
        scan.when(defined > 1, reason);
        if imported + defined > 1 {
            permitted.insert(reason);
        }
    }
    Ok(Reasons {
        expected: scan.reasons,
        permitted,
    })
}

/// What the scan has seen so far.
struct Scan<'a> {
    limits: &'a Limits,
    reasons: BTreeSet<Reason>,
    /// How many memories are imported, and how many are defined.
    memories: (u32, u32),
    /// The same for tables.
    tables: (u32, u32),
    /// For each global, whether exporting it would be no reason: it is immutable, or refused
    /// already for its type or as an import.
    exportable: Vec<bool>,
    /// For each type, how many parameters and results it has.
    types: Vec<(usize, usize)>,
}

type Scanned = Result<(), BinaryReaderError>;

impl Scan<'_> {
    fn when(&mut self, holds: bool, reason: Reason) {
        if holds {
            self.reasons.insert(reason);
        }
    }

    fn limit(&mut self, number: u64, limit: u32) {
        self.when(number > u64::from(limit), Reason::Limits);
    }

    fn payload(&mut self, payload: Payload<'_>) -> Scanned {
        match payload {
            Payload::TypeSection(reader) => {
                for group in reader {
                    let group = group?;
                    match group.is_explicit_rec_group() {
                        true => self.when(true, Reason::References),
                        false => group.types().for_each(|ty| self.sub_type(ty)),
                    }
                }
            }
            Payload::ImportSection(reader) => {
                for import in reader {
                    self.import(&import?);
                }
            }
            Payload::TableSection(reader) => {
                for table in reader {
                    let table = table?;
                    self.when(matches!(table.init, TableInit::Expr(_)), Reason::Tables);
                    self.table(&table.ty);
                }
            }
            Payload::MemorySection(reader) => {
                for memory in reader {
                    self.memory(&memory?);
                }
            }
            Payload::TagSection(_) => self.when(true, Reason::Exceptions),
            Payload::GlobalSection(reader) => {
                for global in reader {
                    let global = global?;
                    self.when(global.ty.shared, Reason::Threads);
                    self.value_type(global.ty.content_type);
                    let integer = matches!(global.ty.content_type, ValType::I32 | ValType::I64);
                    self.exportable.push(!global.ty.mutable || !integer);
                    self.constant(&global.init_expr)?;
                }
            }
            Payload::ExportSection(reader) => {
                for export in reader {
                    let export = export?;
                    self.name(export.name);
                    let exportable = self.exportable.get(export.index as usize);
                    let global = export.kind == ExternalKind::Global;
                    self.when(global && exportable == Some(&false), Reason::Exports);
                }
            }
            Payload::StartSection { .. } => self.when(true, Reason::Start),
            Payload::CodeSectionEntry(body) => self.body(&body)?,
            other => self.segments(other)?,
        }
        Ok(())
    }

    fn segments(&mut self, payload: Payload<'_>) -> Scanned {
        match payload {
            Payload::ElementSection(reader) => {
                for element in reader {
                    let element = element?;
                    match &element.kind {
                        ElementKind::Active { offset_expr, .. } => self.constant(offset_expr)?,
                        _ => self.when(true, Reason::Tables),
                    }
                    if let ElementItems::Expressions(_, _) = element.items {
                        self.when(true, Reason::Tables);
                    }
                }
            }
            Payload::DataSection(reader) => {
                for data in reader {
                    if let DataKind::Active { offset_expr, .. } = data?.kind {
                        self.constant(&offset_expr)?;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn sub_type(&mut self, ty: &SubType) {
        self.when(
            !ty.is_final || ty.supertype_idx.is_some(),
            Reason::References,
        );
        self.when(ty.composite_type.shared, Reason::Threads);
        let CompositeInnerType::Func(function) = &ty.composite_type.inner else {
            self.types.push((0, 0));
            return self.when(true, Reason::References);
        };
        let counts = (function.params().len(), function.results().len());
        self.types.push(counts);
        self.limit(function.params().len() as u64, self.limits.params_max);
        self.limit(function.results().len() as u64, self.limits.results_max);
        for ty in function.params().iter().chain(function.results()) {
            self.value_type(*ty);
        }
    }

    /// An import is a reason by itself, whatever the type of what it imports.
    fn import(&mut self, import: &Import<'_>) {
        self.when(true, Reason::Imports);
        self.name(import.module);
        self.name(import.name);
        match import.ty {
            TypeRef::Memory(_) => self.memories.0 += 1,
            TypeRef::Table(_) => self.tables.0 += 1,
            TypeRef::Global(_) => self.exportable.push(true),
            TypeRef::Func(_) | TypeRef::Tag(_) => {}
        }
    }

    fn name(&mut self, name: &str) {
        self.limit(name.len() as u64, self.limits.name_bytes_max);
    }

    fn table(&mut self, table: &wasmparser::TableType) {
        self.tables.1 += 1;
        self.when(table.table64, Reason::Memory64);
        self.when(table.shared, Reason::Threads);
        self.when(table.element_type != RefType::FUNCREF, Reason::References);
        self.limit(table.initial, self.limits.table_elements_max);
    }

    fn memory(&mut self, memory: &MemoryType) {
        self.memories.1 += 1;
        self.when(memory.memory64, Reason::Memory64);
        self.when(memory.shared, Reason::Threads);
        self.when(memory.page_size_log2.is_some(), Reason::PageSizes);
        self.limit(memory.initial, self.limits.memory_pages_max);
    }

    fn value_type(&mut self, ty: ValType) {
        match ty {
            ValType::I32 | ValType::I64 => {}
            ValType::F32 | ValType::F64 => self.when(true, Reason::Floats),
            ValType::V128 => self.when(true, Reason::Simd),
            ValType::Ref(ty) => match ty.heap_type() {
                HeapType::Abstract {
                    ty: AbstractHeapType::Exn | AbstractHeapType::NoExn,
                    ..
                } => self.when(true, Reason::Exceptions),
                _ => self.when(true, Reason::References),
            },
        }
    }

    /// A constant expression that is refused for what is in it is not refused for its length too.
    fn constant(&mut self, expression: &ConstExpr<'_>) -> Scanned {
        let operators: Result<Vec<Operator<'_>>, _> =
            expression.get_operators_reader().into_iter().collect();
        let operators = operators?;
        let reasons: Vec<Reason> = operators.iter().filter_map(reason_by_name).collect();
        let constant = |operator: &Operator<'_>| {
            matches!(
                operator,
                Operator::I32Const { .. } | Operator::I64Const { .. }
            )
        };
        let one_constant = operators.len() == 2 && constant(&operators[0]);
        self.when(!one_constant && reasons.is_empty(), Reason::ExtendedConst);
        self.reasons.extend(reasons);
        Ok(())
    }

    fn body(&mut self, body: &FunctionBody<'_>) -> Scanned {
        let mut locals = 0;
        for group in body.get_locals_reader()? {
            let (count, ty) = group?;
            locals += u64::from(count);
            self.value_type(ty);
        }
        self.limit(locals, self.limits.locals_max);
        let beyond_body = locals.saturating_sub(body.as_bytes().len() as u64);
        self.limit(beyond_body, self.limits.locals_beyond_body_max);
        for operator in body.get_operators_reader()? {
            let operator = operator?;
            if let Some(reason) = reason_by_name(&operator) {
                self.when(true, reason);
            }
            match operator {
                Operator::Block { blockty } | Operator::Loop { blockty } => self.block(blockty),
                Operator::If { blockty } => self.block(blockty),
                Operator::BrTable { targets } => {
                    self.limit(
                        u64::from(targets.len()),
                        self.limits.branch_table_targets_max,
                    );
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn block(&mut self, ty: BlockType) {
        match ty {
            BlockType::Empty => {}
            BlockType::Type(ty) => self.value_type(ty),
            BlockType::FuncType(index) => {
                let ty = self.types.get(index as usize).copied();
                let (params, results) = ty.unwrap_or_default();
                self.limit(params as u64, self.limits.block_params_max);
                self.limit(results as u64, self.limits.block_results_max);
            }
        }
    }
}
