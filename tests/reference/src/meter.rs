//! The two counts of gas, and the count of stack slots.

use crate::stop::Stop;

/// What a charge was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChargeKind {
    /// A function's entry, its locals included.
    Entry,
    /// A segment, before its first operator.
    Segment,
    /// What an operator's operand asks for.
    Operand,
}

/// One charge of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
    /// What it was for.
    pub kind: ChargeKind,
    /// The function, by its position among those with a body.
    pub function: usize,
    /// The step of its flat code.
    pub step: usize,
    /// The gas left behind the charge.
    pub gas_left: i64,
}

/// What a run has left, and what it has used.
///
/// A host function may take gas and stack by lowering [`gas_left`](Meter::gas_left) and
/// [`stack_left`](Meter::stack_left); the interpreter notices when they are negative at the next
/// charge, as instrumented code does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meter {
    /// Gas left; negative when the last charge was not covered.
    pub gas_left: i64,
    /// Stack slots left; negative when the last call did not fit.
    pub stack_left: i64,
    /// The lowest value that `stack_left` had.
    pub stack_left_lowest: i64,
    /// The most frames that were open at once.
    pub frames_most: u64,
    /// How many operators were executed, ends and blocks not counted.
    pub operators: u64,
    /// The part of the gas that operands asked for: pages to grow by, bytes of bulk operators.
    pub operand_gas: u64,
    /// Every charge in order, when [`Meter::recording`] made the meter.
    pub charges: Option<Vec<Charge>>,
    /// How the run ended between the charge that was not covered and the end of the grace, when it
    /// trapped there. The run itself ended out of gas.
    pub late_trap: Option<Stop>,
    charged: u64,
    counted: u64,
    grace: u64,
}

impl Meter {
    /// A meter with this much gas and this many stack slots.
    pub fn new(gas: i64, stack_slots: i64) -> Meter {
        Meter {
            gas_left: gas,
            stack_left: stack_slots,
            stack_left_lowest: stack_slots,
            frames_most: 0,
            operators: 0,
            operand_gas: 0,
            charges: None,
            late_trap: None,
            charged: 0,
            counted: 0,
            grace: 0,
        }
    }

    /// The same meter, recording every charge.
    #[must_use]
    pub fn recording(mut self) -> Meter {
        self.charges = Some(Vec::new());
        self
    }

    /// The same meter, for code that looks at its counter late: for each frame that the run opened
    /// the interpreter goes on for up to `gas` behind the charge that was not covered, though
    /// never past a priced operand that no constant says, into a host call or out of the run, to see
    /// whether a trap comes first. The run ends out of gas all the same;
    /// [`late_trap`](Meter::late_trap) says what came.
    #[must_use]
    pub fn with_grace(mut self, gas: u64) -> Meter {
        self.grace = gas;
        self
    }

    /// Charges before something runs: out of gas when that leaves less than nothing.
    pub(crate) fn charge(
        &mut self,
        kind: ChargeKind,
        amount: u64,
        (function, step): (usize, usize),
    ) -> Result<(), Stop> {
        self.charged += amount;
        self.gas_left = self.gas_left.saturating_sub_unsigned(amount);
        if let Some(charges) = &mut self.charges {
            charges.push(Charge {
                kind,
                function,
                step,
                gas_left: self.gas_left,
            });
        }
        let grace = self.grace.saturating_mul(self.frames_most);
        match self.gas_left.saturating_add_unsigned(grace) < 0 {
            true => Err(Stop::OutOfGas),
            false => Ok(()),
        }
    }

    /// Lets nothing be seen that was not paid for.
    pub(crate) fn paid(&self) -> Result<(), Stop> {
        match self.gas_left < 0 {
            true => Err(Stop::OutOfGas),
            false => Ok(()),
        }
    }

    /// How the run ended, once the grace is taken back.
    pub(crate) fn conclude(&mut self, result: Result<Vec<u64>, Stop>) -> Result<Vec<u64>, Stop> {
        match result {
            Err(trap) if self.gas_left < 0 && !matches!(trap, Stop::OutOfGas | Stop::Host) => {
                self.late_trap = Some(trap);
                Err(Stop::OutOfGas)
            }
            result => result,
        }
    }

    /// Counts something that is executed now, for the comparison with what was charged.
    pub(crate) fn count(&mut self, amount: u64) {
        self.counted += amount;
    }

    /// Takes slots.
    pub(crate) fn enter(&mut self, slots: u64) -> Result<(), Stop> {
        self.stack_left = self.stack_left.saturating_sub_unsigned(slots);
        self.stack_left_lowest = self.stack_left_lowest.min(self.stack_left);
        if self.stack_left < 0 {
            return Err(Stop::StackOverflow);
        }
        Ok(())
    }

    /// Gives slots back.
    pub(crate) fn leave(&mut self, slots: u64) {
        self.stack_left = self.stack_left.saturating_add_unsigned(slots);
    }

    /// Compares the two counts; called wherever gas can be observed.
    ///
    /// # Panics
    /// When they differ, which would be a bug of this crate.
    pub(crate) fn observe(&self) {
        assert_eq!(
            self.charged, self.counted,
            "the reference's charge by segments differs from its count by operators"
        );
    }
}
