//! The judge of engines: does every one do the same with the same prepared module?
//!
//! [`exactness`](crate::exactness) holds the machine's own engine against an independent count.
//! Here the other engines are held against it, behind the trait that the machine uses. A module of
//! [`control_flow`](crate::control_flow) gets one method for each function it exports, which calls
//! it and shows its results and the globals to the host. Each method runs on every engine: with
//! ample gas and stack, then with just the gas that each host call needed and one less, and with
//! few stack slots. Compared are how the run ended, both counters, of every host call its function,
//! arguments, counters and all of the memory, and what the guest left behind, also after a trap: all
//! of the memory and the module's own mutable globals. The first engine also runs the code that
//! reports what operators compute, which must do the same. Any other module in the
//! binary format goes through [`EngineJudge::calls`], which makes such methods for the calls that it
//! is given.

mod exported_calls;
mod methods;
mod scripted_host;
mod search;
mod shown_functions;

use lockstep_engines::{BuildError, EngineKind};
use lockstep_gas_meter::{Limits, PreparedModule, Protocol, prepare, prepare_with_result_probes};
use lockstep_tests::{distinct_prices, with_several_values};
use lockstep_vm::{Call, CompiledModule, Completion, Engine, EngineError};

pub use self::exported_calls::ExportedCall;
use self::exported_calls::prices;
use self::scripted_host::{Scripted, Seen};
pub use self::search::Search;
use self::shown_functions::with_methods;

use crate::caught::caught;
use crate::control_flow::syntax::Module;
use crate::v8::{V8Compiler, V8Engine};
use crate::wasm3::Wasm3Engine;

/// Ample gas under the committed prices and under the distinct ones.
const GAS: [u64; 2] = [16_000, 150_000];
/// Slots that are ample unless a function calls itself without end.
const STACK_SLOTS: u32 = 1_500;
/// How many host calls of a method the gas is made to end at.
const LIMITS_MAX: usize = 6;

/// What was run, to see that it was something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Modules.
    pub modules: u64,
    /// Runs, each on every engine.
    pub runs: u64,
    /// Of these, runs that returned.
    pub returned: u64,
    /// Of these, runs that ran out of gas.
    pub out_of_gas: u64,
    /// Of these, runs that overflowed the metered stack.
    pub stack_overflows: u64,
    /// Of these, runs that trapped for another reason.
    pub trapped: u64,
    /// Host calls.
    pub host_calls: u64,
    /// Modules that an engine was left out of, because it lacks what they use.
    pub left_out: u64,
}

/// How an engine tells that a run ended in some way.
type Telling = fn(Completion) -> Completion;

/// An engine and how it tells endings.
struct Rival<E: ?Sized> {
    name: &'static str,
    tells: Telling,
    /// Whether it is left out where it refuses a module. Any other must refuse none.
    may_refuse: bool,
    /// Whether its code charges at other places. How a run fails, and what it left behind there, may
    /// differ then, but not what the host saw before.
    charges_elsewhere: bool,
    engine: Box<E>,
}

/// Engines that are compared with each other.
pub struct EngineJudge {
    engines: Vec<Rival<dyn Engine>>,
    protocols: [Protocol; 2],
    /// What was run so far.
    pub agreement: Agreement,
}

impl EngineJudge {
    /// A judge of every engine that is built in.
    ///
    /// # Errors
    /// When one does not exist on this kind of machine.
    pub fn new() -> Result<EngineJudge, BuildError> {
        let engines = EngineKind::available();
        let build = |kind: EngineKind| {
            Ok::<_, BuildError>(Rival {
                name: kind.name(),
                tells: |completion| completion,
                may_refuse: false,
                charges_elsewhere: false,
                engine: kind.build()?,
            })
        };
        Ok(EngineJudge {
            engines: engines.map(build).collect::<Result<_, _>>()?,
            // Some hand-written programs have blocks of several values.
            protocols: [
                with_several_values(Protocol::v1()),
                distinct_prices(Limits::v1().memory_pages_max),
            ],
            agreement: Agreement::default(),
        })
    }

    /// The same judge, which holds both compilers of V8 against the other engines too.
    ///
    /// # Errors
    /// When V8 does not start.
    pub fn with_v8(mut self) -> Result<EngineJudge, EngineError> {
        for compiler in V8Compiler::ALL {
            self.engines.push(Rival {
                name: compiler.name(),
                tells: V8Engine::as_it_tells,
                may_refuse: false,
                charges_elsewhere: false,
                engine: Box::new(V8Engine::new(compiler)?),
            });
        }
        Ok(self)
    }

    /// The same judge, which holds wasm3 against the other engines too, on the modules that it takes.
    ///
    /// # Errors
    /// When wasm3 does not start.
    pub fn with_wasm3(mut self) -> Result<EngineJudge, EngineError> {
        self.engines.push(Rival {
            name: Wasm3Engine::NAME,
            tells: Wasm3Engine::as_it_tells,
            may_refuse: true,
            charges_elsewhere: false,
            engine: Box::new(Wasm3Engine::new()?),
        });
        Ok(self)
    }

