//! A method for each call of an exported function: an engine runs methods and nothing else.
//!
//! The module is read and written again, with one more import, `emit_event`, behind its own ones;
//! so each function of the module gets the next index. Behind everything else come the methods. One
//! calls its function and hands the host each result, then each mutable global, and at the end
//! nothing but the memory, which the host sees at every call.

use std::convert::Infallible;

use lockstep_abi::{HOST_MODULE, HostFunction, ValueType};
use lockstep_gas_meter::{ExportKind, PreparedModule};
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    CodeSection, EntityType, ExportSection, Function, FunctionSection, GlobalSection,
    ImportSection, InstructionSink, Module, SectionId, TypeSection, ValType,
};

use super::ExportedCall;

/// What the host is handed besides a number: an address outside of any memory, so that it writes
/// nothing there, and a topic count that no code of a generator hands over.
const NO_ADDRESS: i32 = -1;
const MARK: i32 = -2;

/// The methods that a module is to get.
pub(super) struct Methods<'a> {
    calls: Vec<Target<'a>>,
    /// How many functions the module imports.
    imports: u32,
    /// Whether `emit_event` was imported already.
    imported: bool,
    /// How many types the module has.
    types: u32,
    /// How many functions the module defines.
    functions: u32,
    /// The types of its globals, and which are mutable.
    globals: Vec<(ValType, bool)>,
}

/// A function to call.
struct Target<'a> {
    index: u32,
    params: Vec<ValType>,
    results: Vec<ValType>,
    arguments: &'a [u64],
}

/// A module with methods.
pub(super) struct Extended {
    /// The module in the binary format.
    pub(super) bytes: Vec<u8>,
    /// A method for each call.
    pub(super) shown: Vec<Shown>,
}

/// A method that makes one call.
pub(super) struct Shown {
    /// The method's name.
    pub(super) method: String,
    /// How many results it shows.
    pub(super) results: usize,
    /// How many host calls it makes when the call has returned.
    pub(super) events: usize,
}

impl<'a> Methods<'a> {
    /// Methods for these calls of a module's exports.
    pub(super) fn new(
        module: &PreparedModule,
        calls: &'a [ExportedCall],
    ) -> Result<Methods<'a>, String> {
        let calls = calls
            .iter()
            .map(|call| target(module, call))
            .collect::<Result<_, _>>()?;
        Ok(Methods {
            calls,
            imports: module.imports().len() as u32,
            imported: false,
            types: 0,
            functions: 0,
            globals: Vec::new(),
        })
    }

    /// The module with its methods.
    pub(super) fn add_to(mut self, module: &[u8]) -> Result<Extended, String> {
        let mut output = Module::new();
        let parser = wasmparser::Parser::new(0);
        self.parse_core_module(&mut output, parser, module)
            .map_err(|error| error.to_string())?;
        let globals = self.globals.iter().filter(|global| global.1).count();
        let shown = self.calls.iter().enumerate().map(|(position, call)| Shown {
            method: method_name(position),
            results: call.results.len(),
            events: call.results.len() + globals + 1,
        });
        Ok(Extended {
            bytes: output.finish(),
            shown: shown.collect(),
        })
    }

    /// Adds `emit_event` behind the module's own imports.
    fn import(&mut self, imports: &mut ImportSection) {
        let name = HostFunction::EmitEvent.name();
        imports.import(HOST_MODULE, name, EntityType::Function(self.types + 1));
        self.imported = true;
    }

    /// The body of the method that makes a call.
    fn body(&self, call: &Target<'_>) -> Function {
        let mut body = Function::new_with_locals_types(call.results.iter().copied());
        let mut sink = body.instructions();
        for (ty, argument) in call.params.iter().zip(call.arguments) {
            match ty {
                ValType::I32 => sink.i32_const(*argument as u32 as i32),
                _ => sink.i64_const(argument.cast_signed()),
            };
        }
        let function = call.index + u32::from(call.index >= self.imports);
        sink.call(function);
        for local in (0..call.results.len() as u32).rev() {
            sink.local_set(local);
        }
        for (local, ty) in (0_u32..).zip(&call.results) {
            self.show(&mut sink, *ty, |sink| sink.local_get(local));
        }
        for (global, (ty, mutable)) in (0_u32..).zip(&self.globals) {
            if *mutable {
                self.show(&mut sink, *ty, |sink| sink.global_get(global));
            }
        }
        self.show(&mut sink, ValType::I32, |sink| sink.i32_const(0));
        sink.end();
        body
    }

    /// Hands a number to the host: the lower half and the upper one.
    fn show<'s, 'b>(
        &self,
        sink: &'s mut InstructionSink<'b>,
        ty: ValType,
        get: impl for<'x> Fn(&'x mut InstructionSink<'b>) -> &'x mut InstructionSink<'b>,
    ) {
        sink.i32_const(NO_ADDRESS);
        match ty {
            ValType::I64 => {
                get(sink).i32_wrap_i64();
                get(sink).i64_const(32).i64_shr_u().i32_wrap_i64();
            }
            _ => {
                get(sink).i32_const(0);
            }
        }
        sink.i32_const(MARK).call(self.imports);
    }
}

