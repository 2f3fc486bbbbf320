//! From what the walk through an export found to its answer.

use std::collections::{BTreeMap, BTreeSet};

use super::analyser::Summary;
use super::answer::{Bound, CAUSES_MAX, Cause, Quantity, Why};
use super::cost::Cost;
use super::frame::merge_cost;
use super::notes::Notes;

/// The answer for an export with this summary.
pub(super) fn conclude(summary: &Summary, gas_limit_max: u64) -> (Bound, bool) {
    let mut cost = summary.ended.clone();
    if let Some((returned, _)) = &summary.returned {
        merge_cost(&mut cost, returned);
    }
    let bound = answer_of(cost, &summary.notes, gas_limit_max);
    (bound, summary.notes.calls_contracts)
}

/// The answer for this cost. A bound above the gas of any transaction is none; what takes it there
/// is told unless something has no bound at all.
pub(super) fn answer_of(cost: Option<Cost>, notes: &Notes, gas_limit_max: u64) -> Bound {
    let mut causes = notes.causes.clone();
    let terms = cost.as_ref().map(Cost::terms).unwrap_or_default();
    let most = cost.as_ref().map_or(0, Cost::most);
    let too_much = most > gas_limit_max;
    if too_much && causes.is_empty() && (!notes.multiplied.is_empty() || terms.is_empty()) {
        for term in &terms {
            causes.insert(excess(term.quantity, Some(term.quantity_max)));
        }
        for quantity in &notes.multiplied {
            causes.insert(excess(*quantity, None));
        }
    }
    let base = cost.as_ref().map_or(0, Cost::base);
    if base > gas_limit_max && causes.is_empty() {
        causes.insert(Cause::GasLimit { gas_limit_max });
    }
    if !causes.is_empty() {
        let causes = without_repetition(causes);
        let omitted = causes.len().saturating_sub(CAUSES_MAX);
        return Bound::Unbounded {
            causes: causes.into_iter().take(CAUSES_MAX).collect(),
            omitted: u64::try_from(omitted).unwrap_or(u64::MAX),
        };
    }
    match cost {
        None => Bound::Traps,
        Some(cost) if terms.is_empty() => match cost.exact() {
            Some(gas) => Bound::Exact { gas },
            None => Bound::AtMost { gas: most },
        },
        Some(cost) => Bound::Linear {
            base: cost.base(),
            terms,
            at_most: (!too_much).then_some(most),
        },
    }
}

/// The causes with one recursion, the shortest, for each function that is called again.
fn without_repetition(causes: BTreeSet<Cause>) -> BTreeSet<Cause> {
    let mut shortest: BTreeMap<Option<u32>, Cause> = BTreeMap::new();
    let mut kept = BTreeSet::new();
    for cause in causes {
        let Cause::Recursion { functions, .. } = &cause else {
            kept.insert(cause);
            continue;
        };
        let again = functions.first().copied();
        let shorter = match shortest.get(&again) {
            Some(Cause::Recursion {
                functions: known, ..
            }) => functions.len() < known.len(),
            _ => true,
        };
        if shorter {
            shortest.insert(again, cause);
        }
    }
    kept.extend(shortest.into_values());
    kept
}

/// A quantity that takes a bound beyond all limits.
fn excess(quantity: Quantity, most: Option<u64>) -> Cause {
    match (quantity, most) {
        (Quantity::Repeats { place }, Some(repeats)) => Cause::Loop {
            place,
            why: Why::TooMany {
                repeats: Some(repeats),
            },
        },
        (Quantity::Repeats { place }, None) => Cause::Loop {
            place,
            why: Why::TooMany { repeats: None },
        },
        (quantity, _) => Cause::Amount { quantity },
    }
}

#[cfg(test)]
mod tests {
    use super::{Bound, Cause, Cost, Notes, answer_of};

    /// Loops of known repeats within each other can come to any number.
    #[test]
    fn a_number_above_the_gas_of_any_transaction_is_no_bound() {
        let answer = |gas| answer_of(Some(Cost::fixed(gas)), &Notes::default(), 1_000);
        assert_eq!(answer(1_000), Bound::Exact { gas: 1_000 });
        for gas in [1_001, u64::MAX] {
            let cause = Cause::GasLimit {
                gas_limit_max: 1_000,
            };
            let bound = Bound::Unbounded {
                causes: vec![cause],
                omitted: 0,
            };
            assert_eq!(answer(gas), bound);
        }
    }
}
