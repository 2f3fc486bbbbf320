//! Arguments of host functions that point to good memory and mean nothing: parts that do not
//! exist, text that is none, unknown flags, empty keys, one event too many. And room for an answer
//! that does not come.

use lockstep_abi::{CallStatus, HostFunction};
use lockstep_vm::Status;

use crate::cases::{Stage, WINDOW, good};
use crate::misuse::assert_traps;
use crate::script::{END, OUT, Script};
use crate::world::run_script;

#[test]
fn parts_of_input_and_returned_data_must_exist() {
    use HostFunction as F;
    let read = |function, offset, length| {
        run_script(Script::new().call(function, &[0, offset, length]), b"1234").status
    };
    assert_eq!(read(F::InputRead, 0, 4), Status::Success);
    assert_eq!(read(F::InputRead, 4, 0), Status::Success);
    assert_eq!(read(F::ReturnedRead, 0, 0), Status::Success);
    for (offset, length) in [
        (0, 5),
        (4, 1),
        (5, 0),
        (1, u64::from(u32::MAX)),
        (u64::from(u32::MAX), 2),
    ] {
        let status = read(F::InputRead, offset, length);
        assert!(
            matches!(status, Status::InputOutOfRange | Status::OutOfGas),
            "{status:?}"
        );
    }
    assert_eq!(read(F::ReturnedRead, 0, 1), Status::ReturnedOutOfRange);
    assert_eq!(read(F::ReturnedRead, 1, 0), Status::ReturnedOutOfRange);
}

#[test]
fn text_must_be_utf_8_where_it_reaches_a_receipt_or_names_a_method() {
    use HostFunction as F;
    let with = |function: F, args: &[u64]| {
        let script = Script::new().data(0, &[0xff, 0xfe]).call(function, args);
        run_script(script, &[]).status
    };
    assert_eq!(with(F::Panic, &[0, 2]), Status::InvalidUtf8);
    assert_eq!(with(F::DebugLog, &[0, 2]), Status::Success);
    assert_eq!(
        with(F::Call, &[64, 0, 2, 0, 0, 64, 0, 0]),
        Status::InvalidUtf8
    );
    assert_eq!(
        with(F::DelegateCall, &[64, 0, 2, 0, 0, 0, 0]),
        Status::InvalidUtf8
    );
}

#[test]
fn unknown_flags_trap() {
    for (function, index) in [(HostFunction::Call, 7), (HostFunction::DelegateCall, 6)] {
        for flags in [4, 8, 1 << 31, u64::from(u32::MAX)] {
            let mut args = good(function).args;
            args[index] = flags;
            assert_traps(function, &args, &[Status::UnknownCallFlags]);
        }
    }
}

#[test]
fn events_are_bounded_per_transaction() {
    let script = Script::new().wat_line("(local $i i32) (loop $again");
    let script = script
        .call(HostFunction::EmitEvent, &[0, 0, 0, 0])
        .wat_line("local.get $i i32.const 1 i32.add local.tee $i")
        .call(HostFunction::InputRead, &[0, 0, 4])
        .wat_line("i32.const 0 i32.load i32.lt_u br_if $again)");
    let run = |count: u32| run_script(script.clone(), &count.to_le_bytes());
    let most = run(1024);
    assert_eq!((most.status, most.events.len()), (Status::Success, 1024));
    let over = run(1025);
    assert_eq!((over.status, over.events.len()), (Status::TooManyEvents, 0));
}

#[test]
fn empty_keys_find_nothing_and_cannot_be_written() {
    use HostFunction as F;
    let read = Script::new()
        .keep(F::StorageRead, &[0, 0, OUT.into(), 8], 0)
        .keep(F::StorageLength, &[0, 0], 8)
        .keep(F::StorageRemove, &[0, 0], 16)
        .give(0, 24);
    let mut expected = vec![0xff; 16];
    expected.extend_from_slice(&[0; 8]);
    assert_eq!(run_script(read, &[]).bytes(), expected);
    for function in [F::StorageWrite, F::TransientWrite] {
        let script = Script::new().call(function, &[0, 0, 0, 1]);
        assert_eq!(run_script(script, &[]).status, Status::KeyEmpty);
    }
}

/// Also when there will be no answer, and before anything runs for one.
#[test]
fn room_for_an_answer_is_checked_before_there_is_one() {
    let (unknown_code, no_signature) = (0x2a0, 0x700);
    for (function, wrong, answer, room) in [
        (
            HostFunction::Instantiate,
            (0, unknown_code),
            i64::from(CallStatus::CodeNotFound.code()),
            (6, 32),
        ),
        (
            HostFunction::Secp256k1Recover,
            (1, no_signature),
            0,
            (2, 64),
        ),
    ] {
        let mut args = good(function).args;
        let end = u64::from(END);
        args[room.0] = end - room.1 + 1;
        let trapped = Stage::new().run(function, &args);
        assert_eq!(trapped.status, Status::PointerOutOfBounds, "{function:?}");
        args[wrong.0] = wrong.1;
        let trapped = Stage::new().run(function, &args);
        assert_eq!(trapped.status, Status::PointerOutOfBounds, "{function:?}");
        args[room.0] = end - room.1;
        let ran = Stage::new().run(function, &args);
        assert_eq!(ran.bytes()[WINDOW as usize..], answer.to_le_bytes());
    }
}
