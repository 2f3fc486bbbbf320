//! `lockstep run --bundle` and `lockstep replay`: what a bundle holds comes out again, and what was
//! altered is told.

use std::fs;
use std::path::{Path, PathBuf};

use lockstep_state_trie::Digest;
use lockstep_vm::{Bundle, Event, Status};

use crate::process::{Finished, assert_matches, lockstep, root, scratch, updates_golden_files};

const TOKEN: &str = "contracts/scenarios/token.toml";
const TRANSFER: &str = "tests/fixtures/bundles/transfer.toml";

fn text(path: &Path) -> &str {
    path.to_str().expect("the path is UTF-8")
}

/// Runs a scenario and bundles all of it, or one block.
fn bundled(scenario: &str, folder: &Path, block: Option<&str>) -> PathBuf {
    let file = folder.join("made.bundle");
    let mut arguments = vec!["run", scenario, "--bundle", text(&file)];
    arguments.extend(
        block
            .into_iter()
            .flat_map(|block| ["--bundle-block", block]),
    );
    let finished = lockstep(&arguments);
    assert_eq!((finished.code, finished.stderr.as_str()), (0, ""));
    assert_eq!(finished.stdout, lockstep(&["run", scenario]).stdout);
    file
}

fn read(file: &Path) -> Bundle {
    Bundle::from_bytes(&fs::read(file).expect("the bundle")).expect("a bundle")
}

/// Replays the token's bundle after a change.
fn replay_changed(folder: &str, change: impl FnOnce(&mut Bundle)) -> (Finished, Finished) {
    let folder = scratch(folder);
    let mut bundle = read(&bundled(TOKEN, &folder, None));
    change(&mut bundle);
    let file = folder.join("changed.bundle");
    let bytes = bundle.to_bytes().expect("it is small");
    fs::write(&file, bytes).expect("the bundle can be written");
    let file = text(&file);
    (
        lockstep(&["replay", file]),
        lockstep(&["replay", file, "--json"]),
    )
}

#[test]
fn every_scenario_replays_to_what_the_run_came_to() {
    let scenarios = fs::read_dir(root().join("contracts/scenarios")).expect("the scenarios");
    let mut count = 0;
    for entry in scenarios {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let name = path.file_name().expect("a name").to_string_lossy();
        let scenario = format!("contracts/scenarios/{name}");
        let folder = scratch(&format!("replay-{name}"));
        let file = bundled(&scenario, &folder, None);
        let ran = lockstep(&["run", &scenario, "--json"]).json();
        let finished = lockstep(&["replay", text(&file), "--json"]);
        assert_eq!((finished.code, finished.stderr.as_str()), (0, ""), "{name}");
        let replayed = finished.json();
        assert_eq!(replayed["schema"], "lockstep.replay/1");
        assert_eq!(replayed["verdict"], "confirmed");
        assert_eq!(replayed["state_root_before"], ran["genesis_state_root"]);
        let blocks = ran["blocks"].as_array().expect("a list");
        assert_eq!(
            replayed["blocks"].as_array().map(Vec::len),
            Some(blocks.len())
        );
        for (position, block) in blocks.iter().enumerate() {
            let other = &replayed["blocks"][position];
            for member in ["height", "gas_used", "receipts_root", "state_root"] {
                assert_eq!(other[member], block[member], "{name}: {member}");
            }
        }
        count += 1;
    }
    assert!(count >= 4);
}

