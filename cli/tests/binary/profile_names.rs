//! `lockstep gas profile` of a module whose names are made to be taken for something else.

use std::fs;

use crate::process::{lockstep_in, scratch};

/// A function whose name has a row of the table, a colour, an override of the direction of text
/// and what separates frames, one with quotes, and one that is empty.
const MODULE: &str = r#"(module
    (memory (export "memory") 1)
    (func $forged (@name "a;b\1b[31m\n     9_999_999  99.9% forged\r\u{202e}") (result i32)
        (i32.const 1))
    (func $quoted (@name "it's \"quoted\"") (result i32) (call $nameless))
    (func $nameless (@name "") (result i32) (call $forged))
    (func (export "go") (drop (call $quoted))))"#;

const SCENARIO: &str = r#"
schema = "lockstep.scenario/1"
name = "host\u001bile"

[accounts]
alice = 100_000_000_000

[code]
it = "it.wat"

[[block]]

[[block.transaction]]
from = "alice"
upload = "it"

[[block.transaction]]
from = "alice"
instantiate = "it"
as = "made"

[[block.transaction]]
name = "one\n     8_888_888  88.8% two\u202e"
from = "alice"
call = "made.go"
"#;

fn profiled(format: &str) -> String {
    let folder = scratch(&format!("profile_hostile_{format}"));
    fs::write(folder.join("it.wat"), MODULE).expect("the file can be written");
    fs::write(folder.join("it.toml"), SCENARIO).expect("the file can be written");
    let arguments = ["gas", "profile", "it.toml", "--format", format];
    let finished = lockstep_in(&folder, &arguments);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    let text = finished.stdout;
    let is_plain = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
    assert!(text.chars().all(is_plain), "{text:?}");
    text
}

#[test]
fn names_stay_in_their_row_of_the_table() {
    let table = profiled("table");
    for part in [
        "gas profile of host\\u{1b}ile\n",
        " a;b\\u{1b}[31m\\n     9_999_999  99.9% forged\\r\\u{202e}\n",
        " it's \"quoted\"\n",
        " function[2]\n",
        "  1.3 one\\n     8_888_888  88.8% two\\u{202e}\n",
    ] {
        assert!(table.contains(part), "{part}\n{table}");
    }
    for line in ["     9_999_999", "     8_888_888"] {
        let forged = table.lines().any(|it| it.starts_with(line));
        assert!(!forged, "{table}");
    }
}

#[test]
fn names_stay_in_their_frame_of_a_folded_stack() {
    let folded = profiled("folded");
    let name = "a:b\\u{1b}[31m\\n     9_999_999  99.9% forged\\r\\u{202e}";
    assert!(folded.contains(&format!(";{name} ")), "{folded}");
    for line in folded.lines() {
        let gas = line.rsplit(' ').next().map(str::parse::<u64>);
        assert!(gas.is_some_and(|it| it.is_ok()), "{line}");
    }
    assert_eq!(folded.matches("99.9% forged").count(), 1, "{folded}");
}
