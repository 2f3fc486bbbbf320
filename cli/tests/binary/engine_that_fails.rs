//! What happens where an engine fails and another comes to a result. wasmi 1.0 does: it refuses a
//! function of more than 32,767 different constants, which the others take.

use std::path::{Path, PathBuf};

use crate::process::{Finished, lockstep_in, scratch};

const SCENARIO: &str = r#"
schema = "lockstep.scenario/1"
name = "constants"
[chain]
chain_id = 7
fee_collector = "collector"
[accounts]
alice = "1_000_000_000_000_000"
collector = 0
[code]
constants = "constants.wat"
[[block]]
[[block.transaction]]
name = "alice uploads it"
from = "alice"
upload = "constants"
[[block]]
[[block.transaction]]
name = "alice makes a contract of it"
from = "alice"
instantiate = "constants"
as = "sum"
"#;

/// A folder with the code and a scenario that makes a contract of it.
fn folder(name: &str) -> PathBuf {
    let folder = scratch(name);
    let sums: String = (0..33_000)
        .map(|number| format!("i64.const {} i64.add\n", 40_000 + number))
        .collect();
    let module = format!("(module (func (export \"run\") (local i64) local.get 0\n{sums}drop))");
    std::fs::write(folder.join("constants.wat"), module).expect("the file can be written");
    std::fs::write(folder.join("scenario.toml"), SCENARIO).expect("the file can be written");
    folder
}

/// That a command ended with a difference of wasmi1, and that the one that its help names shows it.
fn shows_again(folder: &Path, finished: &Finished, (place, engines): (&str, &str)) {
    assert_eq!(finished.code, 7, "{}", finished.stderr);
    let told = &finished.stderr;
    let begin = format!("error[engines-diverged]: {place}");
    assert!(told.starts_with(&begin), "{told}");
    assert!(told.contains("wasmi1 1.0.9"), "{told}");
    assert!(told.contains("the engine failed: "), "{told}");
    let help = told.lines().find(|line| line.starts_with("help: "));
    let command = help.and_then(|help| help.split('`').nth(1));
    let words: Vec<&str> = command.expect("a command").split(' ').collect();
    assert_eq!(words.last(), Some(&engines), "{told}");
    let again = lockstep_in(folder, &words[1..]);
    assert_eq!(again.code, 7, "{}", again.stderr);
    assert!(again.stderr.starts_with(&begin), "{}", again.stderr);
    assert!(again.stderr.contains("wasmi1 1.0.9"), "{}", again.stderr);
    let json = lockstep_in(folder, &[&words[1..], &["--json"]].concat()).json();
    assert_eq!(json["verdict"], "diverged");
    assert_eq!(json["divergence"]["field"], "outcome");
    let confirmed = lockstep_in(folder, &["replay", words[2]]);
    assert_eq!(confirmed.code, 0, "{}", confirmed.stderr);
}

#[test]
fn a_run_on_several_engines_or_on_the_one_that_fails_leaves_a_bundle() {
    let folder = folder("engine-that-fails");
    let alone = lockstep_in(&folder, &["run", "scenario.toml"]);
    assert_eq!(alone.code, 0, "{}", alone.stderr);
    for (engine, named) in [
        ("wasmi,wasmi1", "wasmi,wasmi1"),
        ("wasmi1,wasmi", "wasmi1,wasmi"),
        ("wasmi1", "wasmi,wasmi1"),
    ] {
        let run = lockstep_in(&folder, &["run", "scenario.toml", "--engine", engine]);
        let bundle = folder.join("scenario-difference.bundle");
        shows_again(&folder, &run, ("block 1, transaction 1", named));
        std::fs::remove_file(bundle).expect("it was written");
    }
}

#[test]
fn a_call_after_a_scenario_leaves_a_bundle() {
    let folder = folder("call-that-fails");
    let call = [
        "call",
        "constants.wat",
        "--engine",
        "wasmi,wasmi1",
        "--",
        "run",
    ];
    let finished = lockstep_in(&folder, &call);
    shows_again(
        &folder,
        &finished,
        ("block 1, transaction 1", "wasmi,wasmi1"),
    );
    assert!(folder.join("constants-difference.bundle").exists());
}

#[test]
fn a_call_on_a_state_leaves_a_bundle_with_what_it_needs_of_it() {
    let folder = folder("call-on-state-that-fails");
    let run = ["run", "scenario.toml", "--state", "state"];
    assert_eq!(lockstep_in(&folder, &run).code, 0);
    let call = [
        "call",
        "sum",
        "--scenario",
        "scenario.toml",
        "--state",
        "state",
    ];
    let root = ["state", "root", "state"];
    let before = lockstep_in(&folder, &root);
    for more in [&["--", "run"][..], &["--dry-run", "--", "run"]] {
        let on_both = [&call[..], &["--engine", "wasmi,wasmi1"], more].concat();
        let finished = lockstep_in(&folder, &on_both);
        shows_again(
            &folder,
            &finished,
            ("block 3, transaction 1", "wasmi,wasmi1"),
        );
        assert_eq!(lockstep_in(&folder, &root), before);
    }
    let alone = lockstep_in(&folder, &[&call[..], &["--", "run"]].concat());
    assert_eq!(alone.code, 0, "{}", alone.stderr);
}
