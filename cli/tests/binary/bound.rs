//! `lockstep gas bound`.

use std::fs;

use crate::process::{lockstep, lockstep_in, scratch};

const MODULE: &str = r#"(module
    (import "lockstep" "input_length" (func $input_length (result i32)))
    (import "lockstep" "input_read" (func $input_read (param i32 i32 i32)))
    (memory 1)
    (func (export "plain") (nop))
    (func (export "choice") (if (i32.load (i32.const 0)) (then (nop))))
    (func (export "copies")
      (call $input_read (i32.const 0) (i32.const 0) (call $input_length)))
    (func $_ZN4core3fmt5write17h0123456789abcdefE (export "waits")
      (loop $again (br_if $again (i32.load (i32.const 8)))))
    (func (export "never") (unreachable)))"#;

#[test]
fn every_kind_of_bound_is_shown() {
    let folder = scratch("bound");
    fs::write(folder.join("bounds.wat"), MODULE).expect("the folder can be written");
    let finished = lockstep_in(&folder, &["gas", "bound", "bounds.wat"]);
    assert_eq!((finished.code, finished.stderr.as_str()), (0, ""));
    for line in [
        "plain   exactly 5\n",
        "choice  at most 42\n",
        "copies  linear: at most 110 plus the following; in all at most 131_182\n",
        "    1 for each byte of the call's input (at most 131_072)\n",
        "waits   unbounded\n",
        "in function 5 `core::fmt::write`: how often it repeats depends on a value from memory",
        "never   always traps",
    ] {
        assert!(
            finished.stdout.contains(line),
            "{line}\n{}",
            finished.stdout
        );
    }
    let document = lockstep_in(&folder, &["gas", "bound", "bounds.wat", "--json"]).json();
    assert_eq!(document["schema"], "lockstep.gas-bound/1");
    let exports = document["module"]["exports"].as_array().expect("a list");
    assert_eq!(exports[0]["bound"], "exact");
    assert_eq!(exports[0]["gas"], 5);
    assert_eq!(exports[2]["terms"][0]["quantity"]["of"], "input_length");
    assert_eq!(exports[3]["causes"][0]["kind"], "loop");
    assert_eq!(document["module"]["functions"]["5"], "core::fmt::write");
    let one = lockstep_in(&folder, &["gas", "bound", "bounds.wat", "plain"]);
    assert!(!one.stdout.contains("choice"), "{}", one.stdout);
}

/// Two methods that fail in the same way, with a message that is made in a loop.
const FAILS: &str = r#"(module
    (import "lockstep" "panic" (func $panic (param i32 i32)))
    (import "lockstep" "upgrade" (func $upgrade (param i32 i32 i32 i64) (result i32)))
    (memory 1)
    (func $fail
      (loop $again (br_if $again (i32.load (i32.const 8))))
      (loop $more (br_if $more (i32.load (i32.const 4))))
      (call $panic (i32.const 0) (i32.const 4)))
    (func (export "pays") (if (i32.load (i32.const 0)) (then (call $fail))))
    (func (export "waits")
      (loop $again (br_if $again (i32.load (i32.const 8))))
      (if (i32.load (i32.const 0)) (then (call $fail))))
    (func (export "dear")
      (if (i32.load (i32.const 0)) (then (call $panic (i32.const 0) (i32.const 4)))))
    (func (export "upgrades")
      (if (i32.load (i32.const 0)) (then
        (drop (call $upgrade (i32.const 0) (i32.const 0) (i32.const 5) (i64.const 1)))
        (call $fail))))
    (func (export "never") (call $panic (i32.const 0) (i32.const 4))))"#;

#[test]
fn calls_that_succeed_and_that_fail_are_told_apart() {
    let folder = scratch("bound-success");
    fs::write(folder.join("fails.wat"), FAILS).expect("the folder can be written");
    let finished = lockstep_in(&folder, &["gas", "bound", "fails.wat"]);
    assert_eq!((finished.code, finished.stderr.as_str()), (0, ""));
    for lines in [
        "pays      exactly 41 if it succeeds\n    if it fails: unbounded, by 2 causes that only \
         failing calls reach (--failures lists them)\n",
        "waits     unbounded if it succeeds\n    loop at 0x",
        "dear      exactly 41 if it succeeds\n    if it fails: at most 563",
        "upgrades  exactly 41 if it succeeds\n    if it fails: unbounded, by 2 causes that only \
         failing calls reach (--failures lists them), plus what called contracts use\n",
        "never     never succeeds\n    if it fails: exactly 526",
    ] {
        assert!(
            finished.stdout.contains(lines),
            "{lines}\n{}",
            finished.stdout
        );
    }
    assert!(!finished.stdout.contains("causes of several exports"));
    let failures = ["gas", "bound", "fails.wat", "--failures"];
    let finished = lockstep_in(&folder, &failures);
    for lines in [
        "pays      exactly 41 if it succeeds\n    if it fails: unbounded\n        causes below: \
         [1] [2]\n",
        "\ncauses of several exports\n  [1] loop at 0x",
    ] {
        assert!(
            finished.stdout.contains(lines),
            "{lines}\n{}",
            finished.stdout
        );
    }
    // The causes of several exports are told once, the one of `waits` in both of its answers.
    let causes = |line: &&str| line.contains("loop at 0x");
    assert_eq!(finished.stdout.lines().filter(causes).count(), 4);
    let document = lockstep_in(&folder, &["gas", "bound", "fails.wat", "--json"]).json();
    let exports = &document["module"]["exports"];
    assert_eq!(exports[0]["bound"], "unbounded");
    assert_eq!(exports[0]["on_success"]["bound"], "exact");
    assert_eq!(exports[0]["on_success"]["gas"], 41);
    assert_eq!(exports[3]["calls_contracts"], true);
    assert_eq!(exports[3]["on_success"]["calls_contracts"], false);
    assert_eq!(exports[4]["on_success"]["bound"], "fails");
}

