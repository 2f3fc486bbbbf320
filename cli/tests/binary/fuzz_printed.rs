//! What `lockstep fuzz` prints of files that somebody else has made steers no terminal.

use crate::process::{Finished, lockstep, root, scratch};

/// A scenario whose texts steer a terminal, as somebody may hand in as a finding.
const STEERING: &str = r#"
schema = "lockstep.scenario/1"
name = "\u001b[2Jname\nof two lines"
about = "\u001b]0;title\u0007\u202eabout"
[accounts]
alice = 1_000_000_000_000_000_000
[code]
counter = "counter.wasm"
[[block]]
[[block.transaction]]
name = "\u001b[31mfirst"
from = "alice"
upload = "counter"
[[block.transaction]]
from = "alice"
instantiate = "counter"
as = "it"
input = "0x"
[[block.transaction]]
from = "alice"
call = "it.\u001b[31madd\nto it"
input = "0x"
expect = { status = "any" }
"#;

/// Nothing is written but text and line breaks, and an escape stands for the rest.
fn assert_plain(finished: &Finished) {
    for text in [&finished.stdout, &finished.stderr] {
        let steers = |letter: char| letter.is_control() && letter != '\n';
        assert!(!text.contains(steers), "{finished:#?}");
        assert!(!text.contains('\u{202e}'), "{finished:#?}");
    }
    let shown = format!("{}{}", finished.stdout, finished.stderr);
    assert!(shown.contains("\\u{1b}["), "{finished:#?}");
}

#[test]
fn texts_of_a_scenario_are_escaped() {
    let folder = scratch("fuzz-steering");
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let counter = root().join("contracts/artifacts/counter.wasm");
    std::fs::copy(counter, path("counter.wasm")).expect("the module");
    std::fs::write(path("given.toml"), STEERING).expect("the scenario");
    let (given, out) = (path("given.toml"), path("out"));
    let shown = lockstep(&["fuzz", "show", &given]);
    assert_eq!(shown.code, 0, "{shown:#?}");
    let first = "\\u{1b}[2Jname\\nof two lines: \\u{1b}]0;title\\u{7}\\u{202e}about\n";
    assert!(shown.stdout.starts_with(first), "{shown:#?}");
    let call = "call @it.\\u{1b}[31madd\\nto it 0x";
    assert!(shown.stdout.contains(call), "{shown:#?}");
    assert_plain(&shown);
    let worlds = ["--worlds", "untraced"];
    for command in [
        &["replay", &given][..],
        &["tmin", &given, "--out", &out],
        &["det", &given, "--runs", "1", "--out", &out],
    ] {
        let finished = lockstep(&[&["fuzz"], command, &worlds[..]].concat());
        assert_eq!(finished.code, 0, "{finished:#?}");
        assert_plain(&finished);
    }
}

/// Names of files may have anything in them but `/` on Unix.
#[cfg(unix)]
#[test]
fn names_of_files_are_escaped_and_quoted_in_commands() {
    let folder = scratch("fuzz-steering-names");
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (module, refused) = (path("a\u{1b}[31m.wasm"), path("b\u{1b}[31m.wat"));
    std::fs::copy(root().join("contracts/artifacts/counter.wasm"), &module).expect("the module");
    std::fs::copy(root().join("tests/fixtures/floats.wat"), &refused).expect("the module");
    let out = path("out");
    let search = |file: &str| {
        let search = ["fuzz", "det", file, "--runs", "1", "--out", &out];
        lockstep(&[&search[..], &["--worlds", "untraced"]].concat())
    };
    let searched = search(&module);
    assert_eq!(searched.code, 0, "{searched:#?}");
    assert_plain(&searched);
    let searched = search(&refused);
    assert_eq!(searched.code, 3, "{searched:#?}");
    assert!(searched.stderr.contains("error[module-refused]"));
    assert!(
        searched.stderr.contains("`lockstep check '"),
        "{searched:#?}"
    );
    assert_plain(&searched);
}

/// The command that shows a finding again does so in a shell, whatever its path has in it.
#[cfg(unix)]
#[test]
fn the_command_that_replays_a_finding_runs_in_a_shell() {
    let folder = scratch("fuzz-replay-in-a-shell");
    let program = env!("CARGO_BIN_EXE_lockstep");
    // A build that has another size of memory when a host call ends.
    let wrong = folder.join("it's wrong");
    let change = r#"s/"memory_pages":[0-9]*/"memory_pages":99/g"#;
    let script = format!("#!/bin/sh\n{program} \"$@\" | sed '{change}'\n");
    crate::process::write_program(&wrong, &script);
    let out = folder.join("o sp").to_string_lossy().into_owned();
    let world = format!("binary:{}", wrong.display());
    let scenario = "contracts/scenarios/counter.toml";
    let found = lockstep(&[
        "fuzz", "det", scenario, "--runs", "1", "--worlds", &world, "--out", &out, "--json",
    ]);
    assert_eq!(found.code, 7, "{found:#?}");
    let document = found.json();
    let replay = document["finding"]["replay"].as_str().expect("a command");
    assert!(replay.contains(r"it'\''s wrong"), "{replay}");
    let replay = replay.replacen("lockstep", program, 1);
    let mut shell = std::process::Command::new("/bin/sh");
    let replayed = shell.args(["-c", &replay]).output().expect("a shell");
    assert_eq!(replayed.status.code(), Some(7), "{replayed:?}");
}
