//! One module, called until it has run out of gas at every place where it can.
//!
//! Each exported function is called with ample gas first, while the reference records every
//! charge. Then it is called again, each time in fresh instances, at limits drawn from that record:
//! for every segment, entry and priced operand that was charged, the sum just before its charge is
//! covered and the sum that just covers it, the first time it is charged and, for some, a later
//! time; and with stack bounds at and one below what it used, and one far below. Every call
//! compares both sides; see [`Allowance`](crate::Allowance) for what equal means.

use std::collections::BTreeMap;
use std::fmt;

use lockstep_reference::{Charge, ChargeKind, FunctionType, Stop};

use crate::outcome::{Disagreement, Outcome};
use crate::pair::{Bounds, Pair, PairError};
use crate::subject::Subject;
use crate::word::cut;

/// Little enough that endless recursion ends soon.
const STACK: u32 = 1_500;
/// The numbers that arguments are taken from.
const NUMBERS: [u64; 8] = [0, 1, 2, 5, 7, 13, 0x7fff_fff8, u64::MAX - 2];

/// What the calls did, for the report and to see that they did something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Modules checked.
    pub modules: u64,
    /// Modules that trap when they are instantiated, on both sides.
    pub trap_when_instantiated: u64,
    /// Calls with ample gas, and how they ended.
    pub ample_calls: u64,
    /// Of these, calls that returned or were ended by the host.
    pub returned: u64,
    /// Of these, calls that trapped.
    pub trapped: u64,
    /// Of these, calls that ran out even of ample gas.
    pub out_of_gas: u64,
    /// Of these, calls that overflowed the stack.
    pub stack_overflows: u64,
    /// Of these, calls that executed more than a hundred operators.
    pub working: u64,
    /// Operators that the reference executed with ample gas.
    pub operators: u64,
    /// Host calls with ample gas.
    pub host_calls: u64,
    /// Calls at drawn gas limits.
    pub limited_calls: u64,
    /// Calls at drawn stack bounds.
    pub stack_calls: u64,
    /// Of these, calls that overflowed the stack.
    pub stack_run_out: u64,
    /// Places (segments, entries, priced operands) that were charged, counted once per call.
    pub places: u64,
    /// Of these, places at whose charge a call ran out of gas.
    pub places_run_out: u64,
}

impl Coverage {
    /// Adds what other calls did.
    pub fn add(&mut self, other: &Coverage) {
        let pairs = [
            (&mut self.modules, other.modules),
            (
                &mut self.trap_when_instantiated,
                other.trap_when_instantiated,
            ),
            (&mut self.ample_calls, other.ample_calls),
            (&mut self.returned, other.returned),
            (&mut self.trapped, other.trapped),
            (&mut self.out_of_gas, other.out_of_gas),
            (&mut self.stack_overflows, other.stack_overflows),
            (&mut self.working, other.working),
            (&mut self.operators, other.operators),
            (&mut self.host_calls, other.host_calls),
            (&mut self.limited_calls, other.limited_calls),
            (&mut self.stack_calls, other.stack_calls),
            (&mut self.stack_run_out, other.stack_run_out),
            (&mut self.places, other.places),
            (&mut self.places_run_out, other.places_run_out),
        ];
        for (sum, more) in pairs {
            *sum += more;
        }
    }

    /// How many percent of the calls with ample gas `part` is.
    pub fn percent(&self, part: u64) -> u64 {
        part * 100 / self.ample_calls.max(1)
    }

    fn count(&mut self, outcome: &Outcome) {
        self.ample_calls += 1;
        self.host_calls += outcome.events.len() as u64;
        match outcome.result {
            Ok(_) | Err(Stop::Host) => self.returned += 1,
            Err(Stop::OutOfGas) => self.out_of_gas += 1,
            Err(Stop::StackOverflow) => self.stack_overflows += 1,
            Err(_) => self.trapped += 1,
        }
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "modules={} calls={} returned={}% trapped={}% out_of_gas={}% stack_overflow={}% \
             working={}% operators={} host_calls={} limited={} stack_bounded={} stack_run_out={} \
             places={} places_run_out={}",
            self.modules,
            self.ample_calls,
            self.percent(self.returned),
            self.percent(self.trapped),
            self.percent(self.out_of_gas),
            self.percent(self.stack_overflows),
            self.percent(self.working),
            self.operators,
            self.host_calls,
            self.limited_calls,
            self.stack_calls,
            self.stack_run_out,
            self.places,
            self.places_run_out,
        )
    }
}

