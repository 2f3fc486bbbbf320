//! Watching an execution without touching it.
//!
//! An [`Observer`] is told of every frame, host call and byte that crosses the guest's boundary.
//! Its methods take shared references, so it cannot change a result: gas, receipts and roots are the
//! same whoever watches. The one answer that it gives decides only whether it is shown how a
//! frame left its instance. Traces, profiles and golden observations are observers.
//!
//! [`Recorder`] makes golden observations: one line per host call with the gas left, the memory
//! size and a running hash over everything the call saw and did, so that the first difference
//! between two executions shows in the line where it happened.

mod pair;
mod recorder;
pub(crate) mod resumed;

use lockstep_abi::{AccountId, CodeHash, HostFunction};
use lockstep_gas_meter::Refusal;

pub use self::pair::ObserverPair;
pub use self::recorder::{Observation, Recorder};
use crate::engine::FinalState;
use crate::gas::GasUsed;
use crate::status::Status;

/// A message whose target was found, before any gas is taken for its code.
///
/// A message that is refused before that (no such contract or code, re-entry, balance) uses no
/// gas and is not told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageStart<'a> {
    /// As in [`FrameStart::depth`].
    pub depth: u32,
    /// The contract whose storage it would use.
    pub contract: AccountId,
    /// The code that would run.
    pub code: CodeHash,
    /// The method that is asked for; the code need not export it.
    pub method: &'a str,
    /// Its input.
    pub input: &'a [u8],
    /// The gas that it was given.
    pub gas: u64,
    /// The gas that the transaction's messages used before it, by bucket.
    pub gas_used: GasUsed,
}

/// A message that is over, whether its code ran or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageEnd {
    /// As in [`FrameStart::depth`].
    pub depth: u32,
    /// How it ended.
    pub status: Status,
    /// The gas that goes back to the caller.
    pub gas_left: u64,
    /// The gas that the transaction's messages used so far, by bucket. The difference to
    /// [`MessageStart::gas_used`] is what this message and those that it sent used: loading and
    /// instantiating code, running it, and what was forfeited.
    pub gas_used: GasUsed,
}

/// A frame that begins to run a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameStart<'a> {
    /// How many frames are waiting below it; 0 for the transaction's own message.
    pub depth: u32,
    /// The contract whose storage it uses.
    pub contract: AccountId,
    /// The code that runs.
    pub code: CodeHash,
    /// The exported method.
    pub method: &'a str,
    /// The gas that the message was given.
    pub gas: u64,
    /// What is left of it now that the code is loaded and the instance is paid for.
    pub gas_left: u64,
}

/// A frame that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameEnd<'a> {
    /// As in [`FrameStart::depth`].
    pub depth: u32,
    /// How it ended.
    pub status: Status,
    /// Its output, error or message.
    pub output: &'a [u8],
    /// The gas that goes back to the caller.
    pub gas_left: u64,
    /// The gas of the whole transaction's frames so far, by bucket.
    pub gas_used: GasUsed,
    /// The size of the guest's memory at the end, in pages of 64 KiB.
    pub memory_pages: u32,
}

/// What gas was used for before a message's method ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageCharge {
    /// Loading the code. Part of [`GasBucket::Host`](crate::GasBucket::Host).
    Load,
    /// Making the instance. Part of [`GasBucket::Host`](crate::GasBucket::Host).
    Instantiate,
    /// One of these could not be paid, and the message's gas was forfeited. No frame runs.
    Forfeited,
}

/// Gas that a message used before its method ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageGas {
    /// The depth that the message's frame has, or would have had.
    pub depth: u32,
    /// The contract whose storage it would use.
    pub contract: AccountId,
    /// The code that it runs.
    pub code: CodeHash,
    /// What for.
    pub charge: MessageCharge,
    /// How much.
    pub gas: u64,
}

