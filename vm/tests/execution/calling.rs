//! What a call hands over, what it gives back, and what remains of one that fails.

use lockstep_abi::{AccountId, CallStatus, HostFunction as F};
use lockstep_vm::Status;

use crate::script::{OUT, Script};
use crate::world::{GAS, Ran, SENDER, World};

const OUT64: u64 = OUT as u64;

/// Addresses of what [`caller`] points to.
const CONTRACT: u64 = 0x100;
const METHOD: u64 = 0x120;
pub(crate) const AMOUNT: u64 = 0x140;
pub(crate) const ZERO: u64 = 0x160;
const INPUT: u64 = 0x180;

/// A script that can call `method` of a contract (or code).
pub(crate) fn caller(contract: [u8; 32], method: &str, amount: u128) -> Script {
    Script::new()
        .data(CONTRACT as u32, &contract)
        .data(METHOD as u32, method.as_bytes())
        .data(AMOUNT as u32, &amount.to_le_bytes())
        .data(INPUT as u32, b"input")
}

/// The arguments of `call`.
pub(crate) fn call_args(method: &str, value: u64, gas: u64, flags: u64) -> [u64; 8] {
    [
        CONTRACT,
        METHOD,
        method.len() as u64,
        INPUT,
        5,
        value,
        gas,
        flags,
    ]
}

/// The arguments of `delegate_call`.
pub(crate) fn delegate_args(method: &str) -> [u64; 7] {
    [CONTRACT, METHOD, method.len() as u64, INPUT, 5, u64::MAX, 0]
}

/// The callee of most tests: it writes, emits, and then ends in every possible way.
pub(crate) fn callee() -> Script {
    let mut script = Script::new()
        .data(0, b"key")
        .data(0x40, b"an error or a message");
    for method in ["succeed", "revert", "panic", "trap", "burn", "silent"] {
        script = script
            .method(method)
            .call(F::StorageWrite, &[0, 3, 0x40, 4])
            .call(F::EmitEvent, &[0, 0, 0x40, 4]);
        script = match method {
            "succeed" => script.call(F::Return, &[0x40, 5]),
            "revert" => script.call(F::Revert, &[0x40, 8]),
            "panic" => script.call(F::Panic, &[0x40, 21]),
            "trap" => script.wat_line("unreachable"),
            "burn" => script.wat_line("(loop $on br $on)"),
            _ => script,
        };
    }
    script
}

/// Calls a method of the callee with a value of 7 and gives back status, returned length, gas
/// left, and returned data.
fn call_callee(method: &str, gas: u64) -> (World, Ran) {
    let mut world = World::new();
    let peer = world.deploy(2, &callee().wat());
    let script = caller(peer.0, method, 7)
        .keep(F::Call, &call_args(method, AMOUNT, gas, 0), OUT)
        .keep(F::ReturnedLength, &[], OUT + 8)
        .keep(F::GasLeft, &[], OUT + 16)
        .wat_line(&format!(
            "i32.const {} i32.const 0 i32.const {OUT} i64.load offset=8 i32.wrap_i64",
            OUT + 24
        ))
        .wat_call(F::ReturnedRead)
        .give(OUT, 64);
    let id = world.deploy(1, &script.wat());
    world.fund(id, 10);
    let message = world.message(id, "main", &[]);
    let ran = world.run(message);
    (world, ran)
}

fn number(bytes: &[u8], position: usize) -> u64 {
    u64::from_le_bytes(bytes[position * 8..][..8].try_into().unwrap())
}

