//! `lockstep gas profile` of codes that have functions of the same names.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::process::{lockstep_in, scratch};

/// A contract whose work takes `adds` additions, by a function that every code has and one of its
/// own.
fn module(name: &str, adds: usize) -> String {
    let adds = "(i32.add (i32.const 1)".repeat(adds) + " (i32.const 1)" + &")".repeat(adds);
    format!(
        "(module (memory (export \"memory\") 1)
            (func $work (@name \"work\") (drop {adds}))
            (func $only (@name \"only_{name}\") (call $work))
            (func (export \"go\") (call $only))
            (func (export \"upgraded\") (call $only)))"
    )
}

/// A contract of each code, and one that gets the other code by an upgrade.
const SCENARIO: &str = r#"
schema = "lockstep.scenario/1"
name = "codes"
[accounts]
alice = 100_000_000_000
[code]
one = "one.wat"
two = "two.wat"
[[block]]
transaction = [
    { from = "alice", upload = "one" },
    { from = "alice", upload = "two" },
    { from = "alice", instantiate = "one", as = "first" },
    { from = "alice", instantiate = "two", as = "second" },
    { from = "alice", call = "first.go" },
    { from = "alice", call = "second.go" },
    { from = "alice", upgrade = "first", code = "two" },
    { from = "alice", call = "first.go" },
]
"#;

fn profiled(format: &str) -> String {
    let folder = scratch(&format!("profile_codes_{format}"));
    fs::write(folder.join("one.wat"), module("one", 3)).expect("the file can be written");
    fs::write(folder.join("two.wat"), module("two", 40)).expect("the file can be written");
    fs::write(folder.join("codes.toml"), SCENARIO).expect("the file can be written");
    let finished = lockstep_in(
        &folder,
        &["gas", "profile", "codes.toml", "--format", format],
    );
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    finished.stdout
}

/// The gas of the rows with this name in a list of the document's sums.
fn gas(document: &Value, list: &str, name: &str) -> Vec<u64> {
    let costs = document["summary"][list].as_array().expect("a list");
    let costs = costs.iter().filter(|cost| cost["name"] == name);
    costs.filter_map(|cost| cost["gas"].as_u64()).collect()
}

#[test]
fn a_name_of_several_codes_has_the_code_behind_it() {
    let names = [
        "work (@one)",
        "work (@two)",
        "@first.go (@one)",
        "@first.go (@two)",
    ];
    let plain = ["only_one", "only_two", "@second.go"];
    let table = profiled("table");
    for name in names.iter().chain(&plain) {
        let rows = table
            .lines()
            .filter(|line| line.ends_with(&format!("% {name}")));
        assert_eq!(rows.count(), 1, "{name}\n{table}");
    }
    let folded = profiled("folded");
    let stacks = folded.lines().filter_map(|line| line.rsplit_once(' '));
    let frames: BTreeSet<&str> = stacks.flat_map(|(stack, _)| stack.split(';')).collect();
    for name in names.iter().chain(&plain) {
        assert!(frames.contains(name), "{name}\n{folded}");
    }
    assert!(!frames.contains("work"), "{folded}");
    for format in ["speedscope", "html"] {
        let text = profiled(format);
        for name in names.iter().chain(&plain) {
            assert!(text.contains(&format!("\"{name}\"")), "{format}: {name}");
        }
        for name in ["work", "@first.go"] {
            assert!(!text.contains(&format!("\"{name}\"")), "{format}: {name}");
        }
    }
}

#[test]
fn the_document_says_which_code_a_frame_is_of() {
    let document: Value = serde_json::from_str(&profiled("json")).expect("a document");
    let stacks = document["stacks"].as_array().expect("stacks");
    let sum = |code: &str| -> u64 {
        let of_code = stacks.iter().filter(|stack| {
            let frames = stack["frames"].as_array().expect("frames").iter();
            let mut frames = frames.enumerate();
            frames.any(|(at, frame)| frame == "work" && stack["codes"][at] == code)
        });
        of_code.filter_map(|stack| stack["gas"].as_u64()).sum()
    };
    let (one, two) = (sum("@one"), sum("@two"));
    assert!(0 < one && one < two, "{one} {two}");
    assert_eq!(gas(&document, "functions", "work (@one)"), [one]);
    assert_eq!(gas(&document, "functions", "work (@two)"), [two]);
}

/// Of two codes, one has a function without a name, whose index the other has as well.
#[test]
fn an_index_in_place_of_a_name_has_the_code_behind_it() {
    let folder = scratch("profile_codes_index");
    let nameless = module("two", 40)
        .replace("$only (@name \"only_two\")", "")
        .replace("(call $only)", "(call 1)");
    fs::write(folder.join("one.wat"), module("one", 3)).expect("the file can be written");
    fs::write(folder.join("two.wat"), nameless).expect("the file can be written");
    fs::write(folder.join("codes.toml"), SCENARIO).expect("the file can be written");
    let finished = lockstep_in(&folder, &["gas", "profile", "codes.toml"]);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    for name in ["only_one", "function[1] (@two)"] {
        let end = format!("% {name}\n");
        assert!(
            finished.stdout.contains(&end),
            "{name}\n{}",
            finished.stdout
        );
    }
}
