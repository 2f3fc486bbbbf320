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
        Err(PrepareError::Refused(refusal)) => Ok(Some(on_one_line(refusal))),
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

/// The same with each message on one line: the parser writes some over several, whose breaks
/// come escaped.
fn on_one_line(mut refusal: Refusal) -> Refusal {
    for violation in &mut refusal.violations {
        let message = violation.message.replace("\\n", " ");
        let words: Vec<&str> = message.split_whitespace().collect();
        violation.message = words.join(" ").replace("[ ", "[").replace(", ]", "]");
    }
    refusal
}

#[cfg(test)]
mod tests {
    use super::refusal_of;

    #[test]
    fn a_message_of_the_parser_is_one_readable_line() {
        let refusal = refusal_of(b"schema = 1").expect("no bug");
        let message = &refusal.expect("it is no module").violations[0].message;
        let end = "expected=[0x0, 0x61, 0x73, 0x6d] actual=[0x73, 0x63, 0x68, 0x65]";
        assert!(message.ends_with(end), "{message}");
        assert_eq!(refusal_of(b"\0asm\x01\0\0\0").expect("no bug"), None);
    }
}
