//! `lockstep run --dry-run`: what it says is what the run then charges.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use lockstep_cli::{
    DryRuns, EngineChoice, GasLimitReport, RunReport, TransactionReport, load, run_in,
};
use lockstep_state_trie::MemoryStore;

use crate::process::{lockstep, lockstep_in, root, scratch};

const SCENARIOS: [&str; 4] = ["counter", "edges", "light_client", "token"];

fn path(name: &str) -> PathBuf {
    root().join(format!("contracts/scenarios/{name}.toml"))
}

fn report(path: &Path, dry_runs: DryRuns) -> RunReport {
    let scenario = load(path, "scenario.toml").unwrap_or_else(|failure| panic!("{failure}"));
    let engines = EngineChoice::default();
    run_in(MemoryStore::new(), &scenario, &engines, dry_runs)
        .unwrap_or_else(|failure| panic!("{failure}"))
        .report
}

fn transactions(report: &RunReport) -> impl Iterator<Item = &TransactionReport> {
    report.blocks.iter().flat_map(|block| &block.transactions)
}

/// The gas used, of a transaction that succeeded.
fn success_gas(transaction: &TransactionReport) -> Option<u64> {
    let receipt = transaction.receipt.as_ref()?;
    (receipt.status == "success").then_some(receipt.gas.used)
}

/// The smallest limit, if one was found.
fn smallest(transaction: &TransactionReport) -> Option<(u64, bool)> {
    match transaction.dry_run.as_ref()?.smallest_gas_limit {
        GasLimitReport::Found { gas_limit, only } => Some((gas_limit, only)),
        GasLimitReport::None
        | GasLimitReport::NotFound { .. }
        | GasLimitReport::NotAffordable { .. } => None,
    }
}

#[test]
fn no_scenario_is_left_out() {
    let files = fs::read_dir(root().join("contracts/scenarios")).expect("a folder");
    let names = files.filter_map(|file| {
        let name = file.expect("a file").file_name();
        Some(name.to_str()?.strip_suffix(".toml")?.to_owned())
    });
    assert_eq!(
        names.collect::<BTreeSet<_>>(),
        BTreeSet::from(SCENARIOS.map(str::to_owned))
    );
}

#[test]
fn a_run_with_dry_runs_is_the_same_run() {
    for name in SCENARIOS {
        let plain = report(&path(name), DryRuns::None);
        let mut dry = report(&path(name), DryRuns::Each);
        for block in &mut dry.blocks {
            for transaction in &mut block.transactions {
                let said = transaction.dry_run.take().expect("every step has one");
                let included = transaction.receipt.is_some();
                assert_eq!(included, !said.limits.is_empty(), "{}", transaction.name);
                assert_eq!(included, !said.keys.is_empty(), "{}", transaction.name);
            }
        }
        assert_eq!(dry, plain, "{name}");
    }
}

#[test]
fn nothing_is_used_beyond_its_limit() {
    for name in SCENARIOS {
        for transaction in transactions(&report(&path(name), DryRuns::Each)) {
            let said = transaction.dry_run.as_ref().expect("every step has one");
            for row in &said.limits {
                let number = |text: &String| text.parse::<u128>().expect("a number");
                let (used, max) = (number(&row.used), number(&row.max));
                assert!(used <= max, "{}: {row:?}", transaction.name);
            }
        }
    }
}

/// The scenario with another gas limit for the transactions for which there is one.
fn with_limits(folder: &str, name: &str, limits: &[Option<u64>]) -> PathBuf {
    let text = fs::read_to_string(path(name)).expect("the scenario");
    let contracts = root().join("contracts");
    let text = text.replace("\"../", &format!("\"{}/", contracts.display()));
    let mut parts = text.split("[[block.transaction]]");
    let mut out = parts.next().unwrap_or_default().to_string();
    for (part, limit) in parts.zip(limits) {
        out.push_str("[[block.transaction]]");
        match limit {
            None => out.push_str(part),
            Some(limit) => {
                out.push_str(&format!("\ngas_limit = {limit}"));
                let lines = part.split_inclusive('\n');
                out.extend(lines.filter(|line| !line.starts_with("gas_limit")));
            }
        }
    }
    let file = scratch(folder).join("scenario.toml");
    fs::write(&file, out).expect("the file can be written");
    file
}

#[test]
fn every_step_succeeds_with_the_smallest_limit_and_costs_the_same() {
    for name in SCENARIOS {
        let dry = report(&path(name), DryRuns::Each);
        let mut limits = Vec::new();
        for transaction in transactions(&dry) {
            let used = success_gas(transaction);
            let found = smallest(transaction);
            assert!(used.is_none() || found.is_some(), "{}", transaction.name);
            if let (Some(used), Some((limit, true))) = (used, found) {
                assert_eq!(used, limit, "{}", transaction.name);
            }
            limits.push(used.and(found).map(|(limit, _)| limit));
        }
        assert!(limits.iter().flatten().count() > 0, "{name}");
        let tight = report(&with_limits("dry_run_tight", name, &limits), DryRuns::None);
        for (tight, dry) in transactions(&tight).zip(transactions(&dry)) {
            assert_eq!(success_gas(tight), success_gas(dry), "{}", dry.name);
        }
    }
}

