//! Observers change nothing, and what the recorder writes depends on everything a call saw and
//! did.

use lockstep_abi::{AccountId, HostFunction};
use lockstep_vm::{
    FrameEnd, FrameStart, HostCallRecord, HostCallResult, NoObserver, Observation, Observer,
    Recorder,
};

use crate::cases::{INPUT, Stage, good};
use crate::world::Ran;

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
