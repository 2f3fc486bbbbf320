//! The way from the guest to the host and back.
//!
//! A call reads the two counters, hands arguments and memory to the host that the thread was lent,
//! and writes counters, memory and the result back. The memory is copied both ways, which needs no
//! unsafe code and is fast enough for a test.

use lockstep_abi::{HostFunction, ValueType};
use lockstep_vm::{Meter, Unwind, with_host};
use wasmer::{
    AsStoreMut, Function, FunctionEnv, FunctionEnvMut, FunctionType, Global, Memory, RuntimeError,
    Store, Type, Value,
};

use crate::failure::Ended;

/// The exports of the metering pass, once the instance exists.
#[derive(Clone)]
pub(crate) struct Handles {
    pub(crate) gas: Global,
    pub(crate) stack: Global,
    pub(crate) memory: Option<Memory>,
}

/// What host functions know: the instance's exports, once there are any.
pub(crate) type State = Option<Handles>;

/// A host function.
pub(crate) fn host_function(
    store: &mut Store,
    state: &FunctionEnv<State>,
    function: HostFunction,
) -> Function {
    let value_type = |ty: &ValueType| match ty {
        ValueType::I32 => Type::I32,
        ValueType::I64 => Type::I64,
    };
    let signature = function.signature();
    let params: Vec<Type> = signature.params.iter().map(value_type).collect();
    let results: Vec<Type> = signature.result.iter().map(value_type).collect();
    let ty = FunctionType::new(params, results);
    Function::new_with_env(store, state, ty, move |state, args| {
        host_call(state, function, args)
    })
}

/// What probes call: hands both numbers to the host and gives the first one back.
pub(crate) fn probe(store: &mut Store) -> Function {
    Function::new_typed(store, |operand: i32, number: i32| {
        with_host(|host| host.probe(number.cast_unsigned(), operand.cast_unsigned()));
        operand
    })
}

/// Carries one call from the guest to the host and back.
fn host_call(
    mut state: FunctionEnvMut<'_, State>,
    function: HostFunction,
    args: &[Value],
) -> Result<Vec<Value>, RuntimeError> {
    let (handles, mut store) = state.data_and_store_mut();
    let handles = handles
        .as_ref()
        .ok_or_else(|| broken("a host call before the run"))?;
    let args = args
        .iter()
        .map(|arg| word(arg).ok_or_else(|| broken("an argument that is no integer")))
        .collect::<Result<Vec<_>, _>>()?;
    let mut meter = read_meter(&mut store, handles)?;
    let mut memory = read_memory(&store, handles)?;
    let outcome = with_host(|host| host.call(function, &args, &mut memory, &mut meter));
    let outcome = outcome.ok_or_else(|| broken("a host call after the run"))?;
    if let Some(guest) = &handles.memory {
        let written = guest.view(&store).write(0, &memory);
        written.map_err(|_| broken("the memory became smaller"))?;
    }
    write_meter(&mut store, handles, meter)?;
    let value = outcome.map_err(|Unwind| RuntimeError::user(Box::new(Ended::Stopped)))?;
    match (function.signature().result, value) {
        (None, None) => Ok(Vec::new()),
        (Some(ValueType::I32), Some(value)) => Ok(vec![Value::I32(value as u32 as i32)]),
        (Some(ValueType::I64), Some(value)) => Ok(vec![Value::I64(value.cast_signed())]),
        _ => Err(broken("a result that does not fit the signature")),
    }
}

/// An integer as a word, 32-bit values zero-extended.
pub(crate) fn word(value: &Value) -> Option<u64> {
    match value {
        Value::I32(value) => Some(u64::from(value.cast_unsigned())),
        Value::I64(value) => Some(value.cast_unsigned()),
        _ => None,
    }
}

/// A copy of the guest's memory, empty when it has none.
pub(crate) fn read_memory(
    store: &impl wasmer::AsStoreRef,
    handles: &Handles,
) -> Result<Vec<u8>, RuntimeError> {
    match &handles.memory {
        Some(memory) => memory
            .view(store)
            .copy_to_vec()
            .map_err(|_| broken("the memory cannot be read")),
        None => Ok(Vec::new()),
    }
}

/// The counters as they are now.
pub(crate) fn read_meter(
    store: &mut impl AsStoreMut,
    handles: &Handles,
) -> Result<Meter, RuntimeError> {
    match (handles.gas.get(store), handles.stack.get(store)) {
        (Value::I64(gas), Value::I32(stack)) => Ok(Meter { gas, stack }),
        _ => Err(broken("the counters have other types")),
    }
}

/// Sets the counters.
pub(crate) fn write_meter(
    store: &mut impl AsStoreMut,
    handles: &Handles,
    meter: Meter,
) -> Result<(), RuntimeError> {
    handles.gas.set(store, Value::I64(meter.gas))?;
    handles.stack.set(store, Value::I32(meter.stack))
}

fn broken(reason: &'static str) -> RuntimeError {
    RuntimeError::user(Box::new(Ended::Broken(reason)))
}
