//! `lockstep run` on scenarios that are well formed.

use std::fs;

use crate::process::{assert_matches, lockstep, lockstep_in, root, scratch};

const TOKEN: &str = "contracts/scenarios/token.toml";

#[test]
fn the_token_scenario_comes_out_as_it_states() {
    let finished = lockstep(&["run", TOKEN]);
    assert_eq!(
        (finished.code, finished.stderr.as_str()),
        (0, ""),
        "{}",
        finished.stdout
    );
    assert!(finished.stdout.contains("all met"), "{}", finished.stdout);
}

#[test]
fn two_runs_give_the_same_bytes() {
    for format in [&["run", TOKEN][..], &["run", TOKEN, "--json"]] {
        assert_eq!(lockstep(format), lockstep(format));
    }
}

#[test]
fn output_does_not_depend_on_where_the_files_lie() {
    let elsewhere = scratch("elsewhere");
    let absolute = root().join(TOKEN);
    let absolute = absolute.to_str().expect("the path is UTF-8");
    assert_eq!(
        lockstep_in(&elsewhere, &["run", absolute]),
        lockstep(&["run", TOKEN])
    );
}

#[test]
fn the_document_says_what_the_text_says() {
    let document = lockstep(&["run", TOKEN, "--json"]).json();
    let text = lockstep(&["run", TOKEN]).stdout;
    assert_eq!(document["schema"], "lockstep.run/1");
    assert_eq!(document["exit"], 0);
    for block in document["blocks"].as_array().expect("a list of blocks") {
        let root = block["state_root"].as_str().expect("a root");
        assert!(text.contains(&format!("state root    0x{root}")));
        for transaction in block["transactions"]
            .as_array()
            .expect("a list of transactions")
        {
            let name = transaction["name"].as_str().expect("a name");
            assert!(text.contains(name), "{name}");
            let ending = match transaction.get("invalid") {
                Some(invalid) => {
                    format!("invalid: {}", invalid["reason"].as_str().expect("a reason"))
                }
                None => transaction["receipt"]["status"]
                    .as_str()
                    .expect("a status")
                    .to_string(),
            };
            assert!(
                text.contains(&format!("status   {ending}")),
                "{name}: {ending}"
            );
        }
    }
}

#[test]
fn the_parts_of_the_gas_add_up() {
    for scenario in [TOKEN, "contracts/scenarios/edges.toml"] {
        let document = lockstep(&["run", scenario, "--json"]).json();
        for block in document["blocks"].as_array().expect("a list of blocks") {
            let mut sum = 0;
            for transaction in block["transactions"]
                .as_array()
                .expect("a list of transactions")
            {
                let gas = &transaction["receipt"]["gas"];
                let part = |name: &str| gas[name].as_u64().unwrap_or_default();
                let parts = ["intrinsic", "wasm", "host", "storage", "forfeited"].map(part);
                assert_eq!(parts.iter().sum::<u64>(), part("used"), "{transaction}");
                assert!(part("used") <= part("limit"), "{transaction}");
                sum += part("used");
            }
            assert_eq!(block["gas_used"].as_u64(), Some(sum));
        }
    }
}

#[test]
fn wrong_expectations_end_with_5_after_the_whole_run() {
    let finished = lockstep(&["run", "tests/fixtures/wrong_expectation.toml"]);
    assert_eq!(finished.code, 5, "{}", finished.stderr);
    assert!(
        finished
            .stdout
            .contains("2.1 what comes after is run all the same")
    );
    assert_matches(
        &root().join("tests/fixtures/wrong_expectation.stderr"),
        &finished.stderr,
    );
    let document = lockstep(&["run", "tests/fixtures/wrong_expectation.toml", "--json"]).json();
    let failed = document["expectations_failed"].as_array().expect("a list");
    let fields: Vec<&str> = failed
        .iter()
        .filter_map(|entry| entry["field"].as_str())
        .collect();
    let wanted = [
        "status",
        "gas",
        "fee",
        "deposit",
        "output",
        "number of events",
        "events[0].fields",
        "error",
        "status",
        "ending",
    ];
    assert_eq!(fields, wanted);
    assert_eq!(
        (
            failed[0]["block"].as_u64(),
            failed[0]["transaction"].as_u64()
        ),
        (Some(1), Some(1))
    );
}

#[test]
fn a_failure_that_nothing_speaks_of_ends_with_4() {
    let finished = lockstep(&["run", "tests/fixtures/unstated_failure.toml"]);
    assert_eq!(finished.code, 4);
    let message = "transaction 1 \"a call of nothing\": status is not_a_contract, expected success";
    assert!(finished.stderr.contains(message), "{}", finished.stderr);
    assert!(
        finished.stderr.contains("error[unstated-failure]"),
        "{}",
        finished.stderr
    );
}

