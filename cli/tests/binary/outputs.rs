//! Where outputs may go: never over what a command reads, never in the place of a device, a pipe or a
//! link, and what cannot be written is known before anything is executed.

use std::fs;
use std::path::{Path, PathBuf};

use crate::process::{lockstep, root, scratch};
use crate::state::{TOKEN, bad, filled, good, text};

const MODULE: &str = "contracts/artifacts/counter.wasm";

/// The counter's scenario and module in a folder, where they may be harmed.
fn counter_in(folder: &Path) -> (String, PathBuf) {
    let module = folder.join("counter.wasm");
    fs::copy(root().join(MODULE), &module).expect("a copy");
    let scenario = folder.join("counter.toml");
    let file = root().join("contracts/scenarios/counter.toml");
    let document = fs::read_to_string(file).expect("the scenario");
    let document = document.replace("../artifacts/", "");
    fs::write(&scenario, document).expect("a file");
    (text(&scenario), module)
}

/// The counter's file with names and lines, in a folder beside it.
fn sidecar_in(folder: &Path) -> String {
    let module = text(&folder.join("counter.wasm"));
    let stripped = text(&folder.join("stripped.wasm"));
    assert_eq!(lockstep(&["strip", &module, "-o", &stripped]).code, 0);
    let beside = folder.join("debug");
    let name = names(&beside).pop();
    text(&beside.join(name.expect("a sidecar")))
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder");
    let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let mut names: Vec<String> = entries
        .map(|entry| name(entry.expect("an entry")))
        .collect();
    names.sort();
    names
}

#[test]
fn no_output_replaces_what_is_read_or_another_output() {
    let (folder, state) = filled("outputs-inputs");
    let (scenario, module) = counter_in(&folder);
    let module = text(&module);
    let out = text(&folder.join("out"));
    let record = text(&folder.join("CHECKSUMS"));
    fs::write(&record, "# compiler: rustc\n").expect("a file");
    let sidecar = sidecar_in(&folder);
    let roundabout = text(&folder.join("state/../counter.toml"));
    let before = (names(&folder), fs::read(&scenario), fs::read(&module));
    let key = "account:@alice";
    for arguments in [
        &["run", &scenario, "--bundle", &scenario][..],
        &["run", &scenario, "--bundle", &module],
        &["run", &scenario, "--observations", &roundabout],
        &["run", &scenario, "--bundle", &out, "--observations", &out],
        &[
            "state",
            "prove",
            &state,
            key,
            "--names",
            &scenario,
            "-o",
            &roundabout,
        ],
        &["gas", "profile", &scenario, "-o", &scenario],
        &["gas", "profile", &scenario, "-o", &module],
        &["gas", "profile", &scenario, "-o", &sidecar],
        &["gas", "snapshot", &scenario, "--file", &scenario],
        &["gas", "snapshot", &scenario, "--file", &module],
        &["gas", "snapshot", &scenario, "--file", &record],
        &[
            "gas",
            "calibrate",
            "--quick",
            "-o",
            &out,
            "--schedule-out",
            &out,
        ],
        &[
            "fuzz",
            "cmin",
            &text(&folder),
            "--out",
            &text(&folder.join(".")),
        ],
    ] {
        bad(arguments, 2, "output-is-input");
        let after = (names(&folder), fs::read(&scenario), fs::read(&module));
        assert_eq!(after.0, before.0, "{arguments:?}");
        assert!(after.1.expect("the scenario") == *before.1.as_ref().expect("the scenario"));
        assert!(after.2.expect("the module") == *before.2.as_ref().expect("the module"));
    }
}

#[test]
fn the_bundle_of_a_difference_is_an_output_like_others() {
    let (folder, _state) = filled("outputs-difference");
    let (scenario, _module) = counter_in(&folder);
    let out = text(&folder.join("out"));
    // Without --bundle, engines that differ write to a name of their own.
    let difference = "counter-difference.bundle";
    for engine in ["wasmi1", "wasmi,wasmi1"] {
        let arguments = ["run", &scenario, "--engine", engine];
        let arguments = [&arguments[..], &["--observations", difference]].concat();
        bad(&arguments, 2, "output-is-input");
    }
    good(&[
        "run",
        &scenario,
        "--bundle",
        &out,
        "--observations",
        &text(&folder.join("seen")),
    ]);
}

/// Each command that writes, to this file.
fn writers<'a>(state: &'a str, file: &'a str) -> [Vec<&'a str>; 7] {
    [
        vec!["meter", MODULE, "-o", file],
        vec!["strip", MODULE, "-o", file],
        vec!["run", TOKEN, "--bundle", file],
        vec!["run", TOKEN, "--observations", file],
        vec!["state", "prove", state, "account:@alice", "-o", file],
        vec!["state", "export", state, "-o", file],
        vec!["gas", "profile", TOKEN, "-o", file],
    ]
}

