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
        "copies  linear: at most 230 plus the following; in all at most 131_302\n",
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

#[test]
fn a_contract_of_a_compiler_is_bounded_or_told_why_not() {
    let finished = lockstep(&[
        "gas",
        "bound",
        "contracts/artifacts/token.wasm",
        "description",
    ]);
    assert_eq!((finished.code, finished.stderr.as_str()), (0, ""));
    assert!(
        finished
            .stdout
            .contains("description  unbounded\n    loop at 0x")
    );
    // The names and lines of the sidecar, which lies beside the artifacts.
    for part in ["`core::str::converts::from_utf8`", ".rs:"] {
        assert!(finished.stdout.contains(part), "{}", finished.stdout);
    }
    let arguments = [
        "gas",
        "bound",
        "contracts/artifacts/token.wasm",
        "description",
        "--json",
    ];
    let document = lockstep(&arguments).json();
    let module = &document["module"];
    for cause in module["exports"][0]["causes"].as_array().expect("causes") {
        let index = cause["place"]["function"].as_u64().expect("an index");
        assert!(
            module["functions"][index.to_string()].is_string(),
            "{cause}"
        );
    }
    let lines = module["lines"].as_object().expect("lines");
    assert!(
        lines
            .values()
            .any(|line| line.as_str().is_some_and(|line| line.contains(".rs:")))
    );
}

#[test]
fn a_cause_of_several_exports_is_told_once() {
    let finished = lockstep(&["gas", "bound", "contracts/artifacts/token.wasm"]);
    let causes = |line: &&str| {
        let line = line.trim_start();
        let line = line.split_once("] ").map_or(line, |(_, rest)| rest);
        line.starts_with("loop at ") || line.starts_with("recursion: ")
    };
    let mut lines: Vec<&str> = finished
        .stdout
        .lines()
        .filter(causes)
        .map(str::trim)
        .collect();
    let count = lines.len();
    assert!(count > 1, "{}", finished.stdout);
    lines
        .iter_mut()
        .for_each(|line| *line = line.split_once("] ").map_or(*line, |it| it.1));
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(lines.len(), count, "{}", finished.stdout);
    assert!(
        finished.stdout.contains("    causes below: [1] "),
        "{}",
        finished.stdout
    );
    let one = lockstep(&["gas", "bound", "contracts/artifacts/token.wasm", "transfer"]);
    assert!(!one.stdout.contains("causes below"), "{}", one.stdout);
}

#[test]
fn a_sidecar_of_other_code_is_told() {
    let debug = crate::process::root().join("contracts/artifacts/debug");
    let mut sidecars = fs::read_dir(debug).expect("sidecars");
    let told = sidecars.any(|entry| {
        let path = entry.expect("an entry").path();
        let path = path.to_str().expect("UTF-8");
        let token = "contracts/artifacts/token.wasm";
        let finished = lockstep(&["gas", "bound", token, "transfer", "--debug", path]);
        assert_eq!(finished.code, 0);
        finished.stderr.contains("belongs to the code section") && !finished.stdout.contains(".rs:")
    });
    assert!(told);
}

#[test]
fn an_unknown_export_and_a_refused_module_are_told() {
    let token = "contracts/artifacts/token.wasm";
    let finished = lockstep(&["gas", "bound", token, "tranfer"]);
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
