//! Interrupting long work on a state: what is left, what is said, and the exit status.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use lockstep_state_trie::Trie;
use lockstep_store::{Settings, Store};

use crate::process::scratch;
use crate::state::text;

/// An export of so many entries without their hash: importing it takes long, and fails at its end
/// if nothing stops it.
fn long_export(path: &Path, entries: u64) {
    let mut bytes = b"LKSEXPRT".to_vec();
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend([0; 4 + 32]);
    bytes.extend(entries.to_le_bytes());
    bytes.extend(0_u64.to_le_bytes());
    for number in 0..entries {
        bytes.extend(8_u16.to_le_bytes());
        bytes.extend(100_u32.to_le_bytes());
        bytes.extend(number.to_be_bytes());
        bytes.extend([7; 100]);
    }
    bytes.extend([0; 32]);
    fs::write(path, bytes).expect("a file");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into()).collect();
    names.sort();
    names
}

/// Begins an import and waits until it has begun to make the state.
fn importing(folder: &Path, export: &Path, target: &Path) -> Child {
    let child = Command::new(env!("CARGO_BIN_EXE_lockstep"))
        .args(["state", "import", &text(export), &text(target)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    while names(folder).iter().all(|name| !name.ends_with(".tmp")) {
        sleep(Duration::from_millis(1));
    }
    child
}

fn interrupt(child: &Child) {
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(sent.expect("kill starts").success());
}

#[test]
fn an_interrupted_import_leaves_nothing_says_so_and_ends_with_130() {
    let folder = scratch("state-interrupt");
    let (export, target) = (folder.join("export"), folder.join("target"));
    long_export(&export, 400_000);
    let child = importing(&folder, &export, &target);
    interrupt(&child);
    let output = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8(output.stderr).expect("stderr is UTF-8");
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(output.stdout.is_empty());
    assert!(
        stderr.contains("error[interrupted]: interrupted after "),
        "{stderr}"
    );
    assert!(
        stderr.contains(" of 400_000 entries; nothing was made"),
        "{stderr}"
    );
    assert_eq!(names(&folder), ["export"]);
}

/// A state of twenty versions.
fn twenty_versions(directory: &Path) {
    let store = Store::create(directory, Settings::default());
    let mut trie = Trie::new(store.expect("a store"));
    for version in 1..20_u8 {
        let entries = (0..200_u8).map(|key| ([key], Some([version; 100])));
        trie.update(entries).expect("a commit");
    }
    trie.into_store().close().expect("it is closed");
}

fn kept_versions(directory: &Path) -> usize {
    let (store, _) = Store::open(directory, Settings::default()).expect("it opens");
    store.versions().count()
}

/// However early the interrupt comes.
#[test]
fn no_version_is_given_up_without_a_word() {
    let folder = scratch("state-interrupt-prune");
    for half_ms in 0..30_u64 {
        let state = folder.join(half_ms.to_string());
        twenty_versions(&state);
        let child = Command::new(env!("CARGO_BIN_EXE_lockstep"))
            .args(["state", "prune", &text(&state), "--compact"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        sleep(Duration::from_micros(500 * half_ms));
        interrupt(&child);
        let output = child.wait_with_output().expect("it ends");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).expect("text");
        let expected = match (output.status.code(), kept_versions(&state)) {
            // It ended before it could look at interrupts.
            (None, 20) => "",
            (Some(130), 20) => "interrupted: no version is given up",
            (Some(130), 1) => "interrupted: the 19 versions before are given up",
            (Some(0), 1) => "kept 1 of 20 versions, the 19 before can no longer be read",
            other => panic!("{half_ms}: {other:?}: {said}"),
        };
        assert!(said.contains(expected), "{half_ms}: {said}");
    }
}
