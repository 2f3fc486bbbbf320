//! Cases on wasmi, in the version and with the features that the machine uses.

use lockstep_gas_meter::{GAS_EXPORT, STACK_EXPORT};
use wasmi::{CompilationMode, Config, Engine, Instance, Linker, Module, Store, TypedFunc, Val};

use crate::measure::Case;

/// Gas and fuel for a run: more than any workload uses.
pub const AMPLE: i64 = 1 << 50;
/// Stack slots for a run.
const STACK_SLOTS: i32 = 65_536;

/// An engine that compiles eagerly.
fn engine(fuel: bool) -> Engine {
    let mut config = Config::default();
    config
        .compilation_mode(CompilationMode::Eager)
        .consume_fuel(fuel)
        .set_max_recursion_depth(1 << 20)
        .set_max_stack_height(1 << 28);
    Engine::new(&config)
}

/// An instance and its `run`. Imported functions answer nothing and do nothing.
fn instantiate(fuel: bool, code: &[u8]) -> (Store<()>, Instance, TypedFunc<i32, i64>) {
    let engine = &engine(fuel);
    let module = Module::new(engine, code).expect("wasmi takes the module");
    let mut store = Store::new(engine, ());
    if fuel {
        store.set_fuel(AMPLE.unsigned_abs()).expect("fuel is on");
    }
    let mut linker = Linker::new(engine);
    for import in module.imports() {
        let ty = import.ty().func().expect("only functions are imported");
        let (module, name) = (import.module(), import.name());
        linker
            .func_new(module, name, ty.clone(), |_, _, _| Ok(()))
            .expect("an import appears once");
    }
    let instance = linker.instantiate_and_start(&mut store, &module);
    let instance = instance.expect("it can be instantiated");
    let run = instance
        .get_typed_func(&store, "run")
        .expect("it exports run");
    (store, instance, run)
}

/// The module as it is; nothing limits it.
pub fn plain(column: &'static str, code: &[u8], argument: u32) -> Case<'static> {
    let (mut store, _, run) = instantiate(false, code);
    Case::new(column, move || call(&mut store, run, argument))
}

/// The module under wasmi's own fuel.
pub fn fuel(column: &'static str, code: &[u8], argument: u32) -> Case<'static> {
    let (mut store, _, run) = instantiate(true, code);
    Case::new(column, move || {
        store.set_fuel(AMPLE.unsigned_abs()).expect("fuel is on");
        call(&mut store, run, argument)
    })
}

/// A module that this project has prepared: its counters are set before each run.
pub fn metered(column: &'static str, code: &[u8], argument: u32) -> Case<'static> {
    let (mut store, instance, run) = instantiate(false, code);
    let gas = instance.get_global(&store, GAS_EXPORT).expect("a counter");
    let stack = instance
        .get_global(&store, STACK_EXPORT)
        .expect("a counter");
    Case::new(column, move || {
        gas.set(&mut store, Val::I64(AMPLE)).expect("it is mutable");
        stack
            .set(&mut store, Val::I32(STACK_SLOTS))
            .expect("it is mutable");
        let result = call(&mut store, run, argument);
        let left = gas.get(&store).i64().expect("an i64");
        assert!(left > 0 && left < AMPLE, "{left} gas is left");
        result
    })
}

/// A module that another instrumenter has given a gas counter under this export.
pub fn with_global(
    column: &'static str,
    code: &[u8],
    export: &str,
    argument: u32,
) -> Case<'static> {
    let (mut store, instance, run) = instantiate(false, code);
    let gas = instance.get_global(&store, export).expect("a counter");
    Case::new(column, move || {
        gas.set(&mut store, Val::I64(AMPLE)).expect("it is mutable");
        call(&mut store, run, argument)
    })
}

/// The values of globals of a prepared module, named by their exports, once it has run.
///
/// # Panics
/// When the module cannot be run, or does not export a global of type `i64` under a name.
pub fn counters_after<const N: usize>(code: &[u8], argument: u32, names: [&str; N]) -> [i64; N] {
    let (mut store, instance, run) = instantiate(false, code);
    for (name, value) in [
        (GAS_EXPORT, Val::I64(AMPLE)),
        (STACK_EXPORT, Val::I32(STACK_SLOTS)),
    ] {
        let counter = instance.get_global(&store, name).expect("a counter");
        counter.set(&mut store, value).expect("it is mutable");
    }
    call(&mut store, run, argument);
    names.map(|name| {
        let global = instance.get_global(&store, name).expect("it is exported");
        global.get(&store).i64().expect("an i64")
    })
}

fn call(store: &mut Store<()>, run: TypedFunc<i32, i64>, argument: u32) -> u64 {
    let result = run.call(store, argument.cast_signed());
    result.expect("the workload returns").cast_unsigned()
}
