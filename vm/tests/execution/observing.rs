//! Observers change nothing, and what the recorder writes depends on everything a call saw and
//! did.

use lockstep_abi::{AccountId, HostFunction};
use lockstep_vm::{
    FinalState, FrameEnd, FrameStart, HostCallRecord, HostCallResult, MessageCharge, MessageGas,
    NoObserver, Observation, Observer, Recorder, Status,
};

use crate::cases::{INPUT, Stage, good};
use crate::world::{Ran, World};

/// Writes down everything as text.
#[derive(Default)]
struct Log(Vec<String>);

impl Observer for Log {
    fn frame_start(&mut self, frame: &FrameStart<'_>) {
        self.0
            .push(format!("start {} {}", frame.depth, frame.method));
    }
    fn frame_end(&mut self, frame: &FrameEnd<'_>) {
        self.0
            .push(format!("end {} {:?}", frame.depth, frame.status));
    }
    fn host_call(&mut self, call: &HostCallRecord<'_>) {
        let ended = call.result == HostCallResult::Ended;
        self.0
            .push(format!("{} {} {ended}", call.depth, call.function.name()));
    }
    fn guest_read(&mut self, address: u32, bytes: &[u8]) {
        self.0.push(format!(
            "read {address:#x} {}",
            String::from_utf8_lossy(bytes)
        ));
    }
    fn guest_write(&mut self, address: u32, bytes: &[u8]) {
        self.0.push(format!(
            "write {address:#x} {}",
            String::from_utf8_lossy(bytes)
        ));
    }
}

fn observe(function: HostFunction, observer: &mut dyn Observer) -> Ran {
    observe_args(function, &good(function).args, INPUT, observer)
}

fn observe_args(
    function: HostFunction,
    args: &[u64],
    input: &[u8],
    observer: &mut dyn Observer,
) -> Ran {
    let mut stage = Stage::new();
    let id: AccountId = stage.contract(function, args);
    let message = stage.world.message(id, "main", input);
    stage.world.run_observed(message, observer)
}

#[test]
fn observers_do_not_change_results() {
    for function in HostFunction::ALL {
        let plain = observe(function, &mut NoObserver);
        assert_eq!(
            observe(function, &mut Recorder::new()),
            plain,
            "{function:?}"
        );
        assert_eq!(
            observe(function, &mut Log::default()),
            plain,
            "{function:?}"
        );
    }
}

#[test]
fn an_observer_sees_frames_calls_and_bytes_in_order() {
    let mut log = Log::default();
    observe(HostFunction::DelegateCall, &mut log);
    let calls: Vec<_> = log
        .0
        .iter()
        .map(String::as_str)
        .filter(|line| !line.contains(" 0x280"))
        .collect();
    assert_eq!(
        calls[..10],
        [
            "start 0 main",
            "read 0x240 echo",
            "read 0x250 hello",
            "start 1 echo",
            "write 0x40 hello",
            "1 input_read false",
            "read 0x40 hello",
            "1 return true",
            "end 1 Success",
            "0 delegate_call false",
        ]
    );
    assert_eq!(calls.last(), Some(&"end 0 Success"));
}

fn record(args: &[u64], input: &[u8]) -> Vec<Observation> {
    let mut recorder = Recorder::new();
    observe_args(HostFunction::InputRead, args, input, &mut recorder);
    recorder.take()
}

#[test]
fn the_running_hash_depends_on_arguments_and_bytes() {
    let base = record(&[0x8000, 0, 4], b"abcd");
    assert_eq!(base, record(&[0x8000, 0, 4], b"abcd"));
    assert_eq!(base.len(), 2);
    assert_eq!(
        (base[0].function, base[1].function),
        (HostFunction::InputRead, HostFunction::Return)
    );
    assert_eq!((base[0].depth, base[0].memory_pages), (0, 1));
    assert!(base[0].gas_left > base[1].gas_left);
    for other in [
        record(&[0x8000, 0, 4], b"abcx"),
        record(&[0x8000, 1, 3], b"abcd"),
        record(&[0x8001, 0, 4], b"abcd"),
    ] {
        assert_ne!(base[0].hash, other[0].hash);
        assert_ne!(base[1].hash, other[1].hash, "a difference stays");
    }
}

