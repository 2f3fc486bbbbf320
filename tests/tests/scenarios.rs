//! Golden observations: what each scenario of `contracts/scenarios` does, host call by host call,
//! against the file that is committed in `tests/observations`.
//!
//! A change of prices, of the metering pass or of what a host function does shows as a
//! difference in the line where it first matters. With `LOCKSTEP_UPDATE=1` the files, and the
//! exact gas that the scenarios state, are written anew; look at the difference before it is
//! committed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Once;

use lockstep_cli::{AccountReport, ChangeReport, EngineChoice, Finished, RunReport};
use lockstep_tests::{finish_scenario, scenario_files, updates_golden_files};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The scenarios, by path. With `LOCKSTEP_UPDATE=1` they are brought up to date first, once, before
/// any test reads them.
fn scenarios() -> Vec<PathBuf> {
    static UPDATED: Once = Once::new();
    let paths = scenario_files();
    UPDATED.call_once(|| {
        if updates_golden_files() {
            paths.iter().for_each(|path| update(path));
        }
    });
    paths
}

/// How a scenario ends, and its observations.
fn finish(path: &Path) -> (Finished, String) {
    finish_scenario(path, &EngineChoice::default())
}

fn observations_path(scenario: &Path) -> PathBuf {
    let name = scenario.file_stem().expect("a file").to_string_lossy();
    root()
        .join("tests/observations")
        .join(format!("{name}.txt"))
}

#[test]
fn every_host_call_is_as_it_was_observed() {
    for path in scenarios() {
        let (finished, observations) = finish(&path);
        let problems: Vec<String> = finished.problems.iter().map(ToString::to_string).collect();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
        let golden = observations_path(&path);
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        assert_same_lines(&golden, &expected, &observations);
    }
}

/// Names the first line that differs rather than printing both files.
fn assert_same_lines(path: &Path, expected: &str, actual: &str) {
    for (number, (expected, actual)) in (1..).zip(expected.lines().zip(actual.lines())) {
        let place = format!(
            "{}:{number}; LOCKSTEP_UPDATE=1 writes it anew",
            path.display()
        );
        assert_eq!(actual, expected, "{place}");
    }
    assert_eq!(
        actual.lines().count(),
        expected.lines().count(),
        "{}",
        path.display()
    );
}

#[test]
fn a_second_run_reports_the_same() {
    for path in scenarios() {
        let (first, second) = (finish(&path), finish(&path));
        assert_eq!(first.0.report, second.0.report);
        assert_eq!(first.1, second.1);
    }
}

/// Balances and deposits of all accounts that a scenario's transactions touch come from
/// somewhere: each transaction's changes add up to nothing. Its sender is among them, whose nonce goes
/// up by one.
#[test]
fn every_transaction_conserves_the_supply() {
    for path in scenarios() {
        let report = finish(&path).0.report;
        for transaction in report.blocks.iter().flat_map(|block| &block.transactions) {
            let Some(receipt) = &transaction.receipt else {
                continue;
            };
            let (mut before, mut after) = (0, 0);
            let mut nonces_of_sender = None;
            for change in &receipt.changes {
                if let ChangeReport::Account {
                    account,
                    before: old,
                    after: new,
                } = change
                {
                    before += old.as_ref().map_or(0, held);
                    after += new.as_ref().map_or(0, held);
                    if *account == transaction.from {
                        let nonce = |of: &Option<AccountReport>| of.as_ref().map(|of| of.nonce);
                        nonces_of_sender = nonce(old).zip(nonce(new));
                    }
                }
            }
            let sent = transaction.nonce;
            let what = &transaction.name;
            assert_eq!(before, after, "{what}");
            assert_eq!(nonces_of_sender, Some((sent, sent + 1)), "{what}");
        }
    }
}

/// Balance and deposit.
fn held(account: &AccountReport) -> u128 {
    let number = |text: &String| text.parse::<u128>().expect("a decimal number");
    let deposit = account
        .contract
        .as_ref()
        .map_or(0, |contract| number(&contract.deposit));
    number(&account.balance) + deposit
}

/// Writes the gas and deposits that transactions used into the scenario, and the observations.
fn update(path: &Path) {
    let text = fs::read_to_string(path).expect("the scenario");
    let (finished, _) = finish(path);
    let updated = with_actual_numbers(&text, &finished.report);
    fs::write(path, updated).expect("the scenario can be written");
    fs::write(observations_path(path), finish(path).1).expect("the file can be written");
}

/// The scenario's text with the value of each `gas` and `deposit` key replaced by what happened.
fn with_actual_numbers(text: &str, report: &RunReport) -> String {
    let mut parts = text.split("[[block.transaction]]");
    let mut out = parts.next().unwrap_or_default().to_string();
    let transactions = report.blocks.iter().flat_map(|block| &block.transactions);
    for (part, transaction) in parts.zip(transactions) {
        out.push_str("[[block.transaction]]");
        let Some(receipt) = &transaction.receipt else {
            out.push_str(part);
            continue;
        };
        let charged: i128 = receipt.deposit_charged.parse().expect("a number");
        let refunded: i128 = receipt.deposit_refunded.parse().expect("a number");
        let part = replace_number(part, "gas = ", &grouped(receipt.gas.used.into()));
        out.push_str(&replace_number(
            &part,
            "deposit = ",
            &grouped(charged - refunded),
        ));
    }
    out
}

/// Replaces the number behind a key, if the key is there.
fn replace_number(text: &str, key: &str, number: &str) -> String {
    let separators = ['\n', ' '];
    let found = text
        .match_indices(key)
        .find(|(position, _)| text[..*position].ends_with(separators));
    let Some((position, _)) = found else {
        return text.to_string();
    };
    let start = position + key.len();
    let rest = &text[start..];
    let is_digit = |character: char| character.is_ascii_digit() || "_-".contains(character);
    let end = rest
        .find(|character| !is_digit(character))
        .unwrap_or(rest.len());
    format!("{}{number}{}", &text[..start], &rest[end..])
}

/// The number with `_` between groups of three digits.
fn grouped(number: i128) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::from(if number < 0 { "-" } else { "" });
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push('_');
        }
        out.push(digit);
    }
    out
}
