//! `lockstep state`: what is asked for, and the answers that are easily misunderstood.

use std::fs;

use crate::process::{lockstep, root};
use crate::state::{TOKEN, bad, filled, good, good_with_notes, text};

/// The command of the README, with another directory for the state.
const README_COMMAND: &str = "state get target/token-state 'storage:@gold:\"balances:\" map(@alice)' \
    --names contracts/scenarios/token.toml";

#[test]
fn a_balance_in_a_map_is_found_by_the_command_of_the_readme() {
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md");
    assert!(
        readme.contains(README_COMMAND),
        "README.md lacks {README_COMMAND}"
    );
    let (_, state) = filled("state-map");
    let key = README_COMMAND.split('\'').nth(1).expect("a key in quotes");
    let got = good(&["state", "get", &state, key, "--names", TOKEN]).stdout;
    // 810,000, which the scenario expects of `balance_of`.
    assert_eq!(got, "0x105c0c00000000000000000000000000\n");
    let listed = good(&["state", "ls", &state, "--names", TOKEN]).stdout;
    assert!(
        listed.contains("  \"balances:\" map(@alice)  0x105c0c"),
        "{listed}"
    );
    let unhashed = "storage:@gold:\"balances:\" @alice";
    bad(
        &["state", "get", &state, unhashed, "--names", TOKEN],
        8,
        "key-absent",
    );
    let wrong = bad(&["state", "get", &state, "zz"], 2, "state-key-syntax");
    assert!(
        wrong.stderr.contains("'\"balances:\" map(@alice)'"),
        "{wrong:#?}"
    );
}

#[test]
fn a_contract_that_is_taken_for_an_account_is_told() {
    let (_, state) = filled("state-guess");
    let absent = bad(&["state", "get", &state, "account:@gold"], 8, "key-absent");
    let said = "; @gold was taken as an external account; contract names need --names SCENARIO";
    assert!(absent.stderr.contains(said), "{absent:#?}");
    let absent = bad(
        &["state", "ls", &state, "--prefix", "storage:@gold"],
        8,
        "key-absent",
    );
    assert!(absent.stderr.contains(said), "{absent:#?}");
    let prefix = [
        "state",
        "ls",
        &state,
        "--prefix",
        "storage:@alice",
        "--names",
        TOKEN,
    ];
    let absent = bad(&prefix, 8, "key-absent");
    assert!(!absent.stderr.contains("was taken"), "{absent:#?}");
    good(&[
        "state",
        "ls",
        &state,
        "--prefix",
        "storage:@gold",
        "--names",
        TOKEN,
    ]);
}

#[test]
fn a_proof_of_another_kind_is_told() {
    let (folder, state) = filled("state-kinds");
    let (one, many) = (text(&folder.join("one")), text(&folder.join("many")));
    let root = good(&["state", "root", &state]).stdout;
    let key = format!("account:{}", "11".repeat(32));
    good(&["state", "prove", &state, "-o", &one, &key]);
    good(&["state", "prove", &state, "-o", &many, &key, "00"]);
    let verify = |file: &str, request: &[&str], said: &str| {
        let verify = ["state", "verify", file, "--root", root.trim_end()];
        let refused = bad(&[&verify, request].concat(), 7, "proof-invalid");
        assert!(refused.stderr.contains(said), "{refused:#?}");
    };
    verify(&one, &[&key, "00"], "the file is a proof of one key");
    verify(&one, &["--from", "00"], "the file is a proof of one key");
    verify(
        &many,
        &[&key],
        "the file is a proof of several keys or of a range",
    );
    verify(&many, &[&key, "ff"], "get a proof for just these keys");
}

