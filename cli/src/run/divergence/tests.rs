mod faulty;

use std::path::{Path, PathBuf};

use lockstep_engines::SideBySide;
use lockstep_gas_meter::Protocol;
use lockstep_state_trie::{MemoryStore, Trie};
use lockstep_vm::{Bundle, Chain, Engine, Machine, NoObserver, WasmiEngine, replay};

use self::faulty::{Fault, Faulty};
use super::{Diverged, of_scenario, with_bundle};
use crate::exit::Exit;
use crate::problem::Failure;
use crate::problem_code::ProblemCode;
use crate::replay::{FinishedReplay, replay_bundle_on};
use crate::run::beside::Beside;
use crate::run::{Alone, DryRuns, EngineChoice, StepPlace, run_on};
use crate::scenario::load;

fn machine(engine: impl Engine + 'static) -> Machine {
    Machine::new(Protocol::v1(), Box::new(engine))
}

fn faulty(name: &'static str, fault: Fault) -> Machine {
    machine(Faulty { name, fault })
}

/// A folder that goes away, and the bundle in it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let name = format!("lockstep-difference-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        Folder(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.join("it.bundle")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// How a scenario ends on the first of these machines beside the others, and where.
fn fails(folder: &Folder, machines: Vec<Machine>, dry: bool) -> (Failure, Diverged) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let path = root.join("contracts/scenarios/token.toml");
    let scenario = load(&path, "token.toml").unwrap_or_else(|failure| panic!("{failure}"));
    let mut machines = machines.into_iter();
    let first = machines.next().expect("a machine");
    let mut beside = Beside::new(SideBySide::with_machines(machines.collect()));
    let chain = Chain::new(Trie::new(MemoryStore::new()), first);
    let run = run_on(
        chain,
        &scenario,
        &mut Alone::default(),
        &mut beside,
        DryRuns::asked(dry),
    );
    let failure = run.err().expect("the engines differ");
    let diverged = beside.diverged.expect("there is a difference");
    let engines = EngineChoice::default().with_difference_file(folder.file());
    let make = || of_scenario(&scenario, &diverged);
    let failure = engines.bundle_difference(failure, &diverged, make);
    (failure, diverged)
}

/// Executes the command that a failure's help names, with `make` in the place of the names of engines.
fn execute(failure: &Failure, make: impl Fn(&str) -> Machine) -> FinishedReplay {
    let help = &failure.problems[0].help;
    let command = help.split('`').nth(1).expect("a command");
    let words: Vec<&str> = command.split(' ').collect();
    let ["lockstep", "replay", file, "--engine", engines] = words[..] else {
        panic!("it is another command: {command}");
    };
    let bytes = std::fs::read(file).expect("it was written");
    let mut machines = engines.split(',').map(make);
    let mut first = machines.next().expect("a name");
    let mut beside = SideBySide::with_machines(machines.collect());
    replay_bundle_on((&mut first, &mut beside), &bytes, file)
        .unwrap_or_else(|failure| panic!("{failure}"))
}

/// That a failure names the place, and a command that shows the difference there again.
fn shows(failure: &Failure, (diverged, folder): (&Diverged, &Folder), fault: Fault) {
    assert_eq!(failure.exit, Exit::Mismatch, "{failure}");
    let problem = &failure.problems[0];
    assert_eq!(problem.code, ProblemCode::EnginesDiverged, "{failure}");
    let place = diverged.place.to_string();
    assert!(problem.message.starts_with(&place), "{failure}");
    assert!(problem.message.contains("faulty 0"), "{failure}");

    let bytes = std::fs::read(folder.file()).expect("it was written");
    let bundle = Bundle::from_bytes(&bytes).expect("it is a bundle");
    let confirmed = replay(&bundle, &mut machine(WasmiEngine::new()), &mut NoObserver);
    confirmed.expect("it says what the reference comes to");

    let replayed = execute(failure, |name| match name {
        "wasmi" => machine(WasmiEngine::new()),
        "sound" => faulty("sound", Fault::None),
        "faulty" => faulty("faulty", fault),
        other => panic!("nobody ran on {other}"),
    });
    assert_eq!(replayed.exit, Exit::Mismatch, "{fault:?}");
    let found = replayed.report.divergence.expect("the engines differ");
    let StepPlace { height, number } = diverged.place;
    assert_eq!((found.block, found.transaction), (height, number));
    assert!(found.engines.contains(&"faulty 0".to_string()), "{found:?}");
}

