//! The engine with the faults: the real one, with its calls and its host's calls changed on the way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use lockstep_abi::HostFunction;
use lockstep_cli::EngineMaker;
use lockstep_gas_meter::{PROBE_EXPORT, PreparedModule};
use lockstep_vm::{
    Call, CompiledModule, Completion, Engine, EngineError, EngineIdentity, FinalState, HostCalls,
    Meter, Run, TrapCode, Unwind, WasmiEngine,
};

/// What the engine does wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Clock,
    ColdCosts,
    NativeStack,
    LeftOver,
    TraceCosts,
    Unordered,
    Counter,
    Late,
    WrongTrap,
    StoreLost,
    GlobalLost,
    InstanceLeftOver,
    Neighbour,
}

/// Makes engines with a fault. What the fault remembers is shared by all of them.
pub(super) fn maker(kind: Kind) -> EngineMaker {
    let memory = Arc::new(Memory::default());
    Arc::new(move || {
        Box::new(FaultyEngine {
            inner: WasmiEngine::new(),
            kind,
            memory: Arc::clone(&memory),
            calls_before: Arc::default(),
        })
    })
}

/// What faults remember.
#[derive(Default)]
struct Memory {
    runs: AtomicU64,
    byte: AtomicU64,
    /// An address in the native stack of the first run.
    stack: AtomicU64,
}

/// Two addresses that are further apart lie in the stacks of different threads.
const SAME_STACK_BYTES: u64 = 128 << 10;

struct FaultyEngine {
    inner: WasmiEngine,
    kind: Kind,
    memory: Arc<Memory>,
    /// How many host calls the run before made, of any module of this engine.
    calls_before: Arc<AtomicU64>,
}

impl Engine for FaultyEngine {
    fn identity(&self) -> EngineIdentity {
        EngineIdentity {
            name: "faulty",
            version: "1",
        }
    }

    fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
        let name = PROBE_EXPORT.as_bytes();
        let mut windows = module.bytes().windows(name.len());
        Ok(Box::new(FaultyModule {
            inner: self.inner.compile(module)?,
            kind: self.kind,
            memory: Arc::clone(&self.memory),
            probed: windows.any(|window| window == name),
            ran: AtomicBool::new(false),
            byte: AtomicU64::new(0),
            calls_before: Arc::clone(&self.calls_before),
        }))
    }
}

struct FaultyModule {
    inner: Box<dyn CompiledModule>,
    kind: Kind,
    memory: Arc<Memory>,
    probed: bool,
    ran: AtomicBool,
    /// What this module's run before left over.
    byte: AtomicU64,
    calls_before: Arc<AtomicU64>,
}

impl CompiledModule for FaultyModule {
    fn run(&self, mut call: Call<'_>, host: &mut dyn HostCalls) -> Result<Run, EngineError> {
        let number = self.memory.runs.fetch_add(1, Ordering::SeqCst);
        let first = !self.ran.swap(true, Ordering::SeqCst);
        let costs = match self.kind {
            Kind::ColdCosts => first,
            Kind::TraceCosts => self.probed,
            Kind::Counter => number % 100 == 99,
            Kind::Neighbour => self.calls_before.load(Ordering::SeqCst) % 2 == 1,
            _ => false,
        };
        if self.kind == Kind::NativeStack {
            // On another native stack than that of the first run, half of the slots are lost.
            let local = 0_u8;
            let address = u64::try_from(std::ptr::from_ref(&local).addr()).unwrap_or_default();
            let first = &self.memory.stack;
            let _ = first.compare_exchange(0, address, Ordering::Relaxed, Ordering::Relaxed);
            if first.load(Ordering::Relaxed).abs_diff(address) > SAME_STACK_BYTES {
                call.stack_slots /= 2;
            }
        }
        let mut faulty = FaultyHost {
            inner: host,
            kind: self.kind,
            byte: match self.kind {
                Kind::InstanceLeftOver => &self.byte,
                _ => &self.memory.byte,
            },
            costs: i64::from(costs),
            calls: 0,
        };
        let mut run = self.inner.run(call, &mut faulty)?;
        self.calls_before.store(faulty.calls, Ordering::SeqCst);
        if (self.kind, run.completion)
            == (Kind::WrongTrap, Completion::Trapped(TrapCode::Unreachable))
        {
            run.completion = Completion::Trapped(TrapCode::MemoryOutOfBounds);
        }
        Ok(run)
    }
}

