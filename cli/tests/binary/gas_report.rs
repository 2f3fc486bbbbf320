//! `lockstep gas report`: it adds up to what the run charges, and finds what it is asked for.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::process::{lockstep, root, scratch};

const SCENARIOS: [&str; 2] = [
    "contracts/scenarios/token.toml",
    "contracts/scenarios/edges.toml",
];

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value}"))
}

fn methods(document: &Value) -> &Vec<Value> {
    document["methods"].as_array().expect("a list")
}

/// The sum of a bucket over a run's receipts.
fn receipts(run: &Value, bucket: &str) -> u64 {
    let blocks = run["blocks"].as_array().expect("a list").iter();
    let all = blocks.flat_map(|block| block["transactions"].as_array().expect("a list"));
    all.filter_map(|transaction| transaction["receipt"]["gas"][bucket].as_u64())
        .sum()
}

#[test]
fn methods_and_intrinsic_gas_add_up_to_the_receipts_in_every_bucket() {
    for scenario in SCENARIOS {
        let report = lockstep(&["gas", "report", scenario, "--json"]).json();
        let run = lockstep(&["run", scenario, "--json"]).json();
        assert_eq!(report["schema"], "lockstep.gas-report/1");
        for bucket in ["wasm", "host", "storage", "forfeited"] {
            let own = methods(&report).iter();
            let own: u64 = own.map(|method| number(&method["own"][bucket])).sum();
            assert_eq!(own, receipts(&run, bucket), "{scenario}: {bucket}");
        }
        let sums = &report["sums"];
        assert_eq!(number(&sums["intrinsic"]), receipts(&run, "intrinsic"));
        assert_eq!(number(&sums["receipts"]), receipts(&run, "used"));
        assert_eq!(number(&sums["other_methods"]), 0);
        assert_eq!(report["schedule_hash"], run["schedule_hash"]);
    }
}

#[test]
fn a_call_is_told_from_what_it_calls() {
    let report = lockstep(&["gas", "report", SCENARIOS[0], "--json"]).json();
    let mut calls_others = 0;
    for method in methods(&report) {
        let of = |name: &str| number(&method[name]);
        assert!(of("gas_min") <= of("gas_median") && of("gas_median") <= of("gas_max"));
        assert!(of("gas_with_callees") >= number(&method["own"]["total"]));
        assert!(of("failed") <= of("calls") && of("calls") > 0);
        calls_others += u64::from(of("gas_with_callees") > number(&method["own"]["total"]));
    }
    assert!(calls_others > 0, "the escrow calls the token");
    let transfer = methods(&report)
        .iter()
        .find(|method| method["contract"] == "@gold" && method["method"] == "transfer")
        .expect("the scenario transfers");
    let place = transfer["hottest"]["place"].as_str().expect("a place");
    assert!(place.contains("lib.rs:"), "{place}");
    let gas = number(&transfer["hottest"]["gas"]);
    assert!(gas > 0 && gas <= number(&transfer["own"]["total"]));
}

/// Report and profile give a method the same gas, and no line has more than its method.
#[test]
fn methods_and_their_hottest_lines_follow_one_rule() {
    for scenario in SCENARIOS {
        let report = lockstep(&["gas", "report", scenario, "--json"]).json();
        let mut reported = BTreeMap::new();
        for method in methods(&report) {
            let own = number(&method["own"]["total"]);
            let hottest = method["hottest"]["gas"].as_u64().unwrap_or_default();
            assert!(hottest <= own, "{method}");
            let name =
                [&method["contract"], &method["method"]].map(|it| it.as_str().expect("text"));
            // A profile has no stack for a method that used nothing.
            if name[0] != "unnamed" && own > 0 {
                *reported.entry(name.join(".")).or_insert(0) += own;
            }
        }
        let profile = lockstep(&["gas", "profile", scenario, "--json"]).json();
        let costs = profile["summary"]["methods"].as_array().expect("a list");
        let mut profiled = BTreeMap::new();
        for cost in costs {
            // Where a contract had several codes, the code stands behind the name.
            let name = cost["name"].as_str().expect("a name");
            let name = name.split(" (").next().expect("a beginning");
            if name.starts_with('@') {
                *profiled.entry(name.to_string()).or_insert(0) += number(&cost["gas"]);
            }
        }
        assert_eq!(profiled, reported, "{scenario}");
        let total: u64 = costs.iter().map(|cost| number(&cost["gas"])).sum();
        let sums = &report["sums"];
        assert_eq!(
            total + number(&sums["intrinsic"]),
            number(&sums["receipts"])
        );
    }
}

