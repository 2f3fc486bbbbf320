//! Whether the machine may end a frame in a call that asks for something that can be done.
//!
//! It may when the call cannot be paid, when it states a length over its limit or a range outside of
//! the memory, when it would change something in a read-only frame, and when there is no room for it:
//! in the stack, or in the list of events. Never otherwise.

use lockstep_abi::{HostFunction, LENGTH_ABSENT};
use lockstep_tests::stated_bytes;
use lockstep_vm::Meter;

use super::super::asked::{Asked, AskedFrames};
use super::super::protocol;
use super::guest::{Guest, sent};
use super::wanted::Wanted;

/// How long the range is that a pointer begins.
enum Span {
    Bytes(usize),
    /// As long as this argument says.
    Stated(usize),
    /// So many topics as this argument says.
    Topics(usize),
}

/// The gas that a call is charged, without that of the message that it sends; `None` when it states a
/// length over its limit. Of what it finds the value tells the length.
fn cost(function: HostFunction, guest: &Guest<'_>, wanted: Option<&Wanted>) -> Option<u64> {
    let memory_bytes = guest.memory.len() as u64;
    let limits = &protocol().limits;
    let (input, output) = stated_bytes(function, guest.args, limits, memory_bytes)?;
    let absent = u64::from(LENGTH_ABSENT.cast_unsigned());
    let found = match function {
        HostFunction::StorageRead
        | HostFunction::TransientRead
        | HostFunction::StorageNext
        | HostFunction::StoragePrevious => wanted.and_then(|wanted| wanted.value),
        _ => None,
    };
    let found = found.filter(|length| *length != absent).unwrap_or(0);
    let price = protocol().schedule.host_price(function);
    Some(price.base + price.per_input_byte * input + price.per_output_byte * (output + found))
}

/// Whether a call sends a message.
const fn sends(function: HostFunction) -> bool {
    matches!(
        function,
        HostFunction::Call
            | HostFunction::DelegateCall
            | HostFunction::Instantiate
            | HostFunction::Upgrade
    )
}

/// The gas that the message of a call gets.
pub(super) fn gas_sent(function: HostFunction, guest: &Guest<'_>, gas: i64) -> u64 {
    let limit = match function {
        HostFunction::Call => 6,
        HostFunction::DelegateCall | HostFunction::Instantiate => 5,
        _ => 3,
    };
    let limit = guest.args.get(limit).copied().unwrap_or_default();
    let left = cost(function, guest, None)
        .and_then(|cost| u64::try_from(gas).ok()?.checked_sub(cost))
        .unwrap_or(0);
    left.min(limit)
}

/// Whether the call may trap, although it asks for something that can be done.
pub(super) fn may_trap(
    frames: &AskedFrames,
    frame: &Asked,
    function: HostFunction,
    guest: &Guest<'_>,
    (meter, wanted): (&Meter, Option<&Wanted>),
) -> bool {
    let limits = &protocol().limits;
    let cost = cost(function, guest, wanted).and_then(|cost| i64::try_from(cost).ok());
    if cost.is_none_or(|cost| cost > meter.gas) || !in_memory(function, guest) {
        return true;
    }
    if frame.read_only && function.writes_state() {
        return true;
    }
    if function == HostFunction::EmitEvent {
        let events = frames.model().events.len();
        return events >= limits.events_per_transaction_max as usize;
    }
    if !sends(function) {
        return false;
    }
    let slots = i64::from(limits.stack_slots_per_host_call);
    let asked = sent(frame, function, guest).map(|sent| sent.frame);
    let is_call = function == HostFunction::Call;
    let pays_in_vain = asked.is_none_or(|asked| is_call && asked.read_only && asked.value > 0);
    i64::from(meter.stack) < slots || pays_in_vain || !is_named(function, guest)
}

/// Whether a call that names a method names one that it may.
fn is_named(function: HostFunction, guest: &Guest<'_>) -> bool {
    let names = matches!(function, HostFunction::Call | HostFunction::DelegateCall);
    let name = guest.bytes(1).and_then(|name| str::from_utf8(name).ok());
    !names || name.is_some_and(|name| !["init", "upgraded"].contains(&name))
}

/// Whether each range of a call lies in the memory.
fn in_memory(function: HostFunction, guest: &Guest<'_>) -> bool {
    spans(function).iter().all(|(pointer, span)| {
        let length = match span {
            Span::Bytes(bytes) => Some(*bytes),
            Span::Stated(argument) => guest.arg(*argument),
            Span::Topics(argument) => guest.arg(*argument).map(|count| count * 32),
        };
        length.is_some_and(|length| guest.part(*pointer, length).is_some())
    })
}

/// The arguments that are pointers, and what each points at.
const fn spans(function: HostFunction) -> &'static [(usize, Span)] {
    use HostFunction as F;
    use Span::{Bytes, Stated, Topics};
    match function {
        F::InputRead | F::ReturnedRead => &[(0, Stated(2))],
        F::Return
        | F::Revert
        | F::Panic
        | F::DebugLog
        | F::StorageRemove
        | F::StorageLength
        | F::TransientRemove => &[(0, Stated(1))],
        F::Caller | F::SelfId | F::Origin | F::Terminate => &[(0, Bytes(32))],
        F::Value => &[(0, Bytes(16))],
        F::Balance | F::Transfer => &[(0, Bytes(32)), (1, Bytes(16))],
        F::StorageRead
        | F::StorageNext
        | F::StoragePrevious
        | F::TransientRead
        | F::StorageWrite
        | F::TransientWrite => &[(0, Stated(1)), (2, Stated(3))],
        F::Call => &[
            (0, Bytes(32)),
            (1, Stated(2)),
            (3, Stated(4)),
            (5, Bytes(16)),
        ],
        F::DelegateCall => &[(0, Bytes(32)), (1, Stated(2)), (3, Stated(4))],
        F::Instantiate => &[
            (0, Bytes(32)),
            (1, Bytes(32)),
            (2, Stated(3)),
            (4, Bytes(16)),
            (6, Bytes(32)),
        ],
        F::Upgrade => &[(0, Bytes(32)), (1, Stated(2))],
        F::EmitEvent => &[(0, Topics(1)), (2, Stated(3))],
        F::HashSha2x256 | F::HashSha3x256 | F::HashKeccak256 | F::HashBlake2b256 => {
            &[(0, Stated(1)), (2, Bytes(32))]
        }
        F::HashBlake2b128 => &[(0, Stated(1)), (2, Bytes(16))],
        F::Ed25519Verify => &[(0, Bytes(32)), (1, Bytes(64)), (2, Stated(3))],
        F::Secp256k1Recover => &[(0, Bytes(32)), (1, Bytes(65)), (2, Bytes(64))],
        F::P256Verify => &[(0, Bytes(32)), (1, Bytes(64)), (2, Bytes(64))],
        F::InputLength
        | F::BlockHeight
        | F::BlockTimestamp
        | F::ChainId
        | F::GasLeft
        | F::IsReadOnly
        | F::ReturnedLength => &[],
    }
}