#[test]
fn every_step_fails_with_one_less() {
    let dry = report(&path("token"), DryRuns::Each);
    let count = transactions(&dry).count();
    for (position, transaction) in transactions(&dry).enumerate() {
        let Some((limit, _)) = smallest(transaction) else {
            continue;
        };
        let mut limits = vec![None; count];
        limits[position] = Some(limit - 1);
        let tight = report(
            &with_limits("dry_run_one_less", "token", &limits),
            DryRuns::None,
        );
        let ended = transactions(&tight).nth(position).expect("the step");
        assert_eq!(success_gas(ended), None, "{}", transaction.name);
    }
}

#[test]
fn the_text_says_what_the_document_says() {
    let arguments = ["run", "contracts/scenarios/token.toml", "--dry-run"];
    let finished = lockstep(&arguments);
    assert_eq!((finished.code, finished.stderr.as_str()), (0, ""));
    for part in [
        "dry run  succeeds with a gas limit of ",
        "dry run  fails with every gas limit\n",
        "limit    stack_slots ",
        "reads    code @token\n",
        "reads    code-length @token\n",
        "updates  @alice\n",
    ] {
        assert!(
            finished.stdout.contains(part),
            "{part}\n{}",
            finished.stdout
        );
    }
    let document = lockstep(&[&arguments[..], &["--json"]].concat()).json();
    let said = &document["blocks"][0]["transactions"][0]["dry_run"];
    assert_eq!(said["smallest_gas_limit"]["state"], "found");
    let document = lockstep(&["run", "contracts/scenarios/token.toml", "--json"]).json();
    let said = document["blocks"][0]["transactions"][0].get("dry_run");
    assert_eq!(said, None);
}

/// The start of a scenario in which alice is poor.
const POOR: &str = r#"
schema = "lockstep.scenario/1"
name = "poor"

[accounts]
alice = 1_000
bob = 0

[[block]]

[[block.transaction]]
from = "alice"
transfer = "@bob"
value = 7
gas_price = 2
expect = { invalid = "cannot_pay" }
"#;

#[test]
fn a_balance_that_pays_for_no_gas_limit_is_told_what_one_takes() {
    for more in ["", "gas_limit = 0\n", "gas_limit = 200_000\n"] {
        let folder = scratch("dry_run_poor");
        let text = match more {
            "gas_limit = 0\n" => POOR.replace("cannot_pay", "gas_limit_too_low"),
            _ => POOR.to_string(),
        };
        fs::write(folder.join("poor.toml"), text + more).expect("the file can be written");
        let finished = lockstep_in(&folder, &["run", "poor.toml", "--dry-run"]);
        assert_eq!((finished.code, finished.stderr.as_str()), (0, ""));
        let start = "dry run  the balance of 1_000 pays for no gas limit; the smallest takes ";
        let said = finished.stdout.split(start).nth(1);
        let said = said.unwrap_or_else(|| panic!("{}", finished.stdout));
        let needed = said.split('\n').next().expect("a line").replace('_', "");
        let needed: u128 = needed.parse().expect("a number");
        // With one less it is the same, and with that much the transaction is let through.
        for (balance, is_enough) in [(needed - 1, false), (needed, true)] {
            let rich = POOR.replace("1_000\n", &format!("{balance}\n"));
            fs::write(folder.join("rich.toml"), rich + more).expect("the file can be written");
            let finished = lockstep_in(&folder, &["run", "rich.toml", "--dry-run"]);
            let text = "dry run  succeeds with a gas limit of ";
            let succeeds = finished.stdout.contains(text);
            assert_eq!(succeeds, is_enough, "{}", finished.stdout);
        }
    }
}

#[test]
fn the_limit_that_was_exceeded_is_named_with_its_numbers() {
    let folder = scratch("dry_run_over_limit");
    let wat = r#"(module
        (import "lockstep" "return" (func $return (param i32 i32)))
        (memory (export "memory") 4)
        (func (export "big") (call $return (i32.const 0) (i32.const 200000))))"#;
    fs::write(folder.join("big.wat"), wat).expect("it can be written");
    let scenario = r#"
schema = "lockstep.scenario/1"
name = "big"
[accounts]
alice = 100_000_000_000
[code]
big = "big.wat"
[[block]]
transaction = [
    { from = "alice", upload = "big" },
    { from = "alice", instantiate = "big", as = "made" },
    { from = "alice", call = "made.big" },
]
"#;
    fs::write(folder.join("big.toml"), scenario).expect("it can be written");
    let ran = lockstep_in(&folder, &["run", "big.toml", "--dry-run"]);
    assert_eq!(ran.code, 4, "{ran:#?}");
    let numbers = "output_bytes 200_000 of 131_072";
    for line in [
        format!("      limit    {numbers}\n"),
        format!("      over     @made return: {numbers}\n"),
    ] {
        assert!(ran.stdout.contains(&line), "{line}{}", ran.stdout);
    }
    let told = format!("status is length_over_limit: {numbers}, expected success");
    assert!(ran.stderr.contains(&told), "{}", ran.stderr);
}
