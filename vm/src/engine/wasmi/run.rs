//! A method on its way through its host calls.
//!
//! The interpreter runs until the guest returns, traps or stops for the host. In the last case the
//! counters are read, the host is asked, the counters are written back, and the interpreter goes on
//! with the answer where it stood. When the host says that the guest must not go on, the stopped
//! interpreter is dropped.

use lockstep_abi::{HostFunction, ValueType};
use wasmi::{TypedResumableCall, TypedResumableCallHostTrap, Val};

use super::failure::{completion, failed};
use super::instance::{Instance, Request};
use crate::engine::{Completion, EngineError, HostCalls, Meter, Run, Unwind};

/// What the interpreter comes back with.
type Step = Result<TypedResumableCall<()>, wasmi::Error>;

/// Sets the counters, runs the method and reads the counters.
pub(super) fn run_method(
    instance: &mut Instance,
    method: &str,
    start: Meter,
    host: &mut dyn HostCalls,
) -> Result<Run, EngineError> {
    instance.set_meter(start)?;
    let function = instance
        .instance
        .get_typed_func::<(), ()>(&instance.store, method)
        .map_err(failed)?;
    let mut step = function.call_resumable(&mut instance.store, ());
    let completion = loop {
        step = match next(instance, step, host)? {
            Next::Ended(completion) => break completion,
            Next::Resumed(step) => step,
        };
    };
    report_probes(instance, host);
    let pages = instance
        .memory
        .map_or(0, |memory| memory.size(&instance.store));
    Ok(Run {
        completion,
        meter: instance.meter()?,
        memory_pages: u32::try_from(pages).map_err(failed)?,
    })
}

/// How a step goes on.
enum Next {
    Ended(Completion),
    Resumed(Step),
}

/// Reads a step, and when the guest waits for the host, lets it go on.
fn next(
    instance: &mut Instance,
    step: Step,
    host: &mut dyn HostCalls,
) -> Result<Next, EngineError> {
    let paused = match step {
        Ok(TypedResumableCall::Finished(())) => return Ok(Next::Ended(Completion::Returned)),
        Ok(TypedResumableCall::HostTrap(paused)) => paused,
        Ok(TypedResumableCall::OutOfFuel(_)) => return Err(failed("fuel is not metered")),
        Err(error) => return completion(&error).map(Next::Ended),
    };
    report_probes(instance, host);
    let answer = match instance.store.data_mut().request.take() {
        Some(Request::Host {
            function,
            args,
            params,
        }) => {
            let args = args.get(..params);
            let args = args.ok_or_else(|| failed("too many parameters"))?;
            match ask(instance, host, function, args)? {
                Ok(answer) => answer,
                Err(Unwind) => return Ok(Next::Ended(Completion::Unwound)),
            }
        }
        Some(Request::ProbesFull { operand }) => Some(Val::I32(operand)),
        None => return Err(failed(paused.host_error())),
    };
    Ok(Next::Resumed(resume(instance, paused, answer)))
}

/// Lets the interpreter go on with the host's answer.
fn resume(
    instance: &mut Instance,
    paused: TypedResumableCallHostTrap<()>,
    answer: Option<Val>,
) -> Step {
    match answer {
        Some(value) => paused.resume(&mut instance.store, &[value]),
        None => paused.resume(&mut instance.store, &[]),
    }
}

/// Asks the host; its answer as wasmi takes it.
fn ask(
    instance: &mut Instance,
    host: &mut dyn HostCalls,
    function: HostFunction,
    args: &[u64],
) -> Result<Result<Option<Val>, Unwind>, EngineError> {
    let mut meter = instance.meter()?;
    let answer = match instance.memory {
        Some(memory) => {
            let bytes = memory.data_mut(&mut instance.store);
            host.call(function, args, bytes, &mut meter)
        }
        None => host.call(function, args, &mut [], &mut meter),
    };
    instance.set_meter(meter)?;
    Ok(match answer {
        Ok(value) => Ok(value.map(|value| result(function, value)).transpose()?),
        Err(unwind) => Err(unwind),
    })
}

/// A host function's result, cut to its width.
fn result(function: HostFunction, value: u64) -> Result<Val, EngineError> {
    match function.signature().result {
        Some(ValueType::I32) => {
            let low = u32::try_from(value & u64::from(u32::MAX)).map_err(failed)?;
            Ok(Val::I32(low.cast_signed()))
        }
        Some(ValueType::I64) => Ok(Val::I64(value.cast_signed())),
        None => Err(failed("a result that the signature does not have")),
    }
}

/// Tells the host of the probes that the guest has reached.
fn report_probes(instance: &mut Instance, host: &mut dyn HostCalls) {
    for (number, operand) in instance.store.data_mut().probes.drain(..) {
        host.probe(number, operand);
    }
}
