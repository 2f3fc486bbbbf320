//! Wasmtime: native code, from Cranelift (optimising) or Winch (one pass).
//!
//! The same prepared module runs here as on the interpreter, and counts its gas and stack itself,
//! so results are the same; only the speed differs. `configuration` decides every setting,
//! `native_stack` gives runs enough of the machine's stack, `host_call` leads from the guest to the
//! host that `lent_host` lends to the store, and `failure` reads errors.
//!
//! A module is compiled and linked once; a run makes a store and an instance from that.

mod artifact;
mod configuration;
mod failure;
mod growth;
mod host_call;
mod lent_host;
mod native_stack;

use std::sync::Arc;

use lockstep_gas_meter::{GAS_EXPORT, MEMORY_EXPORT, PROBE_EXPORT, PreparedModule, STACK_EXPORT};
use lockstep_vm::{
    Call, CodeKey, CompiledModule, Completion, Engine, EngineError, EngineIdentity, HostCalls,
    Meter, Run,
};
use wasmtime::{Extern, Instance, InstancePre, Linker, Module, ModuleExport, Ref, Store, Strategy};

use self::configuration::configuration;
use self::failure::{completion, failed, refused};
use self::growth::Growth;
use self::host_call::{Handles, HostState, host_functions, probe_func, read_meter, write_meter};
use self::lent_host::{LentHost, lend};
pub use self::native_stack::THREAD_STACK_BYTES;
use crate::disk_cache::DiskCodeCache;

const NAME: &str = "wasmtime";
/// Must equal the pinned version in the workspace manifest.
const VERSION: &str = "48.0.8";

/// Which of Wasmtime's compilers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compiler {
    /// The optimising one.
    Cranelift,
    /// The one that compiles in a single pass.
    Winch,
}

/// Wasmtime 48.0.8 with one of its compilers.
pub struct WasmtimeEngine {
    compiler: Compiler,
    linker: Linker<HostState>,
    disk: Option<Arc<DiskCodeCache>>,
}

impl WasmtimeEngine {
    /// An engine with the one configuration that the protocol allows.
    ///
    /// # Errors
    /// When Wasmtime does not have the compiler on this kind of machine.
    pub fn new(compiler: Compiler) -> Result<WasmtimeEngine, EngineError> {
        let strategy = match compiler {
            Compiler::Cranelift => Strategy::Cranelift,
            Compiler::Winch => Strategy::Winch,
        };
        let engine = wasmtime::Engine::new(&configuration(strategy)).map_err(failed)?;
        let linker = host_functions(&engine).map_err(failed)?;
        Ok(WasmtimeEngine {
            compiler,
            linker,
            disk: None,
        })
    }

    /// The same engine, which keeps what it compiles in this directory too.
    #[must_use]
    pub fn with_disk_cache(mut self, disk: Arc<DiskCodeCache>) -> WasmtimeEngine {
        self.disk = Some(disk);
        self
    }
}

impl Engine for WasmtimeEngine {
    fn identity(&self) -> EngineIdentity {
        EngineIdentity {
            name: match self.compiler {
                Compiler::Cranelift => NAME,
                Compiler::Winch => "winch",
            },
            version: VERSION,
        }
    }

    fn can_exhaust_native_stack(&self) -> bool {
        true
    }

    fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
        let module = Module::new(self.linker.engine(), module.bytes()).map_err(refused)?;
        Ok(Box::new(self.link(&module)?))
    }

    fn compile_keyed(
        &self,
        key: &CodeKey,
        module: &PreparedModule,
    ) -> Result<Box<dyn CompiledModule>, EngineError> {
        let Some(disk) = &self.disk else {
            return self.compile(module);
        };
        let module = artifact::module(self.linker.engine(), disk, key, module)?;
        Ok(Box::new(self.link(&module)?))
    }
}

