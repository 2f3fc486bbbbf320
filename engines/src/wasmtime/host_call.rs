//! The way from the guest to the host and back.
//!
//! [`host_functions`] makes the linker that all modules of an engine share. A call reads the two
//! counters, hands arguments and memory to the [`HostCalls`](lockstep_vm::HostCalls) that the
//! thread was lent, and writes the counters and the result back.

use lockstep_abi::{HOST_MODULE, HostFunction, ValueType};
use lockstep_vm::{EngineError, Meter, Unwind, with_host};
use wasmtime::{
    AsContextMut, Caller, Engine, Error, Func, FuncType, Global, Linker, Memory, Result, Store,
    Val, ValType,
};

use super::failure::{Ended, failed};
use super::growth::Growth;

/// The most parameters a host function has.
const PARAMS_MAX: usize = 8;

/// The exports of the metering pass, once the instance exists.
#[derive(Clone, Copy)]
pub(super) struct Handles {
    pub(super) gas: Global,
    pub(super) stack: Global,
    pub(super) memory: Option<Memory>,
}

/// What a store carries.
pub(super) struct HostState {
    pub(super) handles: Option<Handles>,
    pub(super) growth: Growth,
}

/// Every host function under its name.
pub(super) fn host_functions(engine: &Engine) -> Result<Linker<HostState>> {
    let mut linker = Linker::new(engine);
    for function in HostFunction::ALL {
        let ty = function_type(engine, function);
        linker.func_new(
            HOST_MODULE,
            function.name(),
            ty,
            move |caller, params, results| host_call(caller, function, params, results),
        )?;
    }
    Ok(linker)
}

/// A host function's signature as Wasmtime writes it.
fn function_type(engine: &Engine, function: HostFunction) -> FuncType {
    let value_type = |ty: &ValueType| match ty {
        ValueType::I32 => ValType::I32,
        ValueType::I64 => ValType::I64,
    };
    let signature = function.signature();
    FuncType::new(
        engine,
        signature.params.iter().map(value_type),
        signature.result.as_ref().map(value_type),
    )
}

/// What probes call: hands both numbers to the host and gives the first one back.
pub(super) fn probe_func(store: &mut Store<HostState>) -> Func {
    Func::wrap(
        store,
        |_: Caller<'_, HostState>, operand: i32, number: i32| {
            with_host(|host| host.probe(number.cast_unsigned(), operand.cast_unsigned()));
            operand
        },
    )
}

/// Carries one call from the guest to the host and back.
fn host_call(
    mut caller: Caller<'_, HostState>,
    function: HostFunction,
    params: &[Val],
    results: &mut [Val],
) -> Result<()> {
    let handles = caller
        .data()
        .handles
        .ok_or_else(|| broken("a host call before the run"))?;
    let mut args = [0_u64; PARAMS_MAX];
    for (arg, param) in args.iter_mut().zip(params) {
        *arg = match param {
            Val::I32(value) => u64::from(value.cast_unsigned()),
            Val::I64(value) => value.cast_unsigned(),
            _ => return Err(broken("an argument that is no integer")),
        };
    }
    let args = args
        .get(..params.len())
        .ok_or_else(|| broken("too many parameters"))?;
    let mut meter =
        read_meter(&mut caller, handles).map_err(|_| broken("the counters have other types"))?;
    let outcome = match handles.memory {
        Some(memory) => {
            let bytes = memory.data_mut(&mut caller);
            with_host(|host| host.call(function, args, bytes, &mut meter))
        }
        None => with_host(|host| host.call(function, args, &mut [], &mut meter)),
    };
    let outcome = outcome.ok_or_else(|| broken("a host call after the run"))?;
    write_meter(&mut caller, handles, meter).map_err(|_| broken("the counters are constant"))?;
    let value = outcome.map_err(|Unwind| Error::new(Ended::Stopped))?;
    // Wasmtime hands over results without types: the signature has them.
    match (results, function.signature().result, value) {
        ([], None, None) => Ok(()),
        ([result], Some(ValueType::I32), Some(value)) => {
            let low = u32::try_from(value & u64::from(u32::MAX)).map_err(|_| broken("a result"))?;
            *result = Val::I32(low.cast_signed());
            Ok(())
        }
        ([result], Some(ValueType::I64), Some(value)) => {
            *result = Val::I64(value.cast_signed());
            Ok(())
        }
        _ => Err(broken("a result that does not fit the signature")),
    }
}

fn broken(reason: &'static str) -> Error {
    Error::new(Ended::Broken(reason))
}

pub(super) fn read_meter(
    mut store: impl AsContextMut,
    handles: Handles,
) -> std::result::Result<Meter, EngineError> {
    match (handles.gas.get(&mut store), handles.stack.get(&mut store)) {
        (Val::I64(gas), Val::I32(stack)) => Ok(Meter { gas, stack }),
        _ => Err(failed("the counters have other types")),
    }
}

pub(super) fn write_meter(
    mut store: impl AsContextMut,
    handles: Handles,
    meter: Meter,
) -> std::result::Result<(), EngineError> {
    handles
        .gas
        .set(&mut store, Val::I64(meter.gas))
        .map_err(failed)?;
    handles
        .stack
        .set(&mut store, Val::I32(meter.stack))
        .map_err(failed)
}