/// A proof is true of the key that was taken, and says nothing of the one that was meant.
#[test]
fn proofs_say_what_keys_were_taken_as() {
    let (folder, state) = filled("state-taken");
    let file = text(&folder.join("proof"));
    let root = good(&["state", "root", &state]).stdout;
    let root = root.trim_end();
    let id = "11".repeat(32);
    for (request, said) in [
        (
            &["account:@gold"][..],
            "note: @gold was taken as an external account; contract names need --names SCENARIO\n",
        ),
        (
            &["--from", "storage:@gold", "--limit", "1"],
            "note: @gold was taken as an external account; contract names need --names SCENARIO\n",
        ),
        (
            &["storage:@gold"],
            "note: storage:@gold is where a contract's storage begins, and no entry has that key; ",
        ),
        (
            &[id.as_str()],
            "was taken as the bytes of a key, and no key of a chain has just 32; ",
        ),
    ] {
        let prove = [&["state", "prove", &state, "-o", &file], request].concat();
        let verify = [&["state", "verify", &file, "--root", root], request].concat();
        for command in [prove, verify] {
            for arguments in [command.clone(), [command, vec!["--json"]].concat()] {
                let finished = good_with_notes(&arguments);
                assert!(finished.stderr.contains(said), "{finished:#?}");
            }
        }
    }
    let absent = bad(&["state", "get", &state, &id], 8, "key-absent");
    let account = format!("is account:{id}, ");
    assert!(absent.stderr.contains(&account), "{absent:#?}");
    let absent = bad(&["state", "get", &state, ""], 8, "key-absent");
    assert!(absent.stderr.contains("`` is absent"), "{absent:#?}");
    let nothing = ["--from", "07", "--to", "07"];
    good(&[&["state", "prove", &state, "-o", &file], &nothing[..]].concat());
    let verify = [&["state", "verify", &file, "--root", root], &nothing[..]].concat();
    let said = good_with_notes(&verify).stderr;
    assert!(said.contains("nothing is in what was asked for"), "{said}");
    // Nothing is guessed here.
    let named = ["account:@gold", "--names", TOKEN];
    good(&[&["state", "prove", &state, "-o", &file], &named[..]].concat());
    good(&[&["state", "verify", &file, "--root", root], &named[..]].concat());
    let id = format!("account:{id}");
    good(&["state", "prove", &state, "-o", &file, &id]);
}

#[test]
fn files_and_folders_in_the_wrong_place_are_refused() {
    let (folder, state) = filled("state-places");
    let file = text(&folder.join("file"));
    fs::write(&file, "mine").expect("a file");
    bad(&["state", "root", &file], 2, "not-a-state");
    bad(&["state", "import", &file, &file], 2, "state-exists");
    let inside = text(&folder.join("state/alice.proof"));
    let export = text(&folder.join("export"));
    good(&["state", "export", &state, "-o", &export]);
    for arguments in [
        &["state", "prove", &state, "-o", &inside, "account:@alice"][..],
        &["state", "export", &state, "-o", &inside],
        &[
            "run",
            TOKEN,
            "--state",
            &text(&folder.join("state")),
            "--bundle",
            &inside,
        ],
    ] {
        let finished = lockstep(arguments);
        assert_eq!(finished.code, 2, "{finished:#?}");
    }
    good(&["state", "root", &state]);
    let fresh = text(&folder.join("fresh"));
    let inside = text(&folder.join("fresh/x"));
    let run = ["run", TOKEN, "--state", &fresh, "--observations", &inside];
    bad(&run, 2, "file-unwritable");
    // The run was refused before it began.
    good(&["run", TOKEN, "--state", &fresh]);
    let beside = text(&folder.join("missing/x"));
    let export_beside = ["state", "export", &state, "-o", &beside];
    let refused = bad(&export_beside, 2, "file-unwritable");
    assert!(
        refused.stderr.contains("there is no such folder"),
        "{refused:#?}"
    );
    let refused = bad(&["state", "import", &export, &beside], 2, "state-unusable");
    assert!(
        refused.stderr.contains("there is no such folder"),
        "{refused:#?}"
    );
    assert!(!folder.join("missing").exists());
    fs::write(folder.join("state/alice.proof"), "mine").expect("a file");
    let foreign = bad(&["state", "root", &state], 2, "state-foreign-file");
    assert!(
        foreign.stderr.contains("`alice.proof`; move it away"),
        "{foreign:#?}"
    );
}

