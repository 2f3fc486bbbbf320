//! The fuzzer for nondeterminism against worlds with planted faults: a fault is found, cut down,
//! named, and written as a scenario that runs; and where there is no fault nothing is found.
//!
//! The faults live in [`faulty`], an engine around the real one. The command has no switch for them.

mod corpora;
mod crashes;
mod factory;
mod faulty;
mod invariants;
mod kept;
mod odd;
mod one_change;
mod refused_invariants;
mod slips;
mod sum;

use std::path::{Path, PathBuf};

use lockstep_cli::{
    Cadence, Control, Exit, FuzzReport, NamedEngine, Statistics, Ways, World, base_engine, cut,
    from_text, fuzz_det, load, replay_finding, run, standard_worlds,
};
use lockstep_gas_meter::Protocol;
use lockstep_vm::{Bundle, Engine, Machine, NoObserver, ReplayError, replay};

use faulty::{Fault, faulty};

/// Ends after so many candidates.
struct Candidates(u64);

impl Control for Candidates {
    fn is_over(&mut self, statistics: &Statistics) -> bool {
        statistics.candidates >= self.0
    }
}

fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("the folder can be emptied");
    }
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

fn scenario(name: &str) -> lockstep_cli::Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../contracts/scenarios");
    load(&path.join(name), name).unwrap_or_else(|failure| panic!("{failure}"))
}

/// The world of one engine.
fn world_of(fault: Fault) -> Vec<Box<dyn World>> {
    let named = NamedEngine {
        name: "faulty".to_string(),
        make: faulty(fault),
    };
    let mut worlds = standard_worlds(&base_engine(), &[named], None);
    worlds.retain(|world| world.name() == "engine:faulty");
    assert_eq!(worlds.len(), 1);
    worlds
}

fn fuzz(worlds: &mut [Box<dyn World>], seed: u64, runs: u64, out: Option<&Path>) -> FuzzReport {
    let control = &mut Candidates(runs);
    let scenario = scenario("token.toml");
    fuzz_det(&scenario, &base_engine(), worlds, seed, out, control)
        .unwrap_or_else(|failure| panic!("{failure}"))
}

#[test]
fn a_fault_in_a_host_call_is_found_cut_down_and_named() {
    let out = scratch("fuzz-events");
    let report = fuzz(&mut world_of(Fault::EventsCostMore), 1, 10, Some(&out));
    let text = report.text();
    let finding = report.finding.expect("the fault is found");
    assert_eq!(finding.world, "engine:faulty");
    assert!(finding.transactions_before > 30);
    // The code is uploaded, the contract made, and something emits an event.
    assert!(finding.transactions <= 3, "{finding:#?}");
    let place = finding.place.expect("it shows every time");
    assert!(place.field == "the gas used", "{place:#?}");
    let call = place.call.expect("a host call differs");
    assert!(call.base.expect("both call").starts_with("emit_event"));
    let segment = place.segment.expect("the code has probes");
    assert_eq!(segment.ways, Ways::Same);
    let at = segment.offset.expect("the operator is known");
    let token = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../contracts/artifacts/token.wasm"
    );
    let code = std::fs::read(token).expect("the token");
    let operator = code[usize::try_from(at).expect("small")];
    assert_eq!(operator, 0x10, "it is the call of the host function");
    assert!(
        segment.line.is_some(),
        "the sidecar has lines: {segment:#?}"
    );

    let file = finding.file.expect("it is written");
    let written = load(Path::new(&file), "finding").unwrap_or_else(|failure| panic!("{failure}"));
    let finished = run(&written).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(finished.exit, Exit::Success, "{:#?}", finished.problems);
    assert!(finished.report.expectations_stated > 0);

    let bundle = finding.bundle.expect("it is written");
    let command = format!("  replay:  lockstep replay {bundle} --engine faulty\n");
    assert!(text.contains(&command), "{text}");
    let bundle = std::fs::read(bundle).expect("the bundle");
    let bundle = Bundle::from_bytes(&bundle).expect("a bundle");
    let replay_on = |engine: Box<dyn Engine>| {
        let mut machine = Machine::new(Protocol::v1(), engine);
        replay(&bundle, &mut machine, &mut NoObserver)
    };
    assert!(replay_on(base_engine()()).is_ok());
    let wrong = faulty(Fault::EventsCostMore)();
    let difference = replay_on(wrong).expect_err("the fault shows in the replay");
    assert!(
        matches!(difference, ReplayError::Diverged(_)),
        "{difference}"
    );
}

/// A replay of the bundle compares receipts and roots, so it confirms what the engine comes to.
#[test]
fn a_fault_that_no_replay_of_the_bundle_shows_is_replayed_from_the_scenario() {
    let out = scratch("fuzz-memory");
    let mut worlds = world_of(Fault::MemoryChangesBehind);
    let report = fuzz(&mut worlds, 1, 1, Some(&out));
    let text = report.text();
    let finding = report.finding.expect("the fault is found");
    let place = finding.place.expect("it shows every time");
    assert_eq!(place.field, "what a frame left behind", "{place:#?}");
    assert!(finding.bundle.is_some(), "{text}");
    let file = finding.file.expect("it is written");
    let command = format!("  replay:  lockstep fuzz replay {file} --worlds engine:faulty\n");
    assert!(text.contains(&command), "{text}");
    let written = load(Path::new(&file), "finding").unwrap_or_else(|failure| panic!("{failure}"));
    let replayed = replay_finding(&written, &base_engine(), &mut worlds, &mut Candidates(0));
    let replayed = replayed.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(replayed.exit(), Exit::Mismatch);
}

