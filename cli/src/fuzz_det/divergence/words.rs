//! Endings, gas, changes, frames and host calls in words.

use lockstep_abi::HostFunction;
use lockstep_vm::{Event, GasUsed, Receipt};

use crate::fuzz_det::execution::{Bytes, CallOutcome, Change, Ending, FrameOutcome};
use crate::outcome_names::status_name;
use crate::state::{StateNames, key_report};
use crate::value::counted;

pub(super) fn ending(ending: &Ending) -> String {
    match ending {
        Ending::Invalid(reason) => format!("not included: {reason}"),
        Ending::Included { receipt, .. } => match Receipt::from_bytes(&receipt.0) {
            Ok(receipt) => status_name(receipt.status),
            Err(_) => "a receipt that does not decode".to_string(),
        },
    }
}

/// The gas by bucket.
pub(super) fn gas(used: &GasUsed) -> String {
    let GasUsed {
        intrinsic,
        wasm,
        host,
        storage,
        forfeited,
    } = used;
    format!(
        "{intrinsic} intrinsic, {wasm} wasm, {host} host, {storage} storage, {forfeited} forfeited"
    )
}

/// Bytes in hexadecimal.
pub(super) fn bytes(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// The event at this position.
pub(super) fn event(events: &[Event], position: usize) -> String {
    let Some(event) = events.get(position) else {
        return format!("{} and no more", counted(events.len(), "event"));
    };
    let topics: String = event
        .topics
        .iter()
        .map(|topic| format!("topic {}, ", bytes(topic)))
        .collect();
    format!(
        "event {} of {}: by {}, {topics}data {}",
        position + 1,
        events.len(),
        bytes(&event.contract.0),
        bytes(&event.data)
    )
}

pub(super) fn change(change: Option<&Change>) -> String {
    let Some(change) = change else {
        return "no more changes".to_string();
    };
    let key = key_report(&change.key.0, &StateNames::default()).text;
    let shown = |value: &Option<Bytes>| {
        let value = value.as_ref().map(|value| bytes(&value.0));
        value.unwrap_or_else(|| "none".to_string())
    };
    let (before, after) = (shown(&change.before), shown(&change.after));
    format!("{key} = {after}, {before} before")
}

pub(super) fn frame(frame: Option<&FrameOutcome>) -> String {
    let Some(frame) = frame else {
        return "no more frames".to_string();
    };
    let short = |hash: &Bytes| bytes(hash.0.get(..8).unwrap_or_default());
    format!(
        "status {} at depth {} after {}, gas left {}, {}, memory and globals {}, \
         trace {}",
        frame.status,
        frame.depth,
        counted(frame.calls_before, "host call"),
        frame.gas_left,
        counted(frame.memory_pages, "page"),
        short(&frame.left),
        short(&frame.trace)
    )
}

pub(super) fn call(call: &CallOutcome) -> String {
    let function = HostFunction::ALL
        .iter()
        .find(|function| function.index() == call.function);
    let name = function.map_or("unknown", |function| function.name());
    let hash = bytes(call.hash.0.get(..8).unwrap_or_default());
    format!(
        "{name} at depth {}, gas left {}, {}, hash {hash}",
        call.depth,
        call.gas_left,
        counted(call.memory_pages, "page")
    )
}

#[cfg(test)]
mod tests {
    use lockstep_abi::AccountId;
    use lockstep_vm::{Event, StateKey};

    use super::{change, event};
    use crate::fuzz_det::execution::{Bytes, Change};

    #[test]
    fn keys_and_values_are_written_as_commands_take_them() {
        let id = AccountId([0x11; 32]);
        let told = |key: StateKey, before: Option<&[u8]>, after: Option<&[u8]>| {
            change(Some(&Change {
                key: Bytes(key.to_bytes()),
                before: before.map(|bytes| Bytes(bytes.to_vec())),
                after: after.map(|bytes| Bytes(bytes.to_vec())),
            }))
        };
        let hex = "11".repeat(32);
        let stored = told(StateKey::Storage(id, vec![1, 2]), None, Some(&[3]));
        let expected = format!("storage:0x{hex}:0x0102 = 0x03, none before");
        assert_eq!(stored, expected);
        let removed = told(StateKey::Account(id), Some(&[4]), None);
        assert_eq!(removed, format!("account:0x{hex} = none, 0x04 before"));
    }

    #[test]
    fn the_event_that_differs_is_told_whole() {
        let events = [Event {
            contract: AccountId([0x11; 32]),
            topics: vec![[0x22; 32]],
            data: vec![5],
        }];
        let (contract, topic) = ("11".repeat(32), "22".repeat(32));
        let whole = format!("event 1 of 1: by 0x{contract}, topic 0x{topic}, data 0x05");
        assert_eq!(event(&events, 0), whole);
        assert_eq!(event(&events, 1), "1 event and no more");
    }
}
