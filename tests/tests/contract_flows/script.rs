//! A recorded run, repeated by the reference interpreter.

use std::rc::Rc;
use std::slice::Iter;

use lockstep_gas_meter::Protocol;
use lockstep_reference::{Host, HostCall, Instance, Meter, Module, Refused, Stop};
use lockstep_tests::end_of;

use crate::recorder::{RecordedCall, RecordedRun};

/// The host, which answers as the machine's did.
struct Script<'r> {
    calls: Iter<'r, RecordedCall>,
    difference: Option<String>,
}

impl Script<'_> {
    /// Compares a call with the next one of the record, and repeats what the host did.
    fn repeat(&mut self, call: &mut HostCall<'_>) -> Result<Option<u64>, String> {
        let name = call.name;
        let recorded = self.calls.next();
        let recorded = recorded.ok_or_else(|| format!("{name} is called, and no more was"))?;
        let place = |what: &str| format!("at {name}{:?}: {what}", call.arguments);
        if (name, call.arguments) != (recorded.function.name(), recorded.arguments.as_slice()) {
            let (name, arguments) = (recorded.function.name(), &recorded.arguments);
            return Err(place(&format!("{name}{arguments:?} was called")));
        }
        let counters = (call.meter.gas_left, call.meter.stack_left);
        let before = (recorded.before.gas, i64::from(recorded.before.stack));
        if counters != before {
            return Err(place(&format!("{counters:?} is left, and was {before:?}")));
        }
        if call.memory != recorded.memory_before.as_slice() {
            return Err(place("the memory is another"));
        }
        for (start, bytes) in &recorded.written {
            call.memory[*start..start + bytes.len()].copy_from_slice(bytes);
        }
        call.meter.gas_left = recorded.after.gas;
        call.meter.stack_left = i64::from(recorded.after.stack);
        // An ending of the run is the same for both.
        Ok(recorded.answer.ok().map(Option::unwrap_or_default))
    }
}

impl Host for Script<'_> {
    fn call(&mut self, mut call: HostCall<'_>) -> Result<u64, Refused> {
        match self.repeat(&mut call) {
            Ok(answer) => answer.ok_or(Refused),
            Err(difference) => {
                self.difference = Some(difference);
                Err(Refused)
            }
        }
    }
}

/// Executes a run on the reference interpreter.
///
/// # Errors
/// The first thing that is not as it was recorded.
pub(crate) fn execute(run: &RecordedRun) -> Result<(), String> {
    let protocol = Protocol::v1();
    let module = Module::decode(&run.upload, &protocol.schedule);
    let module = Rc::new(module.map_err(|error| error.to_string())?);
    let instance = Instance::new(&module, protocol.limits.memory_pages_max);
    let mut instance = instance.map_err(|stop| format!("{stop:?} when it is instantiated"))?;
    let meter = Meter::new(run.start.gas, i64::from(run.start.stack));
    let mut meter = meter.with_grace(run.unchecked_gas_max);
    let mut host = Script {
        calls: run.calls.iter(),
        difference: None,
    };
    let result = instance.invoke(&run.method, &[], &mut meter, &mut host);
    if let Some(difference) = host.difference {
        return Err(difference);
    }
    // A call that the code made without the gas for it was not answered.
    let rest = host.calls.filter(|call| call.before.gas >= 0).count();
    if rest > 0 {
        return Err(format!("{rest} host calls are missing"));
    }
    let (result, expected) = (result.map(|_| ()), end_of(run.completion, &run.after));
    if result != expected {
        // Which failure comes first may differ within the bound that the module states.
        let late = result == Err(Stop::OutOfGas) && expected.err() == meter.late_trap;
        return match late && meter.late_trap.is_some() {
            true => Ok(()),
            false => Err(format!(
                "it ends with {result:?}, and did with {expected:?}"
            )),
        };
    }
    let left = (meter.gas_left, meter.stack_left);
    let was = (run.after.gas, i64::from(run.after.stack));
    let ends = matches!(result, Ok(()) | Err(Stop::Host));
    match ends && left != was {
        true => Err(format!("{left:?} is left at the end, and was {was:?}")),
        false => Ok(()),
    }
}
