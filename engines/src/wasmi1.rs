//! wasmi 1.0: an interpreter from before wasmi 2.0 became an accumulator machine.
//!
//! It shares its authors with the machine's engine and little of what decides a result: byte
//! code, translator, executor and value stack were written anew for 2.0. It is laid out as the
//! adapter of 2.0 in `lockstep-vm`; the two crates have no types in common.

mod configuration;
mod failure;
mod growth;
mod host_call;

use ::wasmi1::{Extern, ExternType, FuncType, Instance, Module, Ref, Store, Val, ValType};
use lockstep_abi::{HOST_MODULE, HostFunction, ValueType};
use lockstep_gas_meter::{
    GAS_EXPORT, GLOBAL_EXPORT_PREFIX, MEMORY_EXPORT, PROBE_EXPORT, PreparedModule, STACK_EXPORT,
};
use lockstep_vm::{
    Call, CompiledModule, Completion, Engine, EngineError, EngineIdentity, FinalState, HostCalls,
    Meter, Run,
};

use self::configuration::configuration;
use self::failure::{completion, failed, out_of_memory, refused};
use self::growth::Growth;
use self::host_call::{Handles, HostState, host_func, probe_func, read_meter, write_meter};

const NAME: &str = "wasmi1";
/// Must equal the pinned version in the workspace manifest.
const VERSION: &str = "1.0.9";

/// The interpreter wasmi 1.0, as pinned. Each module has an engine of wasmi's of its own, which keeps
/// what it translated for as long as it lives.
#[derive(Debug, Default)]
pub struct Wasmi1Engine {}

impl Wasmi1Engine {
    /// An engine with the one configuration that the protocol allows.
    pub fn new() -> Wasmi1Engine {
        Wasmi1Engine {}
    }
}

impl Engine for Wasmi1Engine {
    fn identity(&self) -> EngineIdentity {
        EngineIdentity {
            name: NAME,
            version: VERSION,
        }
    }

    fn compile(&self, prepared: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
        let engine = ::wasmi1::Engine::new(&configuration());
        let module = Module::new(&engine, prepared.bytes()).map_err(refused)?;
        let imports = module
            .imports()
            .map(|import| host_import(&import))
            .collect::<Result<_, _>>()?;
        let probed = module.get_export(PROBE_EXPORT).is_some();
        Ok(Box::new(Wasmi1Module {
            module,
            imports,
            globals: global_names(prepared),
            probed,
        }))
    }
}

/// The export names of a module's mutable globals.
fn global_names(prepared: &PreparedModule) -> Vec<String> {
    let globals = prepared.mutable_globals().iter();
    globals
        .map(|index| format!("{GLOBAL_EXPORT_PREFIX}{index}"))
        .collect()
}

/// The host function behind an import, and its type for wasmi.
fn host_import(import: &::wasmi1::ImportType<'_>) -> Result<(HostFunction, FuncType), EngineError> {
    let function = HostFunction::from_name(import.name())
        .filter(|_| import.module() == HOST_MODULE)
        .ok_or_else(|| {
            refused(format!(
                "unknown import {}.{}",
                import.module(),
                import.name()
            ))
        })?;
    let ty = function_type(function);
    match import.ty() {
        ExternType::Func(declared) if *declared == ty => Ok((function, ty)),
        _ => Err(refused(format!(
            "import {} has another type",
            import.name()
        ))),
    }
}

/// A host function's signature as wasmi writes it.
fn function_type(function: HostFunction) -> FuncType {
    let value_type = |ty: &ValueType| match ty {
        ValueType::I32 => ValType::I32,
        ValueType::I64 => ValType::I64,
    };
    let signature = function.signature();
    FuncType::new(
        signature.params.iter().map(value_type).collect::<Vec<_>>(),
        signature
            .result
            .as_ref()
            .map(value_type)
            .into_iter()
            .collect::<Vec<_>>(),
    )
}

/// A translated module and what it imports, in its order.
struct Wasmi1Module {
    module: Module,
    imports: Vec<(HostFunction, FuncType)>,
    /// The export names of its mutable globals.
    globals: Vec<String>,
    /// Whether it was prepared for profiling.
    probed: bool,
}