#[test]
fn one_block_alone_replays_from_the_state_before_it() {
    let folder = scratch("one-block");
    let file = bundled(TOKEN, &folder, Some("3"));
    let all = lockstep(&["run", TOKEN, "--json"]).json();
    let replayed = lockstep(&["replay", text(&file), "--json"]).json();
    assert_eq!(replayed["exit"], 0);
    assert_eq!(
        replayed["state_root_before"],
        all["blocks"][1]["state_root"]
    );
    assert_eq!(replayed["blocks"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        replayed["blocks"][0]["state_root"],
        all["blocks"][2]["state_root"]
    );
    let missing = text(&file);
    let finished = lockstep(&["run", TOKEN, "--bundle", missing, "--bundle-block", "70"]);
    assert_eq!(finished.code, 8, "{}", finished.stderr);
    assert_eq!(lockstep(&["run", TOKEN, "--bundle-block", "1"]).code, 2);
}

#[test]
fn the_first_difference_is_named() {
    type Change = fn(&mut Bundle);
    let changes: [(&str, &str, Change); 8] = [
        ("status", "1", |bundle| {
            bundle.blocks[2].transactions[0].1.status = Status::OutOfGas;
        }),
        ("gas.intrinsic", "1", |bundle| {
            bundle.blocks[2].transactions[0].1.gas_used.intrinsic += 1;
        }),
        ("gas.wasm", "1", |bundle| {
            let gas = &mut bundle.blocks[2].transactions[0].1.gas_used;
            (gas.wasm, gas.storage) = (gas.wasm + 1, gas.storage - 1);
        }),
        ("output", "1", |bundle| {
            bundle.blocks[2].transactions[0].1.output.push(1);
        }),
        ("events", "1", |bundle| {
            let event = Event {
                contract: bundle.blocks[0].environment.fee_collector,
                topics: Vec::new(),
                data: vec![1],
            };
            bundle.blocks[2].transactions[0].1.events.push(event);
        }),
        ("events[0].data", "1", |bundle| {
            bundle.blocks[2].transactions[0].1.events[0].data.push(0);
        }),
        ("fee", "1", |bundle| {
            bundle.blocks[2].transactions[0].1.fee += 1;
        }),
        ("state_root", "", |bundle| {
            bundle.blocks[2].state_root = Digest([3; 32]);
        }),
    ];
    for (field, transaction, change) in changes {
        let (shown, document) = replay_changed("first-difference", change);
        assert_eq!((shown.code, document.code), (7, 7), "{field}");
        let place = match transaction {
            "" => "block 3: ".to_string(),
            number => format!("block 3, transaction {number}: "),
        };
        let message = format!("error[replay-mismatch]: {place}{field} is ");
        assert!(shown.stderr.contains(&message), "{field}: {}", shown.stderr);
        assert!(shown.stdout.contains("\nmismatch in block 3"));
        let difference = &document.json()["difference"];
        assert_eq!(difference["block"], 3);
        assert_eq!(difference["field"], field);
        assert_ne!(difference["expected"], difference["actual"]);
    }
}

#[test]
fn what_cannot_be_included_or_is_not_shown_is_a_mismatch() {
    let (swapped, document) = replay_changed("swapped", |bundle| {
        bundle.blocks[2].transactions.swap(2, 3);
    });
    assert_eq!(swapped.code, 7, "{}", swapped.stderr);
    let message = "block 3, transaction 3: status is invalid: bad_nonce";
    assert!(swapped.stderr.contains(message), "{}", swapped.stderr);
    assert_eq!(document.json()["verdict"], "mismatch");

    let (other_root, document) = replay_changed("other-root", |bundle| {
        bundle.state_root = Digest([3; 32]);
    });
    assert_eq!(other_root.code, 7);
    assert_eq!(document.json()["difference"]["field"], "witness_root");

    let alone = read(&bundled(TOKEN, &scratch("uncovered-block"), Some("1")));
    let (uncovered, _) = replay_changed("uncovered", |bundle| {
        bundle.blocks.remove(0);
        bundle.state_root = alone.blocks[0].state_root;
        let block = scratch("uncovered-next");
        bundle.witness = read(&bundled(TOKEN, &block, Some("2"))).witness;
    });
    assert_eq!(uncovered.code, 7);
    assert!(
        uncovered.stderr.contains("error[replay-uncovered]: block "),
        "{}",
        uncovered.stderr
    );
}

#[test]
fn a_bundle_of_other_rules_is_told_apart() {
    let (version, _) = replay_changed("version", |bundle| bundle.protocol_version = 9);
    assert_eq!(version.code, 2);
    let message = "error[bundle-protocol]: the bundle is of protocol version 9";
    assert!(version.stderr.contains(message), "{}", version.stderr);
    let (schedule, _) = replay_changed("schedule", |bundle| bundle.schedule_hash.0[0] ^= 1);
    assert_eq!(schedule.code, 2);
    assert!(schedule.stderr.contains("error[bundle-schedule]"));
}

#[test]
fn what_is_no_bundle_is_refused_with_the_place() {
    let folder = scratch("no-bundle");
    let bytes = fs::read(bundled(TRANSFER, &folder, None)).expect("the bundle");
    let refused = |bytes: &[u8], part: &str| {
        let file = folder.join("bad.bundle");
        fs::write(&file, bytes).expect("the file can be written");
        let finished = lockstep(&["replay", text(&file)]);
        assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
        assert!(
            finished.stderr.contains("error[bundle-malformed]"),
            "{}",
            finished.stderr
        );
        assert!(finished.stderr.contains(part), "{}", finished.stderr);
    };
    refused(b"", "at byte 0: the file does not begin with `LSBUNDLE`");
    refused(b"schema = \"lockstep.scenario/1\"", "at byte 0");
    let cut = format!("at byte {}", 8 + 4 + 4 + 32 + 32 + 2);
    refused(&bytes[..150], &cut);
    let mut newer = bytes.clone();
    newer[8] = 2;
    refused(&newer, "at byte 8: the bundle has format version 2");
    let mut altered = bytes.clone();
    altered[20] ^= 1;
    let checksum = format!("at byte {}: the checksum is", bytes.len() - 32);
    refused(&altered, &checksum);

    let missing = folder.join("missing.bundle");
    let finished = lockstep(&["replay", text(&missing), "--json"]);
    assert_eq!(finished.code, 2);
    assert_eq!(finished.json()["errors"][0]["code"], "file-unreadable");
}

/// The committed example, and the bytes of it that `docs/bundle.md` shows.
#[test]
fn the_documented_example_is_what_is_written() {
    let committed = root().join("tests/fixtures/bundles/transfer.bundle");
    let made = fs::read(bundled(TRANSFER, &scratch("example"), None)).expect("the bundle");
    if updates_golden_files() {
        fs::write(&committed, &made).expect("the example can be written");
    }
    let expected = fs::read(&committed).expect("the example");
    assert_eq!(made, expected, "LOCKSTEP_UPDATE=1 writes it anew");

    let path = root().join("docs/bundle.md");
    let document = fs::read_to_string(&path).expect("the document");
    let (before, rest) = document.split_once("```bundle\n").expect("the block");
    let (lines, after) = rest.split_once("```").expect("its end");
    let (mut shown, mut rest) = (String::new(), made.as_slice());
    for line in lines.lines() {
        let (bytes, meaning) = line.split_once(" # ").expect("bytes and their meaning");
        let (item, others) = rest.split_at(bytes.len() / 2);
        shown.push_str(&format!("{} # {meaning}\n", hex::encode(item)));
        rest = others;
    }
    assert!(rest.is_empty(), "{} bytes are not shown", rest.len());
    assert_matches(&path, &format!("{before}```bundle\n{shown}```{after}"));
}
