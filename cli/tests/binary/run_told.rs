//! How `lockstep run` tells what came out in place of what a scenario expects.

use std::fs;

use crate::process::{Finished, lockstep, root, scratch};

/// Runs a scenario in which alice has a token `gold` and this transaction comes last.
fn run(name: &str, transaction: &str) -> Finished {
    let token = root().join("contracts/artifacts/token.wasm");
    let text = format!(
        "schema = \"lockstep.scenario/1\"\nname = \"told\"\n\
         [accounts]\nalice = 100_000_000_000\nbob = 0\n[code]\ntoken = {token:?}\n\
         [[block]]\n[[block.transaction]]\nfrom = \"alice\"\nupload = \"token\"\n\
         [[block.transaction]]\nfrom = \"alice\"\ninstantiate = \"token\"\nas = \"gold\"\n\
         args = {{ name = \"Gold\", symbol = \"AU\", supply = 1_000 }}\n\
         [[block.transaction]]\n{transaction}\n"
    );
    let file = scratch(name).join("told.toml");
    fs::write(&file, text).expect("a file");
    lockstep(&["run", file.to_str().expect("UTF-8")])
}

#[test]
fn a_success_is_no_error_and_no_message() {
    for (name, transaction, told) in [
        (
            "told-message",
            "from = \"alice\"\ncall = \"gold.total_supply\"\nexpect = { message = \"x\" }",
            "message is success with output 1_000, expected \"x\"",
        ),
        (
            "told-error",
            "from = \"alice\"\ncall = \"gold.transfer\"\nargs = [\"@bob\", 1]\n\
             expect = { error = { BalanceTooLow = [5, 7] } }",
            "error is success with output (), expected BalanceTooLow",
        ),
        (
            "told-output",
            "from = \"alice\"\ncall = \"gold.total_supply\"\nexpect = { output = 5 }",
            "output is 1_000, expected 5",
        ),
    ] {
        let finished = run(name, transaction);
        assert_eq!(finished.code, 5, "{finished:#?}");
        assert!(finished.stderr.contains(told), "{finished:#?}");
    }
}

/// A failure that is not the expected one is told like one of which nothing is expected.
#[test]
fn another_ending_is_told_with_its_reason() {
    let poor = "from = \"bob\"\ntransfer = \"@alice\"";
    let reverts = "from = \"bob\"\ncall = \"gold.transfer\"\nargs = [\"@alice\", 1]\ngas_price = 0";
    let error = "reverted: BalanceTooLow { balance: 0, amount: 1 }, expected";
    for (name, transaction, expected, told) in [
        (
            "told-poor",
            poor,
            "status = \"success\"",
            "status is invalid: cannot_pay: ",
        ),
        (
            "told-other",
            poor,
            "invalid = \"bad_nonce\"",
            "ending is invalid: cannot_pay: ",
        ),
        ("told-status", reverts, "status = \"success\"", error),
        ("told-reverted", reverts, "invalid = \"bad_nonce\"", error),
    ] {
        let finished = run(name, &format!("{transaction}\nexpect = {{ {expected} }}"));
        assert_eq!(finished.code, 5, "{finished:#?}");
        assert!(finished.stderr.contains(told), "{finished:#?}");
    }
    let unstated = run("told-unstated", poor);
    let stated = run(
        "told-stated",
        &format!("{poor}\nexpect = {{ status = \"success\" }}"),
    );
    let message = |finished: &Finished| {
        let line = finished.stderr.lines().next().expect("a line");
        line.split_once("]: ").expect("a message").1.to_string()
    };
    assert_eq!(message(&stated), message(&unstated));
}

#[test]
fn a_lifecycle_method_is_there_and_cannot_be_called() {
    let finished = run("told-init", "from = \"alice\"\ncall = \"gold.init\"");
    assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
    let told = "]: init cannot be called: it runs when the contract gets this code\n";
    assert!(finished.stderr.contains(told), "{finished:#?}");
    // No input makes it one that can be called.
    assert!(!finished.stderr.contains("0x..."), "{finished:#?}");
    let finished = run("told-absent", "from = \"alice\"\ncall = \"gold.absent\"");
    let told = "with input = \"0x...\" the ABI is not asked\n";
    assert!(finished.stderr.contains(told), "{finished:#?}");
}
