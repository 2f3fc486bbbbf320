//! Every host function with every kind of bad pointer and length, and the other ways in which a
//! contract can misuse the machine.

use lockstep_abi::HostFunction;
use lockstep_vm::Status;

use crate::cases::{Length, STORED, Stage, good};
use crate::script::{END, OUT, Script};
use crate::world::{World, run_script};

/// The length that a range has with these arguments.
fn length(length: Length, args: &[u64]) -> u64 {
    match length {
        Length::Fixed(length) => length.into(),
        Length::Arg(index) => args[index],
        Length::Topics(index) => args[index] * 32,
    }
}

/// Runs a call that must trap, and checks that nothing came of it.
pub(crate) fn assert_traps(function: HostFunction, args: &[u64], statuses: &[Status]) {
    let mut stage = Stage::new();
    stage.contract(function, args);
    let untouched = stage.world.trie.root().0;
    let ran = Stage::new().run(function, args);
    assert!(
        statuses.contains(&ran.status),
        "{function:?}{args:x?} gave {:?}",
        ran.status
    );
    assert_eq!(ran.gas_left, 0, "{function:?}{args:x?}");
    assert_eq!(
        ran.root, untouched,
        "{function:?}{args:x?} changed the state"
    );
    assert!(ran.events.is_empty(), "{function:?}{args:x?}");
}

#[test]
fn a_range_past_the_end_traps() {
    let mut ranges = 0;
    for function in HostFunction::ALL {
        let good = good(function);
        for (pointer, range) in &good.ranges {
            let length = length(*range, &good.args);
            for bad in [
                u64::from(END) - length + 1,
                END.into(),
                u64::from(END) + 1,
                0x7fff_ffff,
            ] {
                if length == 0 && bad <= u64::from(END) {
                    continue;
                }
                let mut args = good.args.clone();
                args[*pointer] = bad;
                assert_traps(function, &args, &[Status::PointerOutOfBounds]);
                ranges += 1;
            }
        }
    }
    assert!(ranges > 150, "{ranges}");
}

#[test]
fn a_range_that_wraps_traps() {
    for function in HostFunction::ALL {
        let good = good(function);
        for (pointer, range) in &good.ranges {
            let length = length(*range, &good.args);
            for bad in [u64::from(u32::MAX), (1 << 32) - length.max(1)] {
                let mut args = good.args.clone();
                args[*pointer] = bad;
                assert_traps(function, &args, &[Status::PointerOutOfBounds]);
            }
        }
    }
}

/// The part that is asked for does not exist, or the length cannot be paid or is over a limit,
/// before the pointer is even looked at.
const LENGTH_TRAPS: [Status; 6] = [
    Status::OutOfGas,
    Status::LengthOverLimit,
    Status::PointerOutOfBounds,
    Status::InputOutOfRange,
    Status::ReturnedOutOfRange,
    Status::TooManyTopics,
];

#[test]
fn a_length_that_does_not_fit_traps() {
    for function in HostFunction::ALL {
        let good = good(function);
        for (pointer, range) in &good.ranges {
            let (Length::Arg(index) | Length::Topics(index)) = *range else {
                continue;
            };
            for bad in [
                u64::from(u32::MAX),
                1 << 31,
                END.into(),
                u64::from(END) - good.args[*pointer] + 1,
            ] {
                let mut args = good.args.clone();
                args[index] = bad;
                assert_traps(function, &args, &LENGTH_TRAPS);
            }
        }
    }
}

#[test]
fn a_range_that_ends_at_the_end_is_fine() {
    for function in HostFunction::ALL {
        let good = good(function);
        let expected = Stage::new().run(function, &good.args).status;
        for (pointer, range) in &good.ranges {
            let mut args = good.args.clone();
            args[*pointer] = u64::from(END) - length(*range, &good.args);
            let status = Stage::new().run(function, &args).status;
            assert_ne!(
                status,
                Status::PointerOutOfBounds,
                "{function:?}{args:x?} {expected:?}"
            );
        }
    }
}

