//! The judge of generated modules: does the instrumented code charge what the reference counts?
//!
//! A module is named by its seed. Even seeds run under the committed prices, odd ones under prices
//! that differ for every class of operators, so that a price taken from the wrong class shows. Two
//! in two hundred, one under each, are also run against the static bounds of their exports.

use lockstep_gas_meter::{Limits, Protocol};
use lockstep_tests::{
    CheckedBounds, Coverage, Metered, ScriptedHost, Subject, check_exact, check_static_bounds,
    distinct_prices,
};
use wasmi::Engine;

use crate::caught::caught;
use crate::control_flow::shrink::minimise;
use crate::control_flow::syntax::Module;
use crate::control_flow::{module, print::print};

/// Gas that each call of the host costs.
const HOST_PRICE: u32 = 5;
/// Ample gas under the committed prices and under the distinct ones, which are about twelve times
/// as high: either is enough for thousands of operators.
const GAS: [i64; 2] = [16_000, 150_000];
/// Of so many modules, the bounds of one are compared: to find them takes eight times as long as all
/// else on average, and seconds where loops lie in each other.
const BOUNDS_EVERY: u64 = 100;

/// A module about which the two sides disagree.
#[derive(Clone, Debug)]
pub struct Mismatch {
    /// The module's seed.
    pub seed: u64,
    /// What the sides disagree about, in the module as it was generated.
    pub what: String,
    /// The module, cut down as far as it still shows a disagreement.
    pub text: String,
    /// What the sides disagree about there.
    pub what_remains: String,
}

/// Judges any number of modules.
pub struct Judge {
    engine: Engine,
    protocols: [Protocol; 2],
    /// What the calls did so far.
    pub coverage: Coverage,
    /// How many runs were compared with static bounds so far.
    pub bounds: u64,
}

impl Default for Judge {
    fn default() -> Judge {
        Judge {
            engine: Metered::engine(),
            protocols: [
                Protocol::v1(),
                distinct_prices(Limits::v1().memory_pages_max),
            ],
            coverage: Coverage::default(),
            bounds: 0,
        }
    }
}

impl Judge {
    /// Judges the module of `seed`.
    ///
    /// # Errors
    /// The disagreement, with the module cut down. A panic of what makes the module is one, too,
    /// without a module.
    pub fn seed(&mut self, seed: u64) -> Result<(), Box<Mismatch>> {
        self.made(seed, || module(seed))
    }

    /// Judges what `make` makes.
    fn made(&mut self, seed: u64, make: impl FnOnce() -> Module) -> Result<(), Box<Mismatch>> {
        match caught(|| Ok(make())) {
            Ok(module) => self.judge(seed, module),
            Err(what) => Err(Box::new(Mismatch {
                seed,
                what: format!("no module: {what}"),
                text: String::new(),
                what_remains: format!("no module: {what}"),
            })),
        }
    }

    /// Judges a module under the prices and with the arguments that belong to `seed`.
    ///
    /// # Errors
    /// As [`Judge::seed`].
    pub fn judge(&mut self, seed: u64, module: Module) -> Result<(), Box<Mismatch>> {
        let printed = caught(|| Ok(print(&module)));
        let judged = printed.clone().and_then(|text| self.text(seed, &text));
        let Err(what) = judged else {
            return Ok(());
        };
        // What cannot be cut down without a panic is shown as it is.
        let cut = caught(|| {
            Ok(minimise(module, |text| {
                wat::parse_str(text).is_ok() && self.text(seed, text).is_err()
            }))
        });
        let text = cut.or(printed).unwrap_or_default();
        let remains = self.text(seed, &text).err();
        Err(Box::new(Mismatch {
            seed,
            what_remains: remains.unwrap_or_else(|| what.clone()),
            what,
            text,
        }))
    }

    /// Judges a module in the text format; a panic of either side is a disagreement, a module that
    /// is not in the accepted subset is none.
    ///
    /// # Errors
    /// What the sides disagree about.
    pub fn text(&mut self, seed: u64, text: &str) -> Result<(), String> {
        let Ok(bytes) = wat::parse_str(text) else {
            return Err("the text is not a module".to_string());
        };
        let prices = usize::from(seed % 2 == 1);
        let (protocol, gas) = (&self.protocols[prices], GAS[prices]);
        let (mut coverage, mut bounds) = (Coverage::default(), CheckedBounds::default());
        let judged = caught(|| {
            let host = ScriptedHost::new(HOST_PRICE);
            let Ok(subject) = Subject::prepare(&self.engine, &bytes, protocol, &host) else {
                return Ok(());
            };
            check_exact(&subject, gas, seed / 2, &mut coverage)
                .map_err(|disagreement| disagreement.to_string())?;
            if (seed / 2).is_multiple_of(BOUNDS_EVERY) {
                check_static_bounds(&bytes, protocol, gas, &mut bounds)?;
            }
            Ok(())
        });
        self.coverage.add(&coverage);
        self.bounds += bounds.runs;
        judged
    }
}

#[cfg(test)]
mod tests {
    use super::Judge;

    #[test]
    fn a_panic_of_the_generator_is_a_mismatch_with_its_seed() {
        let found = Judge::default().made(7, || panic!("of the generator"));
        let found = found.expect_err("a mismatch");
        assert_eq!(found.seed, 7);
        assert_eq!(found.what, "no module: panic: of the generator");
        assert_eq!(found.what_remains, found.what);
    }
}
