//! On every engine, threads that run one compiled module at once come to what each would alone.

use std::sync::{Arc, Barrier};
use std::thread;

use lockstep_abi::HostFunction;
use lockstep_engines::EngineKind;
use lockstep_gas_meter::{PreparedModule, Protocol, prepare};
use lockstep_vm::{Call, CompiledModule, FinalState, HostCalls, Meter, Run, Unwind};

const THREADS: usize = 8;
/// How often each thread runs the module.
const RUNS: usize = 150;
/// How many inputs there are. It and the number of methods have no divisor in common, so that all meet.
const INPUTS: usize = 32;

/// Every method changes memory and a global in a way that goes by the input and by what was there.
const TEXT: &str = r#"(module
  (import "lockstep" "input_read" (func $input_read (param i32 i32 i32)))
  (import "lockstep" "return" (func $return (param i32 i32)))
  (memory 1)
  (data (i32.const 0) "what each run finds")
  (global $sum (mut i64) (i64.const 7))
  (func $mix (local $round i32) (local $at i32)
    (call $input_read (i32.const 64) (i32.const 0) (i32.const 8))
    (loop $again
      (local.set $at (i32.mul (local.get $round) (i32.const 520)))
      (global.set $sum
        (i64.add
          (i64.mul (global.get $sum) (i64.const 6364136223846793005))
          (i64.xor (i64.load (local.get $at)) (i64.load (i32.const 64)))))
      (i64.store (local.get $at) (global.get $sum))
      (local.set $round (i32.add (local.get $round) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $round) (i32.load8_u (i32.const 64))))))
  (func (export "returns") (call $mix))
  (func (export "unwinds") (call $mix) (call $return (i32.const 0) (i32.const 32)))
  (func (export "traps") (call $mix) (unreachable))
  (func (export "runs_out") (call $mix) (loop $ever (br $ever)))
  (func (export "grows") (call $mix) (drop (memory.grow (i32.const 1)))))
"#;

const METHODS: [&str; 5] = ["returns", "unwinds", "traps", "runs_out", "grows"];

/// What a run came to: its end, what it gave back, and the memory and globals that it left.
type Seen = (Run, Vec<u8>, Vec<u8>, Vec<u64>);

/// Hands out an input, and takes what comes back.
#[derive(Default)]
struct Host {
    input: [u8; 8],
    output: Vec<u8>,
    memory: Vec<u8>,
    globals: Vec<u64>,
}

impl HostCalls for Host {
    fn call(
        &mut self,
        function: HostFunction,
        args: &[u64],
        memory: &mut [u8],
        _meter: &mut Meter,
    ) -> Result<Option<u64>, Unwind> {
        let at = usize::try_from(args[0]).expect("small");
        if function == HostFunction::InputRead {
            memory[at..at + self.input.len()].copy_from_slice(&self.input);
            // Instances of other threads are taken and put back meanwhile.
            thread::yield_now();
            return Ok(None);
        }
        let length = usize::try_from(args[1]).expect("small");
        self.output = memory[at..at + length].to_vec();
        Err(Unwind)
    }

    fn wants_final_state(&self) -> bool {
        true
    }

    fn final_state(&mut self, left: FinalState<'_>) {
        self.memory = left.memory.to_vec();
        self.globals = left.globals.to_vec();
    }
}

/// The run of this number: each has a method and an input.
fn run(module: &dyn CompiledModule, number: usize) -> Seen {
    let input = u64::try_from(number % INPUTS).expect("small");
    let mut host = Host {
        input: input.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes(),
        ..Host::default()
    };
    // So many rounds.
    host.input[0] = 1 + u8::try_from(input).expect("small");
    let call = Call {
        method: METHODS[number % METHODS.len()],
        gas: 50_000,
        stack_slots: Protocol::v1().limits.stack_slots_max,
    };
    let run = module.run(call, &mut host).expect("it runs");
    (run, host.output, host.memory, host.globals)
}

fn prepared() -> PreparedModule {
    let code = wat::parse_str(TEXT).expect("the text is a module");
    prepare(&code, &Protocol::v1()).expect("it is accepted")
}

#[test]
fn threads_that_share_a_module_come_to_what_each_would_alone() {
    let prepared = prepared();
    let all = METHODS.len() * INPUTS;
    for kind in EngineKind::available() {
        let engine = kind.build().expect("it is available");
        let alone: Vec<Seen> = (0..all)
            .map(|number| {
                let fresh = engine.compile(&prepared).expect("it compiles");
                run(fresh.as_ref(), number)
            })
            .collect();
        let module: Arc<dyn CompiledModule> =
            Arc::from(engine.compile(&prepared).expect("it compiles"));
        let beginning = Barrier::new(THREADS);
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let (module, alone, beginning) = (Arc::clone(&module), &alone, &beginning);
                scope.spawn(move || {
                    beginning.wait();
                    for step in 0..RUNS {
                        // Each thread goes through the runs in an order of its own.
                        let number = (thread * 37 + step * (10 * thread + 7)) % all;
                        let seen = run(module.as_ref(), number);
                        let method = METHODS[number % METHODS.len()];
                        assert!(
                            seen == alone[number],
                            "{kind}: {method}, run {number}, in thread {thread}: {:?} and not {:?}",
                            seen.0,
                            alone[number].0
                        );
                    }
                });
            }
        });
        let keeps = kind != EngineKind::Wasmi1;
        assert_eq!(engine.instances_reused() > 0, keeps, "{kind}");
    }
}

/// The runs differ from each other, so that taking one for another would show.
#[test]
fn the_runs_differ_from_each_other() {
    let engine = EngineKind::default().build().expect("it is available");
    let module = engine.compile(&prepared()).expect("it compiles");
    let all: Vec<Seen> = (0..METHODS.len() * INPUTS)
        .map(|number| run(module.as_ref(), number))
        .collect();
    for (position, seen) in all.iter().enumerate() {
        assert!(!all[..position].contains(seen), "run {position}");
    }
}
