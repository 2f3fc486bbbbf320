//! Words and names that do not belong in the repository.

use crate::tree::{files, report, rust_sources};

/// File and folder names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 6] = ["utils", "util", "common", "helpers", "misc", "mod"];

#[test]
fn no_file_is_named_after_nothing() {
    let mut findings = Vec::new();
    for file in files() {
        for part in file.path.split('/') {
            let stem = part.strip_suffix(".rs").unwrap_or(part);
            if EMPTY_NAMES.contains(&stem) {
                findings.push(format!("{}: `{part}` says nothing", file.path));
            }
        }
    }
    report("names that say what is inside", &findings);
}

/// Words assembled here, so that this file does not find itself.
fn banned_in_sources() -> Vec<(String, &'static str)> {
    let word = |parts: [&str; 2]| parts.concat();
    vec![
        (word(["TO", "DO"]), "finish it or leave it out"),
        (word(["FIX", "ME"]), "finish it or leave it out"),
        (word(["todo", "!("]), "finish it or leave it out"),
        (word(["unimplemented", "!("]), "finish it or leave it out"),
        (
            word(["#[al", "low("]),
            "use #[expect(lint, reason = \"...\")]",
        ),
        (
            word(["#![al", "low("]),
            "use #![expect(lint, reason = \"...\")]",
        ),
        (
            word(["#[ig", "nore"]),
            "a test that does not run protects nothing",
        ),
    ]
}

#[test]
fn sources_are_finished() {
    let banned = banned_in_sources();
    let mut findings = Vec::new();
    for (path, text) in rust_sources() {
        for (number, line) in text.lines().enumerate() {
            for (word, why) in &banned {
                if line.contains(word.as_str()) {
                    findings.push(format!("{path}:{}: `{word}`: {why}", number + 1));
                }
            }
        }
    }
    report("banned words", &findings);
}

#[test]
fn sources_are_ascii() {
    let mut findings = Vec::new();
    for (path, text) in rust_sources() {
        for (number, line) in text.lines().enumerate() {
            if !line.is_ascii() {
                findings.push(format!("{path}:{}: {line}", number + 1));
            }
        }
    }
    report("ASCII in sources", &findings);
}

#[test]
fn no_path_of_one_machine() {
    let banned = [
        ["/ro", "ot/"].concat(),
        ["/wo", "rk/"].concat(),
        ["/ho", "me/"].concat(),
    ];
    let mut findings = Vec::new();
    for file in files() {
        let Some(text) = &file.text else { continue };
        for path in &banned {
            if text.contains(path.as_str()) {
                findings.push(format!("{} names {path}", file.path));
            }
        }
    }
    report("paths of one machine", &findings);
}
