//! Starting the binary, files for it to work on, and comparing with committed text.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What a finished process left.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finished {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    /// The document on stdout.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("stdout is not one document: {error}\n{self:#?}"))
    }
}

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A folder for this test, empty.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the folder can be emptied");
    }
    fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

/// A script that can be started.
#[cfg(unix)]
pub(crate) fn write_program(path: &Path, script: &str) {
    use std::os::unix::fs::PermissionsExt;

    fs::write(path, script).expect("it can be written");
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(path, executable).expect("it can be made to start");
}

/// Runs the binary in a folder.
pub(crate) fn lockstep_in(folder: &Path, arguments: &[&str]) -> Finished {
    let output = Command::new(env!("CARGO_BIN_EXE_lockstep"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the binary starts");
    finished(output)
}

fn finished(output: Output) -> Finished {
    Finished {
        code: output.status.code().expect("the binary is not killed"),
        stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
    }
}

/// Runs the binary in the repository under a limit of the shell's `ulimit`.
#[cfg(unix)]
pub(crate) fn lockstep_limited(limit: &str, arguments: &[&str]) -> Finished {
    let script = format!("ulimit {limit}; exec \"$@\"");
    let output = Command::new("sh")
        .args(["-c", &script, "sh", env!("CARGO_BIN_EXE_lockstep")])
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("the shell starts");
    finished(output)
}

/// Runs the binary in the repository.
pub(crate) fn lockstep(arguments: &[&str]) -> Finished {
    lockstep_in(&root(), arguments)
}

/// Whether committed files are written anew: with `LOCKSTEP_UPDATE=1`, and with no other value.
pub(crate) fn updates_golden_files() -> bool {
    std::env::var_os("LOCKSTEP_UPDATE").is_some_and(|value| value == "1")
}

/// Compares with a committed file, or writes it with `LOCKSTEP_UPDATE=1`.
pub(crate) fn assert_matches(path: &Path, actual: &str) {
    if updates_golden_files() {
        fs::write(path, actual).expect("the file can be written");
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    assert_eq!(
        actual,
        expected,
        "{} differs; LOCKSTEP_UPDATE=1 writes it anew",
        path.display()
    );
}
