//! Wasmer with Singlepass, its compiler that takes one pass: an engine like the others, with a
//! code generator that shares nothing with them.
//!
//! It takes the prepared bytes through the machine's own trait and runs every method in an instance
//! of its own. `configuration` decides every setting, `instance` makes instances and runs them,
//! `host_call` leads from the guest to the host that the thread was lent, and `failure` reads errors.
//! `lacked` says what this version cannot do, and `probestack` gives the linker a symbol.
//! The program `wasmer` holds it against the other engines on generated modules, as `engines` of
//! `lockstep-fuzz` does with V8, and on the corpus of incidents.

#![deny(unsafe_code)]

mod configuration;
mod failure;
mod host_call;
mod instance;
mod lacked;
mod probestack;

use lockstep_gas_meter::{GLOBAL_EXPORT_PREFIX, PreparedModule};
use lockstep_vm::{
    Call, CompiledModule, Engine, EngineError, EngineIdentity, HostCalls, Run, lend,
};
use wasmer::Module;

use self::configuration::configuration;
use self::failure::{failed, refused};
use self::instance::Instance;
use self::lacked::lacked;

/// The engine's name.
pub const NAME: &str = "wasmer-singlepass";
/// Must equal the pinned version in the manifest.
const VERSION: &str = "5.0.4";

/// Wasmer 5.0.4 with Singlepass.
pub struct WasmerEngine {
    engine: wasmer::Engine,
}

impl WasmerEngine {
    /// An engine with the one configuration that the protocol allows.
    pub fn new() -> WasmerEngine {
        WasmerEngine {
            engine: configuration(),
        }
    }
}

impl Default for WasmerEngine {
    fn default() -> WasmerEngine {
        WasmerEngine::new()
    }
}

impl Engine for WasmerEngine {
    fn identity(&self) -> EngineIdentity {
        EngineIdentity {
            name: NAME,
            version: VERSION,
        }
    }

    fn can_exhaust_native_stack(&self) -> bool {
        true
    }

    fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
        if let Some(reason) = lacked(module.bytes()) {
            return Err(refused(reason));
        }
        let compiled = Module::new(&self.engine, module.bytes()).map_err(refused)?;
        let globals = module.mutable_globals().iter();
        Ok(Box::new(WasmerModule {
            engine: self.engine.clone(),
            compiled,
            globals: globals
                .map(|index| format!("{GLOBAL_EXPORT_PREFIX}{index}"))
                .collect(),
        }))
    }
}

/// A compiled module.
struct WasmerModule {
    engine: wasmer::Engine,
    compiled: Module,
    /// The names under which the mutable globals are exported.
    globals: Vec<String>,
}

impl CompiledModule for WasmerModule {
    fn run(&self, call: Call<'_>, host: &mut dyn HostCalls) -> Result<Run, EngineError> {
        let start = call
            .meter()
            .ok_or_else(|| failed("more gas or stack than a counter holds"))?;
        let mut instance = match Instance::new(&self.engine, &self.compiled)? {
            Ok(instance) => instance,
            Err(completion) => {
                return Ok(Run {
                    completion,
                    meter: start,
                    memory_pages: 0,
                });
            }
        };
        let run = lend(host, || instance.run(call.method, start))?;
        if host.wants_final_state() {
            instance.show(&self.globals, host)?;
        }
        Ok(run)
    }
}

#[cfg(test)]
mod tests {
    use super::VERSION;

    #[test]
    fn the_version_is_the_pinned_one() {
        let manifest = include_str!("../Cargo.toml");
        let pin = format!("wasmer = {{ version = \"={VERSION}\"");
        assert!(manifest.contains(&pin), "{pin} is not in the manifest");
    }
}
