//! The machine's side of the guest: one running frame and its host calls.
//!
//! A call goes through four steps, of which the first, second and last are the same for every
//! function and live here:
//! 1. the Wasm gas since the last call is booked;
//! 2. the call is charged by the lengths it was given (`price`), and a read-only frame that calls
//!    a function that writes traps;
//! 3. the function does its work, in the file of its family: it checks its flags and lengths, then
//!    its ranges against the guest's memory (`guest`), each in the order of the arguments, then what
//!    the bytes say, and only then acts. Which mistake counts shows in a receipt, so this order is
//!    a part of the protocol; `docs/contract-abi.md` has all of it, under "What is checked first";
//! 4. the observer is told, unless the machine failed: such a call came to nothing.
//!
//! A [`Stop`] ends the frame. The engine only learns that it must unwind; the frame keeps the
//! reason for [`frame`](crate::frame).

mod bounds;
mod calls;
mod context;
mod crypto;
mod events;
mod guest;
mod price;
mod result;
mod storage;

use lockstep_abi::{AccountId, HostFunction};

use self::guest::Guest;
use crate::engine::{FinalState, HostCalls, Meter, Unwind};
use crate::fatal::Fatal;
use crate::gas::GasBucket;
use crate::observer::{HostCallRecord, HostCallResult, ProbeRecord};
use crate::session::Session;
use crate::status::Status;

/// Why a frame ends in a host call.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The contract asked for it: success, revert or panic, with output, error or message.
    Finished(Status, Vec<u8>),
    /// The call was not allowed, not possible or not paid.
    Trapped(Status),
    /// The machine failed.
    Fatal(Fatal),
}

impl From<Fatal> for Stop {
    fn from(fatal: Fatal) -> Self {
        Stop::Fatal(fatal)
    }
}

impl From<Status> for Stop {
    fn from(status: Status) -> Self {
        Stop::Trapped(status)
    }
}

/// What a host function comes to: its value, if it has one, or the end of the frame.
type Answer = Result<Option<u64>, Stop>;

/// What a frame is told about itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameContext {
    /// The contract whose storage and balance it uses.
    pub(crate) contract: AccountId,
    /// Who called.
    pub(crate) caller: AccountId,
    /// What came with the call.
    pub(crate) value: u128,
    /// Whether nothing may change.
    pub(crate) read_only: bool,
    /// How many frames are waiting below it.
    pub(crate) depth: u32,
}

/// A running frame.
pub(crate) struct Frame<'f, 'a> {
    session: &'f mut Session<'a>,
    context: FrameContext,
    input: Vec<u8>,
    /// What the last call or instantiation gave back.
    returned: Vec<u8>,
    /// The guest's gas when the host last let it go on.
    resumed_with: i64,
    stop: Option<Stop>,
}

impl<'f, 'a> Frame<'f, 'a> {
    /// A frame that is about to run with this gas.
    pub(crate) fn new(
        session: &'f mut Session<'a>,
        context: FrameContext,
        input: Vec<u8>,
        gas: u64,
    ) -> Result<Frame<'f, 'a>, Fatal> {
        let resumed_with =
            i64::try_from(gas).map_err(|_| Fatal::Internal("more gas than i64 holds"))?;
        Ok(Frame {
            session,
            context,
            input,
            returned: Vec::new(),
            resumed_with,
            stop: None,
        })
    }

    /// The guest's gas when the host last let it go on; never negative.
    pub(crate) fn resumed_with(&self) -> u64 {
        u64::try_from(self.resumed_with).unwrap_or(0)
    }

    /// The session, and why a host call ended the frame, if one did.
    pub(crate) fn into_parts(self) -> (&'f mut Session<'a>, Option<Stop>) {
        (self.session, self.stop)
    }

    /// Books what the guest used since it was let go.
    fn book_wasm(&mut self, meter: &Meter) -> Result<(), Stop> {
        let used = self.resumed_with.checked_sub(meter.gas.max(0));
        let used = used.and_then(|used| u64::try_from(used).ok());
        let used = used.ok_or_else(|| Fatal::Internal("the gas counter went up in a guest"))?;
        self.session.gas.add(GasBucket::Wasm, used);
        Ok(())
    }
}

impl HostCalls for Frame<'_, '_> {
    fn call(
        &mut self,
        function: HostFunction,
        args: &[u64],
        memory: &mut [u8],
        meter: &mut Meter,
    ) -> Result<Option<u64>, Unwind> {
        let gas_before = meter.gas;
        let guest = Guest::new(memory);
        let memory_pages = guest.pages();
        let answer = match self.book_wasm(meter) {
            Ok(()) => HostCall {
                frame: self,
                guest,
                meter,
                function,
                args,
            }
            .answer(),
            Err(stop) => Err(stop),
        };
        self.resumed_with = meter.gas.max(0);
        let result = match &answer {
            Ok(value) => Some(HostCallResult::Returned(*value)),
            Err(Stop::Finished(..) | Stop::Trapped(_)) => Some(HostCallResult::Ended),
            Err(Stop::Fatal(_)) => None,
        };
        if let Some(result) = result {
            self.session.observer.host_call(&HostCallRecord {
                depth: self.context.depth,
                contract: self.context.contract,
                function,
                args,
                result,
                gas_before,
                gas_left: meter.gas,
                memory_pages,
            });
        }
        answer.map_err(|stop| {
            self.stop = Some(stop);
            Unwind
        })
    }

