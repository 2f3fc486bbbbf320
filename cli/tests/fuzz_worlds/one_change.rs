//! Faults that show in one world alone: what it changes is what brings them out.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lockstep_cli::{
    EngineMaker, Exit, FuzzReport, Scenario, base_engine, from_text, fuzz_det, load, run,
    standard_worlds,
};

use crate::faulty::{Fault, faulty};
use crate::{Candidates, scenario, scratch};

/// What the world of this name makes of a scenario's own transactions, where its engine and that
/// of the base world have the same fault.
fn alone(world: &str, scenario: &Scenario, engine: &EngineMaker) -> FuzzReport {
    let mut worlds = standard_worlds(engine, &[], None);
    worlds.retain(|other| other.name() == world);
    assert_eq!(worlds.len(), 1, "{world}");
    fuzz_det(scenario, engine, &mut worlds, 1, None, &mut Candidates(1))
        .unwrap_or_else(|failure| panic!("{failure}"))
}

#[test]
fn a_module_that_remembers_its_runs_is_found_by_loading_it_anew() {
    let scenario = scenario("counter.toml");
    let engine = faulty(Fault::UsedModulesCostMore);
    let finding = alone("fresh-instance", &scenario, &engine).finding;
    let place = finding.expect("it is found").place.expect("it stays");
    assert_eq!(place.field, "the gas used", "{place:#?}");
    assert_eq!(alone("cache-cold", &scenario, &engine).finding, None);
    let sound = alone("fresh-instance", &scenario, &base_engine());
    assert_eq!(sound.finding, None);
}

#[test]
fn a_dry_run_that_says_something_else_is_a_finding_with_both_values() {
    let scenario = scenario("counter.toml");
    let engine = faulty(Fault::UnwatchedRunsCostMore);
    let out = scratch("fuzz-dry-run");
    let mut worlds = standard_worlds(&engine, &[], None);
    worlds.retain(|world| world.name() == "dry-run");
    let control = &mut Candidates(1);
    let report = fuzz_det(&scenario, &engine, &mut worlds, 1, Some(&out), control);
    let report = report.unwrap_or_else(|failure| panic!("{failure}"));
    let text = report.text();
    let finding = report.finding.expect("it is found");
    // The code is uploaded, and its `init` is the first run.
    assert_eq!(
        (finding.world.as_str(), finding.transactions),
        ("dry-run", 2)
    );
    let place = finding.place.expect("it stays");
    assert_eq!(place.field, "the gas used, in a dry run");
    assert_eq!((place.block, place.transaction), (1, Some(2)), "{place:#?}");
    let wasm = |gas: &str| -> u64 {
        let words: Vec<&str> = gas.split(' ').collect();
        let at = words.iter().position(|word| *word == "wasm,");
        let number = words[at.expect("the bucket") - 1];
        number.parse().expect("a number")
    };
    assert_eq!(wasm(&place.other), wasm(&place.base) + 1, "{place:#?}");
    assert_eq!(place.segment, None, "nobody watches a dry run");
    assert!(
        text.contains(&place.base) && text.contains(&place.other),
        "{text}"
    );
    let written = load(Path::new(&finding.file.expect("it is written")), "finding");
    let finished = written.and_then(|written| run(&written));
    assert_eq!(
        finished.map(|finished| finished.exit).ok(),
        Some(Exit::Success)
    );
    assert_eq!(alone("dry-run", &scenario, &base_engine()).finding, None);
}

/// Whoever watches or not, the engine comes to the same; but to more than its segments cost.
#[test]
fn gas_that_no_segment_costs_is_found_by_the_profiler_alone() {
    let scenario = scenario("counter.toml");
    let engine = faulty(Fault::MethodCostsMore("add"));
    let finding = alone("profiled", &scenario, &engine).finding;
    let place = finding.expect("it is found").place.expect("it stays");
    assert_eq!(place.field, "the machine", "{place:#?}");
    let action = place.action.expect("a transaction");
    assert!(action.starts_with("call @visits.add"), "{action}");
    let words = "a frame's segments and its Wasm gas differ at its end";
    assert!(place.other.contains(words), "{}", place.other);
    assert_eq!(alone("untraced", &scenario, &engine).finding, None);
    assert_eq!(alone("profiled", &scenario, &base_engine()).finding, None);
}