#[test]
fn codes_before_and_after_an_upgrade_have_their_own_lines() {
    let report = lockstep(&["gas", "report", SCENARIOS[0], "--json"]).json();
    for (code, file) in [
        ("@probe", "/probe/src/lib.rs:"),
        ("@probe_v2", "/probe-v2/src/lib.rs:"),
    ] {
        let latest = methods(&report)
            .iter()
            .find(|it| it["method"] == "latest" && it["code"] == code)
            .expect("both versions are called");
        let place = latest["hottest"]["place"].as_str().expect("a place");
        assert!(place.contains(file), "{code}: {place}");
    }
}

#[test]
fn a_contract_is_found_by_name_and_by_module() {
    let all = lockstep(&["gas", "report", SCENARIOS[0], "--json"]).json();
    let wanted: Vec<&Value> = methods(&all)
        .iter()
        .filter(|method| method["contract"] == "@token" || method["code"] == "@token")
        .collect();
    assert!(!wanted.is_empty());
    for target in ["token", "@token", "contracts/artifacts/token.wasm"] {
        let arguments = [
            "gas",
            "report",
            target,
            "--scenario",
            SCENARIOS[0],
            "--json",
        ];
        let report = lockstep(&arguments).json();
        let found: Vec<&Value> = methods(&report).iter().collect();
        assert_eq!(found, wanted, "{target}");
        let sums = &report["sums"];
        let parts = ["methods", "other_methods", "intrinsic"].map(|name| number(&sums[name]));
        assert!(parts.iter().all(|part| *part > 0), "{sums}");
        assert_eq!(parts.iter().sum::<u64>(), number(&sums["receipts"]));
    }
    let everywhere = lockstep(&["gas", "report", "token", "--json"]).json();
    assert_eq!(everywhere["scenarios"], serde_json::json!(["token"]));
}

#[test]
fn the_table_is_aligned_and_adds_up() {
    let finished = lockstep(&["gas", "report", SCENARIOS[0]]);
    assert_eq!((finished.code, finished.stderr.as_str()), (0, ""));
    let lines: Vec<&str> = finished.stdout.lines().collect();
    let head = lines
        .iter()
        .position(|line| line.starts_with("contract "))
        .expect("a heading");
    let table: Vec<&&str> = lines[head..]
        .iter()
        .take_while(|line| !line.is_empty())
        .collect();
    assert!(table.len() > 5, "{}", finished.stdout);
    // The last column is the only one without padding behind it.
    let last = table[0].find("hottest line").expect("the last column");
    assert!(
        table
            .iter()
            .all(|line| line.len() < last || line.as_bytes()[last - 1] == b' '),
        "{}",
        finished.stdout
    );
    assert!(
        finished.stdout.contains("\nreceipts "),
        "{}",
        finished.stdout
    );
    assert!(finished.stdout.contains("100.0%\n"), "{}", finished.stdout);
}

#[test]
fn what_no_scenario_runs_is_answered_with_what_they_do() {
    let finished = lockstep(&["gas", "report", "tokn"]);
    assert_eq!((finished.code, finished.stdout.as_str()), (8, ""));
    let stderr = &finished.stderr;
    assert!(stderr.contains("error[nothing-matched]"), "{stderr}");
    assert!(stderr.contains("did you mean \"token\"?"), "{stderr}");
    assert!(
        stderr.contains(" gold, ") && !stderr.contains("floats"),
        "{stderr}"
    );
    // A code that is refused never runs.
    let refused = lockstep(&["gas", "report", "floats"]);
    assert_eq!(refused.code, 8);
    let help = refused.stderr.lines().nth(1).expect("help");
    assert!(help.starts_with("help: there are: "), "{refused:?}");
    assert!(!help.contains("floats"), "{refused:?}");
    let module = "tests/fixtures/compilers/clang.wasm";
    assert_eq!(lockstep(&["gas", "report", module]).code, 8);
}

