//! `lockstep gas profile`: formats, sidecars, and what can be wrong.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::process::{lockstep, lockstep_in, root, scratch};

const SCENARIO: &str = "contracts/scenarios/token.toml";

/// The token and its scenario in a folder of their own, without sidecars.
fn alone(name: &str) -> PathBuf {
    let folder = scratch(name);
    let token = root().join("contracts/artifacts/token.wasm");
    fs::copy(token, folder.join("token.wasm")).expect("a copy");
    folder
}

const CALLS: [&str; 6] = [
    "token.wasm",
    "--init",
    r#"name = "T", symbol = "T", supply = 1000"#,
    "--call",
    r#"transfer(to = "@bob", amount = 5)"#,
    "--call=total_supply",
];

fn profile_in(folder: &Path, more: &[&str]) -> crate::process::Finished {
    let arguments = [&["gas", "profile"], CALLS.as_slice(), more].concat();
    lockstep_in(folder, &arguments)
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("a number")
}

#[test]
fn the_document_adds_up_to_the_receipts() {
    let document = lockstep(&["gas", "profile", SCENARIO, "--json"]).json();
    assert_eq!(document["schema"], "lockstep.gas-profile/1");
    let run = lockstep(&["run", SCENARIO, "--json"]).json();
    let mut expected = BTreeMap::new();
    for block in run["blocks"].as_array().expect("blocks") {
        for transaction in block["transactions"].as_array().expect("transactions") {
            if let Some(receipt) = transaction.get("receipt") {
                let place = (number(&block["height"]), number(&transaction["number"]));
                expected.insert(place, number(&receipt["gas"]["used"]));
            }
        }
    }
    let mut actual = BTreeMap::new();
    let (mut wasm, mut lines) = (0, 0);
    for stack in document["stacks"].as_array().expect("stacks") {
        let place = (number(&stack["block"]), number(&stack["number"]));
        *actual.entry(place).or_insert(0) += number(&stack["gas"]);
        let count = |list: &str| stack[list].as_array().expect("a list").len();
        assert_eq!(count("frames"), count("kinds"));
        if stack["bucket"] == "wasm" {
            wasm += number(&stack["gas"]);
        }
    }
    for line in document["lines"].as_array().expect("lines") {
        lines += number(&line["gas"]);
    }
    assert!(!actual.is_empty());
    assert_eq!(actual, expected);
    assert_eq!(number(&document["gas"]["wasm"]), wasm);
    assert!(lines > 0 && lines <= wasm);
    let total: u64 = expected.values().sum();
    assert_eq!(number(&document["gas"]["total"]), total);
}

#[test]
fn every_format_has_the_same_total() {
    let document = lockstep(&["gas", "profile", SCENARIO, "--json"]).json();
    let total = number(&document["gas"]["total"]);
    let folded = lockstep(&["gas", "profile", SCENARIO, "--format", "folded"]);
    assert_eq!((folded.code, folded.stderr.as_str()), (0, ""));
    let gas = |line: &str| -> u64 {
        let (_, gas) = line.rsplit_once(' ').expect("a space");
        gas.parse().expect("a number")
    };
    assert_eq!(folded.stdout.lines().map(gas).sum::<u64>(), total);
    let speedscope = lockstep(&["gas", "profile", SCENARIO, "--format", "speedscope"]).json();
    let mut weights = 0;
    let frames = speedscope["shared"]["frames"].as_array().expect("frames");
    for profile in speedscope["profiles"].as_array().expect("profiles") {
        let sum: u64 = profile["weights"]
            .as_array()
            .expect("weights")
            .iter()
            .map(number)
            .sum();
        assert_eq!(sum, number(&profile["endValue"]));
        weights += sum;
        for sample in profile["samples"].as_array().expect("samples") {
            for frame in sample.as_array().expect("a sample") {
                assert!(number(frame) < frames.len() as u64);
            }
        }
    }
    assert_eq!(weights, total);
    let table = lockstep(&["gas", "profile", SCENARIO, "--top", "1000"]);
    let shown = table.stdout.replace('_', "");
    assert!(shown.contains(&format!("{total} gas in")), "{shown}");
    for part in [
        "storage_write",
        "balances[@alice]",
        "move_amount",
        "lib.rs:",
    ] {
        assert!(table.stdout.contains(part), "{part}: {}", table.stdout);
    }
}

#[test]
fn the_page_is_one_file_with_the_data_in_it() {
    let folder = scratch("profile_page");
    let file = folder.join("profile.html");
    let path = file.to_string_lossy();
    let finished = lockstep(&["gas", "profile", SCENARIO, "--format", "html", "-o", &path]);
    let wrote = format!("wrote {path}\n");
    assert_eq!((finished.code, finished.stdout), (0, wrote));
    assert_eq!(finished.stderr, "");
    let page = fs::read_to_string(file).expect("the page");
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    for outside in ["http://", "https://", "src=", "@import", "href="] {
        assert!(!page.contains(outside), "{outside}");
    }
    let data = page.split("id=\"data\">").nth(1).expect("the data");
    let data = data.split("</script>").next().expect("its end");
    let data: Value = serde_json::from_str(data).expect("JSON");
    let frames = data["frames"].as_array().expect("frames");
    assert_eq!(data["total"], frames[0][3]);
    let mut inner = vec![0; frames.len()];
    for (position, frame) in frames.iter().enumerate().skip(1) {
        let parent = usize::try_from(number(&frame[0])).expect("a position");
        assert!(parent < position);
        inner[parent] += number(&frame[3]);
    }
    for (frame, inner) in frames.iter().zip(inner) {
        assert!(inner <= number(&frame[3]), "{frame}");
    }
}

