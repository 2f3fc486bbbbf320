//! Calls of the exported functions of any module on every engine.

use lockstep_gas_meter::prepare;
use lockstep_reference::{Module, Stop};
use lockstep_tests::{argument_lists, end_of};

use super::methods::Methods;
use super::scripted_host::Seen;
use super::{EngineJudge, GAS};

/// A call of an exported function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedCall {
    /// The function's export name.
    pub name: String,
    /// Its arguments as raw 64-bit words; of those for 32-bit parameters the lower half counts.
    pub arguments: Vec<u64>,
}

impl ExportedCall {
    /// Calls of each exported function of a module, with every `step`-th of its lists of arguments.
    ///
    /// # Panics
    /// Never: what the module exports has a type.
    pub fn of_exports(module: &Module, step: usize) -> Vec<ExportedCall> {
        let of_export = |name: &str| {
            let ty = module.exported_function(name).expect("an export");
            let lists = argument_lists(ty).into_iter().step_by(step);
            let calls = lists.map(|arguments| ExportedCall {
                name: name.to_string(),
                arguments,
            });
            calls.collect::<Vec<_>>()
        };
        module.exported_functions().flat_map(of_export).collect()
    }
}

/// The list of prices under which [`EngineJudge::judge`] runs the module of a seed. A seed's lowest
/// bits stand for kinds of modules; each kind should meet both lists.
pub(super) const fn prices(seed: u64) -> usize {
    (seed / 4 % 2) as usize
}

impl EngineJudge {
    /// The gas that [`EngineJudge::calls`] is for by default: ample for a few thousand operators.
    /// Odd seeds stand for prices that are about twelve times as high.
    pub const fn ample_gas(seed: u64) -> u64 {
        GAS[(seed % 2) as usize]
    }

    /// Makes each call on every engine, in an instance of its own, as [`EngineJudge::judge`] does
    /// with ample gas, which is `gas` here, and with tight bounds. The module, in the binary format,
    /// gets a method for each call that hands the results and all mutable globals to the host. An
    /// odd `seed` chooses prices that differ for every class of operator. Gives the results of each
    /// call, or why there are none, on the engine that is asked first; with ample gas the others
    /// did the same.
    ///
    /// # Errors
    /// The first difference, or why the module is refused.
    pub fn calls(
        &mut self,
        seed: u64,
        module: &[u8],
        calls: &[ExportedCall],
        gas: u64,
    ) -> Result<Vec<Result<Vec<u64>, Stop>>, String> {
        let protocol = self.protocols[(seed % 2) as usize].clone();
        let original = prepare(module, &protocol).map_err(|error| error.to_string())?;
        let methods = Methods::new(&original, calls)?;
        let extended = methods.add_to(module)?;
        let prepared = prepare(&extended.bytes, &protocol).map_err(|error| error.to_string())?;
        let compiled = self.compile(&prepared)?;
        let mut results = Vec::with_capacity(calls.len());
        for (call, shown) in calls.iter().zip(&extended.shown) {
            let seen = self.method(&compiled, &shown.method, gas);
            let seen = seen.map_err(|what| format!("seed {seed}: {call:?}: {what}"))?;
            results.push(ending(&seen, shown.results, shown.events));
        }
        Ok(results)
    }
}

/// What came of a method whose last host calls are `events`, the first `results` of which show
/// one result each.
fn ending(seen: &Seen, results: usize, events: usize) -> Result<Vec<u64>, Stop> {
    end_of(seen.run.completion, &seen.run.meter)?;
    let shown = &seen.calls[seen.calls.len() - events..];
    let word = |args: &[u64]| args[1] | args[2] << 32;
    let words = shown[..results].iter().map(|call| word(&call.args));
    Ok(words.collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::prices;

    /// `Search` makes a recursive module in every fourth place, the oracle `engines` for every fourth
    /// seed.
    #[test]
    fn each_kind_of_module_meets_both_lists_of_prices() {
        for kind in 0..4 {
            let met: BTreeSet<usize> = (0..4).map(|turn| prices(4 * turn + kind)).collect();
            assert_eq!(met.len(), 2, "{kind}");
        }
    }
}
