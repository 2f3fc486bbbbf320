//! The first difference between two executions of a transaction.
//!
//! Tapes part in the first stretch whose digests differ. Where both kept its entries, these tell the
//! exact place. Where they did not, the difference is told by the stretch, and which one to keep the
//! next time.

use lockstep_abi::Hash;
use lockstep_vm::{EngineIdentity, InvalidTransaction, Report};
use thiserror::Error;

use super::entry::Entry;
use super::tape::{Stretch, Tape};
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
    /// How many host calls both had made and agreed on before; at least, if the place is not
    /// [exact](Divergence::is_exact).
    pub host_calls_before: usize,
    /// Where the difference is: a host call, the begin or end of a frame, or the receipt; or behind
    /// which host call only one of them went on; or between which host calls it is.
    pub place: String,
    /// What differs there.
    pub field: &'static str,
    /// Its value on the first engine; `nothing` when it did not get there.
    pub first_value: String,
    /// Its value on the second engine.
    pub second_value: String,
    /// The stretch of the tapes in which the difference is, if its entries were not kept.
    pub(super) stretch: Option<usize>,
}

impl Divergence {
    /// Whether the place is exact. It is not when the difference is some thousand host calls or more
    /// behind the transaction's begin and was not looked for there: then the place says between
    /// which host calls it is, and the values are digests. See
    /// [`SideBySide::push`](super::SideBySide::push).
    pub fn is_exact(&self) -> bool {
        self.stretch.is_none()
    }
}

/// Where a difference is, without the engines.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) host_calls_before: usize,
    pub(super) place: String,
    pub(super) field: &'static str,
    pub(super) values: (String, String),
    /// As [`Divergence::stretch`].
    pub(super) stretch: Option<usize>,
}

/// The first difference between two executions of a transaction. There is none when both engines
/// failed: then there is nothing to compare.
pub(super) fn between(
    transaction: Hash,
    first: &Execution,
    second: &Execution,
) -> Option<Divergence> {
    let (tape, other_tape) = (&first.tape, &second.tape);
    let difference = match (&first.outcome, &second.outcome) {
        (Ok(outcome), Ok(other)) => {
            of_tapes(tape, other_tape).or_else(|| of_outcomes(outcome, other, tape.host_calls()))
        }
        (Err(_), Err(_)) => None,
        (outcome, other) => Some(of_failure((tape, outcome), (other_tape, other))),
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
        stretch: difference.stretch,
    })
}

/// Where two tapes part.
struct Parting<'t> {
    /// The number of the first stretch that differs.
    stretch: usize,
    host_calls_before: usize,
    /// The stretch's entries on both, if both kept them.
    entries: Option<(&'t [Entry], &'t [Entry])>,
}

impl Parting<'_> {
    fn of<'t>(first: &'t Tape, second: &'t Tape) -> Option<Parting<'t>> {
        let (stretches, others) = (&first.stretches, &second.stretches);
        let both = stretches.iter().zip(others);
        let stretch = both.take_while(|(a, b)| a == b).count();
        let differs = stretches.get(stretch).or(others.get(stretch))?;
        let kept = first.kept == stretch && second.kept == stretch;
        Some(Parting {
            stretch,
            host_calls_before: differs.host_calls_before,
            entries: kept.then_some((&first.entries, &second.entries)),
        })
    }

    /// The stretch, if its entries are not there.
    fn not_kept(&self) -> Option<usize> {
        self.entries.is_none().then_some(self.stretch)
    }
}

/// How many host calls are among entries.
fn host_calls<'e>(entries: impl Iterator<Item = &'e Entry>) -> usize {
    entries
        .filter(|entry| matches!(entry, Entry::HostCall { .. }))
        .count()
}

/// That one of two engines failed.
fn of_failure(
    (first, outcome): (&Tape, &Outcome),
    (second, other): (&Tape, &Outcome),
) -> Difference {
    let parting = Parting::of(first, second);
    let host_calls_before = parting.as_ref().map_or(first.host_calls(), |parting| {
        let (entries, others) = parting.entries.unwrap_or_default();
        let both = entries.iter().zip(others).take_while(|(a, b)| a == b);
        let calls = host_calls(both.map(|(entry, _)| entry));
        parting.host_calls_before.saturating_add(calls)
    });
    let stretch = parting.and_then(|parting| parting.not_kept());
    let or_more = stretch.map_or("", |_| " or more");
    let text = |outcome: &Outcome| match outcome {
        Ok(Ok(report)) => format!("a receipt of status {}", report.receipt.status.code()),
        Ok(Err(invalid)) => format!("invalid ({invalid})"),
        Err(fatal) => format!("a failure ({fatal})"),
    };
    Difference {
        host_calls_before,
        place: format!("after {host_calls_before}{or_more} host calls that agree"),
        field: "outcome",
        values: (text(outcome), text(other)),
        stretch,
    }
}

/// The first thing about which two tapes differ.
pub(super) fn of_tapes(first: &Tape, second: &Tape) -> Option<Difference> {
    let parting = Parting::of(first, second)?;
    let (from, number) = (parting.host_calls_before, parting.stretch);
    if let Some((entries, others)) = parting.entries {
        return of_entries((entries, others), from);
    }
    let to = first
        .host_calls_to(number)
        .max(second.host_calls_to(number));
    let digest = |stretch: &Stretch| hex::encode(stretch.digest);
    let text = |tape: &Tape| {
        let stretch = tape.stretches.get(number);
        stretch.map_or("nothing".to_string(), digest)
    };
    Some(Difference {
        host_calls_before: from,
        place: format!("between host calls {from} and {to}"),
        field: "digest of what happens",
        values: (text(first), text(second)),
        stretch: Some(number),
    })
}

/// The first about which entries differ, before which others had so many host calls.
fn of_entries((first, second): (&[Entry], &[Entry]), earlier: usize) -> Option<Difference> {
    let common = first.iter().zip(second).take_while(|(a, b)| a == b).count();
    let (a, b) = (first.get(common), second.get(common));
    let entry = a.or(b)?;
    let host_calls_before = earlier.saturating_add(host_calls(first.iter().take(common)));
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
        stretch: None,
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
        stretch: None,
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
mod tests;
