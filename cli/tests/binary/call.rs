//! `lockstep call`: a call written as words is a scenario's transaction like any other.

use std::fs;

use serde_json::Value;

use crate::process::{Finished, lockstep, root, scratch};
use crate::state::{filled, good, text};

const TRANSFER: [&str; 6] = ["--", "transfer", "--to", "bob", "--amount", "250"];

/// Runs a call that must fail with a code and a problem.
fn bad(arguments: &[&str], code: i32, problem: &str, words: &str) -> Finished {
    let finished = lockstep(&[&["call"], arguments].concat());
    let named = finished.stderr.contains(&format!("error[{problem}]"));
    assert!(
        finished.code == code && named && finished.stderr.contains(words),
        "{arguments:?}: {finished:#?}"
    );
    assert!(finished.stderr.contains("help: "), "{finished:#?}");
    finished
}

/// The document of a call that must succeed.
fn document(options: &[&str], words: &[&str]) -> Value {
    let arguments = [&["call", "gold", "--json"], options, words].concat();
    good(&arguments).json()
}

#[test]
fn a_call_is_what_a_scenario_with_one_more_block_does() {
    let folder = scratch("call-scenario");
    let contracts = root().join("contracts");
    let scenario = fs::read_to_string(contracts.join("scenarios/token.toml")).expect("a file");
    let scenario = scenario.replace("\"../", &format!("\"{}/", contracts.display()));
    let block = "[[block]]\n[[block.transaction]]\nfrom = \"alice\"\ncall = \"gold.transfer\"\n\
                 args = { to = \"@bob\", amount = 250 }\n";
    let file = folder.join("longer.toml");
    fs::write(&file, scenario + block).expect("a file");
    let run = lockstep(&["run", &text(&file), "--json"]).json();
    let last = run["blocks"]
        .as_array()
        .expect("blocks")
        .last()
        .expect("one");

    let call = document(&[], &TRANSFER);
    assert_eq!(call["schema"], "lockstep.call/1");
    assert_eq!(call["transaction"], last["transactions"][0]);
    assert_eq!(call["state_root"], last["state_root"]);
    assert_eq!(call["height"], last["height"]);
}

#[test]
fn names_positions_and_the_code_s_name_say_the_same() {
    let by_name = document(&[], &TRANSFER);
    let by_place = document(&[], &["--", "transfer", "bob", "250"]);
    let written_out = document(
        &["--from", "@alice"],
        &["--", "transfer", "--amount=250", "--to=@bob"],
    );
    assert_eq!(by_name, by_place);
    assert_eq!(by_name, written_out);
    let file = ["--scenario", "contracts/scenarios/token.toml"];
    assert_eq!(document(&file, &TRANSFER), by_name);
    let by_code = [&["call", "@token", "--json"], &file[..], &TRANSFER].concat();
    assert_eq!(good(&by_code).json(), by_name);
}

#[test]
fn a_dry_run_says_what_the_call_costs_and_changes_nothing() {
    let call = document(&[], &TRANSFER);
    let mut dry = document(&["--dry-run"], &TRANSFER);
    let said = dry["transaction"]["dry_run"].take();
    let gas = &call["transaction"]["receipt"]["gas"]["used"];
    assert_eq!(&said["smallest_gas_limit"]["gas_limit"], gas, "{said:#}");
    assert_eq!(
        dry["transaction"]["receipt"],
        call["transaction"]["receipt"]
    );
    assert_eq!(dry["state_root"], Value::Null);
}

#[test]
fn a_call_on_a_kept_state_is_its_next_block() {
    let (_, state) = filled("call-state");
    let root_of = || good(&["state", "root", &state]).stdout;
    let before = root_of();
    let on = ["--state", &state];
    let dry = document(&["--state", &state, "--dry-run"], &TRANSFER);
    assert_eq!(
        (root_of(), &dry["state_root"]),
        (before.clone(), &Value::Null)
    );

    // The same as after the scenario in memory, because the state is the one that it left.
    let first = document(&on, &TRANSFER);
    let in_memory = document(&[], &TRANSFER);
    assert_eq!(first["transaction"], in_memory["transaction"]);
    assert_eq!(first["state_root"], in_memory["state_root"]);
    let committed = format!("0x{}", first["state_root"].as_str().expect("a root"));
    assert_eq!(root_of().trim_end(), committed);

    let second = document(&on, &TRANSFER);
    let next = |value: &Value| value.as_u64().expect("a number") + 1;
    assert_eq!(second["height"], next(&first["height"]));
    assert_eq!(
        second["transaction"]["nonce"],
        next(&first["transaction"]["nonce"])
    );
}

