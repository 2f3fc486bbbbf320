//! `lockstep gas profile` of what does not go well: refused modules, calls that fail, names that
//! nothing has. A profile must not look as if all had been done.

use std::fs;

use serde_json::Value;

use crate::process::{lockstep, root, scratch};

const SCENARIO: &str = "contracts/scenarios/token.toml";
const TOKEN: &str = "contracts/artifacts/token.wasm";
const INIT: &str = r#"--init=name = "T", symbol = "T", supply = 1000"#;

/// The name, number and gas of each transaction's status, by place, of a profile or a run.
fn statuses(transactions: &Value) -> Vec<(u64, String, u64)> {
    let list = transactions.as_array().expect("a list").iter();
    list.map(|it| {
        let holder = it.get("receipt").unwrap_or(it);
        let status = holder["status"].as_str().expect("a name").to_string();
        let number = it["number"].as_u64().expect("a number");
        (
            number,
            status,
            holder["status_code"].as_u64().expect("a number"),
        )
    })
    .collect()
}

#[test]
fn a_refused_module_is_refused_as_by_the_other_commands() {
    let folder = scratch("profile_refused");
    let cut = folder.join("cut.wasm");
    let bytes = fs::read(root().join(TOKEN)).expect("the token");
    fs::write(&cut, &bytes[..bytes.len() / 2]).expect("the file can be written");
    let cut = cut.to_str().expect("UTF-8");
    let (report, page) = (["gas", "report"], folder.join("page.html"));
    for (module, code) in [("tests/fixtures/floats.wat", "LS0201"), (cut, "LS0101")] {
        let bound = lockstep(&["gas", "bound", module]);
        assert!(bound.stdout.contains(code), "{}", bound.stdout);
        assert_eq!(bound.code, 3);
        let profile = lockstep(&["gas", "profile", module, "--call", "x"]);
        assert_eq!(profile, bound, "{module}");
        assert_eq!(lockstep(&[report[0], report[1], module]), bound, "{module}");
        let json = lockstep(&["gas", "profile", module, "--call", "x", "--json"]);
        assert_eq!(json.code, 3);
        let json = json.json();
        assert_eq!(json["schema"], "lockstep.gas-profile/1");
        assert_eq!(json["accepted"], false);
        assert_eq!(json["refusal"]["violations"][0]["code"], code);
        let file = page.to_str().expect("UTF-8");
        let written = [
            "gas",
            "profile",
            module,
            "--call=x",
            "--format=html",
            "-o",
            file,
        ];
        assert_eq!(lockstep(&written).code, 3);
        assert!(!page.exists());
    }
}

#[test]
fn what_is_no_module_is_told_in_one_line() {
    let finished = lockstep(&["gas", "bound", "README.md"]);
    assert_eq!(finished.code, 3);
    let first = "refused\nLS0101 malformed: the module cannot be read: ";
    assert!(finished.stdout.starts_with(first), "{}", finished.stdout);
    assert!(!finished.stdout.contains("\\n"), "{}", finished.stdout);
}