impl CompiledModule for Wasmi1Module {
    fn run(&self, call: Call<'_>, host: &mut dyn HostCalls) -> Result<Run, EngineError> {
        let state = HostState {
            host,
            handles: None,
            growth: Growth::new(self.probed),
        };
        let mut store = Store::new(self.module.engine(), state);
        store.limiter(|state| &mut state.growth);
        let start = call
            .meter()
            .ok_or_else(|| failed("more gas or stack than a counter holds"))?;
        let imports: Vec<Extern> = self
            .imports
            .iter()
            .map(|(function, ty)| Extern::from(host_func(&mut store, *function, ty.clone())))
            .collect();
        let instance = match Instance::new(&mut store, &self.module, &imports) {
            Ok(instance) => instance,
            Err(error) => {
                let completion = completion(&error)?;
                return Ok(Run {
                    completion,
                    meter: start,
                    memory_pages: 0,
                });
            }
        };
        if self.probed {
            set_probe(&mut store, &instance)?;
        }
        let run = run_method(&mut store, &instance, call.method, start)?;
        if store.data().host.wants_final_state() {
            show(&mut store, &instance, &self.globals)?;
        }
        Ok(run)
    }
}

/// Shows the host what the run left behind.
fn show(
    store: &mut Store<HostState<'_>>,
    instance: &Instance,
    globals: &[String],
) -> Result<(), EngineError> {
    let value = |name: &String| match instance.get_global(&*store, name).map(|g| g.get(&*store)) {
        Some(Val::I32(value)) => Ok(u64::from(value.cast_unsigned())),
        Some(Val::I64(value)) => Ok(value.cast_unsigned()),
        _ => Err(failed("a global that is no exported integer")),
    };
    let globals = globals.iter().map(value).collect::<Result<Vec<_>, _>>()?;
    let globals = globals.as_slice();
    match store.data().handles.and_then(|handles| handles.memory) {
        Some(memory) => {
            let (memory, state) = memory.data_and_store_mut(&mut *store);
            state.host.final_state(FinalState { memory, globals });
        }
        None => store.data_mut().host.final_state(FinalState {
            memory: &[],
            globals,
        }),
    }
    Ok(())
}

/// Puts the function that probes call into their table.
fn set_probe(store: &mut Store<HostState<'_>>, instance: &Instance) -> Result<(), EngineError> {
    let table = instance
        .get_table(&*store, PROBE_EXPORT)
        .ok_or_else(|| failed("the table of the probes is not exported"))?;
    let function = probe_func(store);
    let element = Val::FuncRef(Ref::Val(function));
    table.set(store, 0, element).map_err(failed)
}

/// Sets the counters, runs the method and reads the counters.
fn run_method(
    store: &mut Store<HostState<'_>>,
    instance: &Instance,
    method: &str,
    start: Meter,
) -> Result<Run, EngineError> {
    let handles = Handles {
        gas: instance
            .get_global(&*store, GAS_EXPORT)
            .ok_or_else(|| failed("the gas counter is not exported"))?,
        stack: instance
            .get_global(&*store, STACK_EXPORT)
            .ok_or_else(|| failed("the stack counter is not exported"))?,
        memory: instance.get_memory(&*store, MEMORY_EXPORT),
    };
    store.data_mut().handles = Some(handles);
    write_meter(&mut *store, handles, start)?;
    let function = instance
        .get_typed_func::<(), ()>(&*store, method)
        .map_err(failed)?;
    let completion = match function.call(&mut *store, ()) {
        Ok(()) => Completion::Returned,
        Err(error) => completion(&error)?,
    };
    if store.data().growth.failed() {
        return Err(out_of_memory());
    }
    let meter = read_meter(&*store, handles)?;
    let pages = handles.memory.map_or(0, |memory| memory.size(&*store));
    let memory_pages = u32::try_from(pages).map_err(failed)?;
    Ok(Run {
        completion,
        meter,
        memory_pages,
    })
}

#[cfg(test)]
mod tests {
    use super::{NAME, VERSION};

    #[test]
    fn the_version_is_the_pinned_one() {
        let manifest = include_str!("../../Cargo.toml");
        let pin = format!("{NAME} = {{ package = \"wasmi\", version = \"={VERSION}\"");
        assert!(
            manifest.contains(&pin),
            "{pin} is not in the workspace manifest"
        );
    }
}