#[test]
fn a_call_that_fails_commits_no_more_than_its_gas() {
    let (_, state) = filled("call-state-fails");
    let root_of = || good(&["state", "root", &state]).stdout;
    let before = root_of();
    // No block may include it.
    bad(
        &[
            "gold",
            "--state",
            &state,
            "--gas-limit",
            "1",
            "--",
            "transfer",
            "bob",
            "1",
        ],
        4,
        "unstated-failure",
        "gas_limit_too_low",
    );
    assert_eq!(root_of(), before);
    // And one that fails pays for its gas.
    bad(
        &[
            "gold",
            "--state",
            &state,
            "--from",
            "bob",
            "--",
            "transfer",
            "alice",
            "999_999_999",
        ],
        4,
        "unstated-failure",
        "reverted",
    );
    assert_ne!(root_of(), before);
    bad(
        &["visits", "--state", &state, "--", "count"],
        2,
        "other-chain",
        "chain 7",
    );
}

#[test]
fn a_module_is_made_a_contract_for_the_call() {
    let module = "contracts/artifacts/token.wasm";
    let init = "name = \"T\", symbol = \"T\", supply = 5";
    let call = good(&[
        "call",
        module,
        "--init",
        init,
        "--json",
        "--",
        "balance_of",
        "alice",
    ]);
    assert_eq!(
        call.json()["transaction"]["receipt"]["output"]["value"],
        "5"
    );
    let wrong = "name = \"T\", symbl = \"T\", supply = 5";
    bad(
        &[module, "--init", wrong, "--", "total_supply"],
        2,
        "scenario-argument",
        "symbl",
    );
    bad(
        &[module, "--", "total_supply"],
        2,
        "scenario-argument",
        "--init",
    );
    bad(
        &["tests/fixtures/floats.wat", "--", "f"],
        3,
        "module-refused",
        "lockstep check",
    );
    bad(
        &["nowhere.wasm", "--", "f"],
        2,
        "file-unreadable",
        "nowhere.wasm",
    );
    bad(
        &["gold", "--init", init, "--", "total_supply"],
        2,
        "call-arguments",
        "--init",
    );
}

#[test]
fn what_is_no_call_is_refused_with_what_there_is() {
    bad(&["gild", "--", "transfer"], 8, "nothing-matched", "gold");
    bad(&["gold"], 2, "call-arguments", "transfer");
    bad(
        &["gold", "--", "transfr", "bob", "1"],
        8,
        "nothing-matched",
        "did you mean \"transfer\"",
    );
    bad(
        &["gold", "--", "transfer", "bob"],
        2,
        "call-arguments",
        "--amount is missing",
    );
    let too_large = "340282366920938463463374607431768211456";
    bad(
        &["gold", "--", "transfer", "bob", too_large],
        2,
        "scenario-number",
        "u128 holds 0 to 340_282_366_920_938_463_463_374_607_431_768_211_455",
    );
    bad(
        &["gold", "--", "transfer", "bob", "1", "2"],
        2,
        "call-arguments",
        "too many",
    );
    bad(
        &["gold", "--", "init", "a", "b", "1"],
        2,
        "call-arguments",
        "init cannot be called",
    );
    bad(
        &["gold", "--", "transfer", "bobb", "1"],
        2,
        "scenario-unknown-name",
        "the call, as a scenario writes it:5",
    );
    bad(
        &["gold", "--from", "dave", "--", "transfer", "bob", "1"],
        2,
        "scenario-unknown-name",
        "dave",
    );
    bad(
        &["gold", "--value", "much", "--", "transfer", "bob", "1"],
        2,
        "scenario-type",
        "much",
    );
    bad(
        &["gold", "--engine", "none", "--", "transfer", "bob", "1"],
        2,
        "unknown-engine",
        "none",
    );
}

#[test]
fn help_lists_the_methods_as_they_are_called() {
    let all = good(&["call", "gold", "--", "--help"]).stdout;
    assert!(
        all.starts_with("@gold, a Token of @token\n    A fungible token"),
        "{all}"
    );
    let transfer = "transfer --to AccountId --amount u128 -> () or TokenError\n    Moves an amount";
    assert!(all.contains(transfer), "{all}");
    assert!(
        all.contains("balance_of --owner AccountId -> u128  (only reads)\n"),
        "{all}"
    );
    assert!(!all.contains("\ninit"), "{all}");
    let one = good(&["call", "gold", "--", "transfer", "--help"]).stdout;
    assert!(
        one.starts_with(transfer) && one.lines().count() == 2,
        "{one}"
    );
}
