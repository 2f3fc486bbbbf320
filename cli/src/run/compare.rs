//! What happened against what was expected. Values are compared as bytes; text is only for the
//! message.

use lockstep_vm::{InvalidTransaction, Receipt, Report, Status};

use super::describe::event_name_topic;
use crate::outcome_names::{invalid_name, status_name};
use crate::report::TransactionReport;
use crate::scenario::{Expectation, ExpectedEvent, Scenario, Step};
use crate::value::grouped;

/// Something that is not as expected.
pub(super) struct Difference {
    pub(super) field: String,
    pub(super) expected: String,
    pub(super) actual: String,
}

type Outcome = Result<Report, InvalidTransaction>;

/// How a transaction ended, in a word.
pub(super) fn ending(outcome: &Outcome) -> String {
    match outcome {
        Ok(report) => status_name(report.receipt.status),
        Err(reason) => format!("invalid: {}", invalid_name(reason)),
    }
}

/// How a transaction ended, with the error or message that it gave, the limit that it went over,
/// or the reason why it is not included.
pub(super) fn ending_in_full(outcome: &Outcome, shown: &TransactionReport) -> String {
    match outcome {
        Ok(report) => match over_limit(report.receipt.status, shown) {
            Some(over) => format!("{}: {over}", ending(outcome)),
            None => shown_output(&report.receipt, shown),
        },
        Err(reason) => format!("{}: {reason}", ending(outcome)),
    }
}

/// The limit that the transaction's own message went over, if that is how it ended.
fn over_limit(status: Status, shown: &TransactionReport) -> Option<String> {
    let is_over = matches!(
        status,
        Status::LengthOverLimit | Status::TooManyEvents | Status::TooManyTopics
    );
    let over = shown.receipt.as_ref()?.over_limits.last()?;
    let (asked, max) = (grouped(over.asked), grouped(over.max));
    is_over.then(|| format!("{} {asked} of {max}", over.limit))
}

/// How a transaction ended, where something else was expected: a success without its output, which
/// is not what differs.
fn told(outcome: &Outcome, shown: &TransactionReport) -> String {
    match outcome {
        Ok(report) if report.receipt.status == Status::Success => ending(outcome),
        _ => ending_in_full(outcome, shown),
    }
}

/// How many things an expectation states.
pub(super) fn stated(expect: &Expectation) -> u64 {
    let stated = [
        expect.status.is_some(),
        expect.invalid.is_some(),
        expect.gas.is_some(),
        expect.fee.is_some(),
        expect.deposit.is_some(),
        expect.output.is_some(),
        expect.error.is_some(),
        expect.message.is_some(),
        expect.events.is_some(),
        expect.refused.is_some(),
    ];
    stated.into_iter().map(u64::from).sum()
}

/// Everything that is not as expected.
pub(super) fn differences(
    step: &Step,
    shown: &TransactionReport,
    outcome: &Outcome,
    scenario: &Scenario,
) -> Vec<Difference> {
    let expect = &step.expect;
    let mut check = Check { found: Vec::new() };
    let told = told(outcome, shown);
    if let Some(invalid) = &expect.invalid {
        let expected = format!("invalid: {invalid}");
        if expected != ending(outcome) {
            check.differs("ending", &expected, &told);
        }
    }
    match outcome {
        Ok(report) => {
            if let Some(status) = expect.status.filter(|it| *it != report.receipt.status) {
                check.differs("status", &status_name(status), &told);
            }
            check.numbers(expect, &report.receipt);
            check.results(expect, &report.receipt, shown);
            if let Some(events) = &expect.events {
                check.events(events, &report.receipt, shown, scenario);
            }
        }
        Err(_) if expect.invalid.is_none() && stated(expect) > 0 => {
            let status = expect.status.map_or("included".to_string(), status_name);
            check.differs("status", &status, &told);
        }
        Err(_) => {}
    }
    check.found
}

struct Check {
    found: Vec<Difference>,
}

impl Check {
    fn differs(&mut self, field: &str, expected: &str, actual: &str) {
        self.found.push(Difference {
            field: field.to_string(),
            expected: expected.to_string(),
            actual: actual.to_string(),
        });
    }

    fn equal(&mut self, field: &str, expected: &str, actual: &str) {
        if expected != actual {
            self.differs(field, expected, actual);
        }
    }

