//! Recursion through every edge by which a frame can lead to another stops at the metered bound,
//! in a thread whose native stack is small.

use lockstep_abi::{CallStatus, CodeHash, HostFunction as F};
use lockstep_vm::{FrameStart, Message, Observer, Status, Target};

use crate::cryptography::{ed25519_case, p256_case, secp256k1_case};
use crate::script::Script;
use crate::world::{GAS, SENDER, World};

/// Less native stack than the deepest nesting takes, in bytes.
const NATIVE_STACK: usize = 192 << 10;

/// The deepest frame that was seen.
#[derive(Default)]
struct Depth(u32);

impl Observer for Depth {
    fn frame_start(&mut self, frame: &FrameStart<'_>) {
        self.0 = self.0.max(frame.depth);
    }
}

/// Runs in a thread with [`NATIVE_STACK`] bytes of stack.
fn in_small_thread<R: Send + 'static>(run: impl FnOnce() -> R + Send + 'static) -> R {
    std::thread::Builder::new()
        .stack_size(NATIVE_STACK)
        .spawn(run)
        .unwrap()
        .join()
        .unwrap()
}

/// Runs a message and checks that the recursion went as deep as the bound allows and no deeper,
/// and that the transaction survived it.
fn assert_bounded(world: &mut World, message: Message) {
    let limits = &world.protocol.limits;
    let most = limits.stack_slots_max / limits.stack_slots_per_host_call;
    let mut depth = Depth::default();
    let message = Message {
        gas: 1000 * GAS,
        ..message
    };
    let ran = world.run_observed(message, &mut depth);
    assert!(
        depth.0 < most && depth.0 + 3 > most,
        "{} frames of {most}: {ran:?}",
        depth.0
    );
    assert!(!matches!(ran.status, Status::OutOfGas), "{ran:?}");
}

/// A script whose `main`, `init` and `upgraded` do the same.
fn in_all_methods(edge: impl Fn(Script) -> Script) -> Script {
    let mut script = Script::new()
        .data(0, &[1; 32])
        .data(0x20, &[2; 32])
        .data(0x40, b"main");
    script = edge(script);
    for method in ["init", "upgraded"] {
        script = edge(script.method(method));
    }
    script
}

/// What the caller passes on: all gas that is left but a bit, which pays for the call and for
/// going on after the deepest frame has trapped.
const MOST: &str = "call $gas_left i64.const 200000 i64.sub";

fn call_main(script: Script, contract: u64) -> Script {
    script
        .call(F::GasLeft, &[])
        .wat_line(&format!("i32.const {contract} i32.const 0x40 i32.const 4 i32.const 0 i32.const 0 i32.const 0x80 {MOST} i32.const 2"))
        .wat_call(F::Call)
        .wat_line("drop")
}

#[test]
fn a_contract_that_calls_itself() {
    in_small_thread(|| {
        let mut world = World::new();
        let id = world.deploy(1, &in_all_methods(|script| call_main(script, 0)).wat());
        let message = world.message(id, "main", &[]);
        assert_bounded(&mut world, message);
    });
}

#[test]
fn signature_checks_in_the_deepest_frame() {
    in_small_thread(|| {
        let (ed_key, ed_signature, ed_message) = ed25519_case();
        let (secp_digest, secp_signature) = secp256k1_case();
        let (p256_digest, p256_signature, p256_key) = p256_case();
        let script = in_all_methods(|script| {
            let script = script
                .call(F::Ed25519Verify, &[0x100, 0x120, 0x160, 1])
                .call(F::Secp256k1Recover, &[0x200, 0x220, 0x8000])
                .call(F::P256Verify, &[0x300, 0x320, 0x360]);
            call_main(script, 0)
        });
        let script = script
            .data(0x100, &ed_key)
            .data(0x120, &ed_signature)
            .data(0x160, &ed_message)
            .data(0x200, &secp_digest)
            .data(0x220, &secp_signature)
            .data(0x300, &p256_digest)
            .data(0x320, &p256_signature)
            .data(0x360, &p256_key);
        let mut world = World::new();
        let id = world.deploy(1, &script.wat());
        let message = world.message(id, "main", &[]);
        assert_bounded(&mut world, message);
    });
}

#[test]
fn contracts_that_call_each_other() {
    in_small_thread(|| {
        let mut world = World::new();
        let id = world.deploy(1, &in_all_methods(|script| call_main(script, 0x20)).wat());
        world.deploy(2, &in_all_methods(|script| call_main(script, 0)).wat());
        let message = world.message(id, "main", &[]);
        assert_bounded(&mut world, message);
    });
}

/// A contract that does something with the code whose hash is its input, and passes it on.
fn with_code(edge: &'static str, function: F) -> Script {
    in_all_methods(move |script| {
        script
            .call(F::InputRead, &[0x100, 0, 32])
            .call(F::GasLeft, &[])
            .wat_line(&edge.replace("MOST", MOST))
            .wat_call(function)
            .wat_line("drop")
    })
}

fn run_with_code(edge: &'static str, function: F) {
    in_small_thread(move || {
        let mut world = World::new();
        let script = with_code(edge, function);
        let id = world.deploy(1, &script.wat());
        let code = world.account(id).contract.unwrap().code;
        let message = world.message(id, "main", &code.0);
        assert_bounded(&mut world, message);
    });
}

#[test]
fn code_that_delegates_to_itself() {
    run_with_code(
        "i32.const 0x100 i32.const 0x40 i32.const 4 i32.const 0x100 i32.const 32 MOST i32.const 2",
        F::DelegateCall,
    );
}

