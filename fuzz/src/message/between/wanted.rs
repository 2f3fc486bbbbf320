//! What a call of the host must come to, by what the guest asks for and what the model holds.
//!
//! What hash functions and signature checks come to is not known here, only that they change nothing.

use lockstep_abi::{CallStatus, HostFunction, LENGTH_ABSENT};
use lockstep_vm::Event;

use super::super::asked::{Asked, AskedFrames};
use super::super::model::Model;
use super::super::waiting::Ending;
use super::guest::{Guest, sent};

/// What a call must come to.
#[derive(Default)]
pub(super) struct Wanted {
    /// Its value; `None` where there is none, or it is compared elsewhere.
    pub(super) value: Option<u64>,
    /// Where in the memory something must lie, and what.
    pub(super) lies: Option<(usize, Vec<u8>)>,
    /// What the state must hold; `None` where nothing may change.
    pub(super) model: Option<Model>,
    /// What must lie there in place of it when a message succeeded.
    on_success: Option<Vec<u8>>,
}

impl Wanted {
    /// A value alone.
    fn value(value: u64) -> Wanted {
        Wanted {
            value: Some(value),
            ..Wanted::default()
        }
    }

    /// A status, and a state.
    fn status(status: CallStatus, model: Model) -> Wanted {
        Wanted {
            model: Some(model),
            ..Wanted::value(u64::from(status.code().cast_unsigned()))
        }
    }

    /// Bytes that are found, or are not, for the room that the arguments 2 and 3 name.
    fn found(found: Option<Vec<u8>>, guest: &Guest<'_>) -> Option<Wanted> {
        let mut room = guest.bytes(2)?.to_vec();
        let value = length(found.as_ref());
        for (place, byte) in room.iter_mut().zip(found.unwrap_or_default()) {
            *place = byte;
        }
        Some(Wanted {
            lies: Some((guest.arg(2)?, room)),
            ..Wanted::value(value)
        })
    }

    /// So many bytes at an offset, which are the arguments 2 and 1, of these at the pointer that comes
    /// first.
    fn part(of: &[u8], guest: &Guest<'_>) -> Option<Wanted> {
        let part = of.get(guest.arg(1)?..)?.get(..guest.arg(2)?)?.to_vec();
        Some(Wanted {
            lies: Some((guest.arg(0)?, part)),
            ..Wanted::default()
        })
    }

    /// The message that it sends came to this.
    pub(super) fn come_to(&mut self, ending: &Ending, model: Model) {
        let succeeded = ending.status == CallStatus::Success;
        let status = Wanted::status(ending.status, model);
        self.value = status.value;
        self.model = status.model;
        if let (true, Some((_, lies)), Some(id)) = (succeeded, &mut self.lies, &self.on_success) {
            lies.clone_from(id);
        }
    }
}

/// The length of bytes as a function's value.
fn length(bytes: Option<&Vec<u8>>) -> u64 {
    let absent = u64::from(LENGTH_ABSENT.cast_unsigned());
    bytes.map_or(absent, |bytes| bytes.len() as u64)
}

