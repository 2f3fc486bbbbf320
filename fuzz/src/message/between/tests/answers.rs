//! Answers, and changes of the state, that are not what the model holds.

use lockstep_abi::HostFunction;

use super::{Answers, FRAME, begun, call};

/// A call that comes to what it must leaves no finding, and any other answer is one.
#[test]
fn an_answer_that_is_not_what_the_model_holds_is_found() {
    let nothing: &[u8] = &[];
    let absent = u64::from(u32::MAX);
    for (function, args, written, right) in [
        (HostFunction::InputLength, [0; 4], nothing, 5),
        (HostFunction::ReturnedLength, [0; 4], nothing, 0),
        (HostFunction::StorageRead, [0, 1, 0, 9], nothing, absent),
        (HostFunction::StorageLength, [0, 1, 0, 0], nothing, absent),
        (HostFunction::StorageNext, [0, 1, 0, 9], nothing, absent),
        (HostFunction::TransientRead, [0, 1, 0, 9], nothing, absent),
        (HostFunction::StorageRemove, [0, 1, 0, 0], nothing, 0),
        (HostFunction::TransientRemove, [0, 1, 0, 0], nothing, 0),
        (HostFunction::InputRead, [0, 1, 4, 0], b"nput", 0),
        (HostFunction::InputRead, [0, 0, 5, 0], b"input", 0),
    ] {
        let check = |written: &[u8], value: u64| {
            let frames = begun(FRAME);
            let value = Some(value);
            call(
                &frames,
                function,
                &args,
                &mut [0; 64],
                Answers { written, value },
            );
            frames.finding().unwrap_or_default()
        };
        assert_eq!(check(written, right), "", "{function:?}");
        let wrong = match written.is_empty() {
            true => check(written, right + 1),
            false => check(&[7; 5], right),
        };
        assert!(wrong.starts_with("asked: "), "{function:?}: {wrong}");
    }
}

/// What is asked of the state has to be done, and comes back only when it can be.
#[test]
fn a_change_that_is_not_made_is_found() {
    for (function, args) in [
        (HostFunction::StorageWrite, [0, 1, 0, 1]),
        (HostFunction::StorageWrite, [0, 0, 0, 1]),
        (HostFunction::TransientWrite, [0, 1, 0, 1]),
        (HostFunction::EmitEvent, [0, 2, 0, 1]),
        (HostFunction::InputRead, [0, 4, 2, 0]),
        (HostFunction::Return, [0, 1, 0, 0]),
        (HostFunction::Terminate, [0, 1, 0, 0]),
    ] {
        let frames = begun(FRAME);
        let host = Answers {
            written: &[],
            value: None,
        };
        call(&frames, function, &args, &mut [0; 64], host);
        let finding = frames.finding().unwrap_or_default();
        assert!(finding.starts_with("asked: "), "{function:?}: {finding}");
    }
}