#[test]
fn a_contract_that_makes_contracts_that_make_contracts() {
    run_with_code(
        "i32.const 0x100 i32.const 0 i32.const 0x100 i32.const 32 i32.const 0x80 MOST i32.const 0x200",
        F::Instantiate,
    );
}

#[test]
fn an_upgrade_hook_that_upgrades() {
    run_with_code(
        "i32.const 0x100 i32.const 0x100 i32.const 32 MOST",
        F::Upgrade,
    );
}

#[test]
fn recursion_inside_a_contract_stops_at_the_bound_in_the_deepest_nesting() {
    in_small_thread(|| {
        let mut world = World::new();
        let recursive = "(module (func $down call $down) (func (export \"main\") call $down))";
        let id = world.deploy(1, recursive);
        let ran = world.run(world.message(id, "main", &[]));
        assert_eq!((ran.status, ran.gas_left), (Status::StackOverflow, 0));
        assert!(ran.gas.forfeited > 0);
    });
}

#[test]
fn the_call_that_does_not_fit_traps_the_caller() {
    let mut world = World::new();
    world.deploy(2, &Script::new().wat());
    let script = Script::new()
        .data(0, &[2; 32])
        .data(0x40, b"main")
        .give_result(F::Call, &[0, 0x40, 4, 0, 0, 0x80, 1_000_000, 0]);
    let id = world.deploy(1, &script.wat());
    let message = world.message(id, "main", &[]);
    let per_call = world.protocol.limits.stack_slots_per_host_call;
    let mut seen = Vec::new();
    for slots in per_call..per_call + 32 {
        let ran = world.run(Message {
            stack_slots: slots,
            ..message.clone()
        });
        let result = match ran.status {
            Status::StackOverflow => None,
            _ => Some(ran.number()),
        };
        if seen.last() != Some(&result) {
            seen.push(result);
        }
    }
    // First the call does not fit, then the callee's frame does not, then both do.
    let trapped = CallStatus::Trapped.code() as u64;
    assert_eq!(seen, [None, Some(trapped), Some(0)]);
}

#[test]
fn a_message_without_stack_overflows_at_once() {
    let mut world = World::new();
    let id = world.deploy(1, &Script::new().wat());
    let message = Message {
        stack_slots: 0,
        ..world.message(id, "main", &[])
    };
    assert_eq!(world.run(message).status, Status::StackOverflow);
    let code = CodeHash(world.account(id).contract.unwrap().code.0);
    let target = Target::Instantiate {
        code,
        salt: [0; 32],
    };
    let message = Message {
        target,
        stack_slots: 0,
        ..world.message(SENDER, "", &[])
    };
    assert_eq!(
        world.run(message).status,
        Status::Success,
        "no init, so nothing runs"
    );
}

/// Operators that a loop body can repeat without changing the height of the operand stack.
const BODIES: [&str; 24] = [
    "i32.const 1 i32.const 2 i32.add drop",
    "local.get $x i32.const 3 i32.mul local.set $x",
    "local.get $x i32.const 7 i32.div_u local.set $x",
    "local.get $x i32.const 7 i32.rem_s drop",
    "local.get $x i64.extend_i32_s i64.popcnt i64.const 3 i64.rotl i32.wrap_i64 drop",
    "local.get $x i32.clz i32.ctz i32.popcnt i32.eqz drop",
    "local.get $x i32.extend8_s i32.extend16_s drop",
    "local.get $x local.get $x i32.lt_s if local.get $x drop else nop end",
    "i32.const 8 i32.load i32.const 12 i32.load8_s i32.add drop",
    "i32.const 8 i64.load i32.const 8 i64.load32_u i64.xor drop",
    "i32.const 8 local.get $x i32.store i32.const 16 i64.const 1 i64.store16",
    "i32.const 1 i32.const 2 local.get $x select drop",
    "global.get $g i32.const 1 i32.add global.set $g",
    "memory.size drop",
    "i32.const 0 memory.grow drop",
    "i32.const 0 i32.const 64 i32.const 8 memory.copy",
    "i32.const 0 i32.const 1 i32.const 8 memory.fill",
    "i32.const 0 i32.const 0 i32.const 4 memory.init $d",
    "data.drop $e",
    "call $callee drop",
    "i32.const 0 call_indirect (type $t) drop",
    "call $many drop drop drop",
    "block block block local.get $x i32.const 3 i32.and br_table 0 1 2 end nop end nop end",
    "call $block_height drop",
];

#[test]
fn no_operator_leaves_anything_on_the_native_stack() {
    for body in BODIES {
        in_small_thread(move || {
            let wat = format!(
                "(module
                    (import \"lockstep\" \"block_height\" (func $block_height (result i64)))
                    (type $t (func (result i32)))
                    (memory 1) (table 1 1 funcref) (elem (i32.const 0) $callee)
                    (global $g (mut i32) (i32.const 0))
                    (func $callee (result i32) i32.const 5)
                    (func $many (result i32 i64 i32) i32.const 1 i64.const 2 i32.const 3 return)
                    (func (export \"main\") (local $i i32) (local $x i32)
                        (loop $again
                            {body}
                            local.get $i i32.const 1 i32.add local.tee $i
                            i32.const 100000 i32.lt_u br_if $again))
                    (data $d \"abcdefgh\") (data $e \"abcdefgh\"))"
            );
            let mut world = World::new();
            let id = world.deploy(1, &wat);
            let message = Message {
                gas: 1000 * GAS,
                ..world.message(id, "main", &[])
            };
            assert_eq!(world.run(message).status, Status::Success, "{body}");
        });
    }
}
