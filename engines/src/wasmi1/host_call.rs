//! The way from the guest to the host and back.
//!
//! All host functions are the same closure over a [`HostFunction`]. A call reads the two
//! counters, hands arguments and memory to the [`HostCalls`] in the store, and writes the
//! counters and the result back.

use ::wasmi1::{AsContext, AsContextMut, Caller, Func, FuncType, Global, Memory, Store, Val};
use lockstep_abi::HostFunction;

use super::failure::{Stopped, broken, failed, wrapped};
use super::growth::Growth;
use lockstep_vm::{EngineError, HostCalls, Meter, Unwind};

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
pub(super) struct HostState<'h> {
    pub(super) host: &'h mut dyn HostCalls,
    pub(super) handles: Option<Handles>,
    pub(super) growth: Growth,
}

/// The one shape that all host functions have.
pub(super) fn host_func(
    store: &mut Store<HostState<'_>>,
    function: HostFunction,
    ty: FuncType,
) -> Func {
    Func::new(store, ty, move |caller, params, results| {
        host_call(caller, function, params, results)
    })
}

/// What probes call: hands both numbers to the host and gives the first one back.
pub(super) fn probe_func(store: &mut Store<HostState<'_>>) -> Func {
    Func::wrap(
        store,
        |mut caller: Caller<'_, HostState<'_>>, operand: i32, number: i32| {
            let host = &mut caller.data_mut().host;
            host.probe(number.cast_unsigned(), operand.cast_unsigned());
            operand
        },
    )
}

/// Carries one call from the guest to the host and back.
fn host_call(
    mut caller: Caller<'_, HostState<'_>>,
    function: HostFunction,
    params: &[Val],
    results: &mut [Val],
) -> Result<(), ::wasmi1::Error> {
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
    let mut meter = read_meter(&caller, handles).map_err(wrapped)?;
    let outcome = match handles.memory {
        Some(memory) => {
            let (bytes, state) = memory.data_and_store_mut(&mut caller);
            state.host.call(function, args, bytes, &mut meter)
        }
        None => caller
            .data_mut()
            .host
            .call(function, args, &mut [], &mut meter),
    };
    write_meter(&mut caller, handles, meter).map_err(wrapped)?;
    let value = outcome.map_err(|Unwind| ::wasmi1::Error::host(Stopped))?;
    match (results, value) {
        ([], None) => Ok(()),
        ([result @ Val::I32(_)], Some(value)) => {
            let low = u32::try_from(value & u64::from(u32::MAX)).map_err(|_| broken("a result"))?;
            *result = Val::I32(low.cast_signed());
            Ok(())
        }
        ([result @ Val::I64(_)], Some(value)) => {
            *result = Val::I64(value.cast_signed());
            Ok(())
        }
        _ => Err(broken("a result that does not fit the signature")),
    }
}

pub(super) fn read_meter(store: impl AsContext, handles: Handles) -> Result<Meter, EngineError> {
    match (handles.gas.get(&store), handles.stack.get(&store)) {
        (Val::I64(gas), Val::I32(stack)) => Ok(Meter { gas, stack }),
        _ => Err(failed("the counters have other types")),
    }
}

pub(super) fn write_meter(
    mut store: impl AsContextMut,
    handles: Handles,
    meter: Meter,
) -> Result<(), EngineError> {
    handles
        .gas
        .set(&mut store, Val::I64(meter.gas))
        .map_err(failed)?;
    handles
        .stack
        .set(&mut store, Val::I32(meter.stack))
        .map_err(failed)
}
