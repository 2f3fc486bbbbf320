//! The end of a run: what its counters and the host's word make of it.
//!
//! Of a frame that ran out of gas in Wasm the rest counts as Wasm gas. Of a frame that trapped,
//! everything since its last host call counts as forfeited: what the guest's counter says at a
//! trap depends on how the metering pass moved charges, and must not show.

use crate::engine::{Completion, Run, TrapCode};
use crate::fatal::Fatal;
use crate::gas::GasBucket;
use crate::host::{Frame, Stop};
use crate::status::Status;

/// Reads a run: status, output and the gas that goes back. Books what is not booked yet.
pub(super) fn conclude(frame: Frame<'_, '_>, run: Run) -> Result<(Status, Vec<u8>, u64), Fatal> {
    let resumed_with = frame.resumed_with();
    let (session, stop) = frame.into_parts();
    let trap = matches!(run.completion, Completion::Trapped(_)) && run.meter.gas >= 0;
    let left = match trap {
        true => Some(resumed_with),
        false => u64::try_from(run.meter.gas).ok(),
    };
    let used = resumed_with.checked_sub(left.unwrap_or(0));
    let used = used.ok_or_else(|| Fatal::Internal("the gas counter went up in a guest"))?;
    session.gas.add(GasBucket::Wasm, used);
    let trapped = match (run.completion, stop) {
        (_, Some(Stop::Fatal(fatal))) => return Err(fatal),
        (Completion::Unwound, Some(Stop::Finished(status, output))) => {
            return Ok((status, output, left.unwrap_or(0)));
        }
        (Completion::Unwound, Some(Stop::Trapped(status))) => status,
        (Completion::Returned, None) if left.is_some() => {
            return Ok((Status::Success, Vec::new(), left.unwrap_or(0)));
        }
        (Completion::Returned | Completion::Trapped(_), None) if left.is_none() => Status::OutOfGas,
        (Completion::Trapped(_), None) if run.meter.stack < 0 => Status::StackOverflow,
        (Completion::Trapped(code), None) => trap_status(code),
        _ => {
            return Err(Fatal::Internal(
                "the engine and the host disagree on how a frame ended",
            ));
        }
    };
    session.gas.add(GasBucket::Forfeited, left.unwrap_or(0));
    Ok((trapped, Vec::new(), 0))
}

const fn trap_status(code: TrapCode) -> Status {
    match code {
        TrapCode::Unreachable => Status::Unreachable,
        TrapCode::MemoryOutOfBounds => Status::MemoryOutOfBounds,
        TrapCode::TableOutOfBounds => Status::TableOutOfBounds,
        TrapCode::IndirectCallNull => Status::IndirectCallNull,
        TrapCode::SignatureMismatch => Status::SignatureMismatch,
        TrapCode::DivisionByZero => Status::DivisionByZero,
        TrapCode::IntegerOverflow => Status::IntegerOverflow,
    }
}
