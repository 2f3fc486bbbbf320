//! What `lockstep fuzz` does with what was found: replay, show, cmin and tmin.

use crate::process::{lockstep, root, scratch};
use crate::sum::{SCENARIO as SUM, module};

const SCENARIO: &str = "contracts/scenarios/counter.toml";

#[test]
fn a_scenario_is_shown_with_decoded_arguments_and_endings() {
    let shown = lockstep(&["fuzz", "show", "contracts/scenarios/token.toml"]);
    assert_eq!(shown.code, 0, "{shown:#?}");
    assert!(shown.stdout.contains("@alice: "), "{}", shown.stdout);
    let call = "call @gold.balance_of { owner: @alice }";
    assert!(shown.stdout.contains(call), "{}", shown.stdout);
    assert!(shown.stdout.contains("success, gas "), "{}", shown.stdout);
    let document = lockstep(&["fuzz", "show", SCENARIO, "--json"]).json();
    assert_eq!(document["schema"], "lockstep.fuzz.show/1");
    let transactions = document["transactions"].as_array().expect("a list");
    assert!(transactions.len() > 3);
    assert!(transactions[0]["gas_used"].as_u64() > Some(0));
}

#[test]
fn a_bundle_is_shown_by_the_abi_in_it_and_replayed_on_every_engine() {
    let folder = scratch("fuzz-bundle");
    std::fs::create_dir_all(&folder).expect("a folder");
    let bundle = folder.join("token.bundle").to_string_lossy().into_owned();
    let scenario = "contracts/scenarios/token.toml";
    // The last block alone: its contracts and their code are in the witness.
    let document = lockstep(&["run", scenario, "--json"]).json();
    let blocks = document["blocks"].as_array().expect("blocks").len();
    let height = blocks.to_string();
    let run = lockstep(&[
        "run",
        scenario,
        "--bundle",
        &bundle,
        "--bundle-block",
        &height,
    ]);
    assert_eq!(run.code, 0, "{run:#?}");
    let shown = lockstep(&["fuzz", "show", &bundle]);
    assert_eq!(shown.code, 0, "{shown:#?}");
    assert!(shown.stdout.contains(": call "), "{}", shown.stdout);
    let arguments = "{ deal: 0 }";
    assert!(shown.stdout.contains(arguments), "{}", shown.stdout);

    let replayed = lockstep(&["fuzz", "replay", &bundle, "--json"]);
    assert_eq!(replayed.code, 0, "{replayed:#?}");
    let worlds = &replayed.json()["worlds"];
    assert_eq!(worlds[0]["world"], "engine:wasmi");
    assert_eq!(worlds[1]["world"], "engine:wasmi1");
    assert_eq!(worlds[1]["differs"], false);
    let none = lockstep(&["fuzz", "replay", &bundle, "--worlds", "cache-cold"]);
    assert_eq!(none.code, 8, "{none:#?}");
    let both = [
        "fuzz",
        "replay",
        &bundle,
        "--worlds",
        "engine:wasmi1,untraced",
    ];
    let both = lockstep(&both);
    assert_eq!(both.code, 8, "{both:#?}");
    assert!(both.stderr.contains("the world untraced"), "{both:#?}");
}

#[test]
fn a_scenario_that_differs_nowhere_is_replayed_as_the_same() {
    let worlds = "untraced,cache-cold,engine:wasmi1";
    let replayed = lockstep(&["fuzz", "replay", SCENARIO, "--worlds", worlds]);
    assert_eq!(replayed.code, 0, "{replayed:#?}");
    assert_eq!(replayed.stdout.matches("the same").count(), 3);
}

