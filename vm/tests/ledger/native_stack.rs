//! When the native stack ends under a transaction, it comes to what it comes to on an engine that
//! needs none, and whoever watches sees it once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lockstep_abi::AccountId;
use lockstep_gas_meter::{PreparedModule, Protocol};
use lockstep_vm::{
    Call, Chain, CompiledModule, Engine, EngineError, EngineIdentity, Fatal, FrameEnd, FrameStart,
    HostCallRecord, HostCalls, Machine, MessageEnd, MessageGas, MessageStart, NoObserver, Observer,
    OverLimit, Report, Run, WasmiEngine,
};

use crate::script::{self, Step, sub_call};
use crate::world::{World, account, environment, signer, transaction};

/// wasmi, but the run of this number, counted down as runs end, fails: as it would if the native
/// stack ended under it, or in another way.
struct Shallow {
    left: Arc<AtomicU64>,
    error: fn() -> EngineError,
    /// Whether it says that this can be.
    says_so: bool,
}

struct ShallowModule {
    module: Box<dyn CompiledModule>,
    left: Arc<AtomicU64>,
    error: fn() -> EngineError,
}

impl Engine for Shallow {
    fn identity(&self) -> EngineIdentity {
        EngineIdentity {
            name: "shallow",
            ..WasmiEngine::new().identity()
        }
    }

    fn can_exhaust_native_stack(&self) -> bool {
        self.says_so
    }

    fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
        Ok(Box::new(ShallowModule {
            module: WasmiEngine::new().compile(module)?,
            left: Arc::clone(&self.left),
            error: self.error,
        }))
    }
}

impl CompiledModule for ShallowModule {
    fn run(&self, call: Call<'_>, host: &mut dyn HostCalls) -> Result<Run, EngineError> {
        let run = self.module.run(call, host)?;
        match self.left.fetch_sub(1, Ordering::Relaxed) {
            0 => Err((self.error)()),
            _ => Ok(run),
        }
    }
}

/// Writes down all that it is told.
#[derive(Default)]
struct Log(Vec<String>);

impl Observer for Log {
    fn message_start(&mut self, message: &MessageStart<'_>) {
        self.0.push(format!("{message:?}"));
    }
    fn message_end(&mut self, message: &MessageEnd) {
        self.0.push(format!("{message:?}"));
    }
    fn message_gas(&mut self, gas: &MessageGas) {
        self.0.push(format!("{gas:?}"));
    }
    fn frame_start(&mut self, frame: &FrameStart<'_>) {
        self.0.push(format!("{frame:?}"));
    }
    fn frame_end(&mut self, frame: &FrameEnd<'_>) {
        self.0.push(format!("{frame:?}"));
    }
    fn host_call(&mut self, call: &HostCallRecord<'_>) {
        self.0.push(format!("{call:?}"));
    }
    fn over_limit(&mut self, over: &OverLimit) {
        self.0.push(format!("{over:?}"));
    }
    fn guest_read(&mut self, address: u32, bytes: &[u8]) {
        self.0.push(format!("read {address} {bytes:?}"));
    }
    fn guest_write(&mut self, address: u32, bytes: &[u8]) {
        self.0.push(format!("write {address} {bytes:?}"));
    }
    fn debug_log(&mut self, contract: &AccountId, message: &[u8]) {
        self.0.push(format!("log {contract} {message:?}"));
    }
}

/// A chain with two contracts, of which the second is to be called by the first.
fn world() -> (World, Vec<Step>, AccountId) {
    let (mut world, outer) = World::with_script(1_000);
    let inner = world.instantiate(1, 1_000);
    let traces = vec![
        Step::Write { key: 1, length: 8 },
        Step::Transfer {
            to: account(2),
            value: 10,
        },
        Step::Event(1),
    ];
    let mut program = traces.clone();
    program.push(sub_call(inner, &traces));
    program.push(Step::Return(5));
    (world, program, outer)
}

/// Runs the program on a machine with another engine.
fn run(engine: Box<dyn Engine>, observer: &mut dyn Observer) -> Result<(Report, [u8; 32]), Fatal> {
    let (world, program, outer) = world();
    let nonce = world.account(account(0)).nonce;
    let signed = signer(0).sign(transaction(0, nonce, script::call(outer, &program)));
    let machine = Machine::new(Protocol::v1(), engine);
    let mut chain = Chain::new(world.chain.into_trie(), machine);
    let mut builder = chain.begin(environment(50));
    let report = builder.push(&signed, observer)?.unwrap();
    Ok((report, builder.finish()?.state_root.0))
}

fn native_stack() -> EngineError {
    EngineError::NativeStack { engine: "shallow" }
}

fn out_of_memory() -> EngineError {
    EngineError::OutOfMemory { what: "a stack" }
}

fn shallow(fails_under: u64, error: fn() -> EngineError, says_so: bool) -> Box<dyn Engine> {
    let left = Arc::new(AtomicU64::new(fails_under));
    Box::new(Shallow {
        left,
        error,
        says_so,
    })
}

#[test]
fn the_interpreter_carries_out_the_transaction_again() {
    let mut log = Log::default();
    let expected = run(Box::new(WasmiEngine::new()), &mut log).unwrap();
    assert!(expected.0.receipt.status.is_success());
    assert_eq!(expected.0.receipt.events.len(), 2);
    // Under the inner contract, under the outer one, and not at all.
    for ends_under in 0..3 {
        let mut seen = Log::default();
        let came_to = run(shallow(ends_under, native_stack, true), &mut seen).unwrap();
        assert_eq!(came_to, expected, "{ends_under}");
        assert_eq!(seen.0, log.0, "{ends_under}");
    }
}

#[test]
fn no_other_failure_is_made_good() {
    for engine in [
        shallow(0, native_stack, false),
        shallow(0, out_of_memory, true),
    ] {
        let failed = run(engine, &mut NoObserver);
        assert!(matches!(failed, Err(Fatal::Engine(_))), "{failed:?}");
    }
}
