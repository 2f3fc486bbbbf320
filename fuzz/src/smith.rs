//! Modules of `wasm-smith`, executed.
//!
//! They have what no generator of this crate thinks of: odd nesting, values that nobody uses, types and
//! tables at random. Each may import some of the host functions, drawn from all of them. Their exported
//! functions run beside the independent interpreter, which must count the same gas at every limit, and
//! on every engine.

use std::collections::BTreeSet;

use lockstep_abi::HostFunction;
use lockstep_gas_meter::{Limits, PrepareError, Protocol, prepare};
use lockstep_tests::{
    Coverage, Metered, ScriptedHost, Subject, check_exact, distinct_prices, generate,
};

use crate::engine_agreement::{EngineJudge, ExportedCall};
use crate::oracles::Finding;

/// The gas of a host call beside the independent interpreter.
const HOST_PRICE: u32 = 5;
/// Of the lists of arguments that a function could be called with on all engines, one in so many is
/// taken.
const ARGUMENTS_ONE_OF: usize = 11;

/// What the modules did, to see that it was something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SmithWork {
    /// Modules that were made.
    pub modules: u64,
    /// Of these, how many were refused: a declared size beyond a limit, for example.
    pub refused: u64,
    /// Of these, how many did real work: a call executed more than a hundred operators, or the host
    /// was called.
    pub working: u64,
    /// The calls beside the independent interpreter.
    pub exact: Coverage,
    /// The host functions that an accepted module imports.
    pub imported: BTreeSet<HostFunction>,
}

/// Makes modules and executes them.
pub struct SmithJudge {
    interpreter: wasmi::Engine,
    engines: EngineJudge,
    protocols: [Protocol; 2],
    /// What was done so far.
    pub work: SmithWork,
}

impl Default for SmithJudge {
    fn default() -> SmithJudge {
        SmithJudge {
            interpreter: Metered::engine(),
            engines: EngineJudge::new().expect("every engine that is built in works here"),
            protocols: [
                Protocol::v1(),
                distinct_prices(Limits::v1().memory_pages_max),
            ],
            work: SmithWork::default(),
        }
    }
}

impl SmithJudge {
    /// Judges the module of a seed; `Ok(true)` means that it did real work.
    ///
    /// # Errors
    /// What the engines, or an engine and the independent interpreter, disagree about.
    pub fn seed(&mut self, seed: u64) -> Result<bool, Finding> {
        let module = generate(seed);
        // A seed's lowest bits stand for kinds of modules; each kind should meet both lists of prices.
        let prices = seed / 4;
        let protocol = &self.protocols[(prices % 2) as usize];
        self.work.modules += 1;
        let prepared = match prepare(&module, protocol) {
            Ok(prepared) => prepared,
            Err(PrepareError::Refused(_)) => {
                self.work.refused += 1;
                return Ok(false);
            }
            Err(PrepareError::Internal(error)) => return Err(error.to_string()),
        };
        self.work.imported.extend(prepared.imports());
        let gas = EngineJudge::ample_gas(prices);
        let host = ScriptedHost::new(HOST_PRICE);
        let subject = Subject::new(&self.interpreter, &module, &prepared, protocol, &host);
        let mut exact = Coverage::default();
        check_exact(&subject, gas.cast_signed(), seed, &mut exact)
            .map_err(|disagreement| disagreement.to_string())?;
        let calls = ExportedCall::of_exports(subject.module(), ARGUMENTS_ONE_OF);
        self.engines.calls(prices, &module, &calls, gas)?;
        let works = exact.working > 0 || exact.host_calls > 0;
        self.work.working += u64::from(works);
        self.work.exact.add(&exact);
        Ok(works)
    }

    /// What ran on all engines so far.
    pub fn agreement(&self) -> crate::engine_agreement::Agreement {
        self.engines.agreement
    }
}
