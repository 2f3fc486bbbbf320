//! One module, run on both sides.

use std::rc::Rc;

use lockstep_gas_meter::{Protocol, Refusal};
use lockstep_reference::{Host, HostCall, Instance, Meter, Module, Refused, Stop};
use thiserror::Error;
use wasmi::Engine;

use crate::allowance::Allowance;
use crate::host::ScriptedHost;
use crate::metered::Metered;
use crate::outcome::{Disagreement, Outcome};
use crate::subject::Subject;

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
    allowance: Allowance,
    last: Option<Meter>,
}

impl Pair {
    /// Prepares and instantiates a module on both sides.
    ///
    /// # Errors
    /// See [`PairError`].
    ///
    /// # Panics
    /// As [`Subject::prepare`] and [`Subject::pair`].
    pub fn new(
        engine: &Engine,
        bytes: &[u8],
        protocol: &Protocol,
        host: &ScriptedHost,
    ) -> Result<Pair, PairError> {
        Subject::prepare(engine, bytes, protocol, host)?.pair()
    }

    /// Puts two fresh instances of one module together.
    pub(crate) fn of(
        module: &Rc<Module>,
        metered: Metered,
        reference: Instance,
        host: &ScriptedHost,
        allowance: Allowance,
    ) -> Pair {
        Pair {
            module: Rc::clone(module),
            metered,
            reference,
            host: host.clone(),
            allowance,
            last: None,
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
        let meter = Meter::new(bounds.gas, i64::from(bounds.stack));
        self.compare(name, arguments, bounds, meter)
    }

    /// As [`Pair::invoke`], and [`Pair::meter`] then has a record of every charge.
    ///
    /// # Errors
    /// What differs.
    ///
    /// # Panics
    /// As [`Pair::invoke`].
    pub fn invoke_recording(
        &mut self,
        name: &str,
        arguments: &[u64],
        bounds: Bounds,
    ) -> Result<Outcome, Box<Disagreement>> {
        let meter = Meter::new(bounds.gas, i64::from(bounds.stack)).recording();
        self.compare(name, arguments, bounds, meter)
    }

    fn compare(
        &mut self,
        name: &str,
        arguments: &[u64],
        bounds: Bounds,
        meter: Meter,
    ) -> Result<Outcome, Box<Disagreement>> {
        let mut meter = meter.with_grace(self.allowance.late_gas_per_frame);
        let result =
            self.reference
                .invoke(name, arguments, &mut meter, &mut Scripted(&mut self.host));
        let events = self.host.take_events();
        let reference = Outcome::new(result, meter.gas_left, meter.stack_left, events);
        let metered = self
            .metered
            .invoke(name, arguments, bounds.gas, bounds.stack);
        let call = || format!("{name}{arguments:?} with {bounds:?}");
        let agrees = self.allowance.agrees(&metered, &reference, &meter);
        self.last = Some(meter);
        if !agrees {
            return Err(Box::new(Disagreement::Outcome {
                call: call(),
                metered: Box::new(metered),
                reference: Box::new(reference),
            }));
        }
        let out = Err(Stop::OutOfGas);
        if reference.result == out || metered.result == out {
            // How far it came before the charge is nobody's business: nothing of it remains.
            return Ok(reference);
        }
        if let Some(offset) = first_difference(self.metered.memory(), self.reference.memory()) {
            let call = call();
            return Err(Box::new(Disagreement::Memory { call, offset }));
        }
        let metered = self.metered.mutable_globals();
        let globals = self.reference.mutable_globals();
        if metered != globals {
            return Err(Box::new(Disagreement::Globals {
                call: call(),
                metered,
                reference: globals,
            }));
        }
        Ok(reference)
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