/// The help can be followed as it stands.
#[test]
fn a_failure_is_told_with_the_expectation_that_states_it() {
    let folder = scratch("unstated");
    let unstated = root().join("tests/fixtures/unstated_failure.toml");
    let unstated = fs::read_to_string(unstated).expect("the fixture");
    let token = root().join("contracts/artifacts/token.wasm");
    let panics = unstated.replace(
        "call = \"alice.hello\"",
        "instantiate = \"token\"\ninput = '0x00'",
    );
    let panics = panics.replace(
        "[[block]]",
        &format!("[code]\ntoken = {token:?}\n[[block]]\n[[block.transaction]]\nfrom = \"alice\"\nupload = \"token\"\n"),
    );
    for (text, actual, stated) in [
        (
            unstated.clone(),
            "status is not_a_contract, ",
            "status = \"not_a_contract\"",
        ),
        (
            format!("{unstated}\nnonce = 9"),
            "status is invalid: bad_nonce: ",
            "invalid = \"bad_nonce\"",
        ),
        (panics, "status is panicked: \"", "status = \"panicked\""),
    ] {
        let run = |text: &str| {
            fs::write(folder.join("it.toml"), text).expect("the folder can be written");
            lockstep_in(&folder, &["run", "it.toml"])
        };
        let finished = run(&text);
        assert_eq!(finished.code, 4, "{finished:#?}");
        assert!(finished.stderr.contains(actual), "{}", finished.stderr);
        let help = format!("state it: expect = {{ {stated} }}");
        assert!(finished.stderr.contains(&help), "{}", finished.stderr);
        let finished = run(&format!("{text}\nexpect = {{ {stated} }}"));
        assert_eq!(finished.code, 0, "{finished:#?}");
    }
}

#[test]
fn names_that_would_steer_a_terminal_are_escaped() {
    let folder = scratch("escaped");
    let unstated = root().join("tests/fixtures/unstated_failure.toml");
    let unstated = fs::read_to_string(unstated).expect("the fixture");
    let text = unstated
        .replace("a call of nothing", "\\u001b[2J\\nnext")
        .replace("a transaction that", "\\u202e");
    fs::write(folder.join("it.toml"), text).expect("the folder can be written");
    let finished = lockstep_in(&folder, &["run", "it.toml"]);
    for (stream, shown) in [
        (&finished.stdout, "\\u{202e}"),
        (&finished.stderr, "\"\\u{1b}[2J\\nnext\""),
    ] {
        assert!(stream.contains(shown), "{stream}");
        assert!(!stream.contains(['\u{1b}', '\u{202e}']), "{stream:?}");
    }
}

#[test]
fn every_ending_will_do_where_any_is_expected() {
    let folder = scratch("any-ending");
    let unstated = root().join("tests/fixtures/unstated_failure.toml");
    let unstated = fs::read_to_string(unstated).expect("the fixture");
    for more in ["", "\nnonce = 7", "\ninput = \"0x00\""] {
        let file = folder.join("any.toml");
        let text = format!("{unstated}{more}\nexpect = {{ status = \"any\" }}\n");
        fs::write(&file, text).expect("the folder can be written");
        let finished = lockstep(&["run", file.to_str().expect("the path is UTF-8")]);
        assert_eq!(finished.code, 0, "{more}: {}", finished.stderr);
    }
}

#[cfg(unix)]
#[test]
fn observations_without_room_leave_nothing() {
    let folder = scratch("observations-room");
    let file = folder.join("observations.txt");
    let arguments = ["run", TOKEN, "--observations", &file.display().to_string()];
    let finished = crate::process::lockstep_limited("-f 8", &arguments);
    assert_eq!(finished.code, 9, "{finished:#?}");
    assert!(finished.stderr.contains("error[file-unwritable]"));
    let left = fs::read_dir(&folder).expect("the folder").count();
    assert_eq!(left, 0);
}

#[test]
fn observations_go_to_a_file() {
    let folder = scratch("observations");
    let file = folder.join("token.txt");
    let path = file.to_str().expect("the path is UTF-8");
    let finished = lockstep(&["run", TOKEN, "--observations", path]);
    assert_eq!((finished.code, finished.stderr.as_str()), (0, ""));
    let observations = fs::read_to_string(&file).expect("the file is there");
    assert!(observations.starts_with("# lockstep.observations/1 token\n"));
    assert!(observations.contains("storage_write gas="));
    let finished = lockstep(&["run", TOKEN, "--observations", "absent/folder/file"]);
    assert_eq!(finished.code, 2);
    assert!(
        finished.stderr.contains("error[file-unwritable]"),
        "{}",
        finished.stderr
    );
}

/// What only one node has, such as a place in memory or what its cache holds, shows in another process:
/// the same bytes from two runs, and the same from the worlds in processes.
#[test]
fn scenarios_of_incidents_come_to_the_same_in_another_process() {
    let folder = root().join("fuzz/corpus");
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("the corpus") {
        let name = entry.expect("an entry").file_name();
        let name = name.to_string_lossy();
        if !name.ends_with(".toml") || name == "machine.toml" {
            continue;
        }
        let scenario = format!("fuzz/corpus/{name}");
        let run = lockstep(&["run", &scenario, "--json"]);
        assert_eq!(run.code, 0, "{run:#?}");
        assert_eq!(lockstep(&["run", &scenario, "--json"]), run);
        let out = scratch(&format!("fuzz-{name}"));
        let out = out.to_string_lossy();
        let finished = lockstep(&[
            "fuzz",
            "det",
            &scenario,
            "--runs",
            "1",
            "--worlds",
            "fresh-process",
            "--out",
            &out,
        ]);
        assert_eq!(finished.code, 0, "{finished:#?}");
        count += 1;
    }
    assert!(count >= 10, "{count}");
}