#[test]
fn every_end_of_a_callee_has_its_status_data_and_traces() {
    for (method, status, data) in [
        ("succeed", CallStatus::Success, &b"an er"[..]),
        ("silent", CallStatus::Success, b""),
        ("revert", CallStatus::Reverted, b"an error"),
        ("panic", CallStatus::Panicked, b"an error or a message"),
        ("trap", CallStatus::Trapped, b""),
        ("burn", CallStatus::Trapped, b""),
        ("absent", CallStatus::MethodNotFound, b""),
    ] {
        let (mut world, ran) = call_callee(method, 1_000_000);
        let bytes = ran.bytes();
        assert_eq!(number(bytes, 0), status.code() as u64, "{method}");
        assert_eq!(number(bytes, 1), data.len() as u64, "{method}");
        assert_eq!(&bytes[24..24 + data.len()], data, "{method}");

        let done = status == CallStatus::Success;
        let peer = AccountId([2; 32]);
        assert_eq!(world.stored(peer, b"key").is_some(), done, "{method}");
        assert_eq!(ran.events.len(), usize::from(done), "{method}");
        assert_eq!(world.balance(peer), if done { 7 } else { 0 }, "{method}");
        assert_eq!(
            world.balance(AccountId([1; 32])),
            if done { 3 } else { 10 },
            "{method}"
        );
    }
}

#[test]
fn a_trapped_callee_loses_all_gas_it_was_given_and_no_more() {
    let given = 10_000_000;
    let used = |method| {
        let (_, ran) = call_callee(method, given);
        GAS - ran.gas_left
    };
    let (_, trapped) = call_callee("trap", given);
    let (_, burnt) = call_callee("burn", given);
    let lost = used("trap");
    assert_eq!(
        lost,
        used("burn"),
        "whichever way, all that was given is gone"
    );
    assert!(lost > given && lost < given + 1_000_000, "{lost}");
    assert!(trapped.gas.forfeited > 9_000_000, "{:?}", trapped.gas);
    assert_eq!(burnt.gas.forfeited, 0, "running out of gas spends it");
    assert!(burnt.gas.wasm > 9_000_000);
    assert!(used("revert") < given && used("panic") < given && used("absent") < given);
}

#[test]
fn a_callee_gets_no_more_than_the_limit_and_no_more_than_is_left() {
    for limit in [0, 1, 1000, 180_000, 1_000_000, u64::MAX] {
        let mut world = World::new();
        let peer = world.deploy(
            2,
            &Script::new()
                .method("gas")
                .give_result(F::GasLeft, &[])
                .wat(),
        );
        let script = caller(peer.0, "gas", 0)
            .keep(F::GasLeft, &[], OUT + 8)
            .keep(F::Call, &call_args("gas", ZERO, limit, 0), OUT)
            .call(F::ReturnedRead, &[OUT64 + 16, 0, 8])
            .give(OUT, 24);
        let id = world.deploy(1, &script.wat());
        let ran = world.run(world.message(id, "main", &[]));
        if limit <= 180_000 {
            // Not enough to load the code: nothing is returned that could be read.
            assert_eq!(ran.status, Status::ReturnedOutOfRange, "{limit}");
            continue;
        }
        assert_eq!(number(ran.bytes(), 0), 0, "{limit}");
        let (before, inside) = (number(ran.bytes(), 1), number(ran.bytes(), 2));
        assert!(
            inside < limit.min(before),
            "{inside} of {limit} and {before}"
        );
        assert!(
            inside + 300_000 > limit.min(before),
            "{inside} of {limit} and {before}"
        );
    }
}

#[test]
fn a_callee_sees_who_calls_with_what() {
    let mut world = World::new();
    let report = Script::new()
        .method("report")
        .call(F::Caller, &[OUT64])
        .call(F::SelfId, &[OUT64 + 32])
        .call(F::Origin, &[OUT64 + 64])
        .call(F::Value, &[OUT64 + 96])
        .call(F::InputRead, &[OUT64 + 112, 0, 5])
        .call(F::Balance, &[OUT64 + 32, OUT64 + 120])
        .give(OUT, 136);
    let peer = world.deploy(2, &report.wat());
    let script = caller(peer.0, "report", 6)
        .call(F::Call, &call_args("report", AMOUNT, u64::MAX, 0))
        .call(F::ReturnedRead, &[OUT64, 0, 136])
        .give(OUT, 136);
    let id = world.deploy(1, &script.wat());
    world.fund(id, 10);
    let ran = world.run(world.message(id, "main", b"other"));
    let bytes = ran.bytes();
    assert_eq!(
        (&bytes[..32], &bytes[32..64], &bytes[64..96]),
        (&[1; 32][..], &[2; 32][..], &SENDER.0[..])
    );
    assert_eq!(bytes[96..112], 6_u128.to_le_bytes());
    assert_eq!(&bytes[112..117], b"input");
    assert_eq!(bytes[120..136], 6_u128.to_le_bytes());
}

