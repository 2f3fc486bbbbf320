//! What `lockstep fuzz` refuses, and what it says then.

use crate::process::{lockstep, scratch};

const SCENARIO: &str = "contracts/scenarios/counter.toml";

/// A build whose gas may be another one is no world: a difference would be none of the machine's.
#[cfg(unix)]
#[test]
fn a_build_that_goes_by_other_rules_is_refused() {
    let folder = scratch("fuzz-other-rules");
    let out = folder.join("out").to_string_lossy().into_owned();
    let program = env!("CARGO_BIN_EXE_lockstep");
    for (name, script, said) in [
        (
            "older",
            format!(
                "{program} \"$@\" | sed 's/\"instrumenter_version\":[0-9]*/\"instrumenter_version\":3/'"
            ),
            "instrumenter 3 there and ",
        ),
        (
            "silent",
            format!("[ \"$3\" = --rules ] || exec {program} \"$@\""),
            "it does not say by which",
        ),
    ] {
        let path = folder.join(name);
        crate::process::write_program(&path, &format!("#!/bin/sh\n{script}\n"));
        let world = format!("binary:{}", path.display());
        let refused = lockstep(&[
            "fuzz", "det", SCENARIO, "--runs", "1", "--worlds", &world, "--out", &out,
        ]);
        assert_eq!(refused.code, 2, "{refused:#?}");
        assert!(
            refused.stderr.contains("goes by other rules"),
            "{refused:#?}"
        );
        assert!(refused.stderr.contains(said), "{refused:#?}");
    }
}

#[test]
fn a_file_in_place_of_a_folder_is_told() {
    let file = scratch("fuzz-no-folder").join("garb");
    std::fs::write(&file, "").expect("a file");
    let file = file.to_str().expect("UTF-8");
    let refused = lockstep(&["fuzz", "det", SCENARIO, "--runs", "1", "--out", file]);
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""));
    let told = format!(
        "error[file-unwritable]: cannot write {file}: it is not a folder\nhelp: name a folder "
    );
    assert!(refused.stderr.contains(&told), "{refused:#?}");
}

#[test]
fn sizes_are_told_in_whole_units() {
    let listed = lockstep(&["fuzz", "worlds"]).stdout;
    for size in ["256 KiB", "64 MiB"] {
        let about = format!("a thread with a native stack of {size}\n");
        assert!(listed.contains(&about), "{listed}");
    }
}

#[cfg(not(feature = "wasmtime"))]
#[test]
fn a_world_whose_engine_is_not_built_in_says_how_to_build_it() {
    for world in ["engine:wasmtime", "cache-cold:winch", "threads:winch"] {
        let refused = lockstep(&["fuzz", "det", SCENARIO, "--worlds", world]);
        assert_eq!(refused.code, 2, "{refused:#?}");
        assert!(
            refused.stderr.contains("error[engine-not-built]"),
            "{refused:#?}"
        );
        assert!(
            refused.stderr.contains("--features wasmtime"),
            "{refused:#?}"
        );
    }
    let refused = lockstep(&["fuzz", "det", SCENARIO, "--worlds", "motor:wasmtime"]);
    assert!(
        refused.stderr.contains("error[unknown-world]"),
        "{refused:#?}"
    );
}

#[test]
fn a_world_that_is_named_in_part_is_told_what_to_write() {
    for (world, said) in [
        ("untraced#1", "write \"untraced\" alone"),
        ("binary:", "no program stands behind `binary:`"),
    ] {
        let refused = lockstep(&["fuzz", "det", SCENARIO, "--worlds", world]);
        assert_eq!(refused.code, 2, "{refused:#?}");
        assert!(refused.stderr.contains(said), "{refused:#?}");
    }
}

#[test]
fn a_search_of_no_candidates_is_refused() {
    for search in ["det", "run"] {
        let refused = lockstep(&["fuzz", search, SCENARIO, "--runs", "0"]);
        assert_eq!(refused.code, 2, "{refused:#?}");
        assert!(refused.stderr.contains("--runs"), "{refused:#?}");
    }
}

#[test]
fn a_bundle_is_not_cut_down() {
    let refused = lockstep(&["fuzz", "tmin", "found/finding-heap.bundle"]);
    assert_eq!(refused.code, 2, "{refused:#?}");
    assert!(refused.stderr.contains("is a bundle"), "{refused:#?}");
    assert!(
        refused.stderr.contains("found/finding-heap.toml"),
        "{refused:#?}"
    );
}

#[test]
fn the_message_of_a_panic_is_shown_as_text() {
    let shown = lockstep(&["fuzz", "show", "contracts/scenarios/token.toml"]);
    assert_eq!(shown.code, 0, "{shown:#?}");
    let mut lines = shown.stdout.lines();
    lines
        .find(|line| line.contains("panicked"))
        .expect("one panics");
    let output = lines.next().expect("its message");
    assert!(output.contains("divide by zero"), "{output}");
}
