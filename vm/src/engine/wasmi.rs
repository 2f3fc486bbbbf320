//! The wasmi interpreter.
//!
//! `configuration` decides every setting of wasmi, `instance` makes instances, runs them and sets
//! them back, `host_call` leads from the guest to the host that the thread was [lent](super::lent),
//! and `failure` reads wasmi's errors. Instances are used again where they can be; see
//! [`reuse`](super::reuse).
//!
//! Each module has an engine of wasmi's of its own, because an engine keeps what it translated for as
//! long as it lives: so the code of a module goes when the module does.
//!
//! Code that is new is compiled whole, so that what wasmi would refuse is refused when it is
//! uploaded. Code that comes back from the state was compiled whole then: of it only the functions
//! that are called are validated and compiled, each at its first call. Most transactions call a
//! small part of a contract.

mod configuration;
mod failure;
mod host_call;
mod instance;

use lockstep_abi::{HOST_MODULE, HostFunction, ValueType};
use lockstep_gas_meter::{GLOBAL_EXPORT_PREFIX, PROBE_EXPORT, PreparedModule};
use wasmi::{CompilationMode, ExternType, FuncType, Module, ValType};

use self::configuration::configuration;
use self::failure::{failed, refused, untranslated};
use self::instance::Instance;
use super::lent::lend;
use super::reuse::IdleInstances;
use super::{Call, CompiledModule, Engine, EngineError, EngineIdentity, HostCalls, Run};
use crate::code_cache::CodeKey;

const NAME: &str = "wasmi";
/// Must equal the pinned version in the workspace manifest.
const VERSION: &str = "2.0.0";

/// The interpreter wasmi 2.0.0.
pub struct WasmiEngine {
    idle: IdleInstances<Instance>,
}

impl WasmiEngine {
    /// An engine with the one configuration that the protocol allows.
    pub fn new() -> WasmiEngine {
        WasmiEngine {
            idle: IdleInstances::default(),
        }
    }
}

impl std::fmt::Debug for WasmiEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WasmiEngine").finish_non_exhaustive()
    }
}

impl Default for WasmiEngine {
    fn default() -> Self {
        WasmiEngine::new()
    }
}

impl Engine for WasmiEngine {
    fn identity(&self) -> EngineIdentity {
        EngineIdentity {
            name: NAME,
            version: VERSION,
        }
    }

    fn instances_reused(&self) -> u64 {
        self.idle.taken()
    }

    fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
        self.translate(CompilationMode::Eager, module)
    }

    fn load(
        &self,
        _key: &CodeKey,
        module: &PreparedModule,
    ) -> Result<Box<dyn CompiledModule>, EngineError> {
        self.translate(CompilationMode::Lazy, module)
    }
}

impl WasmiEngine {
    fn translate(
        &self,
        mode: CompilationMode,
        module: &PreparedModule,
    ) -> Result<Box<dyn CompiledModule>, EngineError> {
        let engine = wasmi::Engine::new(&configuration(mode));
        let translated =
            Module::new(&engine, module.bytes()).map_err(|error| untranslated(&error))?;
        let imports = translated
            .imports()
            .map(|import| host_import(&import))
            .collect::<Result<_, _>>()?;
        let globals = module.mutable_globals().iter();
        Ok(Box::new(WasmiModule {
            imports,
            probed: translated.get_export(PROBE_EXPORT).is_some(),
            module: translated,
            globals: globals
                .map(|index| format!("{GLOBAL_EXPORT_PREFIX}{index}"))
                .collect(),
            resettable: module.is_resettable(),
            number: self.idle.next_module(),
            idle: self.idle.clone(),
        }))
    }
}

/// The host function behind an import, and its type for wasmi.
fn host_import(import: &wasmi::ImportType<'_>) -> Result<(HostFunction, FuncType), EngineError> {
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

/// A translated module and what its instances need.
struct WasmiModule {
    module: Module,
    /// What it imports, in its order.
    imports: Vec<(HostFunction, FuncType)>,
    /// The export names of its mutable globals.
    globals: Vec<String>,
    /// Whether an instance can be set back.
    resettable: bool,
    /// Whether it was prepared for profiling.
    probed: bool,
    /// Its number among the modules of the engine.
    number: u64,
    idle: IdleInstances<Instance>,
}

impl CompiledModule for WasmiModule {
    fn run(&self, call: Call<'_>, host: &mut dyn HostCalls) -> Result<Run, EngineError> {
        let start = call
            .meter()
            .ok_or_else(|| failed("more gas or stack than a counter holds"))?;
        let mut instance = match self.idle.take(self.number) {
            Some(instance) => instance,
            None => match Instance::instantiate(self)? {
                Ok(instance) => Box::new(instance),
                Err(completion) => {
                    return Ok(Run {
                        completion,
                        meter: start,
                        memory_pages: 0,
                    });
                }
            },
        };
        let run = lend(host, || instance.run(call.method, start))?;
        if host.wants_final_state() {
            instance.show(host)?;
        }
        if instance.reset()? {
            self.idle.put(self.number, instance);
        }
        Ok(run)
    }
}

impl Drop for WasmiModule {
    fn drop(&mut self) {
        self.idle.forget(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::{NAME, VERSION};

    #[test]
    fn the_version_is_the_pinned_one() {
        let manifest = include_str!("../../../Cargo.toml");
        let pin = format!("{NAME} = {{ version = \"={VERSION}\"");
        assert!(
            manifest.contains(&pin),
            "{pin} is not in the workspace manifest"
        );
    }
}