#[test]
fn delegated_code_runs_as_the_contract_with_its_caller_and_value() {
    let mut world = World::new();
    let library = Script::new()
        .data(0, b"key")
        .method("report")
        .call(F::StorageWrite, &[0, 3, 0, 3])
        .call(F::EmitEvent, &[0, 0, 0, 3])
        .call(F::Caller, &[OUT64])
        .call(F::SelfId, &[OUT64 + 32])
        .call(F::Value, &[OUT64 + 64])
        .give(OUT, 80);
    let code = world.upload(&library.wat());
    let script = caller(code.0, "report", 0)
        .keep(F::DelegateCall, &delegate_args("report"), OUT + 128)
        .call(F::ReturnedRead, &[OUT64, 0, 80])
        .give(OUT, 80);
    let id = world.deploy(1, &script.wat());
    let mut message = world.message(id, "main", &[]);
    message.value = 1000;
    let ran = world.run(message);
    let bytes = ran.bytes();
    assert_eq!(
        (&bytes[..32], &bytes[32..64]),
        (&SENDER.0[..], &[1; 32][..])
    );
    assert_eq!(bytes[64..80], 1000_u128.to_le_bytes());
    assert_eq!(world.balance(id), 1000, "the value moved once");
    assert_eq!(world.stored(id, b"key").unwrap(), b"key");
    assert_eq!(ran.events[0].contract, id);
}

#[test]
fn a_read_only_call_is_read_only_all_the_way_down() {
    for (flags, status) in [(0, CallStatus::Success), (1, CallStatus::Trapped)] {
        let mut world = World::new();
        let last = world.deploy(3, &callee().wat());
        let middle = caller(last.0, "succeed", 0)
            .method("pass")
            .give_result(F::Call, &call_args("succeed", ZERO, 2_000_000, 0));
        let middle = world.deploy(2, &middle.wat());
        let script = caller(middle.0, "pass", 0)
            .call(F::Call, &call_args("pass", ZERO, u64::MAX, flags))
            .call(F::ReturnedRead, &[OUT64, 0, 8])
            .give(OUT, 8);
        let id = world.deploy(1, &script.wat());
        let ran = world.run(world.message(id, "main", &[]));
        assert_eq!(ran.number(), status.code() as u64);
        assert_eq!(world.stored(last, b"key").is_some(), flags == 0);
    }
}

#[test]
fn a_failed_frame_takes_its_successful_callees_with_it() {
    let mut world = World::new();
    let last = world.deploy(3, &callee().wat());
    let middle = caller(last.0, "succeed", 0)
        .method("pass")
        .call(F::Call, &call_args("succeed", ZERO, u64::MAX, 0))
        .call(F::Revert, &[0, 0]);
    let middle = world.deploy(2, &middle.wat());
    let script = caller(middle.0, "pass", 0)
        .data(0, b"own")
        .call(F::StorageWrite, &[0, 3, 0, 3])
        .give_result(F::Call, &call_args("pass", ZERO, u64::MAX, 0));
    let id = world.deploy(1, &script.wat());
    let ran = world.run(world.message(id, "main", &[]));
    assert_eq!(ran.number(), CallStatus::Reverted.code() as u64);
    assert_eq!(world.stored(last, b"key"), None);
    assert_eq!(world.stored(id, b"own").unwrap(), b"own");
    assert!(ran.events.is_empty());
}