const TOKEN: &str = "contracts/artifacts/token.wasm";

/// The methods over accounts and amounts are bounded when they succeed; those that decode text may
/// be or not.
#[test]
fn a_contract_of_a_compiler_is_bounded() {
    let document = lockstep(&["gas", "bound", TOKEN, "--json"]).json();
    let exports = document["module"]["exports"].as_array().expect("a list");
    for name in [
        "allowance",
        "approve",
        "balance_of",
        "total_supply",
        "transfer",
    ] {
        let mut named = exports.iter().filter(|export| export["name"] == name);
        let success = &named.next().expect("it is exported")["on_success"];
        assert_eq!(success["bound"], "linear", "{name}: {success}");
        assert!(success["at_most"].is_u64(), "{name}: {success}");
    }
    let all = lockstep(&["gas", "bound", TOKEN]).stdout;
    assert!(
        all.contains("transfer       linear if it succeeds: at most "),
        "{all}"
    );
    let one = lockstep(&["gas", "bound", TOKEN, "transfer"]).stdout;
    let terms = one.lines().filter(|line| line.contains(" for each "));
    assert!(terms.count() > 3, "{one}");
    assert!(one.contains(" for each page by which the memory grows (at most "));
}

#[test]
fn places_have_the_names_and_lines_of_the_sidecar() {
    let finished = lockstep(&["gas", "bound", TOKEN, "transfer"]);
    assert_eq!((finished.code, finished.stderr.as_str()), (0, ""));
    for part in [" byte of hash_blake2b_128 at 0x", "`lockstep_sdk::", ".rs:"] {
        assert!(finished.stdout.contains(part), "{}", finished.stdout);
    }
    let document = lockstep(&["gas", "bound", TOKEN, "transfer", "--json"]).json();
    let module = &document["module"];
    let success = &module["exports"][0]["on_success"];
    for term in success["terms"].as_array().expect("terms") {
        if let Some(index) = term["quantity"]["place"]["function"].as_u64() {
            let name = &module["functions"][index.to_string()];
            assert!(name.is_string(), "{term}");
        }
    }
    let lines = module["lines"].as_object().expect("lines");
    let told = |line: &serde_json::Value| line.as_str().is_some_and(|it| it.contains(".rs:"));
    assert!(lines.values().any(told));
}

#[test]
fn a_sidecar_of_other_code_is_told() {
    let debug = crate::process::root().join("contracts/artifacts/debug");
    let mut sidecars = fs::read_dir(debug).expect("sidecars");
    let told = sidecars.any(|entry| {
        let path = entry.expect("an entry").path();
        let path = path.to_str().expect("UTF-8");
        let finished = lockstep(&["gas", "bound", TOKEN, "transfer", "--debug", path]);
        assert_eq!(finished.code, 0);
        finished.stderr.contains("belongs to the code section") && !finished.stdout.contains(".rs:")
    });
    assert!(told);
}

#[test]
fn a_sidecar_of_other_code_beside_the_module_is_told() {
    let folder = scratch("bound_wrong_sidecar");
    let token = folder.join("token.wasm");
    let token = token.to_str().expect("UTF-8");
    let stripped = lockstep(&["strip", TOKEN, "-o", token, "--json"]).json();
    let sidecar = stripped["sidecar"].as_str().expect("a path");
    let debug = crate::process::root().join("contracts/artifacts/debug");
    let mut sidecars = fs::read_dir(debug).expect("sidecars");
    let other = sidecars.find_map(|entry| {
        let path = entry.expect("an entry").path();
        (!sidecar.ends_with(path.file_name()?.to_str()?)).then_some(path)
    });
    fs::copy(other.expect("another sidecar"), sidecar).expect("a copy");
    let finished = lockstep(&["gas", "bound", token, "transfer"]);
    assert_eq!(finished.code, 0);
    assert!(
        finished.stderr.contains("belongs to the code section"),
        "{}",
        finished.stderr
    );
}

#[test]
fn an_unknown_export_and_a_refused_module_are_told() {
    let finished = lockstep(&["gas", "bound", TOKEN, "tranfer"]);
    assert_eq!(finished.code, 8);
    assert!(finished.stderr.contains("error[unknown-export]"));
    assert!(finished.stderr.contains("did you mean \"transfer\"?"));
    let finished = lockstep(&["gas", "bound", "tests/fixtures/floats.wat"]);
    assert_eq!(finished.code, 3);
    assert!(finished.stdout.contains("LS0202"));
    let finished = lockstep(&["gas", "bound", "no/such.wasm", "--json"]);
    assert_eq!(finished.code, 2);
    assert_eq!(finished.json()["schema"], "lockstep.error/1");
}

#[test]
fn a_module_without_exported_functions_has_nothing_to_bound() {
    let folder = scratch("bound_no_exports");
    fs::write(folder.join("closed.wat"), "(module (func (nop)))")
        .expect("the folder can be written");
    let finished = lockstep_in(&folder, &["gas", "bound", "closed.wat"]);
    assert_eq!((finished.code, finished.stderr.as_str()), (0, ""));
    let last = finished.stdout.lines().last();
    let expected = "the module exports no function, so there is nothing to bound";
    assert_eq!(last, Some(expected), "{}", finished.stdout);
}
