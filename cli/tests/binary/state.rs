//! `lockstep run --state` and `lockstep state`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::process::{Finished, lockstep, scratch};

pub(crate) const TOKEN: &str = "contracts/scenarios/token.toml";

/// A state that the token scenario has filled, in a folder of this test.
pub(crate) fn filled(name: &str) -> (PathBuf, String) {
    let folder = scratch(name);
    let state = text(&folder.join("state"));
    let finished = lockstep(&["run", TOKEN, "--state", &state]);
    assert_eq!((finished.code, finished.stderr.as_str()), (0, ""));
    (folder, state)
}

pub(crate) fn text(path: &Path) -> String {
    path.to_str().expect("the path is UTF-8").to_string()
}

/// Runs a command that must succeed without a word on stderr.
pub(crate) fn good(arguments: &[&str]) -> Finished {
    let finished = lockstep(arguments);
    assert_eq!(
        (finished.code, finished.stderr.as_str()),
        (0, ""),
        "{arguments:?}"
    );
    finished
}

/// Runs a command that must succeed and say on stderr only what it took keys as.
pub(crate) fn good_with_notes(arguments: &[&str]) -> Finished {
    let finished = lockstep(arguments);
    let notes = finished
        .stderr
        .lines()
        .all(|line| line.starts_with("note: "));
    assert!(finished.code == 0 && notes, "{arguments:?}: {finished:#?}");
    finished
}

/// Runs a command that must fail with a code and a problem.
pub(crate) fn bad(arguments: &[&str], code: i32, problem: &str) -> Finished {
    let finished = lockstep(arguments);
    let named = finished.stderr.contains(&format!("error[{problem}]"));
    assert!(
        finished.code == code && named,
        "{arguments:?}: {finished:#?}"
    );
    assert!(finished.stderr.contains("help: "), "{finished:#?}");
    let document = lockstep(&[arguments, &["--json"]].concat());
    assert_eq!(document.code, code);
    assert_eq!(document.json()["errors"][0]["code"], problem);
    finished
}

#[test]
fn a_run_with_a_state_says_and_keeps_what_one_in_memory_says() {
    let (_, state) = filled("state-run");
    let folder = scratch("state-run-again");
    let other = text(&folder);
    let in_memory = good(&["run", TOKEN, "--json"]);
    assert_eq!(
        good(&["run", TOKEN, "--json", "--state", &other]),
        in_memory
    );
    let document = in_memory.json();
    let blocks = document["blocks"].as_array().expect("blocks");
    let last = blocks.last().expect("a block");
    let root = format!("0x{}\n", last["state_root"].as_str().expect("a root"));
    assert_eq!(good(&["state", "root", &state]).stdout, root);
    let kept = good(&["state", "root", &state, "--all", "--check", "--json"]).json();
    assert_eq!(kept["schema"], "lockstep.state.root/1");
    assert_eq!(kept["checked"], true);
    let kept = kept["kept"].as_array().expect("versions");
    // The empty state and the one with the first balances come before the blocks.
    assert_eq!(kept.len(), blocks.len() + 2);
    for (version, block) in kept[2..].iter().zip(blocks) {
        assert_eq!(version["height"], block["height"]);
        let root = block["state_root"].as_str().expect("a root");
        assert_eq!(version["root"], root);
    }
    let refused = bad(&["run", TOKEN, "--state", &state], 2, "state-exists");
    assert!(refused.stderr.contains("holds a state already"));
    assert_eq!(good(&["state", "root", &state]).stdout, root);
}

#[test]
fn keys_are_looked_up_and_listed_by_name() {
    let (_, state) = filled("state-keys");
    let balance = good(&["state", "get", &state, "account:@alice"]).stdout;
    assert!(balance.starts_with("balance "), "{balance}");
    let before = good(&["state", "get", &state, "account:@alice", "--at", "1"]).stdout;
    assert_ne!(balance, before);
    let named = good(&["state", "ls", &state, "--names", TOKEN]).stdout;
    for line in named.lines() {
        let key = line.split_whitespace().next().expect("a key");
        let got = good(&["state", "get", &state, key, "--names", TOKEN]).stdout;
        assert!(line.ends_with(got.trim_end()), "{line}: {got}");
    }
    assert!(named.contains("account:@alice  balance "), "{named}");
    let limited = lockstep(&["state", "ls", &state, "--limit", "2"]);
    assert_eq!(limited.stdout.lines().count(), 2);
    let next = limited
        .stderr
        .split("--from ")
        .nth(1)
        .expect("where to go on");
    let next = next.split(',').next().expect("a key");
    let rest = good(&["state", "ls", &state, "--from", next]).stdout;
    let all = good(&["state", "ls", &state]).stdout;
    assert_eq!(limited.stdout + &rest, all);
    let document = good(&["state", "ls", &state, "--json"]).json();
    assert_eq!(document["schema"], "lockstep.state.ls/1");
    let entries = document["entries"].as_array().expect("entries");
    assert_eq!(entries.len(), all.lines().count());
    let contract = entries
        .iter()
        .filter_map(|entry| entry["key"]["text"].as_str()?.strip_prefix("storage:"))
        .next()
        .expect("a contract has storage");
    let contract = contract.split(':').next().expect("its id");
    let prefix = format!("storage:{contract}");
    let storage = good(&["state", "ls", &state, "--prefix", &prefix]).stdout;
    assert!(!storage.is_empty());
    assert!(storage.lines().all(|line| line.starts_with(&prefix)));
    let document = good(&["state", "get", &state, "account:@bob", "--json"]).json();
    assert_eq!(document["schema"], "lockstep.state.get/1");
    assert!(document["value"]["account"]["balance"].is_string());
    bad(
        &["state", "get", &state, "account:@nobody"],
        8,
        "key-absent",
    );
    bad(&["state", "get", &state, "alice"], 2, "state-key-syntax");
    bad(
        &["state", "get", &state, "account:@x", "--names", TOKEN],
        2,
        "state-key-syntax",
    );
    bad(
        &["state", "get", &state, "00", "--at", "99"],
        8,
        "version-not-kept",
    );
    bad(
        &["state", "get", &state, "00", "--at", "x"],
        2,
        "state-key-syntax",
    );
}