#[test]
fn a_contract_is_profiled_by_its_calls_and_works_without_a_sidecar() {
    let folder = alone("profile_contract");
    let finished = profile_in(&folder, &["--transaction", "1.3"]);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    assert!(
        finished
            .stderr
            .starts_with("remark: no source lines for @module: there is no ")
    );
    let settings = "with debug = \"line-tables-only\" and strip = \"none\"\n";
    assert!(finished.stderr.contains(settings), "{}", finished.stderr);
    for part in [
        "in 1 transaction\n",
        "@target.transfer",
        "function[",
        "balances[@bob]",
    ] {
        assert!(
            finished.stdout.contains(part),
            "{part}: {}",
            finished.stdout
        );
    }
    assert!(!finished.stdout.contains("total_supply"));
}

#[test]
fn a_sidecar_of_other_code_is_not_used_and_a_damaged_one_is_an_error() {
    let folder = alone("profile_sidecar");
    let debug = root().join("contracts/artifacts/debug");
    let mut sidecars = fs::read_dir(debug)
        .expect("sidecars")
        .map(|entry| entry.expect("an entry").path());
    let remark = "remark: no source lines for @module: other.debug belongs to the code section ";
    let other = sidecars
        .find(|path| {
            fs::copy(path, folder.join("other.debug")).expect("a copy");
            let finished = profile_in(&folder, &["--debug", "other.debug"]);
            finished.code == 0 && finished.stderr.starts_with(remark)
        })
        .expect("a sidecar of another contract");
    let bytes = fs::read(other).expect("the sidecar");
    for (name, damaged) in [
        ("cut", &bytes[..bytes.len() / 2]),
        ("empty", &[][..]),
        ("text", b"what is this"),
    ] {
        fs::write(folder.join("damaged.debug"), damaged).expect("a file");
        let finished = profile_in(&folder, &["--debug", "damaged.debug", "--json"]);
        assert_eq!(finished.code, 2, "{name}");
        assert!(
            finished
                .stderr
                .starts_with("error[debug-sidecar]: damaged.debug is no sidecar: ")
        );
        assert!(
            finished
                .stderr
                .contains("help: make it anew with `lockstep strip`")
        );
        assert_eq!(finished.json()["schema"], "lockstep.error/1");
    }
    let finished = profile_in(&folder, &["--debug", "missing.debug"]);
    assert_eq!(finished.code, 2);
    assert!(
        finished
            .stderr
            .starts_with("error[file-unreadable]: cannot read missing.debug")
    );
}

#[test]
fn what_cannot_be_profiled_is_said() {
    let token = "contracts/artifacts/token.wasm";
    let cases: [(&[&str], &str, &str); 6] = [
        (
            &[token],
            "error[nothing-to-profile]",
            "transfer(to, amount)",
        ),
        (
            &[SCENARIO, "--call", "x"],
            "error[nothing-to-profile]",
            "leave them out",
        ),
        (
            &[token, "--call", "transfer(to = 1"],
            "error[nothing-to-profile]",
            "closing parenthesis",
        ),
        (
            &[token, "--call", "transfer(\"@bob\", 3)"],
            "error[scenario-argument]: the arguments of transfer are no table and no list: ",
            "a list in brackets: [\"@bob\", 5]",
        ),
        (
            &[token, "--call", "init"],
            "error[call-arguments]: init cannot be called: ",
            "there are: transfer",
        ),
        (
            &["missing.toml"],
            "error[file-unreadable]",
            "there is no such file",
        ),
    ];
    for (arguments, start, part) in cases {
        let finished = lockstep(&[&["gas", "profile"], arguments].concat());
        assert_eq!(
            (finished.code, finished.stdout.as_str()),
            (2, ""),
            "{arguments:?}"
        );
        assert!(finished.stderr.starts_with(start), "{}", finished.stderr);
        assert!(finished.stderr.contains(part), "{}", finished.stderr);
    }
    let finished = lockstep(&["gas", "profile", SCENARIO, "--transaction", "99.1"]);
    assert_eq!((finished.code, finished.stdout.as_str()), (8, ""));
    assert!(finished.stderr.starts_with("error[nothing-matched]"));
    assert!(finished.stderr.contains("there are: 1.1"));
    for format in ["html", "json"] {
        let both = ["gas", "profile", SCENARIO, "--format", format, "--json"];
        assert_eq!(lockstep(&both).code, 2, "{format}");
    }
}