#[test]
fn a_corpus_is_kept_made_fewer_and_used_again() {
    let folder = scratch("fuzz-corpus");
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (corpus, fewer, out) = (path("corpus"), path("fewer"), path("out"));
    let search = |corpus: &str, runs: &str, seed: &str| {
        let finished = lockstep(&[
            "fuzz", "det", SCENARIO, "--runs", runs, "--seed", seed, "--worlds", "untraced",
            "--corpus", corpus, "--out", &out, "--json",
        ]);
        assert_eq!(finished.code, 0, "{finished:#?}");
        finished.json()["statistics"].clone()
    };
    let first = search(&corpus, "60", "1");
    assert!(first["corpus"].as_u64() > Some(2), "{first}");

    let cmin = lockstep(&["fuzz", "cmin", &corpus, "--out", &fewer, "--json"]);
    assert_eq!(cmin.code, 0, "{cmin:#?}");
    let report = cmin.json();
    let kept = report["kept"].as_array().expect("a list");
    let entries = report["entries"].as_u64().expect("a number");
    assert_eq!(Some(entries), first["corpus"].as_u64());
    assert!((kept.len() as u64) < entries, "{report:#}");
    let added = kept.iter().filter_map(|entry| entry["new_edges"].as_u64());
    assert_eq!(report["edges"].as_u64(), Some(added.sum()));
    assert_eq!(report["edges"], first["edges"]);
    // Each runs, however its transactions end.
    for entry in kept {
        let run = lockstep(&["run", entry["file"].as_str().expect("a file")]);
        assert_eq!(run.code, 0, "{run:#?}");
    }
    // What is no scenario stays where it is.
    std::fs::write(path("corpus/broken.toml"), "no scenario").expect("a file");
    let around = ["fuzz", "cmin", &corpus, "--out", &path("around"), "--json"];
    let around = lockstep(&around);
    assert_eq!(around.code, 0, "{around:#?}");
    assert!(
        around.stderr.contains("left out of the corpus: "),
        "{around:#?}"
    );
    assert!(around.stderr.contains("broken.toml: "), "{around:#?}");
    assert_eq!(around.json()["entries"], report["entries"]);
    // The fewer entries reach all edges before anything new is tried.
    let runs = (kept.len() + 1).to_string();
    assert_eq!(search(&fewer, &runs, "2")["edges"], first["edges"]);

    let entry = kept[0]["file"].as_str().expect("a file");
    let tmin = lockstep(&[
        "fuzz", "tmin", entry, "--worlds", "untraced", "--out", &out, "--json",
    ]);
    assert_eq!(tmin.code, 0, "{tmin:#?}");
    let left = tmin.json();
    assert!(left["transactions"].as_u64() <= left["transactions_before"].as_u64());
    let shows = left["shows"].as_str().expect("a text");
    assert!(
        shows.starts_with("it reaches ") && shows.ends_with(" edges"),
        "{shows}"
    );
    let again = lockstep(&["run", left["file"].as_str().expect("a file")]);
    assert_eq!(again.code, 0, "{again:#?}");

    let same = lockstep(&["fuzz", "cmin", &corpus, "--out", &corpus]);
    assert_eq!(same.code, 2, "{same:#?}");
    let empty = lockstep(&["fuzz", "cmin", "docs", "--out", &fewer]);
    assert_eq!(empty.code, 8, "{empty:#?}");
}

/// An escrow and a token that does not keep what it takes.
const ESCROW: [&str; 2] = [
    r#"
schema = "lockstep.scenario/1"
name = "escrow"
[accounts]
alice = 1_000_000_000_000
bob = 1_000_000_000_000
[code]
escrow = "escrow.wasm"
token = "token.wat"
[[block]]
[[block.transaction]]
from = "alice"
upload = "escrow"
[[block.transaction]]
from = "alice"
upload = "token"
[[block.transaction]]
from = "alice"
instantiate = "escrow"
as = "vault"
args = { arbiter = "@alice" }
[[block.transaction]]
from = "alice"
instantiate = "token"
as = "gold"
"#,
    // Takes honestly, and gives away all that it holds for the escrow when anybody asks.
    r#"(module
  (import "lockstep" "input_read" (func $input_read (param i32 i32 i32)))
  (import "lockstep" "return" (func $return (param i32 i32)))
  (import "lockstep" "storage_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "lockstep" "storage_write" (func $write (param i32 i32 i32 i32)))
  (import "lockstep" "storage_remove" (func $remove (param i32 i32) (result i32)))
  (memory 1)
  (data (i32.const 0) "held")
  (func (export "transfer_from")
    (call $input_read (i32.const 16) (i32.const 64) (i32.const 16))
    (drop (call $read (i32.const 0) (i32.const 4) (i32.const 32) (i32.const 16)))
    (i64.store (i32.const 32)
      (i64.add (i64.load (i32.const 32)) (i64.load (i32.const 16))))
    (i64.store (i32.const 40)
      (i64.add (i64.load (i32.const 40)) (i64.load (i32.const 24))))
    (call $write (i32.const 0) (i32.const 4) (i32.const 32) (i32.const 16)))
  (func (export "transfer")
    (drop (call $remove (i32.const 0) (i32.const 4))))
  (func (export "balance_of")
    (drop (call $read (i32.const 0) (i32.const 4) (i32.const 32) (i32.const 16)))
    (call $return (i32.const 32) (i32.const 16))))"#,
];

