//! What a command leaves as it is, and what it keeps: directories that it did not make, the end of a
//! log that a crash has left, and older versions.

use std::fs::{self, OpenOptions};
use std::path::Path;

use lockstep_state_trie::{Digest, Trie};
use lockstep_store::{Settings, Store};

use crate::process::{lockstep, scratch};
use crate::state::{TOKEN, bad, filled, good, good_with_notes, text};

/// Adds to the log of a state what a crash may have left.
fn tear(state: &str) -> Vec<u8> {
    let log = Path::new(state).join("00000001.log");
    let mut bytes = fs::read(&log).expect("the log");
    bytes.extend([0x5a; 100]);
    fs::write(&log, &bytes).expect("a file");
    bytes
}

fn log(state: &str) -> Vec<u8> {
    fs::read(Path::new(state).join("00000001.log")).expect("the log")
}

fn call<'a>(state: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let call = ["call", "gold", "--from", "alice", "--state", state];
    let words = ["--", "transfer", "--to", "bob", "--amount", "1"];
    [&call, more, &words].concat()
}

#[test]
fn what_a_crash_has_left_stays_until_something_is_changed() {
    let (_, state) = filled("state-torn");
    let torn = tear(&state);
    bad(&["run", TOKEN, "--state", &state], 2, "state-exists");
    let dry = good_with_notes(&call(&state, &["--dry-run"]));
    assert!(dry.stderr.contains("100 bytes, is not read"), "{dry:#?}");
    assert_eq!(log(&state), torn);
    let called = good_with_notes(&call(&state, &[]));
    assert!(called.stderr.contains("100 bytes"), "{called:#?}");
    assert_ne!(log(&state)[..torn.len()], torn[..]);
}

/// Makes a state of two versions, the second of which has no nodes, and returns it with both roots.
fn without_nodes(name: &str) -> (String, [Digest; 2]) {
    let folder = scratch(name);
    let (whole, state) = (folder.join("whole"), folder.join("state"));
    let mut trie = Trie::new(Store::create(&whole, Settings::default()).expect("a store"));
    let first = trie.update([(b"a", Some(b"first")), (b"c", Some(b"other"))]);
    let first = first.expect("a commit");
    let mut store = trie.into_store();
    store.checkpoint().expect("a checkpoint");
    let log_bytes = store.statistics().log_bytes;
    let mut trie = Trie::open(store, first).expect("the first version");
    let second = trie.update([(b"a", Some(b"2"))]).expect("a commit");
    // What is there when the changes are durable: no frame, and no checkpoint of this process.
    fs::create_dir(&state).expect("a folder");
    for name in ["checkpoint", "wal", "00000001.log"] {
        fs::copy(whole.join(name), state.join(name)).expect("a copy");
    }
    let log = OpenOptions::new()
        .write(true)
        .open(state.join("00000001.log"));
    let log = log.expect("the log");
    log.set_len(log_bytes).expect("it is cut off");
    drop((log, trie));
    (text(&state), [first, second])
}

#[test]
fn a_block_without_its_nodes_is_made_again() {
    let (state, [_, root]) = without_nodes("state-ahead");
    for arguments in [
        &["state", "root", &state][..],
        &["state", "root", &state],
        &["state", "prune", &state],
    ] {
        let told = good_with_notes(arguments);
        assert!(told.stderr.contains("is made again from"), "{told:#?}");
    }
    let kept = good(&["state", "root", &state, "--json"]).json();
    assert_eq!(kept["at"]["root"], root.to_string());
}

#[test]
fn a_block_whose_nodes_cannot_be_made_leaves_the_state_before_to_read() {
    let (state, [root, _]) = without_nodes("state-ahead-damaged");
    let mut bytes = log(&state);
    let value = bytes.windows(5).position(|bytes| bytes == b"first");
    bytes[value.expect("the value that is replaced")] ^= 1;
    fs::write(Path::new(&state).join("00000001.log"), bytes).expect("a file");
    let told = good_with_notes(&["state", "root", &state, "--json"]);
    assert!(
        told.stderr.contains("what is read is the state before it"),
        "{told:#?}"
    );
    assert!(told.stderr.contains("is damaged at byte"), "{told:#?}");
    assert_eq!(told.json()["at"]["root"], root.to_string());
    bad(
        &["state", "prune", &state, "--keep", "1"],
        1,
        "state-damaged",
    );
}

