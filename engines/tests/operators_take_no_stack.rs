//! No operator keeps native stack once it was executed. wasmi's handlers of operators are native
//! functions, each of which ends in a call of the next; one whose call the compiler does not make a
//! tail call keeps its frame until the run ends, so that a loop around it ends the process.

use std::fmt::Write;

use lockstep_abi::HostFunction;
use lockstep_engines::EngineKind;
use lockstep_gas_meter::{Protocol, prepare};
use lockstep_vm::{Call, Completion, HostCalls, Meter, Unwind};

/// As much as a thread of the standard library needs.
const STACK_BYTES: usize = 256 << 10;
/// How often each piece is executed; a frame that was kept would have at least eight bytes.
const TIMES: usize = 40_000;

/// Code that leaves the operand stack as it was.
const PIECES: [&str; 22] = [
    "(drop (memory.grow (i32.const 0)))",
    "(drop (memory.grow (local.get $zero)))",
    "(drop (memory.grow (local.get $i)))",
    "(drop (memory.grow (i32.const -1)))",
    "(drop (i32.eqz (memory.grow (i32.eqz (i32.eqz (local.get $zero))))))",
    "(drop (memory.size))",
    "(memory.copy (i32.const 8) (local.get $zero) (i32.const 16))",
    "(memory.fill (local.get $zero) (i32.const 7) (i32.const 16))",
    "(memory.init $data (i32.const 0) (local.get $zero) (i32.const 0))",
    "(data.drop $data)",
    "(call $leaf)",
    "(call_indirect (local.get $zero))",
    "(drop (select (i32.const 5) (local.get $i) (local.get $zero)))",
    "(block (br_if 0 (local.get $zero)))",
    "(block (br_table 0 0 0 (local.get $i)))",
    "(drop (block $a (result i32) (block $b (result i32)
        (br_table $a $b $a (i32.const 3) (i32.and (local.get $i) (i32.const 1))))))",
    "(drop (block (result i32) (br 0 (i32.load (local.get $zero)))))",
    "(i64.store (local.get $zero) (i64.rotl (i64.const 5) (i64.load (i32.const 8))))",
    "(drop (i32.div_u (local.get $i) (i32.const 7)))",
    "(drop (i64.rem_s (i64.extend_i32_u (local.get $i)) (i64.const -7)))",
    "(global.set $g (i32.add (global.get $g) (i32.popcnt (local.get $i))))",
    "(drop (call $two (i32.wrap_i64 (i64.const 4))))",
];

struct NoHost;

impl HostCalls for NoHost {
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

/// A module that executes a piece, ten times in each run of a loop.
fn text(piece: &str) -> String {
    let mut text = String::from(
        "(module (memory 1 9) (data $data \"data\") (global $g (mut i32) (i32.const 0))
        (table 1 1 funcref) (elem (i32.const 0) $leaf) (func $leaf)
        (func $two (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
        (func (export \"run\") (local $i i32) (local $zero i32) (loop $again\n",
    );
    for _ in 0..10 {
        let _ = writeln!(text, "{piece}");
    }
    let _ = write!(
        text,
        "(local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $i) (i32.const {})))))",
        TIMES / 10
    );
    text + ")"
}

#[test]
fn no_operator_keeps_native_stack_on_any_engine() {
    let protocol = Protocol::v1();
    for kind in EngineKind::available() {
        let engine = kind.build().expect("it is available");
        for piece in PIECES {
            let bytes = wat::parse_str(text(piece)).expect("the text is a module");
            let prepared = prepare(&bytes, &protocol).expect("it is accepted");
            let module = engine.compile(&prepared).expect("it compiles");
            println!("{piece} on {kind}");
            let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
            let handle = thread.spawn(move || {
                let call = Call {
                    method: "run",
                    gas: 1 << 62,
                    stack_slots: 1_000,
                };
                module.run(call, &mut NoHost)
            });
            let run = handle.expect("a thread").join().expect("no panic");
            let run = run.expect("the engine works");
            assert_eq!(run.completion, Completion::Returned, "{piece} on {kind}");
        }
    }
}
