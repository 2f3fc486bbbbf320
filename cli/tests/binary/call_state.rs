//! `lockstep call --state` of what the state cannot have: nothing is executed and no block committed.

use crate::process::{Finished, lockstep};
use crate::state::{filled, good};

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
