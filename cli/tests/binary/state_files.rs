//! `lockstep state` with files of its own: exports, and directories that are no state.

use std::fs;

use crate::process::{lockstep_in, root, scratch};
use crate::state::{TOKEN, bad, filled, good, text};

#[test]
fn an_export_is_imported_whole_or_not_at_all() {
    let (folder, state) = filled("state-export");
    let file = text(&folder.join("export"));
    let exported = good(&["state", "export", &state, "-o", &file, "--json"]).json();
    assert_eq!(exported["schema"], "lockstep.state.export/1");
    let other = text(&folder.join("other"));
    let imported = good(&["state", "import", &file, &other, "--json"]).json();
    assert_eq!(imported["schema"], "lockstep.state.import/1");
    let listed = |state: &str| good(&["state", "ls", state]).stdout;
    assert_eq!(listed(&state), listed(&other));
    // The record of the last block comes along, so that its height is known.
    assert_eq!(imported["last"]["height"], exported["at"]["height"]);
    assert_eq!(imported["last"]["root"], exported["at"]["root"]);
    bad(&["state", "import", &file, &other], 2, "state-exists");
    let whole = fs::read(&file).expect("the export");
    let fresh = text(&folder.join("fresh"));
    for at in (0..whole.len()).step_by(whole.len() / 40) {
        let mut altered = whole.clone();
        altered[at] ^= 0x40;
        fs::write(&file, &altered).expect("a file");
        bad(&["state", "import", &file, &fresh], 2, "export-damaged");
        fs::write(&file, &whole[..at]).expect("a file");
        bad(&["state", "import", &file, &fresh], 2, "export-damaged");
    }
    let names: Vec<String> = fs::read_dir(&folder)
        .expect("the folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert_eq!(names.len(), 3, "something was left over: {names:?}");
}

#[test]
fn what_is_no_state_or_damaged_is_refused_and_stays_as_it_is() {
    let (folder, state) = filled("state-refused");
    bad(&["state", "root", "contracts"], 2, "not-a-state");
    bad(&["state", "stats", "absent"], 2, "not-a-state");
    for occupied in ["contracts", "README.md"] {
        let refused = bad(&["run", TOKEN, "--state", occupied], 2, "not-a-state");
        let help = "help: name a directory that is empty or not there";
        assert!(refused.stderr.contains(help), "{refused:#?}");
    }
    let log = folder.join("state/00000001.log");
    let whole = fs::read(&log).expect("the log");
    fs::write(&log, &whole[..whole.len() / 2]).expect("a file");
    bad(&["state", "root", &state], 1, "state-damaged");
    bad(&["state", "prune", &state], 1, "state-damaged");
    assert_eq!(fs::read(&log).expect("the log"), &whole[..whole.len() / 2]);
    fs::write(&log, &whole).expect("a file");
    let checkpoint = folder.join("state/checkpoint");
    let mut newer = fs::read(&checkpoint).expect("the checkpoint");
    newer[8] = 9;
    fs::write(&checkpoint, newer).expect("a file");
    bad(&["state", "root", &state], 2, "state-format");
    for code in [
        "state-damaged",
        "proof-invalid",
        "export-damaged",
        "state-locked",
    ] {
        good(&["explain", code]);
    }
    assert!(root().join("docs/store.md").is_file());
}

#[cfg(unix)]
#[test]
fn a_path_at_which_nothing_can_be_is_bad_input() {
    let folder = scratch("state-nowhere");
    let circle = folder.join("circle");
    std::os::unix::fs::symlink("circle", &circle).expect("a link");
    for nowhere in [text(&circle), text(&folder.join("a".repeat(300)))] {
        for arguments in [
            &["state", "root", &nowhere][..],
            &["run", TOKEN, "--state", &nowhere],
        ] {
            let refused = bad(arguments, 2, "state-unusable");
            let help =
                "help: name another directory: this path is too long, or its links lead in a";
            assert!(refused.stderr.contains(help), "{refused:#?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn what_only_has_the_name_of_a_file_of_a_state_is_left_as_it_is() {
    let (folder, state) = filled("state-misnamed");
    let fresh = folder.join("fresh");
    fs::create_dir(&fresh).expect("a folder");
    let target = folder.join("target.txt");
    fs::write(&target, "mine").expect("a file");
    for directory in [folder.join("state"), fresh.clone()] {
        let new = directory.join("checkpoint.new");
        std::os::unix::fs::symlink("../target.txt", &new).expect("a link");
        let refused = bad(
            &["run", TOKEN, "--state", &text(&directory)],
            2,
            "state-foreign-file",
        );
        assert!(refused.stderr.contains("move it"), "{refused:#?}");
        fs::remove_file(&new).expect("the link");
        assert_eq!(fs::read_to_string(&target).expect("the file"), "mine");
    }
    good(&["run", TOKEN, "--state", &text(&fresh)]);
    let lock = folder.join("state/LOCK");
    fs::remove_file(&lock).expect("the lock");
    fs::create_dir(&lock).expect("a directory");
    bad(&["state", "root", &state], 2, "state-foreign-file");
    bad(&["state", "prune", &state], 2, "state-foreign-file");
}

#[test]
fn nothing_is_written_into_the_directory_of_another_state() {
    let (folder, one) = filled("state-guests");
    let two = folder.join("two");
    good(&["run", TOKEN, "--state", &text(&two)]);
    let file = text(&folder.join("export"));
    good(&["state", "export", &one, "-o", &file]);
    let names = || {
        let names = fs::read_dir(&two).expect("the state");
        let mut names: Vec<_> = names
            .map(|name| name.expect("a name").file_name())
            .collect();
        names.sort();
        names
    };
    let checkpoint = || fs::read(two.join("checkpoint")).expect("the checkpoint");
    let before = (names(), checkpoint());
    let inside = text(&two.join("sub"));
    let deeper = text(&two.join("sub/deeper"));
    let on_checkpoint = text(&two.join("checkpoint"));
    let counter = "contracts/artifacts/counter.wasm";
    let stripped = text(&folder.join("stripped.wasm"));
    for arguments in [
        &["state", "import", &file, &inside][..],
        &["state", "import", &file, &deeper],
        &["run", TOKEN, "--state", &inside],
        &["run", TOKEN, "--state", &deeper],
        &["run", TOKEN, "--bundle", &inside],
        &["run", TOKEN, "--observations", &on_checkpoint],
        &["state", "export", &one, "-o", &on_checkpoint],
        &["state", "export", &one, "-o", &inside],
        &[
            "state",
            "prove",
            &one,
            "-o",
            &on_checkpoint,
            "account:@alice",
        ],
        &["strip", counter, "-o", &stripped, "--debug", &inside],
        &["meter", counter, "-o", &on_checkpoint],
        &["fuzz", "det", TOKEN, "--runs", "1", "--corpus", &inside],
    ] {
        let refused = bad(arguments, 2, "file-unwritable");
        let said = "which may hold nothing but the files of the state";
        assert!(refused.stderr.contains(said), "{arguments:?}: {refused:#?}");
        assert!((names(), checkpoint()) == before, "{arguments:?}");
    }
    good(&["state", "root", &text(&two)]);
}

#[test]
fn the_present_folder_can_be_the_state() {
    let scenario = text(&root().join(TOKEN));
    let folder = scratch("state-present-folder");
    let ran = lockstep_in(&folder, &["run", &scenario, "--state", "."]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    // Where several engines differ, that is written into the present folder.
    let folder = scratch("state-present-folder-of-engines");
    let engines = ["run", &scenario, "--state", ".", "--engine", "wasmi,wasmi1"];
    let refused = lockstep_in(&folder, &engines);
    assert_eq!(refused.code, 2, "{refused:#?}");
    let why = "token-difference.bundle is inside the state directory .";
    assert!(refused.stderr.contains(why), "{refused:#?}");
}
