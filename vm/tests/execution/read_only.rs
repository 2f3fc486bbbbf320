//! Read-only frames: every host function that writes traps in one, and no other does.

use lockstep_abi::HostFunction;
use lockstep_vm::{Message, Status};

use crate::cases::{INPUT, Stage, good};
use crate::script::{OUT, Script};

#[test]
fn a_read_only_frame_traps_exactly_when_it_writes() {
    for function in HostFunction::ALL {
        let mut stage = Stage::new();
        let mut args = good(function).args;
        if function == HostFunction::Call {
            args[5] = u64::from(OUT); // The value: 16 zero bytes.
        }
        let id = stage.contract(function, &args);
        let untouched = stage.world.trie.root().0;
        let message = stage.world.message(id, "main", INPUT);
        let free = Stage::new().run(function, &args).status;
        let ran = stage.world.run(Message {
            read_only: true,
            ..message
        });
        let status = match function.writes_state() {
            true => Status::ReadOnlyViolation,
            false => free,
        };
        assert_eq!(ran.status, status, "{function:?}");
        assert_eq!(ran.root, untouched, "{function:?} changed the state");
        assert!(ran.events.is_empty(), "{function:?}");
    }
}

#[test]
fn a_read_only_frame_cannot_send_value() {
    let mut stage = Stage::new();
    let id = stage.contract(HostFunction::Call, &good(HostFunction::Call).args);
    let message = stage.world.message(id, "main", INPUT);
    let ran = stage.world.run(Message {
        read_only: true,
        ..message
    });
    assert_eq!(ran.status, Status::ReadOnlyViolation);
    let mut args = good(HostFunction::Call).args;
    args[7] = 1;
    assert_eq!(
        Stage::new().run(HostFunction::Call, &args).status,
        Status::ReadOnlyViolation
    );
}

#[test]
fn a_frame_knows_that_it_is_read_only() {
    let script = Script::new().give_result(HostFunction::IsReadOnly, &[]);
    let mut stage = Stage::new();
    let id = stage.world.deploy(1, &script.wat());
    let message = stage.world.message(id, "main", &[]);
    assert_eq!(stage.world.run(message.clone()).number(), 0);
    assert_eq!(
        stage
            .world
            .run(Message {
                read_only: true,
                ..message
            })
            .number(),
        1
    );
}