impl Reencode for Methods<'_> {
    type Error = Infallible;

    fn function_index(&mut self, index: u32) -> u32 {
        index + u32::from(index >= self.imports)
    }

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: wasmparser::TypeSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_type_section(self, types, section)?;
        self.types = types.len();
        types.ty().function([], []);
        types.ty().function([ValType::I32; 4], []);
        Ok(())
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: wasmparser::ImportSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_import_section(self, imports, section)?;
        self.import(imports);
        Ok(())
    }

    fn intersperse_section_hook(
        &mut self,
        module: &mut Module,
        _after: Option<SectionId>,
        before: Option<SectionId>,
    ) -> Result<(), Error> {
        use SectionId::{Custom, Import, Type};
        if !self.imported && !matches!(before, None | Some(Custom | Type | Import)) {
            let mut imports = ImportSection::new();
            self.import(&mut imports);
            module.section(&imports);
        }
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_function_section(self, functions, section)?;
        self.functions = functions.len();
        for _ in &self.calls {
            functions.function(self.types);
        }
        Ok(())
    }

    fn parse_global(
        &mut self,
        globals: &mut GlobalSection,
        global: wasmparser::Global<'_>,
    ) -> Result<(), Error> {
        let ty = self.global_type(global.ty)?;
        self.globals.push((ty.val_type, ty.mutable));
        utils::parse_global(self, globals, global)
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_export_section(self, exports, section)?;
        let first = self.imports + 1 + self.functions;
        for (position, index) in (first..).take(self.calls.len()).enumerate() {
            let kind = wasm_encoder::ExportKind::Func;
            exports.export(&method_name(position), kind, index);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: wasmparser::CodeSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_code_section(self, code, section)?;
        for call in &self.calls {
            code.function(&self.body(call));
        }
        Ok(())
    }

    /// Names and the like go: the indices in them are the old ones.
    fn parse_custom_section(
        &mut self,
        _module: &mut Module,
        _section: wasmparser::CustomSectionReader<'_>,
    ) -> Result<(), Error> {
        Ok(())
    }
}

/// Finds what a call names.
fn target<'a>(module: &PreparedModule, call: &'a ExportedCall) -> Result<Target<'a>, String> {
    let named = module
        .exports()
        .iter()
        .find(|export| export.name == call.name);
    let Some(ExportKind::Function {
        index,
        function_type,
    }) = named.map(|export| &export.kind)
    else {
        return Err(format!("no function is exported as {:?}", call.name));
    };
    if function_type.params.len() != call.arguments.len() {
        return Err(format!(
            "{call:?}: the function has another number of parameters"
        ));
    }
    let types = |types: &[ValueType]| {
        let encoded = types.iter().map(|ty| match ty {
            ValueType::I32 => ValType::I32,
            ValueType::I64 => ValType::I64,
        });
        encoded.collect()
    };
    Ok(Target {
        index: *index,
        params: types(&function_type.params),
        results: types(&function_type.results),
        arguments: &call.arguments,
    })
}

/// The name of the method that makes the call at `position`.
fn method_name(position: usize) -> String {
    format!("call {position}")
}
