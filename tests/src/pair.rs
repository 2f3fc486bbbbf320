//! One module, run on both sides.

use std::rc::Rc;

use lockstep_gas_meter::{PrepareError, PreparedModule, Protocol, Refusal, prepare};
use lockstep_reference::{Host, HostCall, Instance, Meter, Module, Refused, Stop};
use thiserror::Error;
use wasmi::Engine;

use crate::host::ScriptedHost;
use crate::metered::Metered;
use crate::outcome::{Disagreement, Outcome};

/// What a call is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Gas.
    pub gas: i64,
    /// Stack slots.
    pub stack: u32,
}

impl Bounds {
    /// As much as nothing in the tests needs: a trillion gas, 65,536 stack slots.
    pub const AMPLE: Bounds = Bounds {
        gas: 1_000_000_000_000,
        stack: 65_536,
    };
}

/// Why there is no pair.
#[derive(Debug, Error)]
pub enum PairError {
    /// The metering pass refuses the module.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// Both sides trap in the same way when the module is instantiated.
    #[error("traps when instantiated: {0:?}")]
    Traps(Stop),
}

/// An instance of the instrumented module on wasmi, and one of the original module on the
/// reference interpreter.
#[derive(Debug)]
pub struct Pair {
    module: Rc<Module>,
    metered: Metered,
    reference: Instance,
    host: ScriptedHost,
    /// The most gas that the metered side uses between two looks at its counter.
    unchecked: u64,
    last: Option<Meter>,
}

impl Pair {
    /// Prepares and instantiates a module on both sides.
    ///
    /// # Errors
    /// See [`PairError`].
    ///
    /// # Panics
    /// When the sides differ in whether the module can be instantiated or in the size of a
    /// function's frame, or when the reference does not know something that the metering pass
    /// accepts.
    pub fn new(
        engine: &Engine,
        bytes: &[u8],
        protocol: &Protocol,
        host: &ScriptedHost,
    ) -> Result<Pair, PairError> {
        let prepared = match prepare(bytes, protocol) {
            Ok(prepared) => prepared,
            Err(PrepareError::Refused(refusal)) => return Err(PairError::Refused(refusal)),
            Err(PrepareError::Internal(error)) => panic!("{error}"),
        };
        Pair::from_prepared(engine, bytes, &prepared, protocol, host)
    }

    /// As [`Pair::new`], for a module that was prepared before.
    ///
    /// # Errors
    /// [`PairError::Traps`].
    ///
    /// # Panics
    /// As [`Pair::new`].
    pub fn from_prepared(
        engine: &Engine,
        bytes: &[u8],
        prepared: &PreparedModule,
        protocol: &Protocol,
        host: &ScriptedHost,
    ) -> Result<Pair, PairError> {
        let module = Module::decode(bytes, &protocol.schedule)
            .expect("the reference knows everything that is accepted");
        let module = Rc::new(module);
        same_frames(prepared, &module);
        let reference = Instance::new(&module, protocol.limits.memory_pages_max);
        let metered = Metered::new(engine, prepared.bytes(), host.clone());
        match (metered, reference) {
            (Ok(metered), Ok(reference)) => Ok(Pair {
                module,
                metered,
                reference,
                host: host.clone(),
                unchecked: prepared.unchecked_gas_max(),
                last: None,
            }),
            (Err(metered), Err(reference)) if metered == reference => {
                Err(PairError::Traps(reference))
            }
            (metered, reference) => panic!(
                "instantiation differs: metered {:?}, reference {:?}",
                metered.err(),
                reference.err()
            ),
        }
    }

    /// The module, as the reference interpreter decoded it.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// What the reference counted in the last call.
    ///
    /// # Panics
    /// Before the first call.
    pub fn meter(&self) -> &Meter {
        self.last.as_ref().expect("a call was made")
    }