/// Memory that grows between two host calls, and globals.
const GROWS: &str = r#"(module
    (import "lockstep" "gas_left" (func $gas_left (result i64)))
    (memory 1 3)
    (global $kept (mut i32) (i32.const -2))
    (global (mut i64) (i64.const 9))
    (func (export "main")
        (drop (call $gas_left))
        (drop (memory.grow (i32.const 2)))
        (global.set $kept (i32.const -1))
        (i32.store8 (i32.const 131073) (i32.const 7))
        (drop (call $gas_left))))"#;

/// Keeps the pages of memory at each host call, and what a frame left behind.
#[derive(Default)]
struct Left {
    wants: bool,
    pages: Vec<u32>,
    pages_at_end: u32,
    states: Vec<(Vec<u8>, Vec<u64>)>,
}

impl Observer for Left {
    fn frame_end(&mut self, frame: &FrameEnd<'_>) {
        self.pages_at_end = frame.memory_pages;
    }
    fn host_call(&mut self, call: &HostCallRecord<'_>) {
        self.pages.push(call.memory_pages);
    }
    fn wants_final_state(&self) -> bool {
        self.wants
    }
    fn final_state(&mut self, left: FinalState<'_>) {
        self.states
            .push((left.memory.to_vec(), left.globals.to_vec()));
    }
}

fn watch(wants: bool) -> (Ran, Left) {
    let mut world = World::new();
    let id = world.deploy(1, GROWS);
    let mut left = Left {
        wants,
        ..Left::default()
    };
    let ran = world.run_observed(world.message(id, "main", &[]), &mut left);
    (ran, left)
}

#[test]
fn what_a_frame_left_is_shown_to_whoever_wants_it() {
    let (asked, shown) = watch(true);
    let (plain, not_shown) = watch(false);
    assert_eq!((asked.status, &asked), (Status::Success, &plain));
    assert!(not_shown.states.is_empty());
    let mut memory = vec![0; 3 << 16];
    memory[131_073] = 7;
    assert_eq!(shown.states, [(memory, vec![u64::from(u32::MAX), 9])]);
}

#[test]
fn calls_and_ends_tell_how_large_the_memory_is_then() {
    let grown = watch(false).1;
    assert_eq!((grown.pages, grown.pages_at_end), (vec![1, 3], 3));
    let mut none = Left {
        pages_at_end: 9,
        ..Left::default()
    };
    let mut world = World::new();
    let id = world.deploy(1, "(module (func (export \"main\")))");
    world.run_observed(world.message(id, "main", &[]), &mut none);
    assert_eq!(none.pages_at_end, 0);
}

/// Keeps what gas was used for before a method ran.
#[derive(Default)]
struct Charges(Vec<(MessageCharge, u64)>);

impl Observer for Charges {
    fn message_gas(&mut self, gas: &MessageGas) {
        self.0.push((gas.charge, gas.gas));
    }
}

#[test]
fn gas_that_does_not_pay_for_the_code_is_told_of() {
    let mut world = World::new();
    let id = world.deploy(1, GROWS);
    let (load, instance) = world.code_gas(id);
    let forfeited = |gas| (MessageCharge::Forfeited, gas);
    for (gas, expected) in [
        (load - 1, vec![forfeited(load - 1)]),
        (
            load + instance - 1,
            vec![(MessageCharge::Load, load), forfeited(instance - 1)],
        ),
    ] {
        let mut message = world.message(id, "main", &[]);
        message.gas = gas;
        let mut charges = Charges::default();
        let ran = world.run_observed(message, &mut charges);
        assert_eq!(ran.status, Status::OutOfGas);
        assert_eq!(charges.0, expected);
    }
}
