//! An engine around the real one that does something wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lockstep_abi::HostFunction;
use lockstep_cli::EngineMaker;
use lockstep_gas_meter::PreparedModule;
use lockstep_vm::{
    Call, CompiledModule, Engine, EngineError, EngineIdentity, FinalState, HostCalls, Meter, Run,
    Unwind, WasmiEngine,
};

/// What the engine does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// `emit_event` costs one gas more.
    EventsCostMore,
    /// Code whose prepared form has many bytes is charged one gas more.
    LongCodeCostsMore(usize),
    /// A run whose gas runs out within Wasm code has one page more than it should.
    OneMoreWhenOut,
    /// It fails when gas runs out within Wasm code.
    FailsWhenOut,
    /// It panics when gas runs out within Wasm code.
    PanicsWhenOut,
    /// It ends the process when gas runs out within Wasm code.
    AbortsWhenOut,
    /// It panics behind every run.
    PanicsBehindRuns,
    /// Every run of a module but the first is charged one gas more.
    UsedModulesCostMore,
    /// A run whose end nobody looks at, as in a dry run, is charged one gas more.
    UnwatchedRunsCostMore,
    /// Runs of this method are charged one gas more.
    MethodCostsMore(&'static str),
    /// Behind a run the first byte of its memory is another one.
    MemoryChangesBehind,
    /// The method `second` costs one gas more for as long as `first` has not run on the engine.
    SecondBeforeFirst,
}

/// Makes an engine with a fault.
pub(crate) fn faulty(fault: Fault) -> EngineMaker {
    Arc::new(move || {
        Box::new(FaultyEngine {
            inner: WasmiEngine::new(),
            fault,
            first_has_run: Arc::default(),
        })
    })
}

struct FaultyEngine {
    inner: WasmiEngine,
    fault: Fault,
    first_has_run: Arc<AtomicBool>,
}

impl Engine for FaultyEngine {
    fn identity(&self) -> EngineIdentity {
        EngineIdentity {
            name: "faulty",
            version: "1",
        }
    }

    fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
        let is_long = match self.fault {
            Fault::LongCodeCostsMore(bytes) => module.bytes().len() > bytes,
            _ => false,
        };
        Ok(Box::new(FaultyModule {
            inner: self.inner.compile(module)?,
            fault: self.fault,
            is_long,
            has_run: AtomicBool::new(false),
            first_has_run: Arc::clone(&self.first_has_run),
        }))
    }
}

struct FaultyModule {
    inner: Box<dyn CompiledModule>,
    fault: Fault,
    is_long: bool,
    has_run: AtomicBool,
    first_has_run: Arc<AtomicBool>,
}

impl CompiledModule for FaultyModule {
    fn run(&self, call: Call<'_>, host: &mut dyn HostCalls) -> Result<Run, EngineError> {
        let is_watched = host.wants_final_state();
        let mut host = FaultyHost {
            inner: host,
            fault: self.fault,
        };
        let mut run = self.inner.run(call, &mut host)?;
        let is_out = run.meter.gas < 0;
        let was_used = self.has_run.swap(true, Ordering::SeqCst);
        if call.method == "first" {
            self.first_has_run.store(true, Ordering::SeqCst);
        }
        let costs_more = match self.fault {
            Fault::LongCodeCostsMore(_) => self.is_long,
            Fault::UsedModulesCostMore => was_used,
            Fault::MethodCostsMore(method) => call.method == method,
            Fault::UnwatchedRunsCostMore => !is_watched,
            Fault::SecondBeforeFirst => {
                call.method == "second" && !self.first_has_run.load(Ordering::SeqCst)
            }
            Fault::OneMoreWhenOut if is_out => {
                run.meter.gas = 1;
                false
            }
            Fault::FailsWhenOut if is_out => {
                return Err(EngineError::Failed {
                    engine: "faulty",
                    reason: "the gas ran out".to_string(),
                });
            }
            Fault::AbortsWhenOut if is_out => std::process::abort(),
            Fault::PanicsBehindRuns => panic!("behind a run"),
            Fault::PanicsWhenOut if is_out => panic!("the gas ran out"),
            _ => false,
        };
        run.meter.gas -= i64::from(costs_more);
        Ok(run)
    }
}

struct FaultyHost<'a> {
    inner: &'a mut dyn HostCalls,
    fault: Fault,
}

impl HostCalls for FaultyHost<'_> {
    fn call(
        &mut self,
        function: HostFunction,
        args: &[u64],
        memory: &mut [u8],
        meter: &mut Meter,
    ) -> Result<Option<u64>, Unwind> {
        if let (Fault::EventsCostMore, HostFunction::EmitEvent) = (self.fault, function) {
            meter.gas -= 1;
        }
        self.inner.call(function, args, memory, meter)
    }

    fn probe(&mut self, number: u32, operand: u32) {
        self.inner.probe(number, operand);
    }

    fn wants_final_state(&self) -> bool {
        self.inner.wants_final_state()
    }

    fn final_state(&mut self, left: FinalState<'_>) {
        let mut memory = left.memory.to_vec();
        if let (Fault::MemoryChangesBehind, Some(first)) = (self.fault, memory.first_mut()) {
            *first ^= 1;
        }
        self.inner.final_state(FinalState {
            memory: &memory,
            ..left
        });
    }
}