    /// The same judge, which holds this engine against the others too, on the modules that it takes.
    #[must_use]
    pub fn with_engine(mut self, name: &'static str, engine: Box<dyn Engine>) -> EngineJudge {
        self.engines.push(Rival {
            name,
            tells: |completion| completion,
            may_refuse: true,
            charges_elsewhere: false,
            engine,
        });
        self
    }

    /// The names of the engines, that against which the others are held first.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.engines.iter().map(|rival| rival.name)
    }

    /// Runs a module on every engine; `seed` chooses prices and arguments.
    ///
    /// # Errors
    /// The first difference, with the module.
    pub fn judge(&mut self, seed: u64, module: &Module) -> Result<(), String> {
        let text = with_methods(seed, module);
        caught(|| self.text(seed, &text)).map_err(|what| format!("seed {seed}: {what}\n{text}"))
    }

    fn text(&mut self, seed: u64, text: &str) -> Result<(), String> {
        let bytes = wat::parse_str(text).map_err(|error| error.to_string())?;
        let prices = prices(seed);
        let protocol = &self.protocols[prices];
        let prepared = prepare(&bytes, protocol).map_err(|error| error.to_string())?;
        let reporting = prepare_with_result_probes(&bytes, protocol);
        let reporting = reporting.map_err(|error| error.to_string())?;
        let mut compiled = self.compile(&prepared)?;
        let first = self.engines.first().ok_or("there are no engines")?;
        let engine = first.engine.compile(&reporting);
        compiled.push(Rival {
            name: "the first engine, with results reported",
            tells: first.tells,
            may_refuse: false,
            charges_elsewhere: true,
            engine: engine.map_err(|error| error.to_string())?,
        });
        for method in prepared.methods() {
            self.method(&compiled, method, GAS[prices])?;
        }
        Ok(())
    }

    /// Compiles a module on every engine that does not refuse what it may.
    fn compile(
        &mut self,
        prepared: &PreparedModule,
    ) -> Result<Vec<Rival<dyn CompiledModule>>, String> {
        self.agreement.modules += 1;
        let mut compiled = Vec::with_capacity(self.engines.len());
        for rival in &self.engines {
            let engine = match rival.engine.compile(prepared) {
                Err(EngineError::Refused { .. }) if rival.may_refuse => {
                    self.agreement.left_out += 1;
                    continue;
                }
                engine => engine.map_err(|error| error.to_string())?,
            };
            compiled.push(Rival {
                name: rival.name,
                tells: rival.tells,
                may_refuse: rival.may_refuse,
                charges_elsewhere: rival.charges_elsewhere,
                engine,
            });
        }
        Ok(compiled)
    }

    /// Runs a method with ample bounds and with tight ones. Gives what was seen with ample ones.
    fn method(
        &mut self,
        engines: &[Rival<dyn CompiledModule>],
        method: &str,
        gas: u64,
    ) -> Result<Seen, String> {
        let call = |gas, stack_slots| Call {
            method,
            gas,
            stack_slots,
        };
        let ample = self.compare(engines, call(gas, STACK_SLOTS))?;
        let step = ample.calls.len() / LIMITS_MAX + 1;
        for seen in ample.calls.iter().step_by(step) {
            let used = gas.saturating_sub(seen.meter.gas.unsigned_abs());
            self.compare(engines, call(used, STACK_SLOTS))?;
            self.compare(engines, call(used.saturating_sub(1), STACK_SLOTS))?;
        }
        for stack_slots in [0, 7, 40, 333] {
            self.compare(engines, call(gas, stack_slots))?;
        }
        Ok(ample)
    }

    /// Runs one call on every engine.
    fn compare(
        &mut self,
        engines: &[Rival<dyn CompiledModule>],
        call: Call<'_>,
    ) -> Result<Seen, String> {
        let mut first: Option<(&str, Seen)> = None;
        for Rival {
            name,
            tells,
            charges_elsewhere,
            engine,
            ..
        } in engines
        {
            let mut host = Scripted::default();
            let run = engine.run(call, &mut host);
            let run = run.map_err(|error| format!("{call:?}: {error}"))?;
            let seen = Seen {
                run,
                calls: host.calls,
                left: host.left,
            };
            match &first {
                None => first = Some((name, seen)),
                Some((_, first)) if first.told(*tells) == seen => {}
                Some((_, first)) if *charges_elsewhere && first.fails_like(&seen) => {}
                Some((expected, first)) => {
                    return Err(format!("{call:?}: {expected} {first:?}\n{name} {seen:?}"));
                }
            }
        }
        let (_, seen) = first.ok_or("there are no engines")?;
        self.count(&seen);
        Ok(seen)
    }

    fn count(&mut self, seen: &Seen) {
        let agreement = &mut self.agreement;
        agreement.runs += 1;
        agreement.host_calls += seen.calls.len() as u64;
        match seen.run.completion {
            Completion::Returned | Completion::Unwound => agreement.returned += 1,
            Completion::Trapped(_) if seen.run.meter.gas < 0 => agreement.out_of_gas += 1,
            Completion::Trapped(_) if seen.run.meter.stack < 0 => agreement.stack_overflows += 1,
            Completion::Trapped(_) => agreement.trapped += 1,
        }
    }
}
