//! The first difference between a bundle and its replay, in words.

use lockstep_vm::{Difference, Divergence, Event, Receipt, ReplayPlace};
use serde::Serialize;

use crate::outcome_names::{invalid_name, status_name};
use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::value::counted;

/// A difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReplayDifference {
    /// The block's height.
    pub block: u64,
    /// The transaction's number in the block, from 1; none for the block as a whole.
    pub transaction: Option<usize>,
    /// What differs: `status`, `gas.wasm`, `events[0].data`, `state_root` and so on.
    pub field: String,
    /// What the bundle says.
    pub expected: String,
    /// What came out.
    pub actual: String,
}

/// A field, what the bundle says of it, and what came out.
type Field = (String, String, String);

/// The difference, and the problem that it is.
pub(super) fn first(divergence: &Divergence) -> (ReplayDifference, Problem) {
    let (field, expected, actual) = match &divergence.difference {
        Difference::WitnessRoot { expected, actual } => digests("witness_root", expected, actual),
        Difference::StateRoot { expected, actual } => digests("state_root", expected, actual),
        Difference::NotIncluded(reason) => (
            "status".to_string(),
            "included".to_string(),
            format!("invalid: {} ({reason})", invalid_name(reason)),
        ),
        Difference::Receipt { expected, actual } => in_receipts(expected, actual),
        Difference::NotInWitness { key } => (
            "witness".to_string(),
            "all that the replay needs".to_string(),
            format!("nothing about key 0x{}", hex::encode(key)),
        ),
    };
    let message = format!(
        "{}: {field} is {actual}, and the bundle says {expected}",
        place(&divergence.place)
    );
    let (code, help) = match &divergence.difference {
        Difference::WitnessRoot { .. } => (
            ProblemCode::ReplayMismatch,
            "the witness was altered, or is of another state than the bundle says",
        ),
        Difference::NotInWitness { .. } => (
            ProblemCode::ReplayUncovered,
            "parts are missing from the witness, or the replay went another way than the execution",
        ),
        _ => (
            ProblemCode::ReplayMismatch,
            "the bundle was altered, or somebody's machine is not deterministic; if you made the bundle, please report it",
        ),
    };
    let difference = ReplayDifference {
        block: divergence.place.height,
        transaction: divergence.place.transaction,
        field,
        expected,
        actual,
    };
    (difference, Problem::new(code, message, help))
}

/// A place in words.
pub(super) fn place(place: &ReplayPlace) -> String {
    match place.transaction {
        Some(number) => format!("block {}, transaction {number}", place.height),
        None => format!("block {}", place.height),
    }
}

fn digests(field: &str, expected: &impl ToString, actual: &impl ToString) -> Field {
    let shown = |digest: String| format!("0x{digest}");
    (
        field.to_string(),
        shown(expected.to_string()),
        shown(actual.to_string()),
    )
}

/// The first field in which two receipts differ, in the order of their encoding.
fn in_receipts(expected: &Receipt, actual: &Receipt) -> Field {
    let status = |receipt: &Receipt| status_name(receipt.status);
    let bytes = |bytes: &[u8]| format!("0x{}", hex::encode(bytes));
    let (gas, other_gas) = (expected.gas_used, actual.gas_used);
    let number = |number: u64| number.to_string();
    let before_events = [
        ("status", status(expected), status(actual)),
        (
            "gas.intrinsic",
            number(gas.intrinsic),
            number(other_gas.intrinsic),
        ),
        ("gas.wasm", number(gas.wasm), number(other_gas.wasm)),
        ("gas.host", number(gas.host), number(other_gas.host)),
        (
            "gas.storage",
            number(gas.storage),
            number(other_gas.storage),
        ),
        (
            "gas.forfeited",
            number(gas.forfeited),
            number(other_gas.forfeited),
        ),
        ("output", bytes(&expected.output), bytes(&actual.output)),
    ];
    let amounts = [
        (
            "deposit_charged",
            expected.deposit_charged,
            actual.deposit_charged,
        ),
        (
            "deposit_refunded",
            expected.deposit_refunded,
            actual.deposit_refunded,
        ),
        ("fee", expected.fee, actual.fee),
    ];
    let amounts = amounts
        .into_iter()
        .map(|(name, expected, actual)| (name, expected.to_string(), actual.to_string()));
    let named = |(name, expected, actual): (&str, String, String)| {
        (expected != actual).then(|| (name.to_string(), expected, actual))
    };
    before_events
        .into_iter()
        .find_map(named)
        .or_else(|| in_events(&expected.events, &actual.events))
        .or_else(|| amounts.into_iter().find_map(named))
        .unwrap_or_else(|| digests("receipt", &"equal".to_string(), &"equal".to_string()))
}

fn in_events(expected: &[Event], actual: &[Event]) -> Option<Field> {
    let pairs = expected.iter().zip(actual).enumerate();
    let differing = pairs.filter_map(|(index, (expected, actual))| {
        let topics = |event: &Event| {
            let topics: Vec<String> = event.topics.iter().map(hex::encode).collect();
            format!("[{}]", topics.join(", "))
        };
        let fields = [
            (
                "contract",
                expected.contract.to_string(),
                actual.contract.to_string(),
            ),
            ("topics", topics(expected), topics(actual)),
            (
                "data",
                hex::encode(&expected.data),
                hex::encode(&actual.data),
            ),
        ];
        let (name, expected, actual) = fields
            .into_iter()
            .find(|(_, expected, actual)| expected != actual)?;
        Some((format!("events[{index}].{name}"), expected, actual))
    });
    let count = |events: &[Event]| counted(events.len(), "event");
    let by_count = (expected.len() != actual.len())
        .then(|| ("events".to_string(), count(expected), count(actual)));
    differing.into_iter().next().or(by_count)
}
