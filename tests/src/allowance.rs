//! How far the instrumented code may be from the reference, and what it means for two runs to
//! agree. This is the only place that knows; to tighten it, lower a number here.
//!
//! On every path that returns or calls the host there is no allowance at all: results, gas, stack
//! slots and host calls are the same. A run that the limit does not cover never returns and never
//! makes a host call beyond those that were paid for.
//!
//! What is left is the name of a failure. Out of gas and a trap end a frame in the same way: all
//! its gas is used and nothing of it remains. Code that looks at its counter late may meet a trap
//! before it looks, and code that charges ahead may look before it meets the trap.

use lockstep_gas_meter::PreparedModule;
use lockstep_reference::{Meter, Stop};

use crate::outcome::Outcome;

/// The gas by which the two sides may differ about which failure came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The reference is out of gas, the instrumented code traps: the trap must come before the
    /// reference would have used this much more for each frame that was open at once. Each frame
    /// may end unpaid before its caller looks.
    pub late_gas_per_frame: u64,
    /// The reference traps, the instrumented code is out of gas: the reference must have less than
    /// this left for each frame that was open at once, and once more. In each open frame the code
    /// behind the call may be paid already.
    pub early_gas_per_frame: u64,
}

impl Allowance {
    /// What `docs/gas.md` allows a module: the most that its code can use between two looks at the
    /// counter.
    pub fn of(prepared: &PreparedModule) -> Allowance {
        Allowance {
            late_gas_per_frame: prepared.unchecked_gas_max(),
            early_gas_per_frame: prepared.unchecked_gas_max(),
        }
    }

    /// Whether the instrumented code did what the reference did, whose meter is `meter`.
    pub(crate) fn agrees(self, metered: &Outcome, reference: &Outcome, meter: &Meter) -> bool {
        if metered == reference {
            return true;
        }
        if metered.events != reference.events {
            return false;
        }
        let frames = meter.frames_most.saturating_add(1);
        let early_gas = self.early_gas_per_frame.saturating_mul(frames);
        let early_gas = i64::try_from(early_gas).unwrap_or(i64::MAX);
        match (&metered.result, &reference.result) {
            (Err(trap), Err(Stop::OutOfGas)) => meter.late_trap == Some(*trap),
            (Err(Stop::OutOfGas), Err(trap)) => *trap != Stop::Host && meter.gas_left < early_gas,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Allowance, Meter, Outcome, Stop};

    fn outcome(result: Result<Vec<u64>, Stop>) -> Outcome {
        Outcome::new(result, 5, 5, Vec::new())
    }

    #[test]
    fn a_return_is_never_out_of_gas_nor_the_other_way_round() {
        let wide = Allowance {
            late_gas_per_frame: u64::MAX,
            early_gas_per_frame: u64::MAX,
        };
        let (returned, out) = (outcome(Ok(vec![])), outcome(Err(Stop::OutOfGas)));
        let meter = Meter::new(0, 0);
        assert!(!wide.agrees(&returned, &out, &meter));
        assert!(!wide.agrees(&out, &returned, &meter));
        assert!(!wide.agrees(&out, &outcome(Err(Stop::Host)), &meter));
    }

    #[test]
    fn a_trap_may_come_out_as_out_of_gas_only_within_the_bound() {
        let allowance = Allowance {
            late_gas_per_frame: 0,
            early_gas_per_frame: 10,
        };
        let (trap, out) = (
            outcome(Err(Stop::Unreachable)),
            outcome(Err(Stop::OutOfGas)),
        );
        assert!(allowance.agrees(&out, &trap, &Meter::new(9, 0)));
        assert!(!allowance.agrees(&out, &trap, &Meter::new(10, 0)));
        assert!(!allowance.agrees(&trap, &out, &Meter::new(-1, 0)));
    }
}