#[test]
fn calls_keep_as_many_versions_as_runs() {
    let (_, state) = filled("state-keep");
    let kept = || {
        let all = good(&["state", "root", &state, "--all", "--json"]).json();
        all["kept"].as_array().expect("versions").len()
    };
    let before = kept();
    good(&call(&state, &[]));
    assert_eq!(kept(), before + 1);
    good(&call(&state, &["--keep", "2"]));
    assert_eq!(kept(), 2);
    bad(
        &["state", "root", &state, "--at", "1"],
        8,
        "version-not-kept",
    );
}

#[test]
fn a_bundle_of_a_run_has_what_it_needs_or_the_run_does_not_begin() {
    let folder = scratch("state-keep-bundle");
    let (state, bundle) = (text(&folder.join("state")), text(&folder.join("it.bundle")));
    let with = |keep: &'static str| {
        [
            "run", TOKEN, "--state", &state, "--keep", keep, "--bundle", &bundle,
        ]
        .map(str::to_string)
    };
    let arguments = with("6");
    let refused = bad(
        &arguments.each_ref().map(String::as_str),
        2,
        "version-not-kept",
    );
    assert!(refused.stderr.contains("keep 7 or more"), "{refused:#?}");
    assert!(!folder.join("state").exists());
    let arguments = with("7");
    good(&arguments.each_ref().map(String::as_str));
    good(&["replay", &bundle]);
    // Outputs are looked at before anything is made, too.
    let other = text(&folder.join("other"));
    for output in [
        "absent/it.bundle",
        "other/it.bundle",
        "other/deep/it.bundle",
    ] {
        let output = text(&folder.join(output));
        let run = ["run", TOKEN, "--state", &other, "--bundle", &output];
        bad(&run, 2, "file-unwritable");
    }
    let cache = text(&folder.join("other/cache"));
    let run = ["run", TOKEN, "--state", &other, "--code-cache", &cache];
    bad(&run, 2, "file-unwritable");
    assert!(!folder.join("other").exists());
}

#[test]
fn the_empty_state_has_a_root_that_can_be_named() {
    let (_, state) = filled("state-zero");
    for root in ["0".repeat(64), format!("0x{}", "0".repeat(64))] {
        let found = good(&["state", "root", &state, "--at", &root]).stdout;
        assert_eq!(found, format!("0x{}\n", "0".repeat(64)));
    }
    let from = bad(&["state", "ls", &state, "--from", "ff"], 8, "key-absent");
    assert!(
        from.stderr.contains("no key is ff or comes after it"),
        "{from:#?}"
    );
    let key = "00".repeat(4_097);
    bad(&["state", "get", &state, &key], 2, "state-key-syntax");
}

#[cfg(unix)]
#[test]
fn an_import_says_first_that_it_cannot_take_a_place() {
    let (folder, state) = filled("state-places");
    let export = text(&folder.join("export"));
    good(&["state", "export", &state, "-o", &export]);
    let (empty, link) = (folder.join("empty"), folder.join("link"));
    fs::create_dir(&empty).expect("a folder");
    std::os::unix::fs::symlink(&empty, &link).expect("a link");
    let refused = bad(
        &["state", "import", &export, &text(&link)],
        2,
        "state-unusable",
    );
    let said = "is a link to a directory, and cannot give way";
    assert!(refused.stderr.contains(said), "{refused:#?}");
    good(&["state", "import", &export, &text(&empty.join("."))]);
    good(&["state", "root", &text(&empty)]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_is_a_failure() {
    let (_, state) = filled("state-full-output");
    let list = format!(
        "{} state ls {state} > /dev/full",
        env!("CARGO_BIN_EXE_lockstep")
    );
    let output = std::process::Command::new("sh")
        .args(["-c", &list])
        .output();
    let output = output.expect("the shell starts");
    assert_eq!(output.status.code(), Some(9));
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(
        said.contains("cannot write the result to stdout: the disk is full"),
        "{said}"
    );
    // A reader that goes away is none.
    let list = format!("{} state ls {state} | true", env!("CARGO_BIN_EXE_lockstep"));
    let output = std::process::Command::new("sh")
        .args(["-c", &list])
        .output();
    assert_eq!(output.expect("the shell starts").stderr, b"");
    assert_eq!(lockstep(&["state", "ls", &state]).code, 0);
}