#[test]
fn requests_that_make_no_sense_are_refused() {
    let finished = lockstep(&["gas", "report", SCENARIOS[0], "--scenario", SCENARIOS[1]]);
    assert_eq!(finished.code, 2);
    assert!(
        finished.stderr.contains("error[gas-target]"),
        "{}",
        finished.stderr
    );
    for absent in ["absent.toml", "absent.wasm"] {
        let finished = lockstep(&["gas", "report", absent]);
        assert_eq!(finished.code, 2, "{}", finished.stderr);
        assert!(
            finished.stderr.contains("no such file"),
            "{}",
            finished.stderr
        );
    }
    assert_eq!(lockstep(&["gas", "report"]).code, 2);
    assert_eq!(lockstep(&["gas"]).code, 2);
}

/// A scenario that uploads a module and makes a contract of it.
fn scenario_of(folder: &Path, name: &str, module: &Path) -> String {
    let text = format!(
        "schema = \"lockstep.scenario/1\"\nname = \"{name}\"\n\
         [accounts]\nalice = 1000000000000\n[code]\nit = {module:?}\n\n[[block]]\n\
         [[block.transaction]]\nfrom = \"alice\"\nupload = \"it\"\n\n\
         [[block.transaction]]\nfrom = \"alice\"\ninstantiate = \"it\"\nas = \"one\"\n\
         input = \"0x\"\n"
    );
    let file = folder.join(format!("{name}.toml"));
    fs::write(&file, text).expect("a file");
    file.to_str().expect("UTF-8").to_string()
}

/// Scenarios may give one name to two codes, and each has its rows.
#[test]
fn codes_of_one_name_are_told_apart() {
    let folder = scratch("report_one_name");
    let scenario = |name: &str, module: &str| {
        let module = root().join("contracts/artifacts").join(module);
        scenario_of(&folder, name, &module)
    };
    let (first, second) = (scenario("a", "probe.wasm"), scenario("b", "probe_v2.wasm"));
    let named = ["--scenario", &first, "--scenario", &second];
    let finished = lockstep(&[&["gas", "report", "it", "--json"], named.as_slice()].concat());
    let report = finished.json();
    let codes: Vec<&str> = methods(&report)
        .iter()
        .map(|method| method["code"].as_str().expect("a name"))
        .collect();
    assert_eq!(codes.len(), 2, "{report}");
    assert!(codes.iter().all(|code| code.starts_with("@it 0x")));
    assert_ne!(codes[0], codes[1]);
    let table = lockstep(&[&["gas", "report", "it"], named.as_slice()].concat());
    let shortened = &codes[0][.."@it 0x".len() + 8];
    assert!(
        table.stdout.contains(&format!("({shortened}...)")),
        "{}",
        table.stdout
    );
    let twice = ["--scenario", &first, "--scenario", &first];
    let finished = lockstep(&[&["gas", "report", "it"], twice.as_slice()].concat());
    assert_eq!(finished.code, 2);
    assert!(finished.stderr.contains("twice"), "{}", finished.stderr);
}

#[test]
fn that_there_are_no_lines_is_told() {
    let folder = scratch("report_no_lines");
    let module = folder.join("probe.wasm");
    let probe = root().join("contracts/artifacts/probe.wasm");
    fs::copy(probe, &module).expect("a copy");
    let scenario = scenario_of(&folder, "a", &module);
    let finished = lockstep(&["gas", "report", &scenario]);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    let remark = "remark: no source lines for @it: ";
    assert!(finished.stderr.starts_with(remark), "{}", finished.stderr);
    assert_eq!(finished.stderr.lines().count(), 1, "{}", finished.stderr);
}
