//! The engines of a judge, held to what the corpus states.

use lockstep_gas_meter::Protocol;
use lockstep_reference::{FunctionType, Module, Stop};
use wasmparser::ValType;

use super::{Expected, ExpectedCall, Incident, incidents};
use crate::engine_agreement::{EngineJudge, ExportedCall};

/// Ample for every call that is stated, `memory.grow` to the limit included, under schedule 1.
pub const AMPLE_GAS: u64 = 2_000_000;

/// The modules that are accepted, with the calls that they state.
pub fn accepted() -> impl Iterator<Item = (Incident, Vec<ExpectedCall>)> {
    incidents()
        .into_iter()
        .filter_map(|incident| match incident.expected.clone() {
            Expected::Calls(calls) => Some((incident, calls)),
            Expected::Refused(_) | Expected::Scenario => None,
        })
}

/// Words as a function of these types takes or gives them.
pub fn cut(types: &[ValType], words: &[u64]) -> Vec<u64> {
    let pairs = types.iter().zip(words);
    pairs
        .map(|(ty, word)| lockstep_tests::cut(*ty, *word))
        .collect()
}

/// What must come of a call whose function has that type.
///
/// # Errors
/// Why there are no results, if that is what is stated.
///
/// # Panics
/// When another number of results is stated than the function has.
pub fn expected_result(call: &ExpectedCall, ty: &FunctionType) -> Result<Vec<u64>, Stop> {
    let words = call.result.as_ref().map_err(|stop| *stop)?;
    assert_eq!(words.len(), ty.results.len(), "{call:?}");
    Ok(cut(&ty.results, words))
}

/// Runs the stated calls of every accepted module on the engines of a judge, under the prices that
/// these seeds choose, with so much gas.
///
/// # Errors
/// The first difference between engines or from what is stated, with the file.
pub fn hold_engines(judge: &mut EngineJudge, prices: &[(u64, u64)]) -> Result<(), String> {
    for (incident, stated) in accepted() {
        let file = &incident.file;
        let calls: Vec<ExportedCall> = stated.iter().map(|call| call.call.clone()).collect();
        let module = Module::decode(&incident.module, &Protocol::v1().schedule);
        let module = module.map_err(|error| format!("{file}: {error}"))?;
        for (seed, gas) in prices.iter().copied() {
            let results = judge.calls(seed, &incident.module, &calls, gas);
            let results = results.map_err(|what| format!("{file}: {what}"))?;
            for (call, result) in stated.iter().zip(results) {
                let ty = module.exported_function(&call.call.name);
                let ty = ty.ok_or_else(|| format!("{file}: {call:?}: no such export"))?;
                let expected = expected_result(call, ty);
                if result != expected {
                    return Err(format!("{file}: {call:?}: {result:?}"));
                }
            }
        }
    }
    Ok(())
}
