//! `lockstep check` and `lockstep meter` on damaged, oversized and random input: a reason, exit
//! code 3 (or 2 when there is nothing to read), and no output file.

use std::fs;
use std::path::Path;

use crate::process::{lockstep, lockstep_in, root, scratch};

/// Checks and meters a file that must be refused.
fn assert_refused(folder: &Path, file: &Path, what: &str) {
    let (input, output) = (file.to_str().expect("UTF-8"), folder.join("out.wasm"));
    let checked = lockstep(&["check", input]);
    assert_eq!(checked.code, 3, "{what}: {checked:?}");
    assert!(
        checked.stdout.starts_with("refused\nLS0"),
        "{what}: {}",
        checked.stdout
    );
    assert!(
        checked.stdout.contains("help: "),
        "{what}: {}",
        checked.stdout
    );
    let metered = lockstep(&["meter", input, "-o", output.to_str().expect("UTF-8")]);
    assert_eq!(metered.code, 3, "{what}: {metered:?}");
    assert!(!output.exists(), "{what}: an output was written");
}

#[test]
fn truncated_modules_are_refused_at_every_length() {
    let folder = scratch("truncated");
    let file = folder.join("module.wasm");
    let bytes = fs::read(root().join("contracts/artifacts/token.wasm")).expect("the token");
    for length in [0, 1, 4, 7, 9, 100, 1_000, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&file, &bytes[..length]).expect("the file can be written");
        // A module may end between two sections; then it lacks something that it needs.
        assert_refused(&folder, &file, &format!("cut to {length} bytes"));
    }
}

#[test]
fn random_bytes_are_refused() {
    let folder = scratch("random");
    let file = folder.join("module.wasm");
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for round in 0..8 {
        let mut bytes = if round % 2 == 0 {
            Vec::new()
        } else {
            b"\0asm\x01\0\0\0".to_vec()
        };
        for _ in 0..512 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes.extend(state.to_le_bytes());
        }
        fs::write(&file, &bytes).expect("the file can be written");
        assert_refused(&folder, &file, &format!("round {round}"));
    }
}

#[test]
fn an_oversized_module_is_refused_with_limit_and_size() {
    let folder = scratch("oversized");
    let file = folder.join("module.wasm");
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    bytes.resize((1 << 20) + 1, 0);
    fs::write(&file, &bytes).expect("the file can be written");
    assert_refused(&folder, &file, "one byte too many");
    let checked = lockstep(&["check", file.to_str().expect("UTF-8")]);
    assert!(
        checked
            .stdout
            .contains("(limit 1_048_576, found 1_048_577)"),
        "{}",
        checked.stdout
    );
}

#[test]
fn text_that_does_not_parse_says_where() {
    let finished = lockstep(&["check", "tests/fixtures/scenarios/broken.wat"]);
    assert_eq!(finished.code, 3);
    assert!(
        finished.stderr.contains("error[text-module]"),
        "{}",
        finished.stderr
    );
    assert!(
        finished
            .stderr
            .contains("--> tests/fixtures/scenarios/broken.wat:4:16"),
        "{}",
        finished.stderr
    );
    let document = lockstep(&["check", "tests/fixtures/scenarios/broken.wat", "--json"]).json();
    assert_eq!(document["schema"], "lockstep.error/1");
    assert_eq!(document["exit"], 3);
    assert_eq!(document["errors"][0]["place"]["line"], 4);
}

#[test]
fn text_that_nests_without_end_is_refused() {
    let folder = scratch("nested");
    let file = folder.join("deep.wat");
    let depth = 60_000;
    for (separator, reason) in [("\n", "nesting"), (" ", "the line is too long")] {
        let open = format!("(block{separator}").repeat(depth);
        let close = format!("){separator}").repeat(depth);
        fs::write(&file, format!("(module (func\n{open}{close}))"))
            .expect("the file can be written");
        let finished = lockstep(&["check", file.to_str().expect("UTF-8")]);
        assert_eq!(finished.code, 3, "{finished:?}");
        let said = format!("{}{}", finished.stdout, finished.stderr);
        assert!(said.contains(reason), "{said}");
        assert!(said.len() < 100_000, "{}", said.len());
    }
}