#[test]
fn ranges_may_overlap_and_inputs_are_read_first() {
    let message = b"a message of which a part is overwritten by its digest";
    let over = Script::new()
        .data(0, message)
        .call(HostFunction::HashSha2x256, &[0, message.len() as u64, 10])
        .give(10, 32);
    let apart = Script::new()
        .data(0, message)
        .call(
            HostFunction::HashSha2x256,
            &[0, message.len() as u64, OUT.into()],
        )
        .give(OUT, 32);
    assert_eq!(
        run_script(over, &[]).bytes(),
        run_script(apart, &[]).bytes()
    );

    let mut world = World::new();
    let script = Script::new()
        .data(0, b"key")
        .call(HostFunction::StorageRead, &[0, 3, 1, 64])
        .give(0, 8);
    let id = world.deploy(1, &script.wat());
    world.store(id, b"key", STORED);
    let ran = world.run(world.message(id, "main", &[]));
    assert_eq!(ran.bytes(), b"kstored\0");

    let same = Script::new()
        .data(0, b"sameandsame")
        .call(HostFunction::StorageWrite, &[0, 4, 2, 6])
        .call(HostFunction::StorageRead, &[0, 4, OUT.into(), 64])
        .give(OUT, 6);
    assert_eq!(run_script(same, &[]).bytes(), b"meands");
}

#[test]
fn lengths_over_their_limit_trap_and_at_their_limit_do_not() {
    use HostFunction as F;
    let limits = lockstep_gas_meter::Limits::v1();
    let value_max = u64::from(limits.storage_value_bytes_max);
    let key_max = u64::from(limits.storage_key_bytes_max);
    let method_max = u64::from(limits.method_name_bytes_max);
    let log_max = u64::from(limits.debug_log_bytes_max);
    let data_max = u64::from(limits.event_data_bytes_max);
    let topics_max = u64::from(limits.event_topics_max);
    let over = Status::LengthOverLimit;
    for (function, index, limit, status) in [
        (F::StorageRead, 1, key_max, over),
        (F::StorageWrite, 1, key_max, over),
        (F::StorageRemove, 1, key_max, over),
        (F::StorageLength, 1, key_max, over),
        (F::StorageNext, 1, key_max, over),
        (F::StoragePrevious, 1, key_max, over),
        (F::TransientRead, 1, key_max, over),
        (F::TransientWrite, 1, key_max, over),
        (F::TransientRemove, 1, key_max, over),
        (F::Call, 2, method_max, over),
        (F::DelegateCall, 2, method_max, over),
        (F::DebugLog, 1, log_max, over),
        (F::EmitEvent, 3, data_max, over),
        (F::EmitEvent, 1, topics_max, Status::TooManyTopics),
    ] {
        let mut args = good(function).args;
        args[index - 1] = 0xc000; // Zeros up to the end of the memory.
        args[index] = limit;
        let ran = Stage::new().run(function, &args);
        assert!(
            !ran.status.is_trap(),
            "{function:?} at its limit: {:?}",
            ran.status
        );
        args[index] = limit + 1;
        assert_traps(function, &args, &[status]);
    }
    // These limits are at or over a page, so the script needs more memory.
    for (function, length_index, pointer_index, limit) in [
        (F::StorageWrite, 3, 2, value_max),
        (F::TransientWrite, 3, 2, value_max),
        (F::Return, 1, 0, limits.output_bytes_max.into()),
        (F::Revert, 1, 0, limits.output_bytes_max.into()),
        (F::Panic, 1, 0, limits.output_bytes_max.into()),
        (F::Call, 4, 3, limits.input_bytes_max.into()),
        (F::DelegateCall, 4, 3, limits.input_bytes_max.into()),
        (F::Instantiate, 3, 2, limits.input_bytes_max.into()),
        (F::Upgrade, 2, 1, limits.input_bytes_max.into()),
    ] {
        let run = |length: u64| {
            let mut stage = Stage::new();
            let mut args = good(function).args;
            args[length_index] = length;
            args[pointer_index] = END.into();
            let wat = stage.script().call(function, &args).wat();
            let wat = wat.replace("(memory (export \"memory\") 1)", "(memory 8)");
            let id = stage.world.deploy(1, &wat);
            stage.world.fund(id, 500);
            stage.world.run(stage.world.message(id, "main", &[])).status
        };
        assert!(
            !run(limit).is_trap(),
            "{function:?} at its limit: {:?}",
            run(limit)
        );
        assert_eq!(run(limit + 1), Status::LengthOverLimit, "{function:?}");
    }
}
