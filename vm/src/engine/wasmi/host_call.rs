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

/// A guest that calls.
type Guest<'c> = Caller<'c, GuestState>;

/// A host function of this type. Those of the usual shapes take their arguments as numbers; of the
/// few others, the calls of contracts among them, wasmi puts them into a list that it allocates.
pub(super) fn host_func(
    store: impl AsContextMut<Data = GuestState>,
    function: HostFunction,
    ty: FuncType,
) -> Func {
    use ValueType::{I32, I64};
    let (f, signature) = (function, function.signature());
    match (signature.params, signature.result) {
        ([], Some(I32)) => Func::wrap(store, move |g: Guest<'_>| word(words(g, f, []))),
        ([], Some(I64)) => Func::wrap(store, move |g: Guest<'_>| long(words(g, f, []))),
        ([I32], None) => Func::wrap(store, move |g: Guest<'_>, a: u32| none(words(g, f, [a]))),
        ([I32, I32], None) => Func::wrap(store, move |g: Guest<'_>, a: u32, b: u32| {
            none(words(g, f, [a, b]))
        }),
        ([I32, I32], Some(I32)) => Func::wrap(store, move |g: Guest<'_>, a: u32, b: u32| {
            word(words(g, f, [a, b]))
        }),
        ([I32, I32, I32], None) => {
            Func::wrap(store, move |g: Guest<'_>, a: u32, b: u32, c: u32| {
                none(words(g, f, [a, b, c]))
            })
        }
        ([I32, I32, I32], Some(I32)) => {
            Func::wrap(store, move |g: Guest<'_>, a: u32, b: u32, c: u32| {
                word(words(g, f, [a, b, c]))
            })
        }
        ([I32, I32, I32, I32], None) => Func::wrap(
            store,
            move |g: Guest<'_>, a: u32, b: u32, c: u32, d: u32| none(words(g, f, [a, b, c, d])),
        ),
        ([I32, I32, I32, I32], Some(I32)) => Func::wrap(
            store,
            move |g: Guest<'_>, a: u32, b: u32, c: u32, d: u32| word(words(g, f, [a, b, c, d])),
        ),
        _ => Func::new(store, ty, move |guest, params, results| {
            values(guest, function, params, results)
        }),
    }
}

/// What probes call: hands both numbers to the host and gives the first one back.
pub(super) fn probe_func(store: impl AsContextMut<Data = GuestState>) -> Func {
    Func::wrap(store, |operand: i32, number: i32| {
        with_host(|host| host.probe(number.cast_unsigned(), operand.cast_unsigned()));
        operand
    })
}

/// A call with 32-bit arguments.
fn words<const N: usize>(
    guest: Guest<'_>,
    function: HostFunction,
    args: [u32; N],
) -> Result<Option<u64>, Error> {
    host_call(guest, function, &args.map(u64::from))
}

/// A call with arguments and a result of any type.
fn values(
    guest: Guest<'_>,
    function: HostFunction,
    params: &[Val],
    results: &mut [Val],
) -> Result<(), Error> {
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
    let answer = host_call(guest, function, args);
    match (results, function.signature().result) {
        ([], None) => none(answer),
        ([result], Some(ValueType::I32)) => {
            *result = Val::I32(word(answer)?.cast_signed());
            Ok(())
        }
        ([result], Some(ValueType::I64)) => {
            *result = Val::I64(long(answer)?.cast_signed());
            Ok(())
        }
        _ => Err(broken("a result that the signature does not have")),
    }
}

/// Carries one call from the guest to the host and back.
fn host_call(
    mut guest: Guest<'_>,
    function: HostFunction,
    args: &[u64],
) -> Result<Option<u64>, Error> {
    let handles = guest.data().handles;
    let handles = handles.ok_or_else(|| broken("a host call before the run"))?;
    let mut meter = handles.meter(&guest)?;
    let memory = match handles.memory {
        Some(memory) => memory.data_mut(&mut guest),
        None => &mut [],
    };
    let answer = with_host(|host| host.call(function, args, memory, &mut meter));
    let answer = answer.ok_or_else(|| broken("a host call after the run"))?;
    handles.set_meter(&mut guest, meter)?;
    answer.map_err(|Unwind| Error::host(Stopped))
}

/// The answer of a function without a result.
fn none(answer: Result<Option<u64>, Error>) -> Result<(), Error> {
    match answer? {
        None => Ok(()),
        Some(_) => Err(broken("a result that the signature does not have")),
    }
}

/// A result of 32 bits: the low ones, as on every engine.
fn word(answer: Result<Option<u64>, Error>) -> Result<u32, Error> {
    let low = long(answer)? & u64::from(u32::MAX);
    u32::try_from(low).map_err(|_| broken("a result that is too wide"))
}

/// A result of 64 bits.
fn long(answer: Result<Option<u64>, Error>) -> Result<u64, Error> {
    answer?.ok_or_else(|| broken("a result that is missing"))
}