#[test]
fn a_name_that_is_empty_is_shown_in_quotes() {
    let file = scratch("empty_name").join("empty.toml");
    let text = "schema = \"lockstep.scenario/1\"\nname = \"x\"\n[code]\nit = \"\"\n";
    fs::write(&file, text).expect("the file can be written");
    let file = file.to_str().expect("UTF-8");
    let cases: [(&[&str], &str); 4] = [
        (&["run", file], "cannot read \"\": "),
        (
            &["gas", "profile", ""],
            "no contract or code of a scenario: \"\"\n",
        ),
        (&["gas", "report", ""], "runs the contract \"\"\n"),
        (&["call", ""], "makes a contract \"\"\n"),
    ];
    for (arguments, part) in cases {
        let finished = lockstep(arguments);
        assert!(finished.stderr.contains(part), "{finished:?}");
    }
}

#[test]
fn a_scenario_in_place_of_a_module_is_told() {
    let scenario = "contracts/scenarios/token.toml";
    for arguments in [
        &["check", scenario][..],
        &["gas", "bound", scenario],
        &["strip", scenario, "-o", "absent-output.wasm"],
    ] {
        let finished = lockstep(arguments);
        let told = format!("{scenario} is a scenario, and a module is needed\nhelp: name a module");
        assert_eq!(finished.code, 2, "{finished:?}");
        assert!(finished.stderr.contains(&told), "{}", finished.stderr);
    }
}

#[test]
fn an_ending_says_nothing_of_a_file_that_is_not_there() {
    for (command, file) in [
        (&["check"][..], "absent.toml"),
        (&["gas", "bound"], "absent.toml"),
        (&["run"], "absent.wasm"),
    ] {
        let finished = lockstep(&[command, &[file]].concat());
        assert_eq!(finished.code, 2, "{finished:?}");
        let told = format!("cannot read {file}: there is no such file\n");
        assert!(finished.stderr.contains(&told), "{}", finished.stderr);
    }
}

/// What does not validate was hardly damaged, and what is too long was hardly meant to be.
#[test]
fn the_help_names_the_likeliest_cause() {
    let folder = scratch("likeliest");
    let mistyped = "(module (func (export \"go\") (drop (i32.add))))";
    fs::write(folder.join("mistyped.wat"), mistyped).expect("a file");
    let long = format!("(module (data \"{}\"))", "x".repeat(1_200_000));
    fs::write(
        folder.join("long.wasm"),
        wat::parse_str(long).expect("a module"),
    )
    .expect("a file");
    for (file, help) in [
        ("mistyped.wat", "help: correct the text at that place"),
        ("long.wasm", "help: build it with `--release`"),
    ] {
        let finished = lockstep_in(&folder, &["check", file]);
        assert_eq!(finished.code, 3, "{finished:?}");
        assert!(finished.stdout.contains(help), "{}", finished.stdout);
    }
}

#[test]
fn files_that_cannot_be_read_end_with_2() {
    // No file system takes so long a name. What it says of that has no words here.
    let long = "a".repeat(1_000);
    for (file, reason) in [
        (long.as_str(), "the operating system reports: "),
        ("absent.wasm", "there is no such file"),
        ("contracts", "it is not a regular file"),
        ("README.md/x.wasm", "cannot read"),
    ] {
        for arguments in [
            &["check", file][..],
            &["meter", file, "-o", "absent-output.wasm"],
        ] {
            let finished = lockstep(arguments);
            assert_eq!(finished.code, 2, "{finished:?}");
            assert!(
                finished.stderr.contains("error[file-unreadable]"),
                "{}",
                finished.stderr
            );
            assert!(finished.stderr.contains(reason), "{}", finished.stderr);
            assert_eq!(finished.stdout, "");
        }
    }
}