/// Two contracts that have nothing to do with each other, called by two accounts in one block.
const APART: &str = r#"
schema = "lockstep.scenario/1"
name = "apart"
[accounts]
alice = 1_000_000_000_000
bob = 1_000_000_000_000
[code]
pair = "pair.wat"
[[block]]
[[block.transaction]]
from = "alice"
upload = "pair"
[[block.transaction]]
from = "alice"
instantiate = "pair"
as = "one"
salt = 1
[[block.transaction]]
from = "alice"
instantiate = "pair"
as = "two"
salt = 2
[[block]]
[[block.transaction]]
from = "alice"
call = "@one.first"
[[block.transaction]]
from = "bob"
call = "@two.second"
"#;

const PAIR: &str = r#"(module
  (import "lockstep" "storage_write" (func $storage_write (param i32 i32 i32 i32)))
  (memory 1)
  (func $write (call $storage_write (i32.const 0) (i32.const 1) (i32.const 8) (i32.const 4)))
  (func (export "first") (call $write))
  (func (export "second") (call $write)))
"#;

fn apart(text: &str) -> Scenario {
    let folder = scratch("fuzz-order");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    std::fs::write(folder.join("pair.wat"), PAIR).expect("the folder can be written");
    let scenario = from_text(text.to_string(), "apart", Path::new(&folder));
    scenario.unwrap_or_else(|failure| panic!("{failure}"))
}

#[test]
fn an_engine_that_goes_by_what_ran_before_is_found_by_swapping_neighbours() {
    let engine = faulty(Fault::SecondBeforeFirst);
    let scenario = apart(APART);
    let finding = alone("order", &scenario, &engine).finding;
    let place = finding.expect("it is found").place.expect("it stays");
    assert_eq!(place.field, "the gas used", "{place:#?}");
    assert_eq!(
        place.action.as_deref(),
        Some("call @two.second 0x"),
        "{place:#?}"
    );
    assert_eq!(alone("cache-cold", &scenario, &engine).finding, None);
    assert_eq!(alone("order", &scenario, &base_engine()).finding, None);
    // Calls of one contract stay in their order.
    let together = apart(&APART.replace("@two.second", "@one.second"));
    assert_eq!(alone("order", &together, &engine).finding, None);
    // So do those of one account.
    let same = apart(&APART.replace("\"bob\"", "\"alice\""));
    assert_eq!(alone("order", &same, &engine).finding, None);
}

#[test]
fn a_replay_from_the_witness_that_comes_to_something_else_is_found() {
    // Every third engine has the fault: the one that replays.
    let made = Arc::new(AtomicUsize::new(0));
    let engine: EngineMaker = Arc::new(move || match made.fetch_add(1, Ordering::SeqCst) % 3 {
        2 => faulty(Fault::EventsCostMore)(),
        _ => base_engine()(),
    });
    let mut worlds = standard_worlds(&base_engine(), &[], None);
    worlds.retain(|world| world.name() == "witness");
    let token = scenario("token.toml");
    let base = base_engine();
    let search = |worlds: &mut [_]| {
        fuzz_det(&token, &base, worlds, 1, None, &mut Candidates(2))
            .unwrap_or_else(|failure| panic!("{failure}"))
    };
    assert_eq!(search(&mut worlds).finding, None);
    let mut worlds = standard_worlds(&engine, &[], None);
    worlds.retain(|world| world.name() == "witness");
    let finding = search(&mut worlds).finding.expect("it is found");
    let place = finding.place.expect("it stays");
    assert!(place.other.contains("on its witness alone"), "{place:#?}");
}
