//! The two counts of gas, and the count of stack slots.

use crate::machine::Stop;

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
    /// How much further than the gas allows a run is followed for each frame that it opens, to
    /// see whether it would trap there. It is out of gas all the same; see [`late_trap`](Meter::late_trap).
    pub grace: u64,
    /// The trap that a run which is out of gas met within its grace, before it called the host or
    /// returned.
    pub late_trap: Option<Stop>,
    /// The most frames that were open at once.
    pub frames_most: u64,
    /// How many operators were executed, ends and blocks not counted.
    pub operators: u64,
    /// The part of the gas that operands asked for: pages to grow by, bytes of bulk operators.
    pub operand_gas: u64,
    charged: u64,
    counted: u64,
}

impl Meter {
    /// A meter with this much gas and this many stack slots.
    pub fn new(gas: i64, stack_slots: i64) -> Meter {
        Meter {
            gas_left: gas,
            stack_left: stack_slots,
            stack_left_lowest: stack_slots,
            grace: 0,
            late_trap: None,
            frames_most: 0,
            operators: 0,
            operand_gas: 0,
            charged: 0,
            counted: 0,
        }
    }

    /// The gas that segments, entries and operands were charged so far; what host functions took
    /// by themselves is not in it.
    pub fn charged(&self) -> u64 {
        self.charged
    }

    /// Charges before something runs: out of gas when that leaves less than nothing, and over when
    /// the grace is used up too.
    pub(crate) fn charge(&mut self, amount: u64) -> Result<(), Stop> {
        self.charged += amount;
        self.gas_left = self.gas_left.saturating_sub_unsigned(amount);
        let grace = self.grace.saturating_mul(self.frames_most + 1);
        match self.gas_left.saturating_add_unsigned(grace) < 0 {
            true => Err(Stop::OutOfGas),
            false => Ok(()),
        }
    }

    /// Ends a run that is out of gas, whatever its grace.
    pub(crate) fn end_grace(&self) -> Result<(), Stop> {
        match self.gas_left < 0 {
            true => Err(Stop::OutOfGas),
            false => Ok(()),
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
