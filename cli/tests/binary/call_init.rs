//! `lockstep call` of a module: what its `init` is given, that a contract that could not be made is
//! told apart from a call that fails, and options that stand where parameters do.

use std::fs;

use crate::process::{lockstep, root, scratch};

/// The contract without an ABI that the document of the ABI shows.
fn documented_contract() -> String {
    let document = fs::read_to_string(root().join("docs/contract-abi.md")).expect("the document");
    let (_, after) = document
        .split_once("```wat\n")
        .expect("a module in text form");
    let (text, _) = after.split_once("```").expect("its end");
    text.to_string()
}

#[test]
fn init_of_a_contract_without_an_abi_is_given_bytes() {
    let file = scratch("call_init").join("counter.wat");
    fs::write(&file, documented_contract()).expect("a file");
    let file = file.to_str().expect("UTF-8");
    let init = "0x0500000000000000";
    let call = lockstep(&["call", file, "--init", init, "--json", "--", "increment"]);
    assert_eq!(call.code, 0, "{call:#?}");
    assert!(!call.stderr.contains("note: "), "{call:#?}");
    let receipt = &call.json()["transaction"]["receipt"];
    assert_eq!(receipt["output"]["bytes"], "0x0600000000000000");
}

#[test]
fn a_contract_that_was_not_made_is_told() {
    let module = "contracts/artifacts/token.wasm";
    let call = lockstep(&["call", module, "--init", "0x00", "--", "total_supply"]);
    assert_eq!(call.code, 4, "{call:#?}");
    assert_eq!(call.stdout, "", "{call:#?}");
    let error = format!(
        "error[unstated-failure]: no contract could be made of {module}, so none was called: block 1, \
         transaction 2 \"instantiate @module as @target\": status is panicked: "
    );
    assert!(call.stderr.starts_with(&error), "{call:#?}");
    let help = "help: --init 'NAME = VALUE, ..', or 0x.. without an ABI, states";
    assert!(call.stderr.contains(help), "{call:#?}");
    assert!(
        call.stderr.contains("`lockstep explain panicked`"),
        "{call:#?}"
    );

    let file = scratch("call_not_made").join("counter.wat");
    fs::write(&file, documented_contract()).expect("a file");
    let file = file.to_str().expect("UTF-8");
    let call = lockstep(&["call", file, "--json", "--", "increment"]);
    assert_eq!(call.code, 4, "{call:#?}");
    let problem = &call.json()["errors"][0];
    let told = problem["message"].as_str().expect("text");
    assert!(
        told.ends_with("status is input_out_of_range, expected success"),
        "{told}"
    );
    assert!(!told.contains("not_a_contract"), "{told}");
}

/// The contract and its code have names of their own.
#[test]
fn a_call_of_a_module_names_the_contract_and_its_code() {
    let module = "contracts/artifacts/counter.wasm";
    let call = lockstep(&["call", module, "--", "add", "--amount", "3"]);
    assert_eq!(call.code, 0, "{call:#?}");
    let first = format!("@target of @module, after the scenario made of {module}\n");
    assert!(call.stdout.starts_with(&first), "{call:#?}");
}

/// What `init` is given cannot add keys to the transaction.
#[test]
fn init_is_one_table() {
    let module = "contracts/artifacts/counter.wasm";
    for init in ["}\nvalue = 5 # ", "} # ", "start = 1 }, more = { a = 1"] {
        let call = lockstep(&["call", module, "--init", init, "--", "get"]);
        assert_eq!((call.code, call.stdout.as_str()), (2, ""), "{call:#?}");
        let message = "]: the arguments of init are no table and no list: ";
        assert!(call.stderr.contains(message), "{call:#?}");
        assert!(
            call.stderr.contains("--init 'NAME = VALUE, ..'"),
            "{call:#?}"
        );
    }
}

/// As in a scenario, a table or a list; the table needs no braces.
#[test]
fn init_is_written_as_in_a_scenario() {
    let module = "contracts/artifacts/token.wasm";
    for init in [
        "name = \"T\", symbol = \"T\", supply = 5",
        "{ name = \"T\", symbol = \"T\", supply = 5 }",
        " [\"T\", \"T\", 5]",
    ] {
        let call = lockstep(&[
            "call",
            module,
            "--init",
            init,
            "--json",
            "--",
            "total_supply",
        ]);
        assert_eq!(call.code, 0, "{call:#?}");
        let receipt = &call.json()["transaction"]["receipt"];
        assert_eq!(receipt["output"]["value"], "5");
    }
}

/// Options of the command stand before `--`, whether or not an ABI says what stands behind.
#[test]
fn an_option_behind_the_dashes_is_told_its_place() {
    let file = scratch("call_behind").join("counter.wat");
    fs::write(&file, documented_contract()).expect("a file");
    let without_abi = file.to_str().expect("UTF-8");
    for (words, option) in [
        (
            &["gold", "--", "balance_of", "alice", "--engine", "wasmi1"][..],
            "engine",
        ),
        (
            &["gold", "--", "total_supply", "--gas-limit=5"],
            "gas-limit",
        ),
        (
            &[without_abi, "--init=0x00", "--", "increment", "--json"],
            "json",
        ),
        (
            &[
                without_abi,
                "--init=0x00",
                "--",
                "increment",
                "--from",
                "bob",
            ],
            "from",
        ),
    ] {
        let call = lockstep(&[&["call"], words].concat());
        assert_eq!((call.code, call.stdout.as_str()), (2, ""), "{call:#?}");
        let help =
            format!("help: --{option} is an option of `lockstep call`: write it before `--`\n");
        assert!(call.stderr.ends_with(&help), "{call:#?}");
    }
}
