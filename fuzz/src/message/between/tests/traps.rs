//! Calls that a host does not come back from, and messages that do not begin.

use lockstep_abi::{CallStatus, HostFunction};
use lockstep_vm::{HostCalls, Meter, Unwind};

use super::{Answers, Asked, AskedFrames, BetweenHost, FRAME, begun, memory};

/// Ample for each of the calls here.
const METER: Meter = Meter {
    gas: 1_000_000_000,
    stack: 1_000_000,
};

/// A host that ends every frame.
struct Traps;

impl HostCalls for Traps {
    fn call(
        &mut self,
        _function: HostFunction,
        _args: &[u64],
        _memory: &mut [u8],
        _meter: &mut Meter,
    ) -> Result<Option<u64>, Unwind> {
        Err(Unwind)
    }
}

/// What is found when a frame calls a host.
fn found(
    frames: &AskedFrames,
    host: &mut dyn HostCalls,
    (function, args): (HostFunction, &[u64]),
    mut meter: Meter,
) -> String {
    let mut between = BetweenHost {
        inner: host,
        frames,
        ending: None,
    };
    let mut memory = memory(FRAME.contract.0);
    memory.resize(256, 0);
    let _ = between.call(function, args, &mut memory, &mut meter);
    frames.finding().unwrap_or_default()
}

/// What is found when the machine ends a frame in a call.
fn trapped(frame: Asked, function: HostFunction, args: &[u64], meter: Meter) -> String {
    found(&begun(frame), &mut Traps, (function, args), meter)
}

/// Calls that can be done, and the argument that says how much.
const CALLS: [(HostFunction, &[u64], usize); 11] = [
    (HostFunction::InputRead, &[0, 1, 4], 2),
    (HostFunction::Return, &[0, 4], 1),
    (HostFunction::Caller, &[0], 0),
    (HostFunction::Balance, &[0, 64], 1),
    (HostFunction::StorageRead, &[0, 1, 0, 9], 1),
    (HostFunction::StorageWrite, &[0, 1, 0, 9], 1),
    (HostFunction::TransientWrite, &[0, 1, 0, 9], 1),
    (HostFunction::EmitEvent, &[0, 1, 0, 3], 1),
    (HostFunction::HashSha2x256, &[0, 9, 0], 1),
    (HostFunction::Ed25519Verify, &[0, 0, 0, 9], 3),
    (HostFunction::Call, &[0, 0, 0, 0, 0, 64, 0, 2], 0),
];

#[test]
fn a_trap_without_a_reason_is_found() {
    for (function, args, much) in CALLS {
        let finding = trapped(FRAME, function, args, METER);
        assert!(finding.starts_with("asked: "), "{function:?}: {finding}");
        let poor = Meter { gas: 10, ..METER };
        assert_eq!(trapped(FRAME, function, args, poor), "", "{function:?}");
        let mut outside = args.to_vec();
        outside[much] = 1 << 31;
        let finding = trapped(FRAME, function, &outside, METER);
        assert_eq!(finding, "", "{function:?}{outside:?}");
        let read_only = Asked {
            read_only: true,
            ..FRAME
        };
        // The call sends a value.
        let is_right = !function.writes_state() && function != HostFunction::Call;
        let finding = trapped(read_only, function, args, METER);
        assert_eq!(finding.is_empty(), !is_right, "{function:?}: {finding}");
    }
    let (function, args, _) = CALLS[CALLS.len() - 1];
    let full = Meter { stack: 1, ..METER };
    assert_eq!(trapped(FRAME, function, args, full), "");
}

/// The host says that the message trapped, and nobody saw it begin.
#[test]
fn a_message_that_does_not_begin_is_found() {
    let trapped = CallStatus::Trapped.code().cast_unsigned();
    let call = |gas_limit: u64| {
        let mut host = Answers {
            written: &[],
            value: Some(u64::from(trapped)),
        };
        // The value, which is 0, lies behind the others.
        let args = [0, 0, 0, 0, 0, 128, gas_limit, 2];
        let call = (HostFunction::Call, args.as_slice());
        found(&begun(FRAME), &mut host, call, METER)
    };
    let finding = call(100_000_000);
    assert!(
        finding.contains("does not begin with 100000000 gas"),
        "{finding}"
    );
    assert_eq!(call(10), "");
}