#[test]
fn a_fault_within_a_call_of_a_contract_is_shown_by_that_call_alone() {
    // Only the escrow, when a deal is opened, calls this method of the token.
    let fault = Fault::MethodCostsMore("transfer_from");
    let report = fuzz(&mut world_of(fault), 1, 1, None);
    let finding = report.finding.expect("the fault is found");
    let place = finding.place.expect("it shows every time");
    let action = place.action.expect("a transaction differs");
    assert!(action.starts_with("call @gold.transfer_from"), "{action}");
    assert_eq!((place.block, place.transaction), (1, Some(3)), "{action}");
    assert_eq!(finding.transactions, 3, "code, contract, and the call");
}

#[test]
fn a_fault_that_shows_only_when_gas_runs_out_is_found_by_the_gas_limits_drawn() {
    let report = fuzz(&mut world_of(Fault::OneMoreWhenOut), 3, 200, None);
    let finding = report.finding.expect("the fault is found");
    let place = finding.place.expect("it shows every time");
    assert_eq!(place.field, "the status", "{place:#?}");
    assert_eq!(place.base, "out_of_gas");
}

#[test]
fn without_a_fault_nothing_is_found_and_a_seed_repeats_itself() {
    let run = || {
        let mut worlds = standard_worlds(&base_engine(), &[], None);
        worlds.retain(|world| world.cadence() == Cadence::Always);
        fuzz(&mut worlds, 5, 25, None)
    };
    let first = run();
    assert_eq!(first.finding, None);
    assert_eq!(first, run());
    assert!(first.statistics.edges > 1_000, "{first:#?}");
    assert!(first.statistics.corpus > 2, "{first:#?}");
    assert!(first.statistics.succeeded > 50, "{first:#?}");
}

#[test]
fn a_finding_still_differs_when_it_is_replayed_and_is_cut_down_again() {
    let out = scratch("fuzz-again");
    let whole = scenario("token.toml");
    let mut worlds = world_of(Fault::EventsCostMore);
    let replayed = replay_finding(&whole, &base_engine(), &mut worlds, &mut Candidates(0));
    let replayed = replayed.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(replayed.exit(), Exit::Mismatch);
    let place = replayed.worlds[0].place.as_ref().expect("it differs");
    assert_eq!(place.field, "the gas used");

    let control = &mut Candidates(0);
    let base = (&base_engine(), worlds.as_mut_slice());
    let report = cut(&whole, base, (&out, "token"), control);
    let report = report.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(report.shows, "the world engine:faulty differs");
    assert!(report.transactions_before > 30 && report.transactions <= 3);
    let left = load(Path::new(&report.file), "left").unwrap_or_else(|failure| panic!("{failure}"));
    let again = replay_finding(&left, &base_engine(), &mut worlds, &mut Candidates(0));
    assert!(again.is_ok_and(|again| again.worlds[0].differs));
    let mut worlds = standard_worlds(&base_engine(), &[], None);
    worlds.retain(|world| world.name() == "cache-cold");
    let mended = replay_finding(&left, &base_engine(), &mut worlds, &mut Candidates(0));
    assert!(mended.is_ok_and(|mended| mended.exit() == Exit::Success));
}

/// The base world's engine has the fault, and so has that of the world: what differs is how long the
/// code is.
#[test]
fn a_fault_that_goes_by_the_encoding_is_found_by_padding() {
    let path = "contracts/artifacts/token.wasm";
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let code = std::fs::read(root.join(path)).expect("the contract");
    let plain = lockstep_gas_meter::prepare_with_probes(&code, &Protocol::v1());
    let bytes = plain.expect("it is accepted").bytes().len();
    let report = |fault: Option<Fault>| {
        let base: lockstep_cli::EngineMaker = match fault {
            None => base_engine(),
            Some(fault) => faulty(fault),
        };
        let mut worlds = standard_worlds(&base, &[], None);
        worlds.retain(|world| world.name() == "padded");
        assert_eq!(worlds.len(), 1);
        let scenario = scenario("token.toml");
        let report = fuzz_det(&scenario, &base, &mut worlds, 1, None, &mut Candidates(3));
        report.unwrap_or_else(|failure| panic!("{failure}"))
    };
    assert_eq!(report(None).finding, None);
    let finding = report(Some(Fault::LongCodeCostsMore(bytes))).finding;
    assert_eq!(finding.expect("it is found").world, "padded");
}

#[test]
fn a_scenario_in_which_nobody_can_send_is_refused() {
    let text = "schema = \"lockstep.scenario/1\"\nname = \"nobody\"\n[accounts]\n".to_string();
    let scenario = from_text(text, "nobody", Path::new(""));
    let scenario = scenario.unwrap_or_else(|failure| panic!("{failure}"));
    let control = &mut Candidates(5);
    let report = fuzz_det(&scenario, &base_engine(), &mut [], 1, None, control);
    let failure = report.expect_err("there are no accounts");
    assert_eq!(failure.exit, Exit::NothingMatched, "{failure}");
}
