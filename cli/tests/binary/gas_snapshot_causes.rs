//! What `lockstep gas snapshot --check` calls the cause when a module is built anew, and what it
//! says of steps whose total is what it was.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::process::{Finished, lockstep_in, scratch};

/// Steps with and without a name of their own.
const SCENARIO: &str = r#"
schema = "lockstep.scenario/1"
name = "rebuilt"

[accounts]
alice = 100_000_000_000

[code]
it = "it.wasm"

[[block]]

[[block.transaction]]
from = "alice"
upload = "it"

[[block.transaction]]
name = "it is made"
from = "alice"
instantiate = "it"
as = "made"

[[block.transaction]]
from = "alice"
call = "made.go"
"#;

const MODULE: &str = r#"(module (memory (export "memory") 1) (func (export "go")))"#;

/// A scenario and its module in a folder of their own, and the snapshot that was taken of them.
struct Rebuilt {
    folder: PathBuf,
}

impl Rebuilt {
    fn new(name: &str, compiler: Option<&str>) -> Rebuilt {
        let folder = scratch(name);
        let module = wat::parse_str(MODULE).expect("a module");
        write(&folder, "rebuilt.toml", SCENARIO.as_bytes());
        write(&folder, "it.wasm", &module);
        let rebuilt = Rebuilt { folder };
        if let Some(compiler) = compiler {
            rebuilt.record(compiler);
        }
        let arguments = ["gas", "snapshot", "rebuilt.toml", "--file", "snapshot.txt"];
        let written = lockstep_in(&rebuilt.folder, &arguments);
        assert_eq!((written.code, written.stderr.as_str()), (0, ""));
        rebuilt
    }

    /// Adds a custom section `x` with `content` to the module.
    fn append(&self, content: &[u8]) {
        let mut module = fs::read(self.folder.join("it.wasm")).expect("the module");
        let length = u8::try_from(content.len() + 2).expect("a short section");
        module.extend([0, length, 1, b'x']);
        module.extend(content);
        write(&self.folder, "it.wasm", &module);
    }

    /// Records the module as made by `compiler`.
    fn record(&self, compiler: &str) {
        let module = fs::read(self.folder.join("it.wasm")).expect("the module");
        let digest = hex::encode(Sha256::digest(&module));
        let text = format!("# compiler: {compiler}\n{digest}  it.wasm\n");
        write(&self.folder, "CHECKSUMS", text.as_bytes());
    }

    /// Replaces what must be in a file once.
    fn replace(&self, file: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.folder.join(file)).expect("the file");
        assert_eq!(text.matches(from).count(), 1, "{from}\n{text}");
        write(&self.folder, file, text.replace(from, to).as_bytes());
    }

    /// The line of the snapshot that has this part.
    fn line(&self, part: &str) -> String {
        let text = fs::read_to_string(self.folder.join("snapshot.txt")).expect("the snapshot");
        let line = text.lines().find(|line| line.contains(part));
        line.unwrap_or_else(|| panic!("{part}\n{text}")).to_string()
    }

    fn check(&self) -> Finished {
        let arguments = ["gas", "snapshot", "--check", "rebuilt.toml"];
        let finished = lockstep_in(
            &self.folder,
            &[&arguments[..], &["--file", "snapshot.txt"]].concat(),
        );
        assert_eq!(finished.code, 6, "{}", finished.stderr);
        finished
    }
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    fs::write(folder.join(name), bytes).expect("the file can be written");
}

/// The causes that the output names.
fn causes(finished: &Finished) -> Vec<&str> {
    let lines = finished.stdout.lines();
    lines
        .filter_map(|line| line.trim_start().strip_prefix("due to   "))
        .collect()
}

#[test]
fn another_length_of_a_module_is_no_change_of_the_scenario() {
    let rebuilt = Rebuilt::new("snapshot_length", None);
    rebuilt.append(b"abc");
    let finished = rebuilt.check();
    let causes = causes(&finished);
    assert!(!causes.is_empty(), "{}", finished.stdout);
    for cause in causes {
        let amount = cause.strip_prefix("code (it): +").unwrap_or("none");
        let amount = amount.replace('_', "").parse::<u64>();
        assert!(amount.is_ok_and(|it| it > 0), "{}", finished.stdout);
    }
    let scenario = finished.stdout.contains("scenario rebuilt\n");
    assert!(!scenario, "{}", finished.stdout);
}

#[test]
fn a_missing_record_is_no_other_compiler() {
    let rebuilt = Rebuilt::new("snapshot_no_record", Some("rustc 1.2.3"));
    rebuilt.append(b"abc");
    let finished = rebuilt.check();
    for part in [
        "      was \"rustc 1.2.3\"\n",
        "      is  \"not recorded\"\n",
    ] {
        assert!(finished.stdout.contains(part), "{}", finished.stdout);
    }
    let of_code = |cause: &&str| cause.starts_with("code (it): ");
    assert!(causes(&finished).iter().all(of_code), "{}", finished.stdout);
    rebuilt.record("rustc 1.2.4");
    let finished = rebuilt.check();
    let of_compiler = |cause: &&str| cause.starts_with("compiler (it): ");
    let all = causes(&finished).iter().all(of_compiler);
    assert!(all, "{}", finished.stdout);
    // The other way round: the record that is new says nothing of what was before it.
    let rebuilt = Rebuilt::new("snapshot_new_record", None);
    rebuilt.append(b"abc");
    rebuilt.record("rustc 1.2.3");
    let finished = rebuilt.check();
    assert!(causes(&finished).iter().all(of_code), "{}", finished.stdout);
}

#[test]
fn a_step_with_another_name_says_which() {
    let rebuilt = Rebuilt::new("snapshot_renamed", None);
    rebuilt.replace("rebuilt.toml", "it is made", "it is made anew");
    let finished = rebuilt.check();
    let line = "\n      name     \"it is made\" -> \"it is made anew\"\n";
    assert!(finished.stdout.contains(line), "{}", finished.stdout);
    assert!(causes(&finished).is_empty(), "{}", finished.stdout);
}

#[test]
fn what_drifts_between_parts_or_in_its_ending_has_a_cause_too() {
    let rebuilt = Rebuilt::new("snapshot_ending", None);
    let step = "success \"it is made\"";
    rebuilt.replace("snapshot.txt", step, "reverted \"it is made\"");
    let finished = rebuilt.check();
    for part in [
        "      ending   reverted -> success\n",
        "      due to   unrecorded: 0\n",
    ] {
        assert!(finished.stdout.contains(part), "{}", finished.stdout);
    }
    let rebuilt = Rebuilt::new("snapshot_buckets", None);
    let step = rebuilt.line("it is made");
    let host = step.split(' ').find(|word| word.starts_with("host="));
    let host = host.expect("the part of host functions");
    let wasm = host.replace("host=", "wasm=");
    let moved = step.replace(host, "host=0").replace("wasm=0", &wasm);
    rebuilt.replace("snapshot.txt", &step, &moved);
    let code = rebuilt.line("code rebuilt it ");
    let hash = code.split(' ').nth(3).expect("a hash");
    rebuilt.replace("snapshot.txt", hash, &"0".repeat(64));
    let finished = rebuilt.check();
    let due = "      due to   code (it): 0\n";
    assert!(finished.stdout.contains(due), "{}", finished.stdout);
}
