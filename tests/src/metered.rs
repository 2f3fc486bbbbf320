//! The instrumented module on wasmi, driven directly, without the machine around it.
//!
//! The engine is set up as the machine sets it up: eager, without fuel, every proposal by hand,
//! with its own recursion limits far above what the metered stack allows.

use lockstep_gas_meter::{GAS_EXPORT, GLOBAL_EXPORT_PREFIX, MEMORY_EXPORT, STACK_EXPORT};
use lockstep_reference::Stop;
use wasmi::errors::{ErrorKind, HostError, InstantiationError, MemoryError};
use wasmi::{
    Caller, CompilationMode, Config, Engine, Extern, Global, Instance, Linker, Memory, Module,
    Store, TrapCode, Val,
};

use crate::host::ScriptedHost;
use crate::outcome::Outcome;
use crate::word::{to_val, to_word};

/// More frames than any stack bound of the tests allows.
const RECURSION_MAX: usize = 200_000;
/// More bytes of value stack than any stack bound of the tests allows.
const VALUE_STACK_BYTES_MAX: usize = 512 << 20;

/// Why the host does not return to the guest.
#[derive(Debug, PartialEq, Eq)]
enum HostStop {
    /// It ended the run.
    Ended,
    /// The guest called it although its gas had run out.
    NoGas,
}

impl std::fmt::Display for HostStop {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "the host stopped the run: {self:?}")
    }
}

impl HostError for HostStop {}

/// Instrumented code that the engine has translated, with the host linked to it.
#[derive(Debug)]
pub(crate) struct Compiled {
    module: Module,
    linker: Linker<ScriptedHost>,
}

impl Compiled {
    /// Translates instrumented code.
    ///
    /// # Panics
    /// When the engine does not take the code.
    pub(crate) fn new(engine: &Engine, code: &[u8]) -> Compiled {
        let module = Module::new(engine, code).expect("prepared code is valid");
        let mut linker = Linker::new(engine);
        for import in module.imports() {
            let name = import.name().to_string();
            let ty = import.ty().func().expect("only functions are imported");
            linker
                .func_new(
                    import.module(),
                    import.name(),
                    ty.clone(),
                    move |caller, arguments, results| call_host(caller, &name, arguments, results),
                )
                .expect("an import appears once");
        }
        Compiled { module, linker }
    }

    /// A fresh instance.
    ///
    /// # Errors
    /// The trap when an active segment does not fit.
    ///
    /// # Panics
    /// When the code lacks the metering exports.
    pub(crate) fn instantiate(&self, host: ScriptedHost) -> Result<Metered, Stop> {
        let mut store = Store::new(self.module.engine(), host);
        let instance = self
            .linker
            .instantiate_and_start(&mut store, &self.module)
            .map_err(|error| instantiation_stop(&error))?;
        let global = |name| instance.get_global(&store, name).expect("metering export");
        let (gas, stack) = (global(GAS_EXPORT), global(STACK_EXPORT));
        Ok(Metered {
            store,
            instance,
            gas,
            stack,
        })
    }
}

/// An instance of an instrumented module.
#[derive(Debug)]
pub struct Metered {
    store: Store<ScriptedHost>,
    instance: Instance,
    gas: Global,
    stack: Global,
}

impl Metered {
    /// An engine for any number of instances.
    pub fn engine() -> Engine {
        let mut config = Config::default();
        config
            .consume_fuel(false)
            .floats(false)
            .allow_start_fn(false)
            .ignore_custom_sections(true)
            .compilation_mode(CompilationMode::Eager)
            .set_max_recursion_depth(RECURSION_MAX)
            .set_max_stack_height(VALUE_STACK_BYTES_MAX)
            .wasm_mutable_global(true)
            .wasm_sign_extension(true)
            .wasm_multi_value(true)
            .wasm_bulk_memory(true)
            .wasm_reference_types(true)
            .wasm_saturating_float_to_int(false)
            .wasm_multi_memory(false)
            .wasm_tail_call(false)
            .wasm_extended_const(false)
            .wasm_custom_page_sizes(false)
            .wasm_wide_arithmetic(false);
        Engine::new(&config)
    }

    /// Instantiates instrumented code.
    ///
    /// # Errors
    /// The trap when an active segment does not fit.
    ///
    /// # Panics
    /// When the engine does not take the code.
    pub fn new(engine: &Engine, code: &[u8], host: ScriptedHost) -> Result<Metered, Stop> {
        Compiled::new(engine, code).instantiate(host)
    }

    /// Calls an exported function with raw 64-bit arguments.
    ///
    /// # Panics
    /// When there is no such function, or when the engine fails in a way that is not a trap of
    /// the guest.
    pub fn invoke(&mut self, name: &str, arguments: &[u64], gas: i64, stack: u32) -> Outcome {
        let function = self
            .instance
            .get_func(&self.store, name)
            .expect("the export was found before");
        let stack = i32::try_from(stack).expect("a stack bound fits an i32");
        self.set(self.gas, Val::I64(gas));
        self.set(self.stack, Val::I32(stack));
        let ty = function.ty(&self.store);
        let arguments: Vec<Val> = ty
            .params()
            .iter()
            .zip(arguments)
            .map(|(ty, word)| to_val(*ty, *word))
            .collect();
        let mut results: Vec<Val> = ty.results().iter().map(|ty| to_val(*ty, 0)).collect();
        let ran = function.call(&mut self.store, &arguments, &mut results);
        let gas_left = self.get(self.gas) as i64;
        let stack_left = i64::from(self.get(self.stack) as u32 as i32);
        let result = match ran {
            Ok(()) if gas_left < 0 => Err(Stop::OutOfGas),
            Ok(()) => Ok(results.iter().map(to_word).collect()),
            Err(error) => Err(stop(&error, gas_left, stack_left)),
        };
        let events = self.store.data_mut().take_events();
        Outcome::new(result, gas_left, stack_left, events)
    }