/// Checks one module. `gas` is the ample limit: enough for what ends, and little enough for what
/// does not. `draw` chooses arguments and the later limits; any number will do.
///
/// # Errors
/// The first call about which the sides disagree.
///
/// # Panics
/// When the sides differ in whether the module can be instantiated.
pub fn check_exact(
    subject: &Subject,
    gas: i64,
    draw: u64,
    coverage: &mut Coverage,
) -> Result<(), Box<Disagreement>> {
    coverage.modules += 1;
    if let Err(PairError::Traps(_)) = subject.pair() {
        coverage.trap_when_instantiated += 1;
        return Ok(());
    }
    for (position, name) in subject.module().exported_functions().enumerate() {
        let ty = subject.module().exported_function(name);
        let arguments = arguments(ty.expect("an export"), draw.wrapping_add(position as u64));
        let call = Call {
            subject,
            name,
            arguments: &arguments,
            gas,
            draw,
        };
        call.check(coverage)?;
    }
    Ok(())
}

/// One list of arguments, chosen by `draw`.
fn arguments(ty: &FunctionType, draw: u64) -> Vec<u64> {
    let mut digits = draw;
    ty.params
        .iter()
        .map(|ty| {
            let number = NUMBERS[(digits % NUMBERS.len() as u64) as usize];
            digits /= NUMBERS.len() as u64;
            cut(*ty, number)
        })
        .collect()
}

/// A call that is made again and again.
struct Call<'a> {
    subject: &'a Subject,
    name: &'a str,
    arguments: &'a [u64],
    /// The ample limit.
    gas: i64,
    draw: u64,
}

impl Call<'_> {
    fn fresh(&self) -> Pair {
        self.subject.pair().expect("it was instantiated before")
    }

    fn at(&self, gas: i64, stack: u32) -> Result<Outcome, Box<Disagreement>> {
        self.fresh()
            .invoke(self.name, self.arguments, Bounds { gas, stack })
    }

    fn check(&self, coverage: &mut Coverage) -> Result<(), Box<Disagreement>> {
        let ample = Bounds {
            gas: self.gas,
            stack: STACK,
        };
        let mut pair = self.fresh();
        let outcome = pair.invoke_recording(self.name, self.arguments, ample)?;
        let meter = pair.meter();
        coverage.count(&outcome);
        coverage.operators += meter.operators;
        coverage.working += u64::from(meter.operators > 100);
        let charges = meter.charges.as_deref().unwrap_or_default();
        let places = by_place(self.gas, charges);
        coverage.places += places.len() as u64;
        for (place, sums) in &places {
            let later = sums[(self.draw % sums.len() as u64) as usize];
            coverage.places_run_out += u64::from(self.run_out(*place, sums[0], coverage)?);
            if later != sums[0] && coverage.limited_calls.is_multiple_of(4) {
                self.run_out(*place, later, coverage)?;
            }
        }
        self.bound_stack(i64::from(STACK) - meter.stack_left_lowest, coverage)
    }

    /// Calls with one gas less than `sum` and with exactly that. Whether the first of the two runs
    /// out at this place, as it does unless what the code does depends on the gas left.
    fn run_out(
        &self,
        place: Place,
        sum: i64,
        coverage: &mut Coverage,
    ) -> Result<bool, Box<Disagreement>> {
        let bounds = |gas| Bounds { gas, stack: STACK };
        let mut pair = self.fresh();
        let short = pair.invoke_recording(self.name, self.arguments, bounds(sum - 1))?;
        let charges = pair.meter().charges.as_deref().unwrap_or_default();
        let first = charges.iter().find(|charge| charge.gas_left < 0);
        let here = first.is_some_and(|charge| Place::of(charge) == place);
        self.at(sum, STACK)?;
        coverage.limited_calls += 2;
        Ok(here && short.result == Err(Stop::OutOfGas))
    }

    /// Calls with as many stack slots as it used, one less, and a few.
    fn bound_stack(&self, used: i64, coverage: &mut Coverage) -> Result<(), Box<Disagreement>> {
        let few = self.draw.cast_signed().rem_euclid(used.max(1));
        for slots in [used, used - 1, few] {
            if let Ok(stack) = u32::try_from(slots) {
                let outcome = self.at(self.gas, stack)?;
                coverage.stack_calls += 1;
                let overflow = outcome.result == Err(Stop::StackOverflow);
                coverage.stack_run_out += u64::from(overflow);
            }
        }
        Ok(())
    }
}

/// Where something is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    function: usize,
    step: usize,
    kind: ChargeKind,
}

impl Place {
    fn of(charge: &Charge) -> Place {
        Place {
            function: charge.function,
            step: charge.step,
            kind: charge.kind,
        }
    }
}

/// The gas used behind each charge of each place, in order. What costs nothing cannot run out and
/// is left out.
fn by_place(gas: i64, charges: &[Charge]) -> BTreeMap<Place, Vec<i64>> {
    let mut places: BTreeMap<Place, Vec<i64>> = BTreeMap::new();
    let mut before = gas;
    for charge in charges {
        if charge.gas_left < before && charge.gas_left >= 0 {
            let sums = places.entry(Place::of(charge)).or_default();
            sums.push(gas - charge.gas_left);
        }
        before = charge.gas_left;
    }
    places
}
