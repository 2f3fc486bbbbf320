//! Wasmtime: native code, from Cranelift (optimising) or Winch (one pass).
//!
//! The same prepared module runs here as on the interpreter, and counts its gas and stack itself,
//! so results are the same; only the speed differs. `configuration` decides every setting,
//! `native_stack` gives runs enough of the machine's stack, `instance` makes instances and sets them
//! back, `host_call` leads from the guest to the host that the thread was [lent](lend), and `failure`
//! reads errors.
//!
//! A module is compiled and linked once. Mapping a memory takes longer than a short call, so
//! instances are used again where they can be; see [`IdleInstances`].

mod artifact;
mod configuration;
mod failure;
mod growth;
mod host_call;
mod instance;
mod native_stack;

use std::sync::Arc;

use lockstep_gas_meter::PreparedModule;
use lockstep_vm::{
    Call, CodeKey, CompiledModule, Engine, EngineError, EngineIdentity, HostCalls, IdleInstances,
    Meter, Run, lend,
};
use wasmtime::{Linker, Module, Strategy};

use self::configuration::configuration;
use self::failure::{failed, uncompiled};
use self::host_call::{HostState, host_functions};
use self::instance::{Exports, Instance};
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
    idle: IdleInstances<Instance>,
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
        // What Wasmtime needs once for each thread it takes at the first run otherwise, and ends
        // the process when there is no memory for it.
        wasmtime::Engine::tls_eager_initialize();
        let linker = host_functions(&engine).map_err(failed)?;
        Ok(WasmtimeEngine {
            compiler,
            linker,
            idle: IdleInstances::default(),
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

    fn instances_reused(&self) -> u64 {
        self.idle.taken()
    }

    fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
        // The compiler takes native stack by the code that it gets.
        let compile = || Module::new(self.linker.engine(), module.bytes());
        let compiled = native_stack::with_enough(compile).map_err(uncompiled)?;
        Ok(Box::new(self.link(&compiled, module)?))
    }

    fn compile_keyed(
        &self,
        key: &CodeKey,
        module: &PreparedModule,
    ) -> Result<Box<dyn CompiledModule>, EngineError> {
        let Some(disk) = &self.disk else {
            return self.compile(module);
        };
        let compile = || artifact::module(self.linker.engine(), disk, key, module);
        let compiled = native_stack::with_enough(compile)?;
        Ok(Box::new(self.link(&compiled, module)?))
    }
}

impl WasmtimeEngine {
    /// Resolves what the module imports, and where its exports are.
    fn link(
        &self,
        compiled: &Module,
        prepared: &PreparedModule,
    ) -> Result<WasmtimeModule, EngineError> {
        let linked = self.linker.instantiate_pre(compiled).map_err(uncompiled)?;
        Ok(WasmtimeModule {
            exports: Exports::new(linked, prepared)?,
            number: self.idle.next_module(),
            idle: self.idle.clone(),
        })
    }
}

/// A compiled module with its imports.
struct WasmtimeModule {
    exports: Exports,
    /// Its number among the modules of the engine.
    number: u64,
    idle: IdleInstances<Instance>,
}

impl CompiledModule for WasmtimeModule {
    fn run(&self, call: Call<'_>, host: &mut dyn HostCalls) -> Result<Run, EngineError> {
        let start = call
            .meter()
            .ok_or_else(|| failed("more gas or stack than a counter holds"))?;
        native_stack::with_enough(|| {
            let (run, instance) = lend(host, || self.run_once(call.method, start))?;
            let Some(mut instance) = instance else {
                return Ok(run);
            };
            if host.wants_final_state() {
                instance.show(host)?;
            }
            if instance.reset()? {
                self.idle.put(self.number, instance);
            }
            Ok(run)
        })
    }
}

impl WasmtimeModule {
    /// A run, and the instance that it was in, if one could be made.
    fn run_once(
        &self,
        method: &str,
        start: Meter,
    ) -> Result<(Run, Option<Box<Instance>>), EngineError> {
        let mut instance = match self.idle.take(self.number) {
            Some(instance) => instance,
            None => match self.exports.instantiate()? {
                Ok(instance) => Box::new(instance),
                Err(completion) => {
                    let run = Run {
                        completion,
                        meter: start,
                        memory_pages: 0,
                    };
                    return Ok((run, None));
                }
            },
        };
        Ok((instance.run(method, start)?, Some(instance)))
    }
}

impl Drop for WasmtimeModule {
    fn drop(&mut self) {
        self.idle.forget(self.number);
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