    /// Calls an exported function on both sides and compares everything that can be observed.
    ///
    /// # Errors
    /// What differs.
    ///
    /// # Panics
    /// When there is no such function, or the arguments are too few or too many.
    pub fn invoke(
        &mut self,
        name: &str,
        arguments: &[u64],
        bounds: Bounds,
    ) -> Result<Outcome, Box<Disagreement>> {
        let mut meter = Meter::new(bounds.gas, i64::from(bounds.stack));
        meter.grace = self.unchecked;
        let result =
            self.reference
                .invoke(name, arguments, &mut meter, &mut Scripted(&mut self.host));
        let events = self.host.take_events();
        let reference = Outcome::new(result, meter.gas_left, meter.stack_left, events);
        let metered = self
            .metered
            .invoke(name, arguments, bounds.gas, bounds.stack);
        let call = || format!("{name}{arguments:?} with {bounds:?}");
        let either = metered.events == reference.events
            && self.may_end_either_way(&metered.result, &reference.result, &meter);
        self.last = Some(meter);
        if either {
            return Ok(reference);
        }
        if metered != reference {
            return Err(Box::new(Disagreement::Outcome {
                call: call(),
                metered: Box::new(metered),
                reference: Box::new(reference),
            }));
        }
        if reference.result == Err(Stop::OutOfGas) {
            // How far it came before the charge is nobody's business: nothing of it remains.
            return Ok(reference);
        }
        if let Some(offset) = first_difference(self.metered.memory(), self.reference.memory()) {
            let call = call();
            return Err(Box::new(Disagreement::Memory { call, offset }));
        }
        Ok(reference)
    }

    /// Whether the document leaves it to the metered side which of a trap and running out of gas
    /// ends a frame: the gas does not cover what is certain to follow, or a trap comes before the
    /// next look at the counter.
    fn may_end_either_way(
        &self,
        metered: &Result<Vec<u64>, Stop>,
        reference: &Result<Vec<u64>, Stop>,
        meter: &Meter,
    ) -> bool {
        match (metered, reference) {
            (Err(Stop::OutOfGas), Err(Stop::Host)) => false,
            (Err(Stop::OutOfGas), Err(_)) => {
                // In each open frame the code behind the call may be paid already.
                let paid = self.unchecked.saturating_mul(meter.frames_most + 1);
                u64::try_from(meter.gas_left).is_ok_and(|left| left < paid)
            }
            (Err(trap), Err(Stop::OutOfGas)) => meter.late_trap == Some(*trap),
            _ => false,
        }
    }

    /// The value of an exported global, when both sides have the same.
    ///
    /// # Panics
    /// When they differ.
    pub fn exported_global(&self, name: &str) -> Option<u64> {
        let value = self.reference.exported_global(name);
        assert_eq!(value, self.metered.exported_global(name), "global {name:?}");
        value
    }
}

/// Compares what each function takes from the stack bound; a call gives back what it took, so that
/// no call that returns would show a difference.
fn same_frames(prepared: &PreparedModule, module: &Module) {
    let metered: Vec<u64> = prepared
        .functions()
        .iter()
        .map(|function| u64::from(function.frame_slots))
        .collect();
    let reference: Vec<u64> = (0..module.function_count())
        .map(|index| module.frame_slots(index))
        .collect();
    assert_eq!(metered, reference, "frame slots: metered, reference");
}

/// The first byte that differs, or the shorter length when the lengths do.
fn first_difference(left: &[u8], right: &[u8]) -> Option<usize> {
    if left == right {
        return None;
    }
    let common = left.len().min(right.len());
    let differs = left.iter().zip(right).position(|(a, b)| a != b);
    Some(differs.unwrap_or(common))
}

/// The scripted host in the reference interpreter's terms.
struct Scripted<'a>(&'a mut ScriptedHost);

impl Host for Scripted<'_> {
    fn call(&mut self, call: HostCall<'_>) -> Result<u64, Refused> {
        let (gas_left, stack_left) = (call.meter.gas_left, call.meter.stack_left);
        let answer = self
            .0
            .call(call.name, call.arguments, call.memory, gas_left, stack_left);
        call.meter.gas_left -= answer.gas;
        match answer.ends {
            true => Err(Refused),
            false => Ok(answer.result),
        }
    }
}
