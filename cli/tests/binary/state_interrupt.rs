//! Interrupting long work on a state: what is left, what is said, and the exit status.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

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
