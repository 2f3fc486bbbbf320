//! Reads the sections of a binary module, with `wasmparser` as the reader of its encoding.

use lockstep_gas_meter::Schedule;
use thiserror::Error;
use wasmparser::{
    ConstExpr, DataKind, ElementItems, ElementKind, ExternalKind, FunctionBody, Operator, Parser,
    Payload, TypeRef,
};

use crate::call_tree::mark_recursion;
use crate::flatten::flatten;
use crate::module::{Data, Elements, Export, Function, FunctionType, Import, MemorySize, Module};
use crate::price::{DynamicPrices, Prices};

/// Why a module cannot be executed here.
#[derive(Debug, Error)]
pub enum Unsupported {
    /// The encoding is wrong.
    #[error("the module cannot be read: {0}")]
    Malformed(#[from] wasmparser::BinaryReaderError),
    /// Something outside the accepted subset.
    #[error("outside the accepted subset: {0}")]
    Outside(String),
}

impl Module {
    /// Decodes a module that passed validation and prices its operators.
    ///
    /// # Errors
    /// When the bytes are not a module, or when the interpreter meets something that the accepted
    /// subset does not contain.
    pub fn decode(bytes: &[u8], schedule: &Schedule) -> Result<Module, Unsupported> {
        let prices = Prices::new(schedule);
        let mut module = Module {
            dynamic: DynamicPrices::new(schedule),
            ..Module::default()
        };
        for payload in Parser::new(0).parse_all(bytes) {
            section(&mut module, &prices, payload?)?;
        }
        mark_recursion(&mut module);
        Ok(module)
    }
}

/// Adds one section to the module.
fn section(
    module: &mut Module,
    prices: &Prices<'_>,
    payload: Payload<'_>,
) -> Result<(), Unsupported> {
    match payload {
        Payload::TypeSection(reader) => {
            for ty in reader.into_iter_err_on_gc_types() {
                let ty = ty?;
                module.types.push(FunctionType {
                    params: ty.params().to_vec(),
                    results: ty.results().to_vec(),
                });
            }
        }
        Payload::ImportSection(reader) => {
            for import in reader {
                let import = import?;
                let TypeRef::Func(ty) = import.ty else {
                    return Err(outside("an import that is not a function"));
                };
                module.function_types.push(ty);
                module.imports.push(Import {
                    name: import.name.to_string(),
                });
            }
        }
        Payload::FunctionSection(reader) => {
            for ty in reader {
                module.function_types.push(ty?);
            }
        }
        Payload::TableSection(reader) => {
            for table in reader {
                let initial = table?.ty.initial;
                module.table_size = Some(u32::try_from(initial).map_err(|_| outside("table64"))?);
            }
        }
        Payload::MemorySection(reader) => {
            for memory in reader {
                let memory = memory?;
                let pages = |pages| u32::try_from(pages).map_err(|_| outside("memory64"));
                module.memory = Some(MemorySize {
                    initial: pages(memory.initial)?,
                    max: memory.maximum.map(pages).transpose()?,
                });
            }
        }
        Payload::GlobalSection(reader) => {
            for global in reader {
                let global = global?;
                if global.ty.mutable {
                    module.mutable_globals.push(module.globals.len() as u32);
                }
                module.globals.push(constant(&global.init_expr)?);
            }
        }
        Payload::StartSection { .. } => return Err(outside("a start function")),
        Payload::CodeSectionEntry(body) => function(module, prices, &body)?,
        other => segments_and_exports(module, other)?,
    }
    Ok(())
}

/// Adds an export, element or data section; other sections mean nothing to the interpreter.
fn segments_and_exports(module: &mut Module, payload: Payload<'_>) -> Result<(), Unsupported> {
    match payload {
        Payload::ExportSection(reader) => {
            for export in reader {
                let export = export?;
                let item = match export.kind {
                    ExternalKind::Func => Export::Function(export.index),
                    ExternalKind::Global => Export::Global(export.index),
                    _ => Export::Other,
                };
                module.exports.insert(export.name.to_string(), item);
            }
        }
        Payload::ElementSection(reader) => {
            for element in reader {
                let element = element?;
                let ElementKind::Active { offset_expr, .. } = element.kind else {
                    return Err(outside("an element segment that is not active"));
                };
                let ElementItems::Functions(functions) = element.items else {
                    return Err(outside("an element segment of expressions"));
                };
                module.elements.push(Elements {
                    offset: constant(&offset_expr)? as u32,
                    functions: functions.into_iter().collect::<Result<_, _>>()?,
                });
            }
        }
        Payload::DataSection(reader) => {
            for data in reader {
                let data = data?;
                let offset = match data.kind {
                    DataKind::Active { offset_expr, .. } => Some(constant(&offset_expr)? as u32),
                    DataKind::Passive => None,
                };
                let bytes = data.data.to_vec();
                module.data.push(Data { offset, bytes });
            }
        }
        _ => {}
    }
    Ok(())
}

/// A constant expression: in the accepted subset, one constant.
fn constant(expression: &ConstExpr<'_>) -> Result<u64, Unsupported> {
    let mut reader = expression.get_operators_reader();
    let constant = match reader.read()? {
        Operator::I32Const { value } => u64::from(value as u32),
        Operator::I64Const { value } => value as u64,
        other => return Err(outside(format!("{other:?} in a constant expression"))),
    };
    match reader.read()? {
        Operator::End => Ok(constant),
        other => Err(outside(format!("{other:?} in a constant expression"))),
    }
}

/// Adds the next function body.
fn function(
    module: &mut Module,
    prices: &Prices<'_>,
    body: &FunctionBody<'_>,
) -> Result<(), Unsupported> {
    let index = module.imports.len() + module.functions.len();
    let ty = module.type_of(index as u32).clone();
    let mut locals = 0;
    for group in body.get_locals_reader()? {
        locals += u64::from(group?.0);
    }
    let flat = flatten(module, prices, &ty, body)?;
    let params = ty.params.len();
    module.functions.push(Function {
        params,
        results: ty.results.len(),
        locals: locals as usize,
        steps: flat.steps,
        frame_slots: prices.frame_slots(params as u64, locals, flat.height as u64),
        reserve: 0,
        recursive: Vec::new(),
        entry_price: prices.entry(locals),
    });
    Ok(())
}

/// Shorthand for what the accepted subset does not contain.
pub(crate) fn outside(what: impl Into<String>) -> Unsupported {
    Unsupported::Outside(what.into())
}