    fn probe(&mut self, number: u32, operand: u32) {
        self.session.observer.probe(&ProbeRecord {
            depth: self.context.depth,
            number,
            operand,
        });
    }

    /// Not when the machine failed below: such a run came to nothing and may begin again.
    fn wants_final_state(&self) -> bool {
        let failed = matches!(self.stop, Some(Stop::Fatal(_)));
        !failed && self.session.observer.wants_final_state()
    }

    fn final_state(&mut self, left: FinalState<'_>) {
        self.session.observer.final_state(left);
    }
}

/// One host call under way.
struct HostCall<'c, 'f, 'a> {
    frame: &'c mut Frame<'f, 'a>,
    guest: Guest<'c>,
    meter: &'c mut Meter,
    function: HostFunction,
    args: &'c [u64],
}

impl HostCall<'_, '_, '_> {
    fn answer(&mut self) -> Answer {
        self.charge_lengths_given()?;
        if self.function.writes_state() {
            self.require_writable()?;
        }
        match self.function {
            HostFunction::InputLength => self.input_length(),
            HostFunction::InputRead => self.input_read(),
            HostFunction::Return => self.finish(Status::Success),
            HostFunction::Revert => self.finish(Status::Reverted),
            HostFunction::Panic => self.panic(),
            HostFunction::Caller => self.caller(),
            HostFunction::SelfId => self.self_id(),
            HostFunction::Origin => self.origin(),
            HostFunction::Value => self.value(),
            HostFunction::Balance => self.balance(),
            HostFunction::BlockHeight => self.block_height(),
            HostFunction::BlockTimestamp => self.block_timestamp(),
            HostFunction::ChainId => self.chain_id(),
            HostFunction::GasLeft => self.gas_left(),
            HostFunction::IsReadOnly => self.is_read_only(),
            HostFunction::StorageRead => self.storage_read(),
            HostFunction::StorageWrite => self.storage_write(),
            HostFunction::StorageRemove => self.storage_remove(),
            HostFunction::StorageLength => self.storage_length(),
            HostFunction::StorageNext => self.storage_next(),
            HostFunction::StoragePrevious => self.storage_previous(),
            HostFunction::TransientRead => self.transient_read(),
            HostFunction::TransientWrite => self.transient_write(),
            HostFunction::TransientRemove => self.transient_remove(),
            HostFunction::Call => self.call(),
            HostFunction::DelegateCall => self.delegate_call(),
            HostFunction::Instantiate => self.instantiate(),
            HostFunction::Transfer => self.transfer(),
            HostFunction::Upgrade => self.upgrade(),
            HostFunction::Terminate => self.terminate(),
            HostFunction::ReturnedLength => self.returned_length(),
            HostFunction::ReturnedRead => self.returned_read(),
            HostFunction::EmitEvent => self.emit_event(),
            HostFunction::HashSha2x256 => self.hash(crypto::sha2_256),
            HostFunction::HashSha3x256 => self.hash(crypto::sha3_256),
            HostFunction::HashKeccak256 => self.hash(crypto::keccak_256),
            HostFunction::HashBlake2b256 => self.hash(crypto::blake2b_256),
            HostFunction::HashBlake2b128 => self.hash(crypto::blake2b_128),
            HostFunction::Ed25519Verify => self.ed25519_verify(),
            HostFunction::Secp256k1Recover => self.secp256k1_recover(),
            HostFunction::P256Verify => self.p256_verify(),
            HostFunction::DebugLog => self.debug_log(),
        }
    }

    /// An argument of 64 bits.
    fn arg64(&self, index: usize) -> Result<u64, Stop> {
        let arg = self.args.get(index).copied();
        Ok(arg.ok_or_else(|| Fatal::Internal("a host call with too few arguments"))?)
    }

    /// An argument of 32 bits.
    fn arg(&self, index: usize) -> Result<u32, Stop> {
        let arg = u32::try_from(self.arg64(index)?);
        Ok(arg.map_err(|_| Fatal::Internal("a host call with an argument too wide"))?)
    }

    /// Traps in a read-only frame.
    fn require_writable(&self) -> Result<(), Stop> {
        match self.frame.context.read_only {
            true => Err(Status::ReadOnlyViolation.into()),
            false => Ok(()),
        }
    }
}
