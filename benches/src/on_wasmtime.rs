//! Cases on Wasmtime, compiled by Cranelift.

use lockstep_gas_meter::{GAS_EXPORT, STACK_EXPORT};
use wasmtime::{Config, Engine, Instance, Linker, Module, Store, TypedFunc, Val};

use crate::measure::Case;

/// Gas and fuel for a run: more than any workload uses.
const AMPLE: i64 = 1 << 50;
/// Stack slots for a run.
const STACK_SLOTS: i32 = 65_536;

/// An instance and its `run`. Imported functions, which take numbers of type `i32` or `i64`, do
/// nothing.
fn instantiate(fuel: bool, code: &[u8]) -> (Store<()>, Instance, TypedFunc<i32, i64>) {
    let mut config = Config::new();
    config.consume_fuel(fuel).max_wasm_stack(1 << 20);
    let engine = Engine::new(&config).expect("a usual configuration");
    let module = Module::new(&engine, code).expect("Wasmtime takes the module");
    let mut store = Store::new(&engine, ());
    if fuel {
        store.set_fuel(AMPLE.unsigned_abs()).expect("fuel is on");
    }
    let mut linker = Linker::new(&engine);
    for import in module.imports() {
        let ty = import.ty();
        let ty = ty.func().expect("only functions are imported");
        let (module, name) = (import.module(), import.name());
        let longs: Vec<bool> = ty.params().map(|param| param.is_i64()).collect();
        let added = match longs.as_slice() {
            [true] => linker.func_wrap(module, name, |_: i64| {}),
            [true, true] => linker.func_wrap(module, name, |_: i64, _: i64| {}),
            _ => linker.func_new(module, name, ty.clone(), |_, _, _| Ok(())),
        };
        added.expect("an import appears once");
    }
    let instance = linker.instantiate(&mut store, &module);
    let instance = instance.expect("it can be instantiated");
    let run = instance.get_typed_func(&mut store, "run");
    (store, instance, run.expect("it exports run"))
}

/// The module as it is; nothing limits it.
pub fn plain(column: &'static str, code: &[u8], argument: u32) -> Case<'static> {
    let (mut store, _, run) = instantiate(false, code);
    Case::new(column, move || call(&mut store, &run, argument))
}

/// The module under Wasmtime's own fuel.
pub fn fuel(column: &'static str, code: &[u8], argument: u32) -> Case<'static> {
    let (mut store, _, run) = instantiate(true, code);
    Case::new(column, move || {
        store.set_fuel(AMPLE.unsigned_abs()).expect("fuel is on");
        call(&mut store, &run, argument)
    })
}

/// A module that this project has prepared: its counters are set before each run.
pub fn metered(column: &'static str, code: &[u8], argument: u32) -> Case<'static> {
    let (mut store, instance, run) = instantiate(false, code);
    let gas = instance
        .get_global(&mut store, GAS_EXPORT)
        .expect("a counter");
    let stack = instance
        .get_global(&mut store, STACK_EXPORT)
        .expect("a counter");
    Case::new(column, move || {
        gas.set(&mut store, Val::I64(AMPLE)).expect("it is mutable");
        let slots = Val::I32(STACK_SLOTS);
        stack.set(&mut store, slots).expect("it is mutable");
        let result = call(&mut store, &run, argument);
        let left = gas.get(&mut store).unwrap_i64();
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
    let gas = instance.get_global(&mut store, export).expect("a counter");
    Case::new(column, move || {
        gas.set(&mut store, Val::I64(AMPLE)).expect("it is mutable");
        call(&mut store, &run, argument)
    })
}

fn call(store: &mut Store<()>, run: &TypedFunc<i32, i64>, argument: u32) -> u64 {
    let result = run.call(store, argument.cast_signed());
    result.expect("the workload returns").cast_unsigned()
}
