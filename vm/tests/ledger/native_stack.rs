//! When the native stack ends under a transaction, it comes to what it comes to on an engine that
//! needs none, and whoever watches sees it once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lockstep_abi::{AccountId, CodeHash};
use lockstep_gas_meter::{PreparedModule, Protocol, Refusal};
use lockstep_state_trie::Digest;
use lockstep_vm::{
    Action, Call, Chain, CodeCache, CompiledModule, Engine, EngineError, EngineIdentity, Fatal,
    FrameEnd, FrameStart, HostCallRecord, HostCalls, Machine, MessageEnd, MessageGas, MessageStart,
    NoObserver, Observer, OverLimit, ProbeRecord, Report, Run, Status, WasmiEngine, code_hash,
};

use crate::dry_run_keys;
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
    fn probe(&mut self, probe: &ProbeRecord) {
        self.0.push(format!("{probe:?}"));
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
    fn code_refused(&mut self, code: &CodeHash, refusal: &Refusal) {
        self.0.push(format!("code_refused {code} {refusal:?}"));
    }
}

/// A chain with contracts, and calls of which one calls on and one asks for more than a limit, with an
/// upload between them that is refused.
fn world() -> (World, Vec<Action>) {
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

    let code = dry_run_keys::wasm();
    let (salt, input, value) = ([0; 32], Vec::new(), 0);
    let instantiate = Action::Instantiate {
        code: code_hash(&code),
        salt,
        input: input.clone(),
        value,
    };
    assert!(
        world
            .receipt(0, Action::Upload { code })
            .status
            .is_success()
    );
    let made = world.receipt(0, instantiate);
    let over_limit = Action::Call {
        contract: AccountId(made.output.try_into().unwrap()),
        method: "long_key".to_owned(),
        input,
        value,
    };
    let refused = Action::Upload { code: vec![1] };
    (
        world,
        vec![script::call(outer, &program), refused, over_limit],
    )
}

/// Runs the actions in a block on a machine with another engine.
fn run(
    engine: Box<dyn Engine>,
    observer: &mut dyn Observer,
) -> Result<(Vec<Report>, Digest), Fatal> {
    let (world, actions) = world();
    let machine = Machine::with_cache(Protocol::v1(), engine, CodeCache::with_probes());
    let first = world.account(account(0)).nonce;
    let mut chain = Chain::new(world.chain.into_trie(), machine);
    let mut builder = chain.begin(environment(50));
    let mut reports = Vec::new();
    for (nonce, action) in (first..).zip(actions) {
        let signed = signer(0).sign(transaction(0, nonce, action));
        reports.push(builder.push(&signed, observer)?.unwrap());
    }
    Ok((reports, builder.finish()?.state_root))
}

fn native_stack() -> EngineError {
    EngineError::NativeStack { engine: "shallow" }
}

/// A failure of an engine.
pub(crate) fn out_of_memory() -> EngineError {
    EngineError::OutOfMemory { what: "a stack" }
}

/// An engine that fails so under the run of a number, from 0.
pub(crate) fn shallow(
    fails_under: u64,
    error: fn() -> EngineError,
    says_so: bool,
) -> Box<dyn Engine> {
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
    let receipts = expected.0.iter().map(|report| &report.receipt);
    let statuses: Vec<Status> = receipts.clone().map(|receipt| receipt.status).collect();
    let (refused, over_limit) = (Status::CodeRefused, Status::LengthOverLimit);
    assert_eq!(statuses, [Status::Success, refused, over_limit]);
    assert_eq!(
        receipts.map(|receipt| receipt.events.len()).sum::<usize>(),
        2
    );
    for kind in ["ProbeRecord", "OverLimit", "code_refused"] {
        assert!(log.0.iter().any(|line| line.starts_with(kind)), "{kind}");
    }
    // Under the inner contract, under the outer one, under the last, and not at all.
    for ends_under in 0..4 {
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
