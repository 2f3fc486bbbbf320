//! `lockstep run --engine` and `--code-cache`.

use crate::process::{lockstep, scratch};

const TOKEN: &str = "contracts/scenarios/token.toml";

#[test]
fn another_engine_prints_the_same_bytes() {
    let expected = lockstep(&["run", TOKEN, "--json"]);
    assert_eq!(
        lockstep(&["run", TOKEN, "--json", "--engine", "wasmi1"]),
        expected
    );
}

#[test]
fn engines_in_lockstep_say_what_was_compared_on_stderr_only() {
    let alone = lockstep(&["run", TOKEN]);
    let both = lockstep(&["run", TOKEN, "--engine", "wasmi,wasmi1"]);
    assert_eq!((both.code, &both.stdout), (0, &alone.stdout));
    assert!(
        both.stderr.contains("on wasmi, each equal on wasmi1"),
        "{}",
        both.stderr
    );
}

#[test]
fn a_bundle_is_replayed_on_another_engine_and_on_several_at_once() {
    let bundle = "tests/fixtures/bundles/transfer.bundle";
    let expected = lockstep(&["replay", bundle]);
    assert_eq!((expected.code, expected.stderr.as_str()), (0, ""));
    assert_eq!(
        lockstep(&["replay", bundle, "--engine", "wasmi1"]),
        expected
    );
    let several = lockstep(&["replay", bundle, "--engine", "wasmi,wasmi1"]);
    assert_eq!((several.code, several.stdout), (0, expected.stdout));
    let compared = "1 transaction on wasmi, each equal on wasmi1: ";
    assert!(several.stderr.starts_with(compared), "{}", several.stderr);
}

#[test]
fn an_engine_that_does_not_exist_is_answered_with_those_that_do() {
    let finished = lockstep(&["run", TOKEN, "--engine", "v8"]);
    assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
    assert!(finished.stderr.starts_with("error[unknown-engine]"));
    assert!(finished.stderr.contains("wasmi, wasmi1, wasmtime, winch"));
}

#[test]
fn an_engine_is_not_compared_with_itself() {
    for (engines, told) in [
        ("wasmi,wasmi1,wasmi", "--engine names wasmi twice\n"),
        ("lockstep,wasmi", "lockstep stands for all engines, "),
        ("wasmi,lockstep", "lockstep stands for all engines, "),
    ] {
        let finished = lockstep(&["run", TOKEN, "--engine", engines]);
        assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
        let told = format!("error[unknown-engine]: {told}");
        assert!(finished.stderr.starts_with(&told), "{}", finished.stderr);
    }
}

#[cfg(not(feature = "wasmtime"))]
#[test]
fn an_engine_that_is_not_built_in_is_answered_with_how_to_build_it() {
    for engine in ["wasmtime", "winch", "lockstep"] {
        let finished = lockstep(&["run", TOKEN, "--engine", engine]);
        assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
        assert!(finished.stderr.starts_with("error[engine-not-built]"));
        assert!(finished.stderr.contains("--features wasmtime"));
        assert!(finished.stderr.contains("--engine wasmi,wasmi1"));
    }
}

#[test]
fn an_interpreter_keeps_no_code_on_disk() {
    let folder = scratch("code-cache-of-nothing");
    let folder = folder.to_str().expect("the path is UTF-8");
    for command in [
        &["run", TOKEN, "--code-cache", folder][..],
        &["replay", "any.bundle", "--code-cache", folder],
        &["call", "gold", "--code-cache", folder, "--", "total_supply"],
    ] {
        let finished = lockstep(command);
        assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
        assert!(
            finished.stderr.starts_with("error[code-cache]"),
            "{}",
            finished.stderr
        );
    }
}

#[cfg(feature = "wasmtime")]
#[test]
fn a_damaged_cache_is_reported_and_changes_nothing() {
    let folder = scratch("code-cache").join("own");
    let name = folder.to_str().expect("the path is UTF-8");
    let run = || lockstep(&["run", TOKEN, "--engine", "wasmtime", "--code-cache", name]);
    let cold = run();
    assert_eq!(cold.code, 0, "{}", cold.stderr);
    assert!(
        cold.stderr.contains("0 from disk, 4 written"),
        "{}",
        cold.stderr
    );
    let warm = run();
    assert_eq!(warm.stdout, cold.stdout);
    assert!(
        warm.stderr.contains("4 from disk, 0 written"),
        "{}",
        warm.stderr
    );
    for entry in std::fs::read_dir(&folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path
            .extension()
            .is_some_and(|extension| extension == "code")
        {
            let mut bytes = std::fs::read(&path).expect("the file");
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
            std::fs::write(&path, bytes).expect("the file can be written");
        }
    }
    let rebuilt = run();
    assert_eq!(rebuilt.stdout, cold.stdout);
    assert!(
        rebuilt.stderr.contains("0 from disk, 4 written"),
        "{}",
        rebuilt.stderr
    );
    assert_eq!(
        rebuilt
            .stderr
            .matches("was refused and built again")
            .count(),
        4
    );
}

#[cfg(feature = "wasmtime")]
#[test]
fn every_engine_in_lockstep_comes_to_the_same() {
    let alone = lockstep(&["run", TOKEN]);
    let all = lockstep(&["run", TOKEN, "--engine", "lockstep"]);
    assert_eq!((all.code, &all.stdout), (0, &alone.stdout));
    assert!(
        all.stderr.contains("wasmi1, wasmtime, winch"),
        "{}",
        all.stderr
    );
}