#[test]
fn a_difference_is_written_as_a_bundle_and_the_command_that_is_named_shows_it() {
    for fault in Fault::ALL {
        let folder = Folder::new(&format!("{fault:?}"));
        let machines = vec![machine(WasmiEngine::new()), faulty("faulty", fault)];
        let (failure, diverged) = fails(&folder, machines, false);
        assert_eq!(diverged.engines, "wasmi,faulty");
        shows(&failure, (&diverged, &folder), fault);
    }
}

#[test]
fn of_two_engines_that_differ_neither_need_be_the_reference() {
    for fault in Fault::ALL {
        let folder = Folder::new(&format!("pair-{fault:?}"));
        let machines = vec![
            faulty("faulty", fault),
            faulty("sound", Fault::None),
            machine(WasmiEngine::new()),
        ];
        let (failure, diverged) = fails(&folder, machines, false);
        assert_eq!(diverged.engines, "faulty,sound");
        shows(&failure, (&diverged, &folder), fault);
    }
}

#[test]
fn what_a_replay_finds_takes_the_place_of_what_was_found_about() {
    let folder = Folder::new("exactly");
    let machines = vec![machine(WasmiEngine::new()), faulty("faulty", Fault::Gas)];
    let (failure, diverged) = fails(&folder, machines, false);
    let bytes = std::fs::read(folder.file()).expect("it was written");
    let about = |text: &str| {
        let mut about = failure.clone();
        about.problems[0].message = text.to_string();
        about
    };
    let exactly = |other: Fault| {
        let mut beside = SideBySide::with_machines(vec![faulty("faulty", other)]);
        let mut first = machine(WasmiEngine::new());
        diverged.exactly(about("about there"), &bytes, (&mut first, &mut beside))
    };
    assert_eq!(exactly(Fault::Gas), failure);
    assert_eq!(exactly(Fault::None), about("about there"));
}

#[test]
fn an_engine_that_fails_is_named_with_what_it_failed_with() {
    let folder = Folder::new("names-failure");
    let machines = vec![machine(WasmiEngine::new()), faulty("faulty", Fault::Fails)];
    let (failure, _) = fails(&folder, machines, false);
    let message = &failure.problems[0].message;
    assert!(message.contains("as planned"), "{message}");
}

#[test]
fn an_engine_that_fails_with_nothing_beside_it_is_compared_with_the_reference() {
    for dry in [false, true] {
        let folder = Folder::new(&format!("alone-{dry}"));
        let machines = vec![faulty("faulty", Fault::Fails)];
        let (failure, diverged) = fails(&folder, machines, dry);
        assert_eq!(diverged.engines, "wasmi,faulty");
        let message = &failure.problems[0].message;
        assert!(
            message.ends_with("and wasmi comes to a result"),
            "{message}"
        );
        shows(&failure, (&diverged, &folder), Fault::Fails);
    }
}

#[test]
fn where_the_reference_fails_as_well_there_is_no_bundle_and_that_is_said() {
    let folder = Folder::new("none");
    let diverged = Diverged::from_reference(
        StepPlace {
            height: 2,
            number: 1,
        },
        "faulty",
    );
    let failure = Failure::bug("as planned");
    let reference = Err(Failure::bug("it is out of order"));
    let failure = with_bundle(failure, reference, &diverged, &folder.file());
    assert_eq!((failure.exit, failure.problems.len()), (Exit::Bug, 1));
    let help = &failure.problems[0].help;
    assert!(help.contains("There is no bundle, because wasmi"), "{help}");
    assert!(help.ends_with("it is out of order"), "{help}");
    assert!(!help.contains("lockstep replay"), "{help}");
    assert!(!folder.file().exists());
}
