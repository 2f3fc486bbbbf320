//! The host of the judge of engines, and what it sees.

use lockstep_abi::HostFunction;
use lockstep_vm::{Completion, FinalState, HostCalls, Meter, Run, Unwind};

/// Gas that each call of the host costs.
const HOST_PRICE: i64 = 5;

/// A length that the host answers with is below this, so that contracts do not ask for memory that
/// they cannot pay.
const LENGTH_MAX: u64 = 80;

/// Whether a function's result is a length.
fn is_length(function: HostFunction) -> bool {
    use HostFunction as F;
    matches!(
        function,
        F::InputLength
            | F::ReturnedLength
            | F::StorageRead
            | F::StorageLength
            | F::StorageNext
            | F::StoragePrevious
            | F::TransientRead
    )
}

/// All that is seen of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) run: Run,
    pub(super) calls: Vec<SeenCall>,
    /// What the guest left behind; nothing when its segments did not fit.
    pub(super) left: Option<Left>,
}

/// What a guest left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Left {
    memory_bytes: usize,
    memory_hash: u64,
    globals: Vec<u64>,
    /// The host's number, which depends on everything that it was asked.
    trace_hash: u64,
}

impl Seen {
    /// The same, with its ending as another engine tells it.
    pub(super) fn told(&self, tells: fn(Completion) -> Completion) -> Seen {
        let mut seen = self.clone();
        seen.run.completion = tells(seen.run.completion);
        seen
    }

    /// Whether both runs fail, be it for want of gas, and the host saw the same before. A call that
    /// comes with less than no gas is refused by the machine's own host.
    pub(super) fn fails_like(&self, other: &Seen) -> bool {
        let fails = |seen: &Seen| {
            seen.run.meter.gas < 0 || matches!(seen.run.completion, Completion::Trapped(_))
        };
        let paid = |call: &&SeenCall| call.meter.gas >= 0;
        let (ours, theirs) = (self.calls.iter(), other.calls.iter());
        fails(self) && fails(other) && ours.filter(paid).eq(theirs.filter(paid))
    }
}

/// All that is seen of a host call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SeenCall {
    function: HostFunction,
    pub(super) args: Vec<u64>,
    pub(super) meter: Meter,
    memory_bytes: usize,
    memory_hash: u64,
}

/// A host that answers with numbers that depend on everything it was asked so far.
#[derive(Default)]
pub(super) struct Scripted {
    pub(super) calls: Vec<SeenCall>,
    pub(super) left: Option<Left>,
    state: u64,
}

impl Scripted {
    fn mix(&mut self, value: u64) {
        self.state = (self.state.rotate_left(23) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl HostCalls for Scripted {
    fn call(
        &mut self,
        function: HostFunction,
        args: &[u64],
        memory: &mut [u8],
        meter: &mut Meter,
    ) -> Result<Option<u64>, Unwind> {
        self.calls.push(SeenCall {
            function,
            args: args.to_vec(),
            meter: *meter,
            memory_bytes: memory.len(),
            memory_hash: hash(memory),
        });
        for arg in args {
            self.mix(*arg);
        }
        meter.gas -= HOST_PRICE;
        if meter.gas < 0 || function == HostFunction::Return {
            return Err(Unwind);
        }
        // What is asked for by a key goes where the third argument says.
        let out = if is_length(function) { 2 } else { 0 };
        let start = args.get(out).map_or(usize::MAX, |start| *start as usize);
        if let Some(target) = memory.get_mut(start..start.saturating_add(8)) {
            target.copy_from_slice(&self.state.to_le_bytes());
        }
        let value = match function {
            HostFunction::GasLeft => meter.gas.unsigned_abs(),
            _ if is_length(function) => (self.state >> 7) % LENGTH_MAX,
            _ => self.state >> 7,
        };
        Ok(function.signature().result.as_ref().map(|_| value))
    }

    fn wants_final_state(&self) -> bool {
        true
    }

    fn final_state(&mut self, left: FinalState<'_>) {
        self.left = Some(Left {
            memory_bytes: left.memory.len(),
            memory_hash: hash(left.memory),
            globals: left.globals.to_vec(),
            trace_hash: self.state,
        });
    }
}

/// A number that changes with every bit of the memory, and quickly.
fn hash(memory: &[u8]) -> u64 {
    let (words, _) = memory.as_chunks::<8>();
    words.iter().fold(1, |hash: u64, word| {
        (hash.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(0x0100_0000_01b3)
    })
}