#[cfg(unix)]
#[test]
fn pipes_and_links_stay_what_they_are() {
    use std::os::unix::fs::{FileTypeExt, symlink};

    let (folder, state) = filled("outputs-special");
    let file = |name: &str| folder.join(name);
    let made = std::process::Command::new("mkfifo")
        .arg(file("pipe"))
        .status();
    assert!(made.expect("mkfifo starts").success());
    symlink("absent", file("nowhere")).expect("a link");
    symlink("pipe", file("to-pipe")).expect("a link");
    symlink("state", file("to-state")).expect("a link");
    symlink("state/checkpoint", file("into-state")).expect("a link");
    // What `strip` keeps names and lines in is made before.
    fs::create_dir(file("debug")).expect("a folder");
    let before = names(&folder);
    let refused = [
        ("pipe", "a device, a pipe or a socket"),
        ("to-pipe", "a device, a pipe or a socket"),
        ("nowhere", "a link that leads to nothing"),
        ("to-state", "it is a folder"),
        ("debug", "it is a folder"),
        ("into-state", "nothing but the files of the state"),
    ];
    for (name, what) in refused {
        for arguments in writers(&state, &text(&file(name))) {
            let refused = bad(&arguments, 2, "file-unwritable");
            let said = refused.stderr.contains(what) || refused.stderr.contains("inside the state");
            assert!(said, "{arguments:?}: {refused:#?}");
            assert_eq!(names(&folder), before, "{arguments:?}");
        }
    }
    let kind = |name: &str| {
        fs::symlink_metadata(file(name))
            .expect("it is there")
            .file_type()
    };
    assert!(kind("pipe").is_fifo());
    for link in ["nowhere", "to-pipe", "to-state", "into-state"] {
        assert!(kind(link).is_symlink());
    }
    good(&["state", "root", &state]);
    // What a link to a file leads to is replaced.
    symlink("elsewhere/file", file("link")).expect("a link");
    fs::create_dir(file("elsewhere")).expect("a folder");
    for arguments in writers(&state, &text(&file("link"))) {
        fs::write(file("elsewhere/file"), "before").expect("a file");
        assert_eq!(lockstep(&arguments).code, 0, "{arguments:?}");
        assert!(kind("link").is_symlink());
        assert_ne!(fs::read(file("elsewhere/file")).expect("a file"), b"before");
        assert_eq!(names(&file("elsewhere")), ["file"]);
    }
}

#[cfg(unix)]
#[test]
fn what_is_replaced_keeps_its_permissions() {
    use std::os::unix::fs::PermissionsExt;

    let (folder, state) = filled("outputs-modes");
    let file = folder.join("file");
    let mode = |path: &Path| {
        fs::metadata(path)
            .expect("it is there")
            .permissions()
            .mode()
            & 0o777
    };
    for wanted in [0o600, 0o640, 0o666] {
        for arguments in writers(&state, &text(&file)) {
            fs::write(&file, "before").expect("a file");
            let permissions = fs::Permissions::from_mode(wanted);
            fs::set_permissions(&file, permissions).expect("permissions");
            assert_eq!(lockstep(&arguments).code, 0, "{arguments:?}");
            assert_ne!(fs::read(&file).expect("a file"), b"before");
            assert_eq!(mode(&file), wanted, "{arguments:?}");
            fs::remove_file(&file).expect("the file");
        }
        let export = folder.join("export");
        good(&["state", "export", &state, "-o", &text(&export)]);
        let imported = folder.join(format!("imported-{wanted}"));
        fs::create_dir(&imported).expect("a folder");
        let permissions = fs::Permissions::from_mode(wanted | 0o100);
        fs::set_permissions(&imported, permissions).expect("permissions");
        good(&["state", "import", &text(&export), &text(&imported)]);
        assert_eq!(mode(&imported), wanted | 0o100);
    }
}

#[test]
fn what_cannot_come_to_an_end_is_not_begun() {
    let folder = scratch("outputs-early");
    let state = text(&folder.join("state"));
    let bundle = text(&folder.join("out.bundle"));
    let empty = text(&folder.join("empty.toml"));
    let document = "schema = \"lockstep.scenario/1\"\nname = \"empty\"\n[accounts]\na = 1\n";
    fs::write(&empty, document).expect("a file");
    fs::create_dir(folder.join("taken")).expect("a folder");
    let taken = text(&folder.join("taken"));
    let before = names(&folder);
    let run = ["run", TOKEN, "--state", &state];
    for height in ["0", "99"] {
        let block = ["--bundle", &bundle, "--bundle-block", height];
        let refused = bad(&[&run[..], &block].concat(), 8, "nothing-matched");
        let said = format!("the scenario has no block {height}");
        assert!(refused.stderr.contains(&said), "{refused:#?}");
    }
    let no_block = ["run", &empty, "--state", &state, "--bundle", &bundle];
    bad(&no_block, 8, "nothing-matched");
    for option in ["--bundle", "--observations"] {
        bad(
            &[&run[..], &[option, &taken]].concat(),
            2,
            "file-unwritable",
        );
    }
    assert_eq!(names(&folder), before, "something was made");
    assert_eq!(names(Path::new(&taken)), Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn no_state_is_imported_in_the_place_of_a_link_to_nothing() {
    let (folder, state) = filled("outputs-import");
    let export = text(&folder.join("export"));
    good(&["state", "export", &state, "-o", &export]);
    let link = folder.join("link");
    std::os::unix::fs::symlink("absent", &link).expect("a link");
    let refused = bad(
        &["state", "import", &export, &text(&link)],
        2,
        "state-exists",
    );
    assert!(
        refused.stderr.contains("is a link to nothing"),
        "{refused:#?}"
    );
    assert_eq!(names(&folder), ["export", "link", "state"]);
}