/// A probe that was reached, in code that was prepared for profiling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbeRecord {
    /// As in [`FrameStart::depth`].
    pub depth: u32,
    /// Which one; [`lockstep_gas_meter::probes`] of the frame's code says what it stands for.
    pub number: u32,
    /// The operand of an operator whose price depends on one, otherwise 0.
    pub operand: u32,
}

/// What a host call came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostCallResult {
    /// It came back to the guest, with a value if the function has a result.
    Returned(Option<u64>),
    /// It ended the frame: `return`, `revert`, `panic`, `terminate` or a trap.
    Ended,
}

/// A host call that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostCallRecord<'a> {
    /// As in [`FrameStart::depth`].
    pub depth: u32,
    /// The contract whose storage the frame uses.
    pub contract: AccountId,
    /// The function.
    pub function: HostFunction,
    /// The arguments as the guest passed them, 32-bit values zero-extended.
    pub args: &'a [u64],
    /// What came of it.
    pub result: HostCallResult,
    /// The frame's gas when the guest made the call.
    pub gas_before: i64,
    /// The frame's gas after the call and everything it ran.
    pub gas_left: i64,
    /// The size of the guest's memory in pages of 64 KiB.
    pub memory_pages: u32,
}

/// More than a limit allows, which a host call asked for and which traps its frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverLimit {
    /// The contract whose storage the frame uses.
    pub contract: AccountId,
    /// The function that it called.
    pub function: HostFunction,
    /// The limit's name with its unit, as in [`LimitUse::limit`](crate::LimitUse::limit).
    pub limit: &'static str,
    /// How much it asked for.
    pub asked: u64,
    /// The most that may be asked for.
    pub max: u64,
}

/// Whoever watches. Every method does nothing unless it is overridden.
pub trait Observer {
    /// A message has found its target. Its code is about to be loaded.
    fn message_start(&mut self, _message: &MessageStart<'_>) {}

    /// The message that began last and has not ended yet has ended.
    fn message_end(&mut self, _message: &MessageEnd) {}

    /// A message used gas before its method ran, or instead of running it.
    fn message_gas(&mut self, _gas: &MessageGas) {}

    /// A frame is about to run.
    fn frame_start(&mut self, _frame: &FrameStart<'_>) {}

    /// The frame that began last and has not ended yet has ended.
    fn frame_end(&mut self, _frame: &FrameEnd<'_>) {}

    /// The frame that began last and has not ended yet reached a probe. Only code from a
    /// [`CodeCache::with_probes`](crate::CodeCache::with_probes) or
    /// [`with_result_probes`](crate::CodeCache::with_result_probes) has any.
    fn probe(&mut self, _probe: &ProbeRecord) {}

    /// Whether [`final_state`](Observer::final_state) is wanted.
    fn wants_final_state(&self) -> bool {
        false
    }

    /// The frame that began last and has not ended yet runs no more, and left this behind. Told
    /// before its end, to observers that [want it](Observer::wants_final_state).
    fn final_state(&mut self, _left: FinalState<'_>) {}

    /// A host call is over. The reads and writes since the record before belong to it, or to a
    /// call around it that is still under way.
    fn host_call(&mut self, _call: &HostCallRecord<'_>) {}

    /// A host call asks for more than a limit allows. Told before the call's record.
    fn over_limit(&mut self, _over: &OverLimit) {}

    /// A host call read these bytes at this address of the guest's memory.
    fn guest_read(&mut self, _address: u32, _bytes: &[u8]) {}

    /// A host call wrote these bytes at this address of the guest's memory.
    fn guest_write(&mut self, _address: u32, _bytes: &[u8]) {}

    /// A contract logged a message. It should be UTF-8 and need not be.
    fn debug_log(&mut self, _contract: &AccountId, _message: &[u8]) {}

    /// An upload was refused. The receipt only says so; the reasons are here.
    fn code_refused(&mut self, _code: &CodeHash, _refusal: &Refusal) {}
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoObserver;

impl Observer for NoObserver {}
