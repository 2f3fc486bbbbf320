//! `lockstep call` of a name: which scenarios are searched for it, and which can be called after.

use std::fs;
use std::path::PathBuf;

use crate::process::{lockstep, lockstep_in, root, scratch};

/// A folder with the scenario of the token and another in the usual place.
fn beside_the_token(name: &str, other: &str) -> PathBuf {
    let folder = scratch(name);
    let scenarios = folder.join("contracts/scenarios");
    fs::create_dir_all(&scenarios).expect("a folder");
    let contracts = root().join("contracts");
    let token = fs::read_to_string(contracts.join("scenarios/token.toml")).expect("a file");
    let token = token.replace("\"../", &format!("\"{}/", contracts.display()));
    fs::write(scenarios.join("token.toml"), token).expect("a file");
    fs::write(scenarios.join("other.toml"), other).expect("a file");
    folder
}

#[test]
fn a_broken_scenario_does_not_keep_others_from_being_called() {
    let folder = beside_the_token("call-broken", "schema = 5");
    let call = lockstep_in(&folder, &["call", "gold", "--", "total_supply"]);
    assert_eq!(call.code, 0, "{call:#?}");
    let remark = "remark: not searched: contracts/scenarios/other.toml: ";
    assert!(call.stderr.starts_with(remark), "{call:#?}");

    let call = lockstep_in(&folder, &["call", "silver", "--", "total_supply"]);
    assert_eq!((call.code, call.stdout.as_str()), (8, ""), "{call:#?}");
    let message =
        "no scenario makes a contract silver; not searched: contracts/scenarios/other.toml: ";
    assert!(call.stderr.contains(message), "{call:#?}");

    let named = [
        "call",
        "gold",
        "--scenario",
        "contracts/scenarios/other.toml",
        "--",
        "x",
    ];
    let call = lockstep_in(&folder, &named);
    assert_eq!(call.code, 2, "{call:#?}");
}

#[test]
fn all_that_can_be_called_is_listed() {
    let call = lockstep(&["call", "x", "--", "total_supply"]);
    assert_eq!((call.code, call.stdout.as_str()), (8, ""), "{call:#?}");
    let help = call.stderr.lines().nth(1).expect("help");
    let names: Vec<&str> = help.split([' ', ',']).collect();
    for name in ["gold", "token"] {
        assert!(names.contains(&name), "{call:#?}");
    }
    assert!(!names.contains(&"floats"), "{call:#?}");
}

#[test]
fn that_a_scenario_can_be_named_is_not_said_where_one_is() {
    let folder = scratch("call-no-contract");
    let text = "schema = \"lockstep.scenario/1\"\nname = \"none\"\n";
    fs::write(folder.join("none.toml"), text).expect("a file");
    let arguments = ["call", "x", "--scenario", "none.toml", "--", "y"];
    let call = lockstep_in(&folder, &arguments);
    assert_eq!((call.code, call.stdout.as_str()), (8, ""), "{call:#?}");
    assert!(
        call.stderr.contains("no scenario makes a contract x\n")
            && !call.stderr.contains("--scenario"),
        "{call:#?}"
    );
}

#[test]
fn a_scenario_with_blocks_in_one_line_cannot_be_called_after() {
    let counter = root().join("contracts/artifacts/counter.wasm");
    let text = format!(
        "schema = \"lockstep.scenario/1\"\nname = \"inline\"\n\
         block = [{{ transaction = [{{ from = \"alice\", upload = \"counter\" }}, \
         {{ from = \"alice\", instantiate = \"counter\", as = \"tally\" }}] }}]\n\
         [accounts]\nalice = 1_000_000_000_000\n[code]\ncounter = {counter:?}\n"
    );
    let folder = beside_the_token("call-inline", &text);
    let call = lockstep_in(&folder, &["call", "tally", "--", "count"]);
    assert_eq!((call.code, call.stdout.as_str()), (2, ""), "{call:#?}");
    for part in ["error[call-arguments]", "other.toml", "a line [[block]]"] {
        assert!(call.stderr.contains(part), "{call:#?}");
    }
}

#[test]
fn help_is_no_document() {
    let call = lockstep(&["call", "gold", "--json", "--", "--help"]);
    assert_eq!(call.code, 2, "{call:#?}");
    assert_eq!(call.json()["errors"][0]["code"], "call-arguments");
}

/// No tip of the parser, by which it would stand behind the dashes and be a method.
#[test]
fn a_number_below_zero_is_told_its_range() {
    for option in ["--value", "--gas-limit", "--deposit-limit"] {
        let call = lockstep(&["call", "gold", option, "-1", "--", "total_supply"]);
        assert_eq!((call.code, call.stdout.as_str()), (2, ""), "{call:#?}");
        let message = "error[scenario-number]: -1 is not in the range 0 to ";
        assert!(call.stderr.starts_with(message), "{call:#?}");
    }
}

#[test]
fn a_module_of_another_name_is_told_how_it_must_end() {
    let folder = scratch("call-ending");
    let module = root().join("contracts/artifacts/counter.wasm");
    fs::copy(module, folder.join("COUNTER.WASM")).expect("a copy");
    let call = lockstep_in(&folder, &["call", "COUNTER.WASM", "--", "count"]);
    assert_eq!((call.code, call.stdout.as_str()), (8, ""), "{call:#?}");
    let help = "help: a module's file is taken as one when its name ends in .wasm or .wat\n";
    assert!(call.stderr.ends_with(help), "{call:#?}");
}

/// One exit code for all commands that look for a name in the scenarios, and the same help.
#[test]
fn without_scenarios_nothing_matches_a_name() {
    let folder = scratch("no-scenarios");
    let searching: [&[&str]; 3] = [
        &["call", "gold", "--", "count"],
        &["gas", "report", "gold"],
        &["gas", "profile", "gold"],
    ];
    for arguments in searching {
        let finished = lockstep_in(&folder, arguments);
        assert_eq!(
            (finished.code, finished.stdout.as_str()),
            (8, ""),
            "{finished:#?}"
        );
        assert!(
            finished.stderr.starts_with("error[nothing-matched]: "),
            "{finished:#?}"
        );
        let help = "start the command in the folder that holds ";
        assert!(finished.stderr.contains(help), "{finished:#?}");
    }
}