    fn numbers(&mut self, expect: &Expectation, receipt: &Receipt) {
        if let Some(gas) = expect.gas {
            self.equal("gas", &grouped(gas), &grouped(receipt.gas_used.total()));
        }
        if let Some(fee) = expect.fee {
            self.equal("fee", &grouped(fee), &grouped(receipt.fee));
        }
        if let Some((refund, amount)) = expect.deposit {
            let net = receipt.deposit_charged.abs_diff(receipt.deposit_refunded);
            let is_refund = receipt.deposit_refunded > receipt.deposit_charged;
            self.equal("deposit", &signed(refund, amount), &signed(is_refund, net));
        }
    }

    fn results(&mut self, expect: &Expectation, receipt: &Receipt, shown: &TransactionReport) {
        let output = shown_output(receipt, shown);
        let ending = match receipt.status {
            Status::Success => format!("success with output {output}"),
            _ => output.clone(),
        };
        let values = [
            ("output", Status::Success, expect.output.as_ref(), &output),
            ("error", Status::Reverted, expect.error.as_ref(), &ending),
        ];
        for (field, status, value, actual) in values {
            let Some(value) = value else { continue };
            if receipt.status != status || receipt.output != value.bytes {
                self.differs(field, &value.shown, actual);
            }
        }
        if let Some(message) = &expect.message
            && (receipt.status != Status::Panicked || receipt.output != message.as_bytes())
        {
            self.differs("message", &format!("{message:?}"), &ending);
        }
        if let Some(codes) = &expect.refused {
            let refusal = shown
                .receipt
                .as_ref()
                .and_then(|receipt| receipt.refusal.as_ref());
            let found: Vec<&str> = refusal
                .map(|refusal| refusal.violations.iter().map(|it| it.code.name()).collect())
                .unwrap_or_default();
            let actual = match receipt.status {
                Status::CodeRefused => found.join(", "),
                other => status_name(other),
            };
            self.equal("refused", &codes.join(", "), &actual);
        }
    }

    fn events(
        &mut self,
        expected: &[ExpectedEvent],
        receipt: &Receipt,
        shown: &TransactionReport,
        scenario: &Scenario,
    ) {
        if expected.len() != receipt.events.len() {
            let names =
                |count: usize, names: Vec<String>| format!("{count} ({})", names.join(", "));
            let wanted = expected.iter().map(|event| event.name.clone()).collect();
            let actual = shown_events(shown).map(|(name, _)| name).collect();
            let wanted = names(expected.len(), wanted);
            return self.differs(
                "number of events",
                &wanted,
                &names(receipt.events.len(), actual),
            );
        }
        let actual = receipt.events.iter().zip(shown_events(shown));
        for (position, (wanted, (event, (name, fields)))) in expected.iter().zip(actual).enumerate()
        {
            if wanted.contract != event.contract {
                let contract = scenario.names.show_account(&wanted.contract);
                let emitter = scenario.names.show_account(&event.contract);
                self.differs(&format!("events[{position}].contract"), &contract, &emitter);
            }
            if event.topics.first() != Some(&event_name_topic(&wanted.name)) {
                self.differs(&format!("events[{position}].name"), &wanted.name, &name);
            }
            if let Some(data) = wanted.data.as_ref().filter(|data| data.bytes != event.data) {
                self.differs(&format!("events[{position}].fields"), &data.shown, &fields);
            }
        }
    }
}

/// An amount, negative for a refund.
fn signed(negative: bool, amount: u128) -> String {
    format!("{}{}", if negative { "-" } else { "" }, grouped(amount))
}

/// The output as it is shown, or the status when there is none.
fn shown_output(receipt: &Receipt, shown: &TransactionReport) -> String {
    let output = shown
        .receipt
        .as_ref()
        .and_then(|receipt| receipt.output.as_ref());
    let value = output.map(|output| output.shown.clone());
    match (receipt.status, value) {
        (Status::Success, Some(value)) => value,
        (Status::Success, None) => "()".to_string(),
        (status, Some(value)) => format!("{}: {value}", status_name(status)),
        (status, None) => status_name(status),
    }
}

/// Each event's name and fields as they are shown.
fn shown_events(shown: &TransactionReport) -> impl Iterator<Item = (String, String)> {
    shown
        .receipt
        .iter()
        .flat_map(|receipt| &receipt.events)
        .map(|event| {
            let name = event
                .name
                .clone()
                .unwrap_or_else(|| match event.topics.first() {
                    Some(topic) => topic.clone(),
                    None => "an event without a name".to_string(),
                });
            let fields = event
                .fields
                .as_ref()
                .map_or_else(|| event.data.clone(), ToString::to_string);
            (name, fields)
        })
}