#[test]
fn a_call_that_fails_is_shown_and_ends_with_4() {
    let probe = "contracts/artifacts/probe.wasm";
    let cases = [
        (TOKEN, r#"transfer(to = "@bob", amount = 5000)"#, "reverted"),
        (TOKEN, "total_supply()", "success"),
        (TOKEN, r#"transfer(["@bob", 4])"#, "success"),
        (TOKEN, r#"transfer({ to = "@bob", amount = 4 })"#, "success"),
        (probe, "trap", "unreachable"),
        (probe, "run_forever", "out_of_gas"),
    ];
    for (module, call, status) in cases {
        let init = if module == TOKEN { INIT } else { "--init=" };
        let arguments = ["gas", "profile", module, init, "--call", call];
        let table = lockstep(&arguments);
        let fails = status != "success";
        assert_eq!(
            table.code,
            if fails { 4 } else { 0 },
            "{call}: {}",
            table.stderr
        );
        let document = lockstep(&[arguments.as_slice(), &["--json"]].concat());
        assert_eq!(document.code, table.code);
        let found = statuses(&document.json()["transactions"]);
        let (number, name, code) = found.last().expect("a call");
        assert_eq!((*number, name.as_str()), (3, status));
        let shown = format!("{status} ({code})");
        assert!(table.stdout.contains(&shown), "{shown}: {}", table.stdout);
        if fails {
            let error = "error[unstated-failure]: transaction 1.3 ";
            assert!(table.stderr.contains(error), "{}", table.stderr);
            let explain = format!("`lockstep explain {status}`");
            assert!(table.stderr.contains(&explain), "{}", table.stderr);
        } else {
            assert_eq!(table.stderr, "");
        }
    }
}

#[test]
fn a_method_that_is_not_there_is_shown() {
    let module = "tests/fixtures/edge.wat";
    let finished = lockstep(&["gas", "profile", module, "--call", "nosuch"]);
    assert_eq!(finished.code, 4, "{}", finished.stderr);
    assert!(
        finished.stdout.contains("method_not_found ("),
        "{}",
        finished.stdout
    );
    assert!(
        finished.stderr.contains("method_not_found"),
        "{}",
        finished.stderr
    );
}

#[test]
fn a_method_that_the_abi_does_not_have_is_not_called() {
    let finished = lockstep(&["gas", "profile", TOKEN, INIT, "--call", "transfr()"]);
    assert_eq!((finished.code, finished.stdout.as_str()), (8, ""));
    let told = "error[nothing-matched]: the contract Token has no method \"transfr\"\n\
                help: did you mean \"transfer\"? there are: transfer, approve, transfer_from, \
                balance_of, allowance, total_supply, description\n";
    assert_eq!(finished.stderr, told);
}

#[test]
fn a_scenario_s_statuses_are_those_of_its_run() {
    let profile = lockstep(&["gas", "profile", SCENARIO, "--json"]);
    assert_eq!(
        profile.code, 0,
        "all failures are stated: {}",
        profile.stderr
    );
    let run = lockstep(&["run", SCENARIO, "--json"]).json();
    let blocks = run["blocks"].as_array().expect("blocks").iter();
    let all = blocks.flat_map(|block| block["transactions"].as_array().expect("a list"));
    let included: Vec<Value> = all
        .filter(|it| it.get("receipt").is_some())
        .cloned()
        .collect();
    let found = statuses(&profile.json()["transactions"]);
    assert!(found.iter().any(|(_, status, _)| status == "reverted"));
    assert_eq!(found, statuses(&Value::Array(included)));
}

#[test]
fn top_is_for_transactions_too() {
    let finished = lockstep(&["gas", "profile", SCENARIO, "--top", "3"]);
    let part = finished
        .stdout
        .split("by transaction")
        .nth(1)
        .expect("the part");
    let lines: Vec<&str> = part
        .lines()
        .skip(1)
        .take_while(|line| !line.is_empty())
        .collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(
        lines[3].contains("of them failed; --top shows them"),
        "{lines:?}"
    );
    let gas = |line: &&str| -> u64 {
        let word = line.split_whitespace().next().expect("gas");
        word.replace('_', "").parse().expect("a number")
    };
    let sum: u64 = lines.iter().map(gas).sum();
    let document = lockstep(&["gas", "profile", SCENARIO, "--json"]).json();
    assert_eq!(sum, document["gas"]["total"].as_u64().expect("a number"));
}

#[test]
fn a_contract_has_the_names_that_scenarios_give_it() {
    let calls = [INIT, "--call=total_supply", "--json"];
    let by_file = lockstep(&[&["gas", "profile", TOKEN], calls.as_slice()].concat());
    for name in ["token", "gold", "@gold"] {
        let by_name = lockstep(&[&["gas", "profile", name], calls.as_slice()].concat());
        assert_eq!((by_name.code, by_name.stderr.as_str()), (0, ""), "{name}");
        assert_eq!(by_name.json()["summary"], by_file.json()["summary"]);
    }
    let unknown = lockstep(&["gas", "profile", "tokn", "--call", "x"]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (8, ""));
    for part in [
        "error[nothing-matched]: no such file, and no contract or code of a scenario: tokn\n",
        "name a .toml, .wasm or .wat; did you mean \"token\"? there are: ",
        " gold, ",
    ] {
        assert!(unknown.stderr.contains(part), "{}", unknown.stderr);
    }
    assert!(!unknown.stderr.contains("floats"), "{}", unknown.stderr);
}

/// To state that it succeeds is no reason to say less of one that fails.
#[test]
fn a_failure_where_success_is_stated_ends_with_5() {
    let fixture = root().join("tests/fixtures/unstated_failure.toml");
    let text = fs::read_to_string(fixture).expect("the fixture");
    let scenario = scratch("profile_stated_success").join("stated.toml");
    let stated = format!("{text}expect = {{ status = \"success\" }}\n");
    fs::write(&scenario, stated).expect("the file can be written");
    let profile = lockstep(&["gas", "profile", scenario.to_str().expect("UTF-8")]);
    assert_eq!(profile.code, 5, "{profile:#?}");
    let error = "error[unstated-failure]: transaction 1.1 \"a call of nothing\" ended with ";
    assert!(profile.stderr.contains(error), "{profile:#?}");
}
