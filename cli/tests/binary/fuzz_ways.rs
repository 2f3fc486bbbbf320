//! Which instruction the report names where a build of the program differs: that build tells its way
//! through the code, and one that knows nothing of that still takes part.

use std::path::Path;

use serde_json::Value;

use crate::process::{Finished, lockstep, scratch, write_program};

const PROGRAM: &str = env!("CARGO_BIN_EXE_lockstep");

/// What takes the time out of the machine's hand: the last digit of each block's time is another one.
const WRONG_TIME: &str = r#"s/\[\([0-9]*\)0,\["/[\11,["/g"#;
/// What a version that does not know what is watched makes of a request.
const NOT_WATCHED: &str = r#"s/"watch":{[^}]*}},//"#;

/// What a version that kept the beginning of a way makes of a request, and how it answers.
const NO_STRETCH: &str = r#"s/,"stretch":[0-9]*//"#;
const IN_THE_OLD_FIELD: &str = r#"s/"told":{/"way":{/"#;

/// A contract that goes by the last bit of the time.
const CONTRACT: &str = r#"(module
  (import "lockstep" "block_timestamp" (func $timestamp (result i64)))
  (import "lockstep" "return" (func $return (param i32 i32)))
  (memory 1)
  (func (export "init"))
  (func (export "look") (local $time i64)
    (local.set $time (call $timestamp))
    (if (i64.eqz (i64.and (local.get $time) (i64.const 1)))
      (then (call $return (i32.const 0) (i32.const 1)))
      (else (call $return (i32.const 0) (i32.const 2))))))"#;

/// The same behind a loop whose rounds are more than a stretch of the way holds.
const LONG: &str = r#"(module
  (import "lockstep" "block_timestamp" (func $timestamp (result i64)))
  (import "lockstep" "return" (func $return (param i32 i32)))
  (memory 1)
  (func (export "init"))
  (func (export "look") (local $time i64) (local $round i32)
    (local.set $time (call $timestamp))
    (loop $again
      (local.set $round (i32.add (local.get $round) (i32.const 1)))
      (br_if $again (i32.ne (local.get $round) (i32.const 70_000))))
    (if (i64.eqz (i64.and (local.get $time) (i64.const 1)))
      (then (call $return (i32.const 0) (i32.const 1)))
      (else (call $return (i32.const 0) (i32.const 2))))))"#;

/// A contract that returns the time, in both cases behind such a loop, and takes one way.
const LONG_AND_ONE_WAY: &str = r#"(module
  (import "lockstep" "block_timestamp" (func $timestamp (result i64)))
  (import "lockstep" "return" (func $return (param i32 i32)))
  (memory 1)
  (func (export "init"))
  (func (export "look") (local $time i64) (local $round i32)
    (loop $again
      (local.set $round (i32.add (local.get $round) (i32.const 1)))
      (br_if $again (i32.ne (local.get $round) (i32.const 70_000))))
    (local.set $time (call $timestamp))
    (i64.store (i32.const 0) (local.get $time))
    (call $return (i32.const 0) (i32.const 8))))"#;

const SCENARIO: &str = r#"
schema = "lockstep.scenario/1"
name = "time"
[accounts]
alice = 1_000_000_000_000
[code]
clock = "clock.wasm"
[[block]]
[[block.transaction]]
from = "alice"
upload = "clock"
[[block.transaction]]
from = "alice"
instantiate = "clock"
as = "clock"
[[block]]
[[block.transaction]]
from = "alice"
call = "@clock.look"
"#;

/// The offset of the only operator that is written like this in the contract.
fn offset(code: &[u8], operator: &[u8]) -> u64 {
    let mut places = code
        .windows(operator.len())
        .enumerate()
        .filter(|(_, bytes)| *bytes == operator);
    let (place, _) = places.next().expect("the operator is there");
    assert!(places.next().is_none(), "it is there once");
    u64::try_from(place).expect("small")
}

/// A build to which requests come changed by these expressions of `sed`.
fn build(folder: &Path, name: &str, changes: &[&str]) -> String {
    build_answering(folder, name, (changes, ""))
}

/// A build to which requests come changed by these expressions of `sed`, and answers by that one.
fn build_answering(folder: &Path, name: &str, (changes, answer): (&[&str], &str)) -> String {
    let path = folder.join(name);
    let changes: String = changes
        .iter()
        .map(|change| format!(" -e '{change}'"))
        .collect();
    let script = format!(
        "#!/bin/sh\n\
         if [ \"$1\" = --version ]; then exec {PROGRAM} --version; fi\n\
         sed{changes} | {PROGRAM} \"$@\" | sed -e '{answer}'\n"
    );
    write_program(&path, &script);
    path.to_string_lossy().into_owned()
}

/// The call of `block_timestamp`, and the beginning of the operator behind it.
const CALL: [u8; 3] = [0x10, 0, 0x21];

/// What the search says of a build, and of the same in JSON where the difference shows.
fn searched(folder: &Path, program: &str) -> (Finished, Value) {
    let scenario = folder.join("time.toml").to_string_lossy().into_owned();
    let out = folder.join("out").to_string_lossy().into_owned();
    let world = format!("binary:{program}");
    let search = [
        "fuzz", "det", &scenario, "--runs", "1", "--worlds", &world, "--out", &out,
    ];
    let text = lockstep(&search);
    let document = lockstep(&[&search[..], &["--json"]].concat());
    assert_eq!((text.code, document.code), (7, 7), "{text:#?}");
    let place = document.json()["finding"]["place"].clone();
    assert!(place.is_object(), "{document:#?}");
    (text, place)
}

