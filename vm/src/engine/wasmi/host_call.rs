//! The way from the guest to the host and back.
//!
//! A call reads the two counters, hands arguments and memory to the [`HostCalls`] that the thread
//! was lent, and writes the counters and the result back. When the host says that the guest must
//! not go on, an error that is not a trap unwinds wasmi.
//!
//! [`HostCalls`]: crate::engine::HostCalls

use lockstep_abi::{HostFunction, ValueType};
use wasmi::{AsContext, AsContextMut, Caller, Error, Func, FuncType, Global, Memory, Val};

use super::failure::{Stopped, broken};
use super::instance::GuestState;
use crate::engine::lent::with_host;
use crate::engine::{Meter, Unwind};

/// The most parameters a host function has.
const PARAMS_MAX: usize = 8;

/// The exports of the metering pass.
#[derive(Clone, Copy)]
pub(super) struct Handles {
    pub(super) gas: Global,
    pub(super) stack: Global,
    pub(super) memory: Option<Memory>,
}

impl Handles {
    /// The counters.
    pub(super) fn meter(&self, store: impl AsContext) -> Result<Meter, Error> {
        match (self.gas.get(&store), self.stack.get(&store)) {
            (Val::I64(gas), Val::I32(stack)) => Ok(Meter { gas, stack }),
            _ => Err(broken("the counters have other types")),
        }
    }

    /// Sets the counters.
    pub(super) fn set_meter(
        &self,
        mut store: impl AsContextMut,
        meter: Meter,
    ) -> Result<(), Error> {
        let Meter { gas, stack } = meter;
        let set = self.gas.set(&mut store, Val::I64(gas));
        set.and_then(|()| self.stack.set(&mut store, Val::I32(stack)))
            .map_err(|_| broken("the counters are constant"))
    }
}

/// The one shape that all host functions have.
pub(super) fn host_func(
    store: impl AsContextMut<Data = GuestState>,
    function: HostFunction,
    ty: FuncType,
) -> Func {
    Func::new(store, ty, move |caller, params, results| {
        host_call(caller, function, params, results)
    })
}

/// What probes call: hands both numbers to the host and gives the first one back.
pub(super) fn probe_func(store: impl AsContextMut<Data = GuestState>) -> Func {
    Func::wrap(store, |operand: i32, number: i32| {
        with_host(|host| host.probe(number.cast_unsigned(), operand.cast_unsigned()));
        operand
    })
}

/// Carries one call from the guest to the host and back.
fn host_call(
    mut caller: Caller<'_, GuestState>,
    function: HostFunction,
    params: &[Val],
    results: &mut [Val],
) -> Result<(), Error> {
    let handles = caller.data().handles;
    let handles = handles.ok_or_else(|| broken("a host call before the run"))?;
    let mut args = [0_u64; PARAMS_MAX];
    for (arg, param) in args.iter_mut().zip(params) {
        *arg = match param {
            Val::I32(value) => u64::from(value.cast_unsigned()),
            Val::I64(value) => value.cast_unsigned(),
            _ => return Err(broken("an argument that is no integer")),
        };
    }
    let args = args.get(..params.len());
    let args = args.ok_or_else(|| broken("too many parameters"))?;
    let mut meter = handles.meter(&caller)?;
    let memory = match handles.memory {
        Some(memory) => memory.data_mut(&mut caller),
        None => &mut [],
    };
    let answer = with_host(|host| host.call(function, args, memory, &mut meter));
    let answer = answer.ok_or_else(|| broken("a host call after the run"))?;
    handles.set_meter(&mut caller, meter)?;
    let value = answer.map_err(|Unwind| Error::host(Stopped))?;
    match (results, value) {
        ([], None) => Ok(()),
        ([result], Some(value)) => {
            *result = cut(function, value)?;
            Ok(())
        }
        _ => Err(broken("a result that the signature does not have")),
    }
}

/// A host function's result, cut to its width.
fn cut(function: HostFunction, value: u64) -> Result<Val, Error> {
    match function.signature().result {
        Some(ValueType::I32) => {
            let low = u32::try_from(value & u64::from(u32::MAX));
            let low = low.map_err(|_| broken("a result that is too wide"))?;
            Ok(Val::I32(low.cast_signed()))
        }
        Some(ValueType::I64) => Ok(Val::I64(value.cast_signed())),
        None => Err(broken("a result that the signature does not have")),
    }
}