#[test]
fn proofs_verify_without_the_state_and_nothing_else_does() {
    let (folder, state) = filled("state-proofs");
    let root = good(&["state", "root", &state]).stdout;
    let root = root.trim_end();
    let old = good(&["state", "root", &state, "--at", "1"]).stdout;
    let file = text(&folder.join("proof"));
    let requests: [&[&str]; 4] = [
        &["account:@alice"],
        &["account:@nobody"],
        &["account:@alice", "account:@nobody", "account:@bob"],
        &["--from", "00", "--limit", "3"],
    ];
    for request in requests {
        let prove = [&["state", "prove", &state, "-o", &file, "--json"], request].concat();
        let document = good_with_notes(&prove).json();
        assert_eq!(document["schema"], "lockstep.state.prove/1");
        let bytes = fs::read(&file).expect("the proof");
        assert_eq!(document["bytes"], bytes.len());
        let verify = |root: &str| {
            let fixed: Vec<String> = ["state", "verify", &file, "--root", root]
                .into_iter()
                .chain(request.iter().copied())
                .map(str::to_string)
                .collect();
            fixed
        };
        let arguments = verify(root);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let proved = good_with_notes(&arguments).stdout;
        let shown = proved
            .lines()
            .filter(|line| line.ends_with("absent"))
            .count();
        let absent = request.iter().filter(|key| key.contains("nobody")).count();
        assert_eq!(shown, absent, "{proved}");
        let other = verify(old.trim_end());
        let other: Vec<&str> = other.iter().map(String::as_str).collect();
        bad(&other, 7, "proof-invalid");
        let mut altered = bytes.clone();
        *altered.last_mut().expect("bytes") ^= 1;
        fs::write(&file, altered).expect("a file");
        bad(&arguments, 7, "proof-invalid");
        fs::write(&file, &bytes[..bytes.len() - 1]).expect("a file");
        bad(&arguments, 7, "proof-invalid");
    }
    let both = ["state", "prove", &state, "-o", &file, "00", "--from", "00"];
    bad(&both, 2, "proof-request");
    bad(
        &["state", "verify", &file, "--root", root],
        2,
        "proof-request",
    );
    bad(
        &["state", "verify", "absent", "--root", root, "00"],
        2,
        "file-unreadable",
    );
}

#[test]
fn versions_are_compared_rolled_back_and_pruned() {
    let (_, state) = filled("state-versions");
    let roots = good(&["state", "root", &state, "--all"]).stdout;
    let count = roots.lines().count();
    let last = good(&["state", "root", &state]).stdout;
    let diff = good(&["state", "diff", &state, "1", "--names", TOKEN]).stdout;
    assert!(diff.contains("account:@alice\n  - balance "), "{diff}");
    let document = good(&["state", "diff", &state, "1", "--json"]).json();
    assert_eq!(document["schema"], "lockstep.state.diff/1");
    let same = good(&["state", "diff", &state, last.trim_end()]).stdout;
    assert_eq!(same, "");
    let back = good(&["state", "rollback", &state, "--to", "2"]).stdout;
    assert!(back.contains("; 4 later versions given up"), "{back}");
    let second = good(&["state", "root", &state]).stdout;
    assert_ne!(second, last);
    assert_eq!(second, good(&["state", "root", &state, "--at", "2"]).stdout);
    bad(
        &["state", "rollback", &state, "--to", last.trim_end()],
        8,
        "version-not-kept",
    );
    let document = good(&["state", "stats", &state, "--json"]).json();
    assert_eq!(document["schema"], "lockstep.state.stats/1");
    assert_eq!(document["last"]["height"], 2);
    assert!(document["kept_versions"].as_u64().expect("a number") < count as u64);
    let prune = [
        "state",
        "prune",
        &state,
        "--keep",
        "2",
        "--compact",
        "--json",
    ];
    let pruned = good_with_notes(&prune);
    let said = "note: the older versions that are kept (1) still need the files";
    assert!(pruned.stderr.starts_with(said), "{pruned:#?}");
    let pruned = pruned.json();
    assert_eq!(pruned["schema"], "lockstep.state.prune/1");
    assert_eq!(pruned["after"]["kept_versions"], 2);
    let pruned = good(&["state", "prune", &state, "--compact"]).stdout;
    assert!(pruned.starts_with("kept 1 of 2 versions"), "{pruned}");
    assert_eq!(second, good(&["state", "root", &state, "--check"]).stdout);
    assert!(
        good(&["state", "stats", &state])
            .stdout
            .contains("versions kept     1\n")
    );
}
