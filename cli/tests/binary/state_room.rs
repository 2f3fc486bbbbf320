//! A state on a full disk, or in use: the exit code is that of things that go away, and what is
//! said of what is kept is true.

use std::fs;
use std::path::Path;

use lockstep_store::{Settings, Store};

use crate::process::scratch;
use crate::state::{TOKEN, bad, filled, good, good_with_notes, text};

/// Runs the binary in the repository with files limited to so many bytes.
#[cfg(unix)]
fn with_room(bytes: usize, arguments: &[&str]) -> crate::process::Finished {
    crate::process::lockstep_limited(&format!("-f {}", bytes / 512), arguments)
}

fn count(folder: &Path) -> usize {
    fs::read_dir(folder).expect("the folder").count()
}

#[cfg(unix)]
#[test]
fn a_run_without_room_says_what_it_keeps_and_the_next_says_the_same() {
    let folder = scratch("state-room-run");
    let state = text(&folder.join("state"));
    let failed = with_room(160 * 512, &["run", TOKEN, "--state", &state]);
    assert_eq!(failed.code, 9, "{failed:#?}");
    assert!(
        failed.stderr.contains("error[state-unusable]"),
        "{failed:#?}"
    );
    let kept = good_with_notes(&["state", "root", &state, "--json"]).json();
    let (height, root) = (&kept["at"]["height"], kept["at"]["root"].as_str());
    assert!(
        height
            .as_u64()
            .is_some_and(|height| (1..6).contains(&height))
    );
    let said = format!("up to block {height} with root 0x{}", root.expect("a root"));
    assert!(failed.stderr.contains(&said), "{failed:#?}");
    let advice = format!("to run the scenario again, delete {state} or name another directory");
    assert!(failed.stderr.contains(&advice), "{failed:#?}");
    let refused = bad(&["run", TOKEN, "--state", &state], 2, "state-exists");
    assert!(refused.stderr.contains(&said), "{refused:#?}");
    assert!(
        refused.stderr.contains("or delete this one"),
        "{refused:#?}"
    );
    assert_made_again_is_told(&state);
    fs::remove_dir_all(&state).expect("it can be deleted");
    // What is durable is kept although its nodes have no room, and readers make them.
    let failed = with_room(512, &["run", TOKEN, "--state", &state]);
    assert_eq!(failed.code, 9, "{failed:#?}");
    assert!(
        failed.stderr.contains("keeps the state that was committed"),
        "{failed:#?}"
    );
    let read = good_with_notes(&["state", "stats", &state]);
    assert!(read.stderr.contains("is made again from"), "{read:#?}");
    fs::remove_dir_all(&state).expect("it can be deleted");
    // Without room for anything nothing is kept, and the same directory does.
    let failed = with_room(0, &["run", TOKEN, "--state", &state]);
    assert_eq!(failed.code, 9, "{failed:#?}");
    good(&["run", TOKEN, "--state", &state]);
}

/// Readers say that the last block is made again, and who writes it to the log says so although it
/// fails.
fn assert_made_again_is_told(state: &str) {
    let read = good_with_notes(&["state", "stats", state]);
    assert!(read.stderr.contains("is made again from"), "{read:#?}");
    let failed = bad(
        &["state", "rollback", state, "--to", "99"],
        8,
        "version-not-kept",
    );
    assert!(failed.stderr.contains("is made again from"), "{failed:#?}");
    good(&["state", "stats", state]);
}

#[cfg(unix)]
#[test]
fn commands_without_room_end_alike_and_leave_nothing() {
    let (folder, state) = filled("state-room-files");
    let export = text(&folder.join("export"));
    good(&["state", "export", &state, "-o", &export]);
    let before = count(&folder);
    let output = text(&folder.join("output"));
    let proof = ["state", "prove", &state, "-o", &output, "--from", "00"];
    for (arguments, problem) in [
        (
            &["state", "export", &state, "-o", &output][..],
            "file-unwritable",
        ),
        (&proof[..], "file-unwritable"),
        (&["state", "import", &export, &output][..], "state-unusable"),
    ] {
        let failed = with_room(1024, arguments);
        assert_eq!(failed.code, 9, "{failed:#?}");
        let named = failed.stderr.contains(&format!("error[{problem}]"));
        assert!(
            named && failed.stderr.contains("help: make room"),
            "{failed:#?}"
        );
        assert_eq!(count(&folder), before, "{arguments:?} left something");
    }
}

#[test]
fn a_state_in_use_is_for_later() {
    let (_, state) = filled("state-locked");
    let (store, _) = Store::open(Path::new(&state), Settings::default()).expect("a store");
    bad(&["state", "root", &state], 9, "state-locked");
    bad(&["state", "prune", &state], 9, "state-locked");
    drop(store);
    good(&["state", "root", &state]);
}

#[test]
fn what_is_kept_can_be_chosen_and_looking_after_it_gives_up_nothing_more() {
    let folder = scratch("state-keep");
    let (few, many) = (text(&folder.join("few")), text(&folder.join("many")));
    let kept =
        |state: &str| good(&["state", "stats", state, "--json"]).json()["kept_versions"].clone();
    good(&[
        "run",
        TOKEN,
        "--state",
        &few,
        "--keep",
        "2",
        "--cache-mb",
        "1",
    ]);
    assert_eq!(kept(&few), 2);
    let blocks = format!(
        "schema = \"lockstep.scenario/1\"\nname = \"empty\"\n[accounts]\na = 1\n{}",
        "[[block]]\n".repeat(140)
    );
    let scenario = text(&folder.join("empty.toml"));
    fs::write(&scenario, blocks).expect("a file");
    good(&["run", &scenario, "--state", &many, "--keep", "1000"]);
    // The empty state and the one with the balance come before the blocks.
    assert_eq!(kept(&many), 142);
    good_with_notes(&["state", "prune", &many, "--keep", "1000", "--compact"]);
    assert_eq!(kept(&many), 142);
    for wrong in [["--keep", "0"], ["--keep", "65537"], ["--cache-mb", "0"]] {
        let arguments = [&["run", TOKEN, "--state", "absent"], &wrong[..]].concat();
        assert_eq!(crate::process::lockstep(&arguments).code, 2);
        assert_eq!(
            crate::process::lockstep(&["run", TOKEN, wrong[0], "5"]).code,
            2
        );
    }
    let export = text(&folder.join("export"));
    let other = text(&folder.join("other"));
    good(&["state", "export", &few, "-o", &export]);
    good(&["state", "import", &export, &other, "--cache-mb", "1"]);
    assert_eq!(
        good(&["state", "root", &few]).stdout,
        good(&["state", "root", &other]).stdout
    );
}
