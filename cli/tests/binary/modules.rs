//! `lockstep check` and `lockstep meter` on modules that are well formed.

use std::fs;

use crate::process::{assert_matches, lockstep, root, scratch};

#[test]
fn every_reason_for_a_refusal_is_listed() {
    let finished = lockstep(&["check", "tests/fixtures/floats.wat"]);
    assert_eq!(finished.code, 3);
    assert!(
        finished
            .stderr
            .starts_with("error: the module is refused for 13 reasons\n")
    );
    assert_matches(
        &root().join("tests/fixtures/floats.stdout"),
        &finished.stdout,
    );
    for part in [
        "LS0202",
        "function 1 `interest`",
        "operator f64.mul",
        "help: use integers",
    ] {
        assert!(finished.stdout.contains(part), "{part}");
    }
    let document = lockstep(&["check", "tests/fixtures/floats.wat", "--json"]).json();
    assert_eq!(document["schema"], "lockstep.check/1");
    assert_eq!(document["accepted"], false);
    let violations = document["refusal"]["violations"]
        .as_array()
        .expect("a list");
    assert_eq!(violations.len(), 13);
    assert_eq!(violations[5]["function"]["name"], "interest");
    assert_eq!(violations[5]["operator"], "f64.convert_i32_s");
}

#[test]
fn an_accepted_module_is_described() {
    let finished = lockstep(&["check", "contracts/artifacts/token.wasm"]);
    assert_eq!(
        (finished.code, finished.stderr.as_str()),
        (0, ""),
        "{}",
        finished.stdout
    );
    for part in [
        "accepted\n",
        "largest frame",
        "imports ",
        "storage_write",
        "methods ",
        "transfer",
    ] {
        assert!(
            finished.stdout.contains(part),
            "{part} is not in\n{}",
            finished.stdout
        );
    }
    assert!(
        finished
            .stdout
            .contains("transfer(to: AccountId, amount: u128) -> (), error TokenError")
    );
    let document = lockstep(&["check", "contracts/artifacts/token.wasm", "--json"]).json();
    assert_eq!(document["accepted"], true);
    assert_eq!(document["module"]["abi"]["state"], "found");
}

#[test]
fn a_module_without_an_abi_and_with_other_exports_is_described() {
    let finished = lockstep(&["check", "tests/fixtures/edge.wat"]);
    assert_eq!(finished.code, 0);
    assert!(
        finished
            .stdout
            .contains("other exports memory (memory), sum (function (i32, i32) -> (i32))")
    );
    assert!(finished.stdout.contains("abi           none"));
}

/// A module with this ABI section and the method `real`.
fn module_with_abi(folder: &str, section: &str) -> String {
    let file = scratch(folder).join("module.wat");
    let text =
        format!("(module (@custom \"lockstep.abi\" \"{section}\") (func (export \"real\")))");
    fs::write(&file, text).expect("the module");
    file.to_str().expect("UTF-8").to_string()
}

#[test]
fn a_module_with_the_methods_of_two_contracts_is_told() {
    let module = module_with_abi("two", r"\01\04A\00\00\00\01\04B\00\00\00");
    let told = "the module has the methods of two contracts, `A` and `B`\n";
    let finished = lockstep(&["check", &module]);
    assert!(finished.stderr.contains(told), "{finished:#?}");
    assert!(
        finished
            .stdout
            .contains("abi           of two contracts: A, B\n"),
        "{finished:#?}"
    );
    let document = lockstep(&["check", &module, "--json"]).json();
    assert_eq!(document["module"]["abi"]["contracts"][1], "B");
    // What runs it refuses it.
    let call = lockstep(&["call", &module, "--", "real"]);
    assert_eq!(call.code, 2, "{call:#?}");
    assert!(call.stderr.contains("error[two-contracts]"), "{call:#?}");
    assert!(call.stderr.contains(told), "{call:#?}");
}

