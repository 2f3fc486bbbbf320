//! Endings, gas, changes, frames and host calls in words.

use lockstep_abi::HostFunction;
use lockstep_vm::{GasUsed, Receipt, StateKey};

use crate::fuzz_det::execution::{Bytes, CallOutcome, Change, Ending, FrameOutcome};
use crate::outcome_names::status_name;
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

pub(super) fn change(change: Option<&Change>) -> String {
    let Some(change) = change else {
        return "no more changes".to_string();
    };
    let key = match StateKey::from_bytes(&change.key.0) {
        Some(key) => format!("{key:?}"),
        None => hex::encode(&change.key.0),
    };
    let after = change.after.as_ref().map(|bytes| hex::encode(&bytes.0));
    format!("{key} = {}", after.unwrap_or_else(|| "none".to_string()))
}

pub(super) fn frame(frame: Option<&FrameOutcome>) -> String {
    let Some(frame) = frame else {
        return "no more frames".to_string();
    };
    let short = |hash: &Bytes| hex::encode(hash.0.get(..8).unwrap_or_default());
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
    let hash = hex::encode(call.hash.0.get(..8).unwrap_or_default());
    format!(
        "{name} at depth {}, gas left {}, {}, hash {hash}",
        call.depth,
        call.gas_left,
        counted(call.memory_pages, "page")
    )
}
