//! The first difference between two executions of a transaction.

use lockstep_abi::Hash;
use lockstep_vm::{EngineIdentity, InvalidTransaction, Report};
use thiserror::Error;

use super::tape::Entry;
use super::{Execution, Outcome};

/// Two engines came to different results. The block must not be committed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "transaction {transaction}, {place}: {field} is {first_value} on {} {} and {second_value} on {} {}",
    first.name, first.version, second.name, second.version
)]
pub struct Divergence {
    /// The transaction's id.
    pub transaction: Hash,
    /// The engine of the block's own machine.
    pub first: EngineIdentity,
    /// The engine that came to something else.
    pub second: EngineIdentity,
    /// How many host calls both had made and agreed on before.
    pub host_calls_before: usize,
    /// Where the difference is: a host call, the begin or end of a frame, or the receipt; or behind
    /// which host call only one of them went on.
    pub place: String,
    /// What differs there.
    pub field: &'static str,
    /// Its value on the first engine; `nothing` when it did not get there.
    pub first_value: String,
    /// Its value on the second engine.
    pub second_value: String,
}

/// Where a difference is, without the engines.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) host_calls_before: usize,
    pub(super) place: String,
    pub(super) field: &'static str,
    pub(super) values: (String, String),
}

/// The first difference between two executions of a transaction. There is none when both engines
/// failed: then there is nothing to compare.
pub(super) fn between(
    transaction: Hash,
    first: &Execution,
    second: &Execution,
) -> Option<Divergence> {
    let (entries, others) = (&first.tape.entries, &second.tape.entries);
    let difference = match (&first.outcome, &second.outcome) {
        (Ok(outcome), Ok(other)) => of_entries(entries, others)
            .or_else(|| of_outcomes(outcome, other, first.tape.host_calls())),
        (Err(_), Err(_)) => None,
        (outcome, other) => Some(of_failure((entries, outcome), (others, other))),
    }?;
    Some(Divergence {
        transaction,
        first: first.engine,
        second: second.engine,
        host_calls_before: difference.host_calls_before,
        place: difference.place,
        field: difference.field,
        first_value: difference.values.0,
        second_value: difference.values.1,
    })
}

/// That one of two engines failed.
fn of_failure(
    (first, outcome): (&[Entry], &Outcome),
    (second, other): (&[Entry], &Outcome),
) -> Difference {
    let both = first.iter().zip(second).take_while(|(a, b)| a == b);
    let host_calls_before = both
        .filter(|(entry, _)| matches!(entry, Entry::HostCall { .. }))
        .count();
    let text = |outcome: &Outcome| match outcome {
        Ok(Ok(report)) => format!("a receipt of status {}", report.receipt.status.code()),
        Ok(Err(invalid)) => format!("invalid ({invalid})"),
        Err(fatal) => format!("a failure ({fatal})"),
    };
    Difference {
        host_calls_before,
        place: format!("after {host_calls_before} host calls that agree"),
        field: "outcome",
        values: (text(outcome), text(other)),
    }
}

/// The first entry about which two tapes differ.
pub(super) fn of_entries(first: &[Entry], second: &[Entry]) -> Option<Difference> {
    let common = first.iter().zip(second).take_while(|(a, b)| a == b).count();
    let (a, b) = (first.get(common), second.get(common));
    let entry = a.or(b)?;
    let calls = first.iter().take(common);
    let host_calls_before = calls
        .filter(|entry| matches!(entry, Entry::HostCall { .. }))
        .count();
    let place = match entry {
        Entry::HostCall { .. } => format!("host call {host_calls_before} ({})", entry.kind()),
        Entry::FrameStart { .. } | Entry::FrameEnd { .. } | Entry::Rest { .. } => {
            format!("{} after {host_calls_before} host calls", entry.kind())
        }
    };
    let (field, values) = match (a, b) {
        (Some(a), Some(b)) => first_field(a, b),
        (a, b) => {
            let text = |entry: Option<&Entry>| entry.map_or("nothing".to_string(), Entry::kind);
            ("what happens", (text(a), text(b)))
        }
    };
    Some(Difference {
        host_calls_before,
        place,
        field,
        values,
    })
}

fn first_field(a: &Entry, b: &Entry) -> (&'static str, (String, String)) {
    let fields = a.fields().into_iter().zip(b.fields());
    fields
        .into_iter()
        .find(|(a, b)| a != b)
        .filter(|(a, b)| a.0 == b.0)
        .map_or(("what happens", (a.kind(), b.kind())), |(a, b)| {
            (a.0, (a.1, b.1))
        })
}

/// The first field of the outcome about which two executions differ.
pub(super) fn of_outcomes(
    first: &Result<Report, InvalidTransaction>,
    second: &Result<Report, InvalidTransaction>,
    host_calls: usize,
) -> Option<Difference> {
    if first == second {
        return None;
    }
    let (a, b) = (outcome_fields(first), outcome_fields(second));
    let pair = a.into_iter().zip(b).find(|(a, b)| a != b);
    let (field, values) = match pair {
        Some((a, b)) => (a.0, (a.1, b.1)),
        None => ("outcome", (format!("{first:?}"), format!("{second:?}"))),
    };
    Some(Difference {
        host_calls_before: host_calls,
        place: "receipt".to_string(),
        field,
        values,
    })
}

fn outcome_fields(outcome: &Result<Report, InvalidTransaction>) -> Vec<(&'static str, String)> {
    let report = match outcome {
        Ok(report) => report,
        Err(invalid) => return vec![("validity", format!("invalid: {invalid}"))],
    };
    let receipt = &report.receipt;
    vec![
        ("validity", "included".to_string()),
        ("status", receipt.status.code().to_string()),
        ("gas_used", format!("{:?}", receipt.gas_used)),
        ("output", hex::encode(&receipt.output)),
        ("events", format!("{:?}", receipt.events)),
        ("deposit_charged", receipt.deposit_charged.to_string()),
        ("deposit_refunded", receipt.deposit_refunded.to_string()),
        ("fee", receipt.fee.to_string()),
        ("state changes", format!("{:?}", report.changes)),
    ]
}

#[cfg(test)]
mod tests {
    use lockstep_abi::{AccountId, HostFunction};
    use lockstep_vm::HostCallResult;

    use super::super::tape::Entry;
    use super::of_entries;

    fn call(gas_left: i64) -> Entry {
        Entry::HostCall {
            function: HostFunction::Caller,
            depth: 0,
            contract: AccountId([1; 32]),
            arguments: vec![7],
            result: HostCallResult::Returned(None),
            gas_before: 100,
            gas_left,
            memory_pages: 1,
            bytes: [0; 32],
        }
    }

    #[test]
    fn equal_tapes_have_no_difference() {
        assert_eq!(of_entries(&[call(1)], &[call(1)]), None);
    }

    #[test]
    fn the_first_difference_is_named_by_call_and_field() {
        let difference = of_entries(&[call(1), call(2), call(3)], &[call(1), call(5), call(6)]);
        let difference = difference.expect("they differ");
        assert_eq!(difference.host_calls_before, 1);
        assert_eq!(difference.place, "host call 1 (`caller`)");
        assert_eq!(difference.field, "gas_left");
        assert_eq!(difference.values, ("2".to_string(), "5".to_string()));
    }

    #[test]
    fn a_tape_that_ends_early_differs_where_it_ends() {
        let difference = of_entries(&[call(1), call(2)], &[call(1)]).expect("they differ");
        assert_eq!(
            difference.values,
            ("`caller`".to_string(), "nothing".to_string())
        );
    }
}