impl WasmtimeEngine {
    /// Resolves what the module imports, and where its exports are.
    fn link(&self, module: &Module) -> Result<WasmtimeModule, EngineError> {
        let counter = |name| {
            module
                .get_export_index(name)
                .ok_or_else(|| refused(format!("it does not export {name}")))
        };
        Ok(WasmtimeModule {
            gas: counter(GAS_EXPORT)?,
            stack: counter(STACK_EXPORT)?,
            memory: module.get_export_index(MEMORY_EXPORT),
            probes: module.get_export_index(PROBE_EXPORT),
            linked: self.linker.instantiate_pre(module).map_err(refused)?,
        })
    }
}

/// A compiled module with its imports.
struct WasmtimeModule {
    linked: InstancePre<HostState>,
    gas: ModuleExport,
    stack: ModuleExport,
    memory: Option<ModuleExport>,
    /// The table of the probes, when it was prepared for profiling.
    probes: Option<ModuleExport>,
}

impl CompiledModule for WasmtimeModule {
    fn run(&self, call: Call<'_>, host: &mut dyn HostCalls) -> Result<Run, EngineError> {
        let start = Meter {
            gas: i64::try_from(call.gas).map_err(|_| failed("more gas than i64 holds"))?,
            stack: i32::try_from(call.stack_slots)
                .map_err(|_| failed("more stack than i32 holds"))?,
        };
        native_stack::with_enough(|| lend(host, |host| self.run_once(call.method, start, host)))
    }
}

impl WasmtimeModule {
    fn run_once(&self, method: &str, start: Meter, host: LentHost) -> Result<Run, EngineError> {
        let state = HostState {
            host,
            handles: None,
            growth: Growth::new(self.probes.is_some()),
        };
        let mut store = Store::new(self.linked.module().engine(), state);
        store.limiter(|state| &mut state.growth);
        let instance = match self.linked.instantiate(&mut store) {
            Ok(instance) => instance,
            Err(error) => {
                return Ok(Run {
                    completion: completion(&error)?,
                    meter: start,
                    memory_pages: 0,
                });
            }
        };
        let handles = self.handles(&mut store, &instance)?;
        store.data_mut().handles = Some(handles);
        write_meter(&mut store, handles, start)?;
        let function = instance
            .get_typed_func::<(), ()>(&mut store, method)
            .map_err(failed)?;
        let completion = match function.call(&mut store, ()) {
            Ok(()) => Completion::Returned,
            Err(error) => completion(&error)?,
        };
        let meter = read_meter(&mut store, handles)?;
        let pages = handles.memory.map_or(0, |memory| memory.size(&store));
        Ok(Run {
            completion,
            meter,
            memory_pages: u32::try_from(pages).map_err(failed)?,
        })
    }

    /// Finds what the metering pass exports, and puts the function that probes call into their
    /// table.
    fn handles(
        &self,
        store: &mut Store<HostState>,
        instance: &Instance,
    ) -> Result<Handles, EngineError> {
        if let Some(probes) = &self.probes {
            let table = instance.get_module_export(&mut *store, probes);
            let table = table.and_then(Extern::into_table);
            let table = table.ok_or_else(|| failed("the probes are no table"))?;
            let function = probe_func(store);
            let element = Ref::Func(Some(function));
            table.set(&mut *store, 0, element).map_err(failed)?;
        }
        let counter = |store: &mut Store<HostState>, export| {
            let global = instance.get_module_export(store, export);
            let global = global.and_then(Extern::into_global);
            global.ok_or_else(|| failed("a counter is no global"))
        };
        let memory = self.memory.as_ref().and_then(|export| {
            let memory = instance.get_module_export(&mut *store, export);
            memory.and_then(Extern::into_memory)
        });
        Ok(Handles {
            gas: counter(store, &self.gas)?,
            stack: counter(store, &self.stack)?,
            memory,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{NAME, VERSION};

    #[test]
    fn the_version_is_the_pinned_one() {
        let manifest = include_str!("../../Cargo.toml");
        let pin = format!("{NAME} = {{ version = \"={VERSION}\"");
        assert!(
            manifest.contains(&pin),
            "{pin} is not in the workspace manifest"
        );
    }
}