/// What the SDK makes of `#[invariant]` is called like any other, and breaks where a token lies.
#[test]
fn an_invariant_of_a_contract_of_the_sdk_breaks() {
    let folder = scratch("fuzz-escrow");
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    std::fs::copy(
        root().join("contracts/artifacts/escrow.wasm"),
        path("escrow.wasm"),
    )
    .expect("the escrow");
    std::fs::write(path("token.wat"), ESCROW[1]).expect("the token");
    std::fs::write(path("escrow.toml"), ESCROW[0]).expect("the scenario");
    let broken = lockstep(&[
        "fuzz",
        "run",
        &path("escrow.toml"),
        "--runs",
        "5000",
        "--out",
        &path("out"),
        "--json",
    ]);
    assert_eq!(broken.code, 5, "{broken:#?}");
    let violation = &broken.json()["violation"];
    assert_eq!(violation["invariant"], "@vault.holds_what_it_owes");
    assert_eq!(violation["came_to"], "false");
    let calls = violation["transactions"].as_array().expect("a list");
    let last = calls.last().and_then(serde_json::Value::as_str);
    let last = last.expect("a call");
    assert!(last.starts_with("call @gold.transfer "), "{last}");
    let test = lockstep(&["run", violation["file"].as_str().expect("a file")]);
    assert_eq!(test.code, 5, "{test:#?}");
    assert!(test.stderr.contains("holds_what_it_owes"), "{test:#?}");

    // The token is mended, which gives it another id; the escrow is told that one.
    let taken = r#"(drop (call $remove (i32.const 0) (i32.const 4)))"#;
    let mended = ESCROW[1].replace(taken, "unreachable");
    std::fs::write(path("token.wat"), mended).expect("the token");
    let file = violation["file"].as_str().expect("a file");
    let test = lockstep(&["run", file]);
    assert_eq!(test.code, 0, "{test:#?}");
    let test = std::fs::read_to_string(file).expect("the test");
    assert!(test.contains("\"@gold 0x"), "{test}");
}

/// The calls that break it are cut down and become a test.
#[test]
fn an_invariant_that_breaks_ends_the_search_with_a_scenario_that_fails() {
    let folder = scratch("fuzz-broken");
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let invariants = ["sum_is_small", "sum_is_a_number"];
    std::fs::write(folder.join("sum.wat"), module(&invariants)).expect("the contract");
    std::fs::write(folder.join("sum.toml"), SUM).expect("the scenario");
    let (scenario, out) = (path("sum.toml"), path("out"));
    let search = ["fuzz", "run", &scenario, "--runs", "5000", "--out", &out];
    let broken = lockstep(&search);
    assert_eq!(broken.code, 5, "{broken:#?}");
    assert!(broken.stdout.contains("@sum.sum_is_small"), "{broken:#?}");
    assert!(broken.stdout.contains("call @sum.double"), "{broken:#?}");

    let document = lockstep(&[&search[..], &["--json"]].concat()).json();
    let violation = &document["violation"];
    assert_eq!(violation["came_to"], "false");
    let calls = violation["transactions"].as_array().expect("a list").len();
    let before = violation["transactions_before"].as_u64();
    assert!(calls <= 7 && Some(calls as u64) <= before, "{violation:#}");

    let file = violation["file"].as_str().expect("a file");
    let test = lockstep(&["run", file]);
    assert_eq!(test.code, 5, "{test:#?}");
    assert!(test.stderr.contains("sum_is_small"), "{test:#?}");
}

/// A finding that does not apply any more is not the same as one that differs no more.
#[test]
fn a_replay_holds_the_base_world_against_what_the_scenario_expects() {
    let folder = scratch("fuzz-expected");
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let replay = |text: &str| {
        std::fs::write(path("sum.wat"), module(&[])).expect("the contract");
        std::fs::write(path("sum.toml"), text).expect("the scenario");
        lockstep(&["fuzz", "replay", &path("sum.toml"), "--worlds", "untraced"])
    };
    let call = "[[block.transaction]]\nfrom = \"alice\"\ncall = \"sum.clear\"\n";
    let calling = |expect: &str| format!("{SUM}{call}{expect}\n");
    let same = replay(&calling("expect = { status = \"success\" }"));
    assert_eq!(same.code, 0, "{same:#?}");
    let failed = replay(&calling("expect = { gas = 1 }"));
    assert_eq!(failed.code, 5, "{failed:#?}");
    let said = "block 1, transaction 3 \"call @sum.clear\": gas is ";
    assert!(failed.stdout.contains(said), "{failed:#?}");
    let code = "error[expectation-failed]";
    assert!(failed.stderr.contains(code), "{failed:#?}");

    let full = |text: &str| text.replace("[accounts]", "[chain]\nblock_gas_limit = 1\n[accounts]");
    let idle = replay(&full(&calling("")));
    assert_eq!(idle.code, 8, "{idle:#?}");
    let said = "no method of any contract was entered";
    assert!(idle.stderr.contains(said), "{idle:#?}");
    let unmet = replay(&full(&calling("expect = { status = \"success\" }")));
    assert_eq!(unmet.code, 5, "{unmet:#?}");
}
