//! Every planted fault is found within its budget, and the same oracle finds nothing without it.

use lockstep_fuzz::planted::engine::wrong_operator_offset;
use lockstep_fuzz::planted::{Fault, Verdict, faults};
use lockstep_fuzz::sequence::WORLDS_OF_ORACLES;

fn find(part: &str) -> Vec<Fault> {
    let found: Vec<Fault> = faults()
        .into_iter()
        .filter(|fault| fault.oracle == part)
        .collect();
    assert!(!found.is_empty(), "no fault for {part}");
    found
}

fn hunt_one(fault: &Fault) {
    let caught = fault.hunt(1);
    assert!(
        caught.finding.is_some(),
        "{} is not found in {} executions",
        fault.name,
        caught.executions
    );
}

/// Each fault of an oracle is found; without it so many executions find nothing.
fn hunt(oracle: &str, executions_without: u64) {
    for fault in find(oracle) {
        hunt_one(&fault);
        let without = fault.run_without(1, executions_without);
        assert_eq!(without.finding, None, "{} is not planted", fault.name);
    }
}

#[test]
fn there_are_at_least_a_dozen_with_names_of_their_own() {
    let faults = faults();
    let names: std::collections::BTreeSet<_> = faults.iter().map(|fault| fault.name).collect();
    assert_eq!(names.len(), faults.len());
    assert!(names.len() >= 12, "{names:?}");
    assert!(faults.iter().all(|fault| !fault.about.is_empty()));
}

#[test]
fn a_panic_of_the_hunter_is_a_finding() {
    let fault = Fault {
        name: "panics",
        about: "the third execution ends in a panic",
        oracle: "none",
        budget: 10,
        hunter: |seed, planted| {
            let mut executions = seed;
            Box::new(move || {
                executions += 1;
                assert!(!planted || executions < 3, "of the machine");
                Verdict::of::<()>(Ok(()))
            })
        },
    };
    let expected = Verdict {
        executions: 3,
        finding: Some("panic: of the machine".to_string()),
    };
    assert_eq!(fault.hunt(0), expected);
    assert_eq!(fault.run_without(0, 10).finding, None);
}

#[test]
fn wrong_prices_are_found() {
    hunt("gas = reference", 20);
}

/// Nothing but the globals at the end shows it.
#[test]
fn a_renumbered_global_is_found() {
    hunt("globals = reference", 20);
    for fault in find("globals = reference") {
        let finding = fault.hunt(1).finding.unwrap_or_default();
        assert!(finding.contains(": globals: "), "{finding}");
    }
}

#[test]
fn a_wrong_policy_is_found() {
    hunt("policy = scan", 2_000);
}

#[test]
fn prices_by_encoding_are_found() {
    hunt("padded = plain", 20);
}

#[test]
fn wrong_engines_are_found() {
    // Without its fault each is one of these two: the right engine alone, and beside itself.
    let with_and_without = ["clock-in-host-function", "gas-charged-late"];
    for fault in find("worlds") {
        hunt_one(&fault);
        if with_and_without.contains(&fault.name) {
            let without = fault.run_without(1, 20);
            assert_eq!(without.finding, None, "{} is not planted", fault.name);
        }
    }
}

#[test]
fn an_operator_that_is_computed_wrongly_is_named() {
    let mut faults = faults().into_iter();
    let fault = faults.find(|fault| fault.name == "wrong-operator");
    let finding = fault.expect("it is planted").hunt(1).finding;
    let finding = finding.expect("it is found");
    let named = format!(
        "first instruction with another result: @script run at offset {:#x}: 0xffffffffffffffff \
         in the base world, 0xffffffff here",
        wrong_operator_offset()
    );
    assert!(finding.ends_with(&named), "{finding}\n{named}");
}

#[test]
fn a_wrong_engine_beside_others_is_found() {
    hunt("engines agree", 20);
}

/// Each oracle that compares chains in a few worlds finds a fault that shows there.
#[test]
fn wrong_engines_are_found_in_chains() {
    for (oracle, _) in WORLDS_OF_ORACLES {
        // What depends on the encoding is a fault of the pass, and hunted there.
        if oracle != "padded" {
            hunt(oracle, 10);
        }
    }
}

#[test]
fn stale_code_is_found() {
    hunt("one-cache", 6);
}

#[test]
fn wrong_states_are_found() {
    for oracle in ["no trace", "supply", "capability", "iteration", "told"] {
        hunt(oracle, 500);
    }
}

/// What these do conserves the supply and follows the model; only whose frame runs shows that it is
/// wrong.
#[test]
fn wrong_hosts_are_found_by_the_frames_alone() {
    let names = [
        "transfer-from-caller",
        "upgrade-of-caller",
        "code-of-another",
        "delegate-to-another",
        "upgrade-to-another",
    ];
    let hosts: Vec<Fault> = faults()
        .into_iter()
        .filter(|fault| names.contains(&fault.name))
        .collect();
    assert_eq!(hosts.len(), names.len());
    for fault in hosts {
        let finding = fault.hunt(1).finding.unwrap_or_default();
        assert!(finding.starts_with("capability: "), "{finding}");
    }
}

/// Every engine shares the host, so that only what guests asked for shows that it answers wrongly.
#[test]
fn wrong_answers_of_the_host_are_found() {
    hunt("context", 500);
    for fault in find("context") {
        let finding = fault.hunt(1).finding.unwrap_or_default();
        assert!(finding.starts_with("context: "), "{finding}");
    }
}

/// What the host does here is consistent in itself; only what guests asked for, and how they ended,
/// shows that it is wrong.
#[test]
fn whatever_a_guest_asks_for_and_does_not_get_is_found() {
    hunt("asked", 500);
    for fault in find("asked") {
        let finding = fault.hunt(1).finding.unwrap_or_default();
        assert!(finding.starts_with("asked: "), "{}: {finding}", fault.name);
    }
}

#[test]
fn writes_below_a_read_only_call_are_found() {
    hunt("read-only", 500);
    for fault in find("read-only") {
        let finding = fault.hunt(1).finding.unwrap_or_default();
        assert!(finding.starts_with("read-only: "), "{finding}");
    }
}

/// All worlds settle alike, so that only the changes themselves show that it is wrong.
#[test]
fn wrong_settlements_are_found() {
    let kinds = [
        ("settle-mints", "supply: "),
        ("deposit-refunded-twice", "supply: "),
        ("fee-to-sender", "moves: "),
        ("transfer-keeps-value", "moves: "),
        ("failed-pays-value", "failed: "),
        ("failed-keeps-storage", "failed: "),
    ];
    let faults = find("sequence");
    assert_eq!(faults.len(), kinds.len());
    for (fault, (name, kind)) in faults.iter().zip(kinds) {
        assert_eq!(fault.name, name);
        let finding = fault.hunt(1).finding.unwrap_or_default();
        assert!(finding.starts_with(kind), "{name}: {finding}");
    }
    let without = faults[0].run_without(1, 10);
    assert_eq!(without.finding, None, "nothing is planted");
}