/// A folder with the scenario, and the code of its contract.
fn prepared(name: &str, contract: &str) -> (std::path::PathBuf, Vec<u8>) {
    let folder = scratch(name);
    let code = wat::parse_str(contract).expect("the text is a module");
    std::fs::write(folder.join("clock.wasm"), &code).expect("the contract");
    std::fs::write(folder.join("time.toml"), SCENARIO).expect("the scenario");
    (folder, code)
}

#[test]
fn another_build_tells_at_which_instruction_it_parts() {
    let (folder, code) = prepared("fuzz-ways", CONTRACT);
    let wrong = build(&folder, "wrong", &[WRONG_TIME]);
    let (text, place) = searched(&folder, &wrong);
    let segment = &place["segment"];
    assert_eq!(segment["ways"], "part", "{place:#}");
    // The first operator of `then`: its first constant is 0, its second is 1.
    let then = offset(&code, &[0x41, 0, 0x41, 1, 0x10]);
    assert_eq!(segment["offset"].as_u64(), Some(then), "{place:#}");
    let words = "first instruction that only one of them reaches";
    assert!(text.stdout.contains(words), "{text:#?}");
    // The call whose answer is another one.
    let result = &place["result"]["differs"];
    let call = offset(&code, &CALL);
    assert_eq!(result["offset"].as_u64(), Some(call), "{place:#}");
    assert_eq!(time(result, "other"), time(result, "base") + 1, "{place:#}");
    let words = "first instruction with another result";
    assert!(text.stdout.contains(words), "{text:#?}");
}

/// The time that a world's operator came to.
fn time(result: &Value, world: &str) -> u64 {
    let shown = result[world].as_str();
    let digits = shown.and_then(|shown| shown.strip_prefix("0x"));
    u64::from_str_radix(digits.expect("a number"), 16).expect("hexadecimal")
}

#[test]
fn ways_that_part_behind_many_segments_are_told_exactly() {
    let (folder, code) = prepared("fuzz-ways-long", LONG);
    let wrong = build(&folder, "wrong", &[WRONG_TIME]);
    let (text, place) = searched(&folder, &wrong);
    let segment = &place["segment"];
    assert_eq!(segment["ways"], "part", "{place:#}");
    let then = offset(&code, &[0x41, 0, 0x41, 1, 0x10]);
    assert_eq!(segment["offset"].as_u64(), Some(then), "{place:#}");
    let before = segment["segments_before"].as_u64().expect("a number");
    assert!((70_000..71_000).contains(&before), "{text:#?}");
    let result = &place["result"]["differs"];
    assert_eq!(result["offset"].as_u64(), Some(offset(&code, &CALL)));
}

#[test]
fn what_differs_behind_many_segments_of_one_way_is_told_exactly() {
    let (folder, code) = prepared("fuzz-ways-one", LONG_AND_ONE_WAY);
    let call = offset(&code, &CALL);
    let wrong = build(&folder, "wrong", &[WRONG_TIME]);
    let (text, place) = searched(&folder, &wrong);
    let segment = &place["segment"];
    assert_eq!(segment["ways"], "same", "{place:#}");
    assert_eq!(segment["offset"].as_u64(), Some(call), "{place:#}");
    let before = segment["segments_before"].as_u64().expect("a number");
    assert!((70_000..71_000).contains(&before), "{text:#?}");
    // The loop reports several results in each of its rounds.
    let result = &place["result"]["differs"];
    assert_eq!(result["offset"].as_u64(), Some(call), "{place:#}");
    assert_eq!(time(result, "other"), time(result, "base") + 1, "{place:#}");

    // Where the other does not tell, what the base world reached is known all the same.
    let older = build(&folder, "older", &[WRONG_TIME, NOT_WATCHED]);
    let (_, place) = searched(&folder, &older);
    let segment = &place["segment"];
    assert_eq!(segment["ways"], "unknown", "{place:#}");
    assert_eq!(segment["offset"].as_u64(), Some(call), "{place:#}");
    assert_eq!(segment["segments_before"].as_u64(), Some(before));
}

#[test]
fn a_build_that_does_not_know_what_is_watched_takes_part() {
    let (folder, code) = prepared("fuzz-ways-older", CONTRACT);
    let older = build(&folder, "older", &[WRONG_TIME, NOT_WATCHED]);
    let knows_no_stretches = (&[WRONG_TIME, NO_STRETCH][..], IN_THE_OLD_FIELD);
    let old = build_answering(&folder, "old", knows_no_stretches);
    for program in [older, old] {
        let (text, place) = searched(&folder, &program);
        let segment = &place["segment"];
        assert_eq!(segment["ways"], "unknown", "{place:#}");
        assert_eq!(place["result"], Value::Null, "{place:#}");
        // The call whose answer is another one.
        let call = offset(&code, &CALL);
        assert_eq!(segment["offset"].as_u64(), Some(call), "{place:#}");
        let words = "that world does not tell its way through the code";
        assert!(text.stdout.contains(words), "{text:#?}");
    }
}
