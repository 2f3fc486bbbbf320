//! The observer is told which limit a host call went over; the status does not say it.

use lockstep_abi::HostFunction;
use lockstep_vm::{Observer, OverLimit, Status};

use crate::cases::{Stage, good};
use crate::script::Script;
use crate::world::World;

/// Keeps the limits that were exceeded.
#[derive(Default)]
struct Exceeded(Vec<OverLimit>);

impl Observer for Exceeded {
    fn over_limit(&mut self, over: &OverLimit) {
        self.0.push(*over);
    }
}

#[test]
fn an_observer_is_told_which_limit_was_exceeded() {
    use HostFunction as F;
    let limits = lockstep_gas_meter::Limits::v1();
    for (function, index, limit, max) in [
        (
            F::StorageRead,
            1,
            "storage_key_bytes",
            limits.storage_key_bytes_max,
        ),
        (
            F::StorageWrite,
            3,
            "storage_value_bytes",
            limits.storage_value_bytes_max,
        ),
        (
            F::TransientWrite,
            1,
            "storage_key_bytes",
            limits.storage_key_bytes_max,
        ),
        (F::Return, 1, "output_bytes", limits.output_bytes_max),
        (F::Revert, 1, "output_bytes", limits.output_bytes_max),
        (F::Panic, 1, "output_bytes", limits.output_bytes_max),
        (
            F::Call,
            2,
            "method_name_bytes",
            limits.method_name_bytes_max,
        ),
        (F::DelegateCall, 4, "input_bytes", limits.input_bytes_max),
        (F::Instantiate, 3, "input_bytes", limits.input_bytes_max),
        (F::Upgrade, 2, "input_bytes", limits.input_bytes_max),
        (
            F::DebugLog,
            1,
            "debug_log_bytes",
            limits.debug_log_bytes_max,
        ),
        (
            F::EmitEvent,
            3,
            "event_data_bytes",
            limits.event_data_bytes_max,
        ),
        (F::EmitEvent, 1, "event_topics", limits.event_topics_max),
    ] {
        let mut args = good(function).args;
        args[index] = u64::from(max) + 7;
        let mut stage = Stage::new();
        let contract = stage.contract(function, &args);
        let message = stage.world.message(contract, "main", &[]);
        let mut exceeded = Exceeded::default();
        let ran = stage.world.run_observed(message, &mut exceeded);
        assert!(ran.status.is_trap(), "{function:?}");
        let max = u64::from(max);
        let asked = max + 7;
        let expected = OverLimit {
            contract,
            function,
            limit,
            asked,
            max,
        };
        assert_eq!(exceeded.0, [expected]);
    }
}

#[test]
fn an_observer_is_told_of_the_event_that_was_one_too_many() {
    let max = lockstep_gas_meter::Limits::v1().events_per_transaction_max;
    let mut script = Script::new();
    for _ in 0..=max {
        script = script.call(HostFunction::EmitEvent, &[0, 0, 0, 0]);
    }
    let mut world = World::new();
    let contract = world.deploy(1, &script.wat());
    let message = world.message(contract, "main", &[]);
    let mut exceeded = Exceeded::default();
    let ran = world.run_observed(message, &mut exceeded);
    assert_eq!(ran.status, Status::TooManyEvents);
    let expected = OverLimit {
        contract,
        function: HostFunction::EmitEvent,
        limit: "events_per_transaction",
        asked: u64::from(max) + 1,
        max: max.into(),
    };
    assert_eq!(exceeded.0, [expected]);
}