#[test]
fn a_module_that_nothing_can_call_is_told() {
    let told = "warning: the module has no method that can be called\nhelp: in Rust, put `#[contract]` above";
    let folder = scratch("no_method");
    for (exports, is_told) in [
        ("", true),
        (
            "(func (export \"sum\") (param i32)) (func (export \"init\"))",
            true,
        ),
        ("(func (export \"go\"))", false),
    ] {
        let file = folder.join("module.wat");
        fs::write(&file, format!("(module {exports})")).expect("the module");
        let finished = lockstep(&["check", file.to_str().expect("UTF-8")]);
        assert_eq!(finished.code, 0, "{finished:#?}");
        assert_eq!(finished.stderr.contains(told), is_told, "{finished:#?}");
    }
}

#[test]
fn methods_that_are_not_exported_are_told() {
    let method = |name: &str| format!(r"{name}\00\01\00\00\00\00\00");
    let (real, round) = (method(r"\10real"), method(r"\14round"));
    let module = module_with_abi("lost", &format!(r"\01\04A\00\08{real}{round}\00"));
    let finished = lockstep(&["check", &module]);
    let told = "the ABI has methods that the module does not export: `round`\n";
    assert!(finished.stderr.contains(told), "{finished:#?}");
    let document = lockstep(&["check", &module, "--json"]).json();
    let lost = &document["module"]["abi"]["not_exported"];
    assert_eq!(*lost, serde_json::json!(["round"]));
}

#[test]
fn the_metered_module_is_a_valid_module_that_cannot_be_metered_again() {
    let folder = scratch("meter");
    let (first, second) = (folder.join("token.wasm"), folder.join("twice.wasm"));
    let (first, second) = (
        first.to_str().expect("UTF-8"),
        second.to_str().expect("UTF-8"),
    );
    let finished = lockstep(&["meter", "contracts/artifacts/token.wasm", "-o", first]);
    assert_eq!(
        (finished.code, finished.stderr.as_str()),
        (0, ""),
        "{}",
        finished.stdout
    );
    let bytes = fs::read(first).expect("the output is there");
    assert!(bytes.starts_with(b"\0asm\x01\0\0\0"));
    let metered = lockstep(&[
        "meter",
        "contracts/artifacts/token.wasm",
        "-o",
        first,
        "--json",
    ])
    .json();
    assert_eq!(metered["schema"], "lockstep.meter/1");
    assert_eq!(
        metered["output_bytes"].as_u64(),
        u64::try_from(bytes.len()).ok()
    );
    assert_eq!(fs::read(first).expect("the output is there"), bytes);
    let finished = lockstep(&["meter", first, "-o", second]);
    assert_eq!(finished.code, 3);
    assert!(
        finished.stdout.contains("reserved-export"),
        "{}",
        finished.stdout
    );
    let told = ": it is metered already\nhelp: upload the original module; the machine meters what";
    for command in [&["check"][..], &["gas", "bound"]] {
        let checked = lockstep(&[command, &[first]].concat());
        assert_eq!((checked.code, &checked.stderr), (3, &finished.stderr));
    }
    assert!(finished.stderr.contains(told), "{}", finished.stderr);
    assert!(!fs::exists(second).expect("the folder can be read"));
    let left: Vec<_> = fs::read_dir(&folder)
        .expect("the folder can be read")
        .collect();
    assert_eq!(left.len(), 1, "temporary files are left: {left:?}");
}

#[test]
fn the_input_is_never_replaced() {
    let folder = scratch("replace");
    let copy = folder.join("token.wasm");
    fs::copy(root().join("contracts/artifacts/token.wasm"), &copy).expect("a copy");
    let before = fs::read(&copy).expect("the copy is there");
    let direct = copy.to_str().expect("UTF-8");
    let roundabout = folder
        .join(".")
        .join("..")
        .join("replace")
        .join("token.wasm");
    for output in [direct, roundabout.to_str().expect("UTF-8")] {
        let finished = lockstep(&["meter", direct, "-o", output]);
        assert_eq!(finished.code, 2);
        assert!(
            finished.stderr.contains("error[output-is-input]"),
            "{}",
            finished.stderr
        );
        assert_eq!(fs::read(&copy).expect("the copy is there"), before);
    }
}