/// What a call must come to when it comes back; `None` when it must not. What a message comes to is
/// known when it is over ([`Wanted::come_to`]).
pub(super) fn wanted(
    frames: &AskedFrames,
    frame: &Asked,
    function: HostFunction,
    guest: &Guest<'_>,
) -> Option<Wanted> {
    let mine = &frame.contract;
    let wanted = match function {
        HostFunction::InputLength => Wanted::value(frames.input().len() as u64),
        HostFunction::InputRead => Wanted::part(&frames.input(), guest)?,
        HostFunction::ReturnedLength => Wanted::value(frames.returned().len() as u64),
        HostFunction::ReturnedRead => Wanted::part(&frames.returned(), guest)?,
        HostFunction::Balance => {
            let balance = frames.model().account(&guest.account(0)?).balance;
            Wanted {
                lies: Some((guest.arg(1)?, balance.to_le_bytes().to_vec())),
                ..Wanted::default()
            }
        }
        HostFunction::StorageRead => {
            let found = frames.model().get(mine, guest.bytes(0)?);
            Wanted::found(found, guest)?
        }
        HostFunction::StorageLength => {
            let found = frames.model().get(mine, guest.bytes(0)?);
            Wanted::value(length(found.as_ref()))
        }
        HostFunction::StorageNext => {
            let found = frames.model().next(mine, guest.bytes(0)?);
            Wanted::found(found, guest)?
        }
        HostFunction::StoragePrevious => {
            let before = Some(guest.bytes(0)?).filter(|before| !before.is_empty());
            let found = frames.model().previous(mine, before);
            Wanted::found(found, guest)?
        }
        HostFunction::TransientRead => {
            let found = frames.model().transient_get(mine, guest.bytes(0)?);
            Wanted::found(found, guest)?
        }
        HostFunction::Call | HostFunction::DelegateCall | HostFunction::Upgrade => {
            sent(frame, function, guest).map(|_| Wanted::default())?
        }
        HostFunction::Instantiate => Wanted {
            lies: Some((guest.arg(6)?, guest.part(6, 32)?.to_vec())),
            on_success: Some(sent(frame, function, guest)?.frame.contract.0.to_vec()),
            ..Wanted::default()
        },
        HostFunction::Return
        | HostFunction::Revert
        | HostFunction::Panic
        | HostFunction::Terminate => return None,
        _ if function.writes_state() => {
            let model = frames.model().clone();
            changed(model, frame, function, guest)?
        }
        _ => Wanted::default(),
    };
    Some(wanted)
}

/// What a function that writes and sends no message must come to.
fn changed(
    mut model: Model,
    frame: &Asked,
    function: HostFunction,
    guest: &Guest<'_>,
) -> Option<Wanted> {
    let mine = &frame.contract;
    let key = || guest.bytes(0);
    let new_key = || key().filter(|key| !key.is_empty());
    let mut wanted = Wanted::default();
    match function {
        HostFunction::StorageWrite => model.set(mine, new_key()?, guest.bytes(2)?.to_vec()),
        HostFunction::TransientWrite => {
            model.transient_set(mine, new_key()?, guest.bytes(2)?.to_vec());
        }
        HostFunction::StorageRemove => {
            wanted = Wanted::value(u64::from(model.remove(mine, key()?)));
        }
        HostFunction::TransientRemove => {
            wanted = Wanted::value(u64::from(model.transient_remove(mine, key()?)));
        }
        HostFunction::Transfer => {
            let (to, amount) = (guest.account(0)?, guest.balance(1)?);
            let status = match model.transfer(mine, &to, amount) {
                true => CallStatus::Success,
                false => CallStatus::BalanceTooLow,
            };
            return Some(Wanted::status(status, model));
        }
        HostFunction::EmitEvent => model.events.push(Event {
            contract: *mine,
            topics: guest.part(0, guest.arg(1)? * 32)?.as_chunks().0.to_vec(),
            data: guest.bytes(2)?.to_vec(),
        }),
        _ => {}
    }
    wanted.model = Some(model);
    Some(wanted)
}

/// How a frame ends by the call, once it is paid for, and, where that changes it, what the state
/// must hold then. `None` for a call that ends none in this way.
pub(super) fn ending(
    frames: &AskedFrames,
    frame: &Asked,
    function: HostFunction,
    guest: &Guest<'_>,
) -> Option<(Ending, Option<Model>)> {
    let status = match function {
        HostFunction::Return => CallStatus::Success,
        HostFunction::Revert => CallStatus::Reverted,
        HostFunction::Panic => CallStatus::Panicked,
        HostFunction::Terminate => {
            let (id, beneficiary) = (&frame.contract, guest.account(0)?);
            let mut model = frames.model().clone();
            let items = model.record(id).map(|record| record.storage_items);
            let is_right = !frame.read_only && frames.frames_of(id) == 1 && items == Some(0);
            model.terminate(id, &beneficiary);
            let ending = Ending::bare(CallStatus::Success);
            return is_right.then_some((ending, Some(model)));
        }
        _ => return None,
    };
    let output = guest.bytes(0)?.to_vec();
    let is_right = status != CallStatus::Panicked || std::str::from_utf8(&output).is_ok();
    is_right.then_some((Ending { status, output }, None))
}
