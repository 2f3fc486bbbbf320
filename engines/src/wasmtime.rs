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
//!
//! Code can be written for which Cranelift takes minutes. `effort` counts what a module would take it,
//! and Winch compiles those that would take it too much.

mod artifact;
mod configuration;
mod effort;
mod failure;
mod growth;
mod host_call;
mod instance;
mod native_stack;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lockstep_gas_meter::PreparedModule;
use lockstep_vm::{
    Call, CodeKey, CompiledModule, Engine, EngineError, EngineIdentity, HostCalls, IdleInstances,
    Meter, Run, lend,
};
use wasmtime::{Linker, Module, Strategy};

use self::configuration::configuration;
use self::effort::{compile_effort, compile_effort_max};
use self::failure::{failed, uncompiled};
use self::host_call::{HostState, host_functions};
use self::instance::{Exports, Instance};
pub use self::native_stack::THREAD_STACK_BYTES;
use crate::disk_cache::DiskCodeCache;

const NAME: &str = "wasmtime";
/// Must equal the pinned version in the workspace manifest.
const VERSION: &str = "48.0.8";
/// Whether Winch compiles for this processor. Elsewhere Cranelift compiles everything.
const HAS_WINCH: bool = cfg!(any(target_arch = "x86_64", target_arch = "aarch64"));

/// Which of Wasmtime's compilers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compiler {
    /// The optimising one.
    Cranelift,
    /// The one that compiles in a single pass.
    Winch,
}

/// The pinned Wasmtime with one of its compilers.
///
/// With Cranelift it leaves modules that would take that too much (`wasmtime/effort.rs`) to Winch, where
/// the processor is one for which Winch compiles.
pub struct WasmtimeEngine {
    compiler: Compiler,
    linker: Linker<HostState>,
    /// What belongs to Winch, when Cranelift is the compiler.
    one_pass: Option<Linker<HostState>>,
    compiled_in_one_pass: AtomicU64,
    idle: IdleInstances<Instance>,
    disk: Option<Arc<DiskCodeCache>>,
}

impl WasmtimeEngine {
    /// An engine with the one configuration that the protocol allows.
    ///
    /// # Errors
    /// When Wasmtime does not have the compiler on this kind of machine.
    pub fn new(compiler: Compiler) -> Result<WasmtimeEngine, EngineError> {
        let (strategy, one_pass) = match compiler {
            Compiler::Cranelift if HAS_WINCH => (Strategy::Cranelift, Some(Strategy::Winch)),
            Compiler::Cranelift => (Strategy::Cranelift, None),
            Compiler::Winch => (Strategy::Winch, None),
        };
        // What Wasmtime needs once for this thread. It takes that at a thread's first run otherwise,
        // and ends the process when there is no memory for it.
        wasmtime::Engine::tls_eager_initialize();
        Ok(WasmtimeEngine {
            compiler,
            linker: linker(strategy)?,
            one_pass: one_pass.map(linker).transpose()?,
            compiled_in_one_pass: AtomicU64::new(0),
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

    /// How many modules so far Winch compiled, or had compiled when they were read from disk, because
    /// they would have taken Cranelift too much. No result reads it.
    pub fn compiled_in_one_pass(&self) -> u64 {
        self.compiled_in_one_pass.load(Ordering::Relaxed)
    }
}

/// The host's functions for modules that one compiler compiles.
fn linker(strategy: Strategy) -> Result<Linker<HostState>, EngineError> {
    let engine = wasmtime::Engine::new(&configuration(strategy)).map_err(failed)?;
    host_functions(&engine).map_err(failed)
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
        let linker = self.linker_for(module);
        // The compiler takes native stack by the code that it gets.
        let compile = || Module::new(linker.engine(), module.bytes());
        let compiled = native_stack::with_enough(compile).map_err(uncompiled)?;
        Ok(Box::new(self.link(linker, &compiled, module)?))
    }

    fn compile_keyed(
        &self,
        key: &CodeKey,
        module: &PreparedModule,
    ) -> Result<Box<dyn CompiledModule>, EngineError> {
        let Some(disk) = &self.disk else {
            return self.compile(module);
        };
        let linker = self.linker_for(module);
        let compile = || artifact::module(linker.engine(), disk, key, module);
        let compiled = native_stack::with_enough(compile)?;
        Ok(Box::new(self.link(linker, &compiled, module)?))
    }
}

impl WasmtimeEngine {
    /// What belongs to the compiler that the module is for. The prepared bytes decide, so that it is
    /// the same one each time.
    fn linker_for(&self, module: &PreparedModule) -> &Linker<HostState> {
        match &self.one_pass {
            Some(one_pass) if compile_effort(module) > compile_effort_max(module) => {
                self.compiled_in_one_pass.fetch_add(1, Ordering::Relaxed);
                one_pass
            }
            _ => &self.linker,
        }
    }

    /// Resolves what the module imports, and where its exports are.
    fn link(
        &self,
        linker: &Linker<HostState>,
        compiled: &Module,
        prepared: &PreparedModule,
    ) -> Result<WasmtimeModule, EngineError> {
        let linked = linker.instantiate_pre(compiled).map_err(uncompiled)?;
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