    /// The memory's content; empty when there is none.
    pub fn memory(&self) -> &[u8] {
        match self.instance.get_memory(&self.store, MEMORY_EXPORT) {
            Some(memory) => memory.data(&self.store),
            None => &[],
        }
    }

    /// The index and the raw value of each mutable global of the module that was uploaded, in
    /// ascending order.
    pub fn mutable_globals(&self) -> Vec<(u32, u64)> {
        let exports = self.instance.exports(&self.store);
        let mut globals: Vec<(u32, u64)> = exports
            .filter_map(|export| {
                let index = export.name().strip_prefix(GLOBAL_EXPORT_PREFIX)?;
                Some((index.parse().ok()?, self.get(export.into_global()?)))
            })
            .collect();
        globals.sort_unstable();
        globals
    }

    /// The raw value of the exported global `name`.
    pub fn exported_global(&self, name: &str) -> Option<u64> {
        let global = self.instance.get_global(&self.store, name)?;
        Some(to_word(&global.get(&self.store)))
    }

    fn get(&self, global: Global) -> u64 {
        to_word(&global.get(&self.store))
    }

    fn set(&mut self, global: Global, value: Val) {
        global
            .set(&mut self.store, value)
            .expect("the metering globals are mutable");
    }
}

/// Hands a call of the guest to the host.
fn call_host(
    mut caller: Caller<'_, ScriptedHost>,
    name: &str,
    arguments: &[Val],
    results: &mut [Val],
) -> Result<(), wasmi::Error> {
    let gas = metering_global(&caller, GAS_EXPORT);
    let stack = metering_global(&caller, STACK_EXPORT);
    let memory = caller
        .get_export(MEMORY_EXPORT)
        .and_then(Extern::into_memory);
    let gas_left = to_word(&gas.get(&caller)) as i64;
    if gas_left < 0 {
        return Err(wasmi::Error::host(HostStop::NoGas));
    }
    let stack_left = i64::from(to_word(&stack.get(&caller)) as u32 as i32);
    let arguments: Vec<u64> = arguments.iter().map(to_word).collect();
    let answer = match memory {
        Some(memory) => {
            let (bytes, host) = Memory::data_and_store_mut(&memory, &mut caller);
            host.call(name, &arguments, bytes, gas_left, stack_left)
        }
        None => caller
            .data_mut()
            .call(name, &arguments, &mut [], gas_left, stack_left),
    };
    gas.set(&mut caller, Val::I64(gas_left - answer.gas))
        .expect("the gas counter is mutable");
    if answer.ends {
        return Err(wasmi::Error::host(HostStop::Ended));
    }
    for result in results {
        *result = to_val(result.ty(), answer.result);
    }
    Ok(())
}

fn metering_global(caller: &Caller<'_, ScriptedHost>, name: &str) -> Global {
    caller
        .get_export(name)
        .and_then(Extern::into_global)
        .expect("metering export")
}

/// Why a call stopped, by the rule that `docs/gas.md` states: gas first, then stack, then the
/// engine's own code.
fn stop(error: &wasmi::Error, gas_left: i64, stack_left: i64) -> Stop {
    if error.downcast_ref() == Some(&HostStop::Ended) {
        return Stop::Host;
    }
    if gas_left < 0 {
        return Stop::OutOfGas;
    }
    if stack_left < 0 {
        return Stop::StackOverflow;
    }
    match error.as_trap_code() {
        Some(TrapCode::UnreachableCodeReached) => Stop::Unreachable,
        Some(TrapCode::MemoryOutOfBounds) => Stop::MemoryOutOfBounds,
        Some(TrapCode::TableOutOfBounds) => Stop::TableOutOfBounds,
        Some(TrapCode::IndirectCallToNull) => Stop::IndirectCallNull,
        Some(TrapCode::BadSignature) => Stop::SignatureMismatch,
        Some(TrapCode::IntegerDivisionByZero) => Stop::DivisionByZero,
        Some(TrapCode::IntegerOverflow) => Stop::IntegerOverflow,
        _ => panic!("the engine failed: {error}"),
    }
}

/// Why an instantiation stopped. The engine reports segments that do not fit as errors of their
/// own, not as traps.
fn instantiation_stop(error: &wasmi::Error) -> Stop {
    match error.kind() {
        ErrorKind::Memory(MemoryError::OutOfBoundsAccess) => Stop::MemoryOutOfBounds,
        ErrorKind::Instantiation(InstantiationError::ElementSegmentDoesNotFit { .. }) => {
            Stop::TableOutOfBounds
        }
        _ => panic!("the engine failed to instantiate: {error}"),
    }
}
