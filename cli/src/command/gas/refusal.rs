//! A refused module, told alike by all commands that look into one.

use lockstep_gas_meter::{PrepareError, Protocol, Refusal, prepare};
use serde::Serialize;

use crate::answer::Answer;
use crate::command::check::refused_remark;
use crate::exit::Exit;
use crate::problem::Failure;

/// The document in place of the result.
#[derive(Serialize)]
struct RefusedDocument<'r> {
    schema: &'static str,
    accepted: bool,
    refusal: &'r Refusal,
}

/// The refusal of a module, if it is refused.
pub(super) fn refusal_of(bytes: &[u8]) -> Result<Option<Refusal>, Failure> {
    match prepare(bytes, &Protocol::v1()) {
        Ok(_) => Ok(None),
        Err(PrepareError::Refused(refusal)) => Ok(Some(refusal)),
        Err(PrepareError::Internal(error)) => Err(Failure::bug(error)),
    }
}

/// Every reason, and exit code 3.
pub(super) fn refused(json: bool, schema: &'static str, refusal: &Refusal) -> Answer {
    let document = RefusedDocument {
        schema,
        accepted: false,
        refusal,
    };
    let text = format!("refused\n{refusal}\n");
    Answer::new(json, &document, text, Exit::Refused).remark(refused_remark(refusal))
}