#[test]
fn prune_says_what_it_gives_up() {
    let (_, state) = filled("state-prune");
    assert_eq!(lockstep(&["state", "prune", &state, "--keep", "0"]).code, 2);
    let pruned = good(&["state", "prune", &state, "--keep", "3"]).stdout;
    let said = "kept 3 of 8 versions, the 5 before can no longer be read or gone back to; ";
    assert!(pruned.starts_with(said), "{pruned}");
    let pruned = good(&["state", "prune", &state, "--keep", "3"]).stdout;
    assert!(
        pruned.starts_with("kept 3 of 3 versions, nothing was given up; "),
        "{pruned}"
    );
}

#[test]
fn compacting_again_takes_no_more_room_and_what_older_versions_need_comes_back() {
    let (_, state) = filled("state-compact");
    let log_bytes = |keep: &str, compact: &[&str]| {
        let prune = ["state", "prune", &state, "--keep", keep, "--json"];
        let pruned = lockstep(&[&prune, compact].concat());
        assert_eq!(pruned.code, 0, "{pruned:#?}");
        pruned.json()["after"]["log_bytes"].as_u64().expect("bytes")
    };
    let first = log_bytes("1000", &["--compact"]);
    for _ in 0..3 {
        assert_eq!(log_bytes("1000", &["--compact"]), first);
    }
    let alone = log_bytes("1", &[]);
    assert!(alone < first / 2, "{alone} of {first}");
}

#[test]
fn roots_are_asked_for_and_checked_as_one_says() {
    let (folder, state) = filled("state-roots");
    let file = text(&folder.join("proof"));
    good_with_notes(&["state", "prove", &state, "-o", &file, "account:@alice"]);
    let verify = ["state", "verify", &file, "--root", "6", "account:@alice"];
    let wrong = bad(&verify, 2, "state-key-syntax");
    assert!(wrong.stderr.contains("`6` is no root"), "{wrong:#?}");
    let wrong = bad(
        &["state", "root", &state, "--at", "x"],
        2,
        "state-key-syntax",
    );
    assert!(
        wrong.stderr.contains("neither a height nor a root"),
        "{wrong:#?}"
    );
    // A list of all versions is of none in particular.
    let both = lockstep(&["state", "root", &state, "--all", "--at", "3"]);
    assert_eq!((both.code, both.stdout.as_str()), (2, ""), "{both:#?}");
    let all = good(&["state", "root", &state, "--all", "--check"]).stdout;
    assert_eq!(all, good(&["state", "root", &state, "--all"]).stdout);
    // The first deal was closed in the last block, so only older versions have it.
    let log = folder.join("state/00000001.log");
    let mut bytes = fs::read(&log).expect("the log");
    let deal = [b"deals:".as_slice(), &[0; 8]].concat();
    let found = bytes.windows(deal.len()).position(|window| window == deal);
    bytes[found.expect("the deal") + deal.len()] ^= 1;
    fs::write(&log, bytes).expect("a file");
    good(&["state", "root", &state, "--check"]);
    bad(
        &["state", "root", &state, "--all", "--check"],
        1,
        "state-damaged",
    );
    // What is read there is not shown as if it were right.
    let kept = good(&["state", "root", &state, "--all", "--json"]).json();
    let kept = kept["kept"].as_array().expect("versions");
    let before = kept[kept.len() - 2]["height"].to_string();
    let listed = ["state", "ls", &state, "--at", &before];
    let refused = bad(&listed, 1, "state-damaged");
    assert!(refused.stderr.contains("00000001.log"), "{refused:#?}");
}

#[test]
fn differences_can_be_limited() {
    let (_, state) = filled("state-diff-limit");
    let whole = good(&["state", "diff", &state, "1", "--json"]).json();
    assert_eq!(whole["more"], false);
    let limited = lockstep(&["state", "diff", &state, "1", "--limit", "2", "--json"]);
    assert_eq!(limited.code, 0);
    assert!(limited.stderr.starts_with("there are more"), "{limited:#?}");
    let document = limited.json();
    assert_eq!(document["more"], true);
    let all = whole["changes"].as_array().expect("changes");
    assert_eq!(document["changes"].as_array().expect("changes"), &all[..2]);
    let exact = all.len().to_string();
    let exact = good(&["state", "diff", &state, "1", "--limit", &exact, "--json"]);
    assert_eq!(exact.json(), whole);
}
