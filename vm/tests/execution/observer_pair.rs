//! Each of two observers is told what it would be told alone.

use lockstep_abi::{AccountId, CodeHash, HostFunction as F};
use lockstep_gas_meter::{PrepareError, Protocol, Refusal, prepare};
use lockstep_vm::{
    CodeCache, FinalState, FrameEnd, FrameStart, HostCallRecord, MessageEnd, MessageGas,
    MessageStart, NoObserver, Observer, ObserverPair, OverLimit, ProbeRecord, Status,
};

use crate::script::Script;
use crate::world::World;

/// Writes down all that it is told.
#[derive(Debug, Default, PartialEq)]
struct Log {
    wants_final_state: bool,
    told: Vec<String>,
}

impl Log {
    fn new(wants_final_state: bool) -> Log {
        Log {
            wants_final_state,
            told: Vec::new(),
        }
    }
}

impl Observer for Log {
    fn message_start(&mut self, message: &MessageStart<'_>) {
        self.told.push(format!("{message:?}"));
    }
    fn message_end(&mut self, message: &MessageEnd) {
        self.told.push(format!("{message:?}"));
    }
    fn message_gas(&mut self, gas: &MessageGas) {
        self.told.push(format!("{gas:?}"));
    }
    fn frame_start(&mut self, frame: &FrameStart<'_>) {
        self.told.push(format!("{frame:?}"));
    }
    fn frame_end(&mut self, frame: &FrameEnd<'_>) {
        self.told.push(format!("{frame:?}"));
    }
    fn probe(&mut self, probe: &ProbeRecord) {
        self.told.push(format!("{probe:?}"));
    }
    fn wants_final_state(&self) -> bool {
        self.wants_final_state
    }
    fn final_state(&mut self, left: FinalState<'_>) {
        self.told.push(format!("FinalState {}", left.memory.len()));
    }
    fn host_call(&mut self, call: &HostCallRecord<'_>) {
        self.told.push(format!("{call:?}"));
    }
    fn over_limit(&mut self, over: &OverLimit) {
        self.told.push(format!("{over:?}"));
    }
    fn guest_read(&mut self, address: u32, bytes: &[u8]) {
        self.told.push(format!("guest_read {address} {bytes:?}"));
    }
    fn guest_write(&mut self, address: u32, bytes: &[u8]) {
        self.told.push(format!("guest_write {address} {bytes:?}"));
    }
    fn debug_log(&mut self, contract: &AccountId, message: &[u8]) {
        self.told.push(format!("debug_log {contract} {message:?}"));
    }
    fn code_refused(&mut self, code: &CodeHash, refusal: &Refusal) {
        self.told.push(format!("code_refused {code} {refusal:?}"));
    }
}

/// Tells an observer of everything that there is to tell.
fn tell(observer: &mut dyn Observer) {
    let mut world = World::new();
    world.cache = CodeCache::with_probes();
    let script = Script::new()
        .data(0, b"logged")
        .call(F::DebugLog, &[0, 6])
        .call(F::SelfId, &[0x40])
        .call(F::StorageRead, &[0, 60_000, 0, 0]);
    let id = world.deploy(1, &script.wat());
    let ran = world.run_observed(world.message(id, "main", &[]), observer);
    assert_eq!(ran.status, Status::LengthOverLimit);
    let refused = prepare(&[], &Protocol::v1());
    let Err(PrepareError::Refused(refusal)) = refused else {
        panic!("{refused:?}");
    };
    observer.code_refused(&CodeHash([3; 32]), &refusal);
}

fn alone(wants_final_state: bool) -> Log {
    let mut log = Log::new(wants_final_state);
    tell(&mut log);
    log
}

#[test]
fn both_are_told_what_each_would_be_told_alone() {
    let wants = alone(true);
    for kind in [
        "MessageStart",
        "MessageEnd",
        "MessageGas",
        "FrameStart",
        "FrameEnd",
        "ProbeRecord",
        "FinalState",
        "HostCallRecord",
        "OverLimit",
        "guest_read",
        "guest_write",
        "debug_log",
        "code_refused",
    ] {
        let is_told = wants.told.iter().any(|line| line.starts_with(kind));
        assert!(is_told, "{kind}");
    }
    for (first, second) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut logs = (Log::new(first), Log::new(second));
        tell(&mut ObserverPair(&mut logs.0, &mut logs.1));
        assert_eq!(logs.0, alone(first));
        assert_eq!(logs.1, alone(second));
    }
}

#[test]
fn two_that_want_no_final_state_are_not_asked_for_it() {
    let mut nobody = (NoObserver, NoObserver);
    let pair = ObserverPair(&mut nobody.0, &mut nobody.1);
    assert!(!pair.wants_final_state());
}
