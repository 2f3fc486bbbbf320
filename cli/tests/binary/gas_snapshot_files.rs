//! `lockstep gas snapshot` on files that are damaged, absent, or of other scenarios.

use std::fs;

use crate::gas_snapshot::{TOKEN, committed};
use crate::process::{assert_matches, lockstep, lockstep_in, root, scratch};

/// Files that are no snapshots: `NAME.txt` and, beside it, what stderr says in `NAME.stderr`.
const BROKEN: [&str; 9] = [
    "buckets",
    "conflict",
    "first_line",
    "lost_steps",
    "order",
    "protocol",
    "step",
    "truncated",
    "twice",
];

#[test]
fn broken_files_are_explained_at_their_line() {
    let folder = root().join("tests/fixtures/snapshots");
    let scenario = root().join(TOKEN);
    let scenario = scenario.to_str().expect("UTF-8");
    for name in BROKEN {
        let file = format!("{name}.txt");
        let arguments = ["gas", "snapshot", "--check", scenario, "--file", &file];
        let finished = lockstep_in(&folder, &arguments);
        let ending = (finished.code, finished.stdout.as_str());
        assert_eq!(ending, (2, ""), "{name}: {}", finished.stderr);
        for part in ["error[snapshot-", &format!("--> {file}:"), "help: "] {
            assert!(
                finished.stderr.contains(part),
                "{name}: {}",
                finished.stderr
            );
        }
        assert_matches(&folder.join(format!("{name}.stderr")), &finished.stderr);
    }
}

#[test]
fn files_are_not_overwritten_or_missed_silently() {
    let whole = committed();
    let finished = lockstep(&["gas", "snapshot", TOKEN]);
    assert_eq!(finished.code, 2);
    assert!(
        finished
            .stderr
            .contains("also has the steps of counter, edges"),
        "{}",
        finished.stderr
    );
    assert_eq!(committed(), whole);
    let finished = lockstep(&["gas", "snapshot", "--check", TOKEN, "--file", "absent.txt"]);
    assert_eq!(finished.code, 2);
    assert!(
        finished.stderr.contains("no such file"),
        "{}",
        finished.stderr
    );
    let elsewhere = scratch("snapshot_nowhere");
    let finished = lockstep_in(&elsewhere, &["gas", "snapshot"]);
    assert_eq!(finished.code, 8);
    assert!(
        finished.stderr.contains("contracts/scenarios"),
        "{}",
        finished.stderr
    );
    let finished = lockstep(&[
        "gas",
        "snapshot",
        TOKEN,
        "tests/fixtures/unstated_failure.toml",
    ]);
    assert_eq!(finished.code, 2);
    assert!(finished.stderr.contains("--file"), "{}", finished.stderr);
}

/// The committed file with a line in front of its eighth.
fn damaged(file: &std::path::Path) -> String {
    let mut lines: Vec<String> = committed().lines().map(str::to_string).collect();
    lines.insert(7, "<<<<<<< HEAD".to_string());
    let text = lines.join("\n") + "\n";
    fs::write(file, &text).expect("a file");
    text
}

#[test]
fn a_damaged_file_keeps_the_scenarios_that_are_not_named() {
    let file = scratch("snapshot_damaged").join("conflict.txt");
    let text = damaged(&file);
    let shown = file.to_str().expect("UTF-8");
    let finished = lockstep(&["gas", "snapshot", TOKEN, "--file", shown]);
    assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
    for part in ["conflict.txt:8:1", "would be lost", "name none"] {
        assert!(finished.stderr.contains(part), "{}", finished.stderr);
    }
    assert_eq!(fs::read_to_string(&file).expect("the file"), text);
    let finished = lockstep(&["gas", "snapshot", "--file", shown]);
    assert_eq!((finished.code, finished.stderr.as_str()), (0, ""));
    assert_eq!(fs::read_to_string(&file).expect("the file"), committed());
}

#[test]
fn files_that_are_no_snapshots_are_not_written_over() {
    let folder = scratch("snapshot_other_files");
    for (name, bytes) in [
        ("note.txt", b"schema = \"lockstep.scenario/1\"\n".as_slice()),
        ("module.wasm", b"\0asm\x01\0\0\0\xff"),
    ] {
        let file = folder.join(name);
        fs::write(&file, bytes).expect("a file");
        let shown = file.to_str().expect("UTF-8");
        let finished = lockstep(&["gas", "snapshot", TOKEN, "--file", shown]);
        assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
        assert!(
            finished.stderr.contains("is no gas snapshot"),
            "{}",
            finished.stderr
        );
        assert_eq!(fs::read(&file).expect("the file"), bytes);
    }
    let file = folder.join("empty.txt");
    fs::write(&file, "").expect("a file");
    let shown = file.to_str().expect("UTF-8");
    let finished = lockstep(&["gas", "snapshot", TOKEN, "--file", shown]);
    assert_eq!((finished.code, finished.stderr.as_str()), (0, ""));
}

/// Whatever is written can be compared: both have the same limit, which is above a scenario's.
#[test]
fn a_long_file_is_read_and_written_over() {
    let file = scratch("snapshot_long").join("long.txt");
    let shown = file.to_str().expect("UTF-8");
    let long = committed() + &"# a remark\n".repeat(500_000);
    assert!(long.len() > 4 << 20);
    fs::write(&file, long).expect("a file");
    for arguments in [
        ["gas", "snapshot", "--check", "--file", shown].as_slice(),
        &["gas", "snapshot", "--file", shown],
    ] {
        let finished = lockstep(arguments);
        let ending = (finished.code, finished.stderr.as_str());
        assert_eq!(ending, (0, ""), "{arguments:?}");
    }
}

/// A file that was edited does nothing to the terminal.
#[test]
fn control_characters_are_refused_and_not_shown() {
    let file = scratch("snapshot_controls").join("edited.txt");
    let text = committed().replacen(" \"", " \"\u{1b}[31m", 1);
    fs::write(&file, text).expect("a file");
    let shown = file.to_str().expect("UTF-8");
    for arguments in [
        ["gas", "snapshot", "--check", "--file", shown].as_slice(),
        &["gas", "diff", shown, shown],
    ] {
        let finished = lockstep(arguments);
        assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
        let stderr = &finished.stderr;
        assert!(stderr.contains("has a control character"), "{stderr}");
        assert!(!stderr.contains('\u{1b}'), "{stderr}");
    }
}
