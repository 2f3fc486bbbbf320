//! `lockstep gas snapshot` on files that are damaged, absent, or of other scenarios.

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
    assert_eq!(finished.code, 2);
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
