//! `lockstep call --state` of what the state cannot have: nothing is executed and no block committed.

use std::fs;
use std::path::Path;

use crate::process::{Finished, lockstep, root};
use crate::state::{filled, good, text};

/// Runs a call on a state that must be refused, and checks that the state is as it was.
fn refused(state: &str, code: i32, arguments: &[&str]) -> Finished {
    let roots = || good(&["state", "root", state, "--all"]).stdout;
    let before = roots();
    let call = lockstep(&[&["call", "--state", state], arguments].concat());
    assert_eq!((call.code, call.stdout.as_str()), (code, ""), "{call:#?}");
    assert_eq!(roots(), before, "{call:#?}");
    call
}

#[test]
fn a_module_is_not_made_a_contract_on_a_state() {
    let (_, state) = filled("call-state-module");
    let module = "contracts/artifacts/counter.wasm";
    for options in [
        &[module][..],
        &[module, "--init", "start = 5"],
        &[module, "--dry-run"],
    ] {
        let call = refused(&state, 2, &[options, &["--", "get"]].concat());
        let error = format!("error[call-arguments]: --state {state} with a module's file: ");
        assert!(call.stderr.starts_with(&error), "{call:#?}");
        for part in [
            "leave --state out",
            "lockstep run SCENARIO --state DIRECTORY",
        ] {
            assert!(call.stderr.contains(part), "{call:#?}");
        }
    }
}

/// The token's scenario with a module that has other bytes and does the same.
fn rebuilt(folder: &Path) -> String {
    let contracts = root().join("contracts");
    let mut module = fs::read(contracts.join("artifacts/token.wasm")).expect("a module");
    module.extend([0, 2, 1, b'x']);
    fs::write(folder.join("token.wasm"), module).expect("a file");
    let scenario = fs::read_to_string(contracts.join("scenarios/token.toml")).expect("a file");
    let scenario = scenario.replace("\"../artifacts/token.wasm\"", "\"token.wasm\"");
    let scenario = scenario.replace("\"../", &format!("\"{}/", contracts.display()));
    let file = folder.join("rebuilt.toml");
    fs::write(&file, scenario).expect("a file");
    text(&file)
}

#[test]
fn a_contract_of_code_that_was_built_anew_is_not_called_on_the_old_state() {
    let (folder, state) = filled("call-state-rebuilt");
    let scenario = rebuilt(&folder);
    for dry in [&[][..], &["--dry-run"]] {
        let words = ["gold", "--scenario", &scenario, "--", "total_supply"];
        let call = refused(&state, 8, &[dry, &words].concat());
        let error = "error[contract-absent]: the state has no contract @gold, which the scenario \
                     token makes with the id 0x";
        assert!(call.stderr.starts_with(error), "{call:#?}");
        assert!(
            call.stderr.contains("if the module was built anew"),
            "{call:#?}"
        );
    }
    // The contract of the old code is still there, and what is not says why.
    good(&["call", "gold", "--state", &state, "--", "total_supply"]);
    let key = "storage:@gold:\"balances:\" map(@alice)";
    let get = lockstep(&["state", "get", &state, key, "--names", &scenario]);
    assert!(
        get.stderr.contains("if the module was built anew"),
        "{get:#?}"
    );
    let get = lockstep(&[
        "state",
        "get",
        &state,
        "storage:@alice:\"x\"",
        "--names",
        &scenario,
    ]);
    assert!(!get.stderr.contains("built anew"), "{get:#?}");
}