/// Where the left-over byte lies: where the script's contract writes it.
const LEFT_OVER: usize = 0xf000;
/// Where the script's topics begin, and how long both are.
const TOPICS: std::ops::Range<usize> = 256..320;

struct FaultyHost<'a> {
    inner: &'a mut dyn HostCalls,
    kind: Kind,
    /// The byte that is left over.
    byte: &'a AtomicU64,
    costs: i64,
    calls: u64,
}

impl HostCalls for FaultyHost<'_> {
    fn call(
        &mut self,
        function: HostFunction,
        args: &[u64],
        memory: &mut [u8],
        meter: &mut Meter,
    ) -> Result<Option<u64>, Unwind> {
        self.calls += 1;
        if self.calls == 1 {
            meter.gas -= self.costs;
            self.leave_over(memory);
        }
        match (self.kind, function) {
            (Kind::Clock, HostFunction::BlockTimestamp) => {
                let answer = self.inner.call(function, args, memory, meter)?;
                Ok(answer.map(|time| time.wrapping_add(nanoseconds())))
            }
            (Kind::Late, _) if meter.gas > 3 => {
                meter.gas -= 3;
                let answer = self.inner.call(function, args, memory, meter);
                meter.gas += 3;
                answer
            }
            (Kind::Unordered, HostFunction::EmitEvent) => {
                let Some(topics) = memory.get_mut(TOPICS) else {
                    return self.inner.call(function, args, memory, meter);
                };
                let before = topics.to_vec();
                topics.copy_from_slice(&shuffled(&before));
                let answer = self.inner.call(function, args, memory, meter);
                memory[TOPICS].copy_from_slice(&before);
                answer
            }
            (Kind::LeftOver | Kind::InstanceLeftOver, HostFunction::Return) => {
                let byte = memory.get(LEFT_OVER).copied().unwrap_or_default();
                self.byte.store(byte.into(), Ordering::SeqCst);
                self.inner.call(function, args, memory, meter)
            }
            _ => self.inner.call(function, args, memory, meter),
        }
    }

    fn probe(&mut self, number: u32, operand: u32) {
        self.inner.probe(number, operand);
    }

    fn wants_final_state(&self) -> bool {
        self.inner.wants_final_state()
    }

    fn final_state(&mut self, left: FinalState<'_>) {
        let mut memory = left.memory.to_vec();
        let mut globals = left.globals.to_vec();
        match self.kind {
            Kind::StoreLost => {
                if let Some(byte) = memory.get_mut(LEFT_OVER) {
                    *byte = 0;
                }
            }
            Kind::GlobalLost => globals.iter_mut().for_each(|global| *global = 0),
            _ => {}
        }
        self.inner.final_state(FinalState {
            memory: &memory,
            globals: &globals,
        });
    }
}

impl FaultyHost<'_> {
    /// Puts the byte of the run before into fresh memory.
    fn leave_over(&self, memory: &mut [u8]) {
        let byte = self.byte.load(Ordering::SeqCst);
        if let (Kind::LeftOver | Kind::InstanceLeftOver, Some(place)) =
            (self.kind, memory.get_mut(LEFT_OVER))
        {
            *place = byte.to_le_bytes()[0];
        }
    }
}

/// Two topics in the order in which a hash set gives them.
#[expect(
    clippy::disallowed_types,
    reason = "an order that depends on a random seed is the fault"
)]
fn shuffled(topics: &[u8]) -> Vec<u8> {
    let set: std::collections::HashSet<&[u8]> = topics.chunks(32).collect();
    set.into_iter().flatten().copied().collect()
}

/// A time that moves on.
#[expect(clippy::disallowed_types, reason = "a clock is the fault")]
fn nanoseconds() -> u64 {
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed();
    now.map_or(0, |now| u64::from(now.subsec_nanos()))
}
