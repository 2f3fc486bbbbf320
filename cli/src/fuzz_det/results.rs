//! The first operator that computes something else in one of two worlds.
//!
//! Where two worlds take the same way through the code and differ all the same, the cause is a value
//! that one of them computes wrongly, and the host call at which it shows may come much later. So
//! the transaction runs once more in both, in code that reports the result of every operator (see
//! `result_probes` of `lockstep-gas-meter`), and the first result that differs names the operator.
//! The reports may take away what brings the difference out, for example because an engine joins
//! operators only where nothing stands between them: then that is said, and no more.

use std::fmt;

use lockstep_gas_meter::{Protocol, ResultPart, result_probes, validate};
use serde::Serialize;

use super::divergence::compare;
use super::execution::Execution;
use super::way::{Reached, Way, first_apart};
use crate::gas_profile::code::CodeMap;
use crate::scenario::Scenario;

/// What the base world and another came to in code that reports results, with the results of the
/// transaction that differs.
pub(super) struct Results {
    pub(super) ours: (Execution, Way),
    pub(super) theirs: (Execution, Way),
}

/// What the results of operators tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstResult {
    /// The first operator whose result differs.
    Differs(ResultPlace),
    /// The two worlds agree when results are reported.
    Hidden,
}

/// An operator whose result differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResultPlace {
    /// The code, as the scenario names it.
    pub code: String,
    /// The function's name or index.
    pub function: String,
    /// The offset of the operator in the uploaded file, in bytes.
    pub offset: u64,
    /// The source line, where there is a sidecar with lines.
    pub line: Option<String>,
    /// What it comes to in the base world.
    pub base: String,
    /// What it comes to in the other.
    pub other: String,
}

impl fmt::Display for FirstResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FirstResult::Differs(place) = self else {
            return f.write_str(
                "when the result of every instruction is reported, the difference does not show",
            );
        };
        write!(
            f,
            "first instruction with another result: {} {} at offset {:#x}",
            place.code, place.function, place.offset
        )?;
        if let Some(line) = &place.line {
            write!(f, " ({line})")?;
        }
        write!(
            f,
            ": {} in the base world, {} here",
            place.base, place.other
        )
    }
}

/// What the results tell; nothing when the difference shows and all of them are the same, or none
/// are known.
pub(super) fn first_result(scenario: &Scenario, results: &Results) -> Option<FirstResult> {
    let ((our_execution, ours), (their_execution, theirs)) = (&results.ours, &results.theirs);
    if ours.is_empty() || theirs.is_empty() {
        return None;
    }
    if compare(our_execution, their_execution).is_none() {
        return Some(FirstResult::Hidden);
    }
    let position = first_apart(ours, theirs)?;
    let (our, their) = (ours.at(position)?, theirs.at(position)?);
    let place = |reached: &Reached| (reached.code, reached.number, reached.depth);
    if place(our) != place(their) {
        // They part here, by something else than a result.
        return None;
    }
    let code = scenario.codes.get(&our.code)?;
    let shown = scenario.names.show_code(&our.code);
    let protocol = Protocol::v1();
    let probes = result_probes(&validate(&code.bytes, &protocol).ok()?).ok()?;
    let probe = probes.get(usize::try_from(our.number).ok()?)?;
    let value = |way: &Way| {
        let half = |position: Option<usize>| {
            let reached = position.and_then(|position| way.at(position));
            reached.map(|reached| u64::from(reached.operand))
        };
        let (low, high) = match probe.part {
            ResultPart::Whole => (half(Some(position)), Some(0)),
            ResultPart::Low => (half(Some(position)), half(position.checked_add(1))),
            ResultPart::High => (half(position.checked_sub(1)), half(Some(position))),
        };
        Some(format!("{:#x}", high? << 32 | low?))
    };
    let map = CodeMap::new(code, &shown, None).ok()?;
    let line = map
        .own_line(probe.offset)
        .or_else(|| map.line(probe.offset));
    Some(FirstResult::Differs(ResultPlace {
        function: map.name(probe.function).to_string(),
        offset: probe.offset,
        line: line.map(|line| format!("{}:{}", line.file, line.line)),
        base: value(ours)?,
        other: value(theirs)?,
        code: shown,
    }))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{FirstResult, Results, first_result};
    use crate::fuzz_det::base::Base;
    use crate::fuzz_det::base_engine;
    use crate::fuzz_det::candidate::Candidate;
    use crate::fuzz_det::divergence::compare;
    use crate::fuzz_det::record::Watch;
    use crate::scenario::load;

    #[test]
    fn reporting_results_changes_nothing() {
        for name in [
            "contracts/scenarios/token.toml",
            "fuzz/planted/script.toml",
            "fuzz/corpus/machine.toml",
        ] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
            let scenario = load(&path, name).unwrap_or_else(|failure| panic!("{failure}"));
            let mut base = Base::of(&scenario, &base_engine(), None);
            let based = base.run_from_genesis(&Candidate::of(&scenario));
            let based = based.unwrap_or_else(|failure| panic!("{failure}"));
            // The second transaction makes a contract.
            let watch = Watch::Results {
                block: 0,
                transaction: 1,
                stretch: 0,
            };
            let ours = base.watched(&based.history, watch);
            assert_eq!(compare(&based.execution, &ours.0), None, "{name}");
            let theirs = ours.clone();
            let agreed = first_result(&scenario, &Results { ours, theirs });
            assert!(agreed.is_none_or(|agreed| agreed == FirstResult::Hidden));
        }
    }
}
