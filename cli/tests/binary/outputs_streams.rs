//! Outputs that are named as stdout is, or as the file that it goes to.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::process::{root, scratch};
use crate::state::text;

/// By whatever name: a new file in its place would lose what is printed.
#[test]
fn the_file_that_stdout_goes_to_is_not_replaced() {
    let folder = scratch("outputs-stdout");
    let printed = folder.join("printed");
    symlink("printed", folder.join("link")).expect("a link");
    for name in ["/dev/stdout", "/dev/fd/1", "printed", "link"] {
        fs::write(&printed, "before\n").expect("a file");
        let stdout = fs::OpenOptions::new().append(true).open(&printed);
        let ended = Command::new(env!("CARGO_BIN_EXE_lockstep"))
            .args([
                "meter",
                &text(&root().join("contracts/artifacts/counter.wasm")),
                "-o",
                name,
            ])
            .current_dir(&folder)
            .stdout(stdout.expect("the file"))
            .output()
            .expect("the binary starts");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(2), "{name}: {said}");
        let start =
            format!("error[file-unwritable]: cannot write {name}: it is the file that stdout");
        assert!(said.starts_with(&start), "{said}");
        let kept = fs::read_to_string(&printed).expect("the file");
        assert_eq!(kept, "before\n", "{name}");
    }
}

/// As every other result.
#[cfg(target_os = "linux")]
#[test]
fn help_that_cannot_be_written_is_a_failure() {
    for arguments in [&["--help"][..], &["run", "-h"], &["--version"]] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full");
        let ended = Command::new(env!("CARGO_BIN_EXE_lockstep"))
            .args(arguments)
            .stdout(full.expect("the device"))
            .output()
            .expect("the binary starts");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(9), "{arguments:?}: {said}");
        let start = "error[file-unwritable]: cannot write the result to stdout: the disk is full";
        assert!(said.starts_with(start), "{arguments:?}: {said}");
        let done = "help: the command has done its work, and only the report is lost";
        assert!(said.contains(done), "{arguments:?}: {said}");
    }
}
