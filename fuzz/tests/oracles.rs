//! The oracles on a fixed number of inputs: every run of the tests is a short fuzzing run.

use std::path::Path;

use lockstep_fuzz::generators::{Rng, mutate, random_bytes};
use lockstep_fuzz::incidents::incidents;
use lockstep_fuzz::{ORACLES, SEEDED, Seeded, corpus, judge};

const MUTATIONS: u64 = 1_500;
const RANDOM: u64 = 500;

#[test]
fn seeds_are_accepted_by_their_oracles() {
    for seed in corpus::built_in() {
        let oracle = ORACLES
            .iter()
            .find(|oracle| oracle.name == seed.oracle)
            .expect("an oracle");
        assert_eq!((oracle.judge)(&seed.bytes), Ok(true), "{}", oracle.name);
    }
}

/// As they are, so that neither their time nor anything else is a finding.
#[test]
fn incidents_and_contracts_pass() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../contracts/artifacts");
    let contracts = corpus::modules_in(Path::new(folder)).expect("the folder can be read");
    let incidents = incidents().into_iter().map(|incident| incident.module);
    let contracts = contracts.into_iter().map(|seed| seed.bytes);
    for bytes in incidents.chain(contracts) {
        judge("module", &bytes);
    }
}

#[test]
fn no_oracle_finds_anything() {
    for oracle in &ORACLES {
        let seeds: Vec<_> = corpus::built_in()
            .into_iter()
            .filter(|seed| seed.oracle == oracle.name)
            .collect();
        let mut accepted = 0;
        for number in 0..MUTATIONS {
            let mut rng = Rng::new(number);
            let seed = &seeds[rng.below(seeds.len())];
            let bytes = mutate(&mut rng, &seed.bytes);
            match (oracle.judge)(&bytes) {
                Ok(was_accepted) => accepted += u32::from(was_accepted),
                Err(finding) => panic!("{}: mutation {number}: {finding}", oracle.name),
            }
        }
        for number in 0..RANDOM {
            let bytes = random_bytes(&mut Rng::new(number), 300);
            let judged = (oracle.judge)(&bytes);
            assert!(
                judged.is_ok(),
                "{}: random {number}: {judged:?}",
                oracle.name
            );
        }
        assert!(
            accepted > 0,
            "{}: no input got past the first checks",
            oracle.name
        );
    }
}

/// How many seeds of each oracle that takes one are judged, beside those that `programs.rs` judges of
/// the slow ones.
const SEEDS: u64 = 16;

#[test]
fn no_oracle_that_takes_a_seed_finds_anything() {
    let elsewhere = ["sequence", "mutant", "smith"];
    let here = |oracle: &&Seeded| !elsewhere.contains(&oracle.name);
    for oracle in SEEDED.iter().filter(here) {
        let mut worked = 0;
        for seed in 0..SEEDS {
            match (oracle.judge)(seed) {
                Ok(has_worked) => worked += u64::from(has_worked),
                Err(finding) => panic!("{}: seed {seed}: {finding}", oracle.name),
            }
        }
        println!("{}: {worked} of {SEEDS} did real work", oracle.name);
        assert!(worked * 2 > SEEDS, "{}: {worked} of {SEEDS}", oracle.name);
    }
}

/// A module that only fails is judged, and is no work.
#[test]
fn exactness_counts_modules_that_work() {
    let exactness = SEEDED.iter().find(|oracle| oracle.name == "exactness");
    let exactness = exactness.expect("an oracle");
    assert_eq!((exactness.judge)(240), Ok(false));
    assert_eq!((exactness.judge)(241), Ok(true));
}

#[test]
fn the_generators_repeat_themselves() {
    let make = |seed| mutate(&mut Rng::new(seed), b"a few bytes to start from");
    assert_eq!(make(5), make(5));
    assert_ne!(make(5), make(6));
}

/// `cargo run -p lockstep-fuzz --bin seeds` writes them.
#[test]
fn the_committed_seeds_are_what_the_command_writes() {
    let folder = corpus::seed_folder();
    let files = corpus::seed_files();
    for (path, bytes) in &files {
        let committed = std::fs::read(folder.join(path)).unwrap_or_default();
        assert!(committed == *bytes, "{} is stale", path.display());
    }
    let of_bytes = ORACLES.iter().map(|oracle| oracle.name);
    let names: Vec<&str> = of_bytes
        .chain(SEEDED.iter().map(|oracle| oracle.name))
        .collect();
    for name in &names {
        let listed = std::fs::read_dir(folder.join(name)).expect("a folder for each");
        let mine = files.iter().filter(|(path, _)| path.starts_with(name));
        assert_eq!(listed.count(), mine.count(), "{name}");
    }
    let folders = std::fs::read_dir(folder).expect("the folder is there");
    assert_eq!(folders.count(), names.len(), "a folder of no oracle");
}

#[test]
fn every_oracle_has_a_target_of_libfuzzer_and_every_target_an_oracle() {
    let manifest = include_str!("../libfuzzer/Cargo.toml");
    let folder = corpus::seed_folder().with_file_name("targets");
    let of_bytes = ORACLES.iter().map(|oracle| (oracle.name, "judge"));
    let of_seeds = SEEDED.iter().map(|oracle| (oracle.name, "judge_seed"));
    let oracles: Vec<(&str, &str)> = of_bytes.chain(of_seeds).collect();
    for (name, judge) in &oracles {
        let declared = format!("name = \"{name}\"\npath = \"targets/{name}.rs\"");
        assert!(manifest.contains(&declared), "{name}");
        let target = std::fs::read_to_string(folder.join(format!("{name}.rs")));
        let target = target.expect("a target for each");
        assert!(target.contains(&format!("{judge}(\"{name}\"")), "{target}");
    }
    let targets = std::fs::read_dir(folder).expect("the folder is there");
    assert_eq!(targets.count(), oracles.len(), "a target of no oracle");
    assert_eq!(manifest.matches("[[bin]]").count(), oracles.len());
}
