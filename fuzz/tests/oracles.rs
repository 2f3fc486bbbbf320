//! The oracles on a fixed number of inputs: every run of the tests is a short fuzzing run.

use lockstep_fuzz::generators::{Rng, mutate, random_bytes};
use lockstep_fuzz::{ORACLES, SEEDED, corpus};

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
        // Of the transactions only those with a valid signature count, and a mutation that keeps
        // it valid is one that changed nothing.
        assert!(
            accepted > 0,
            "{}: no input got past the first checks",
            oracle.name
        );
    }
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
    for oracle in corpus::seeded_oracles() {
        let listed = std::fs::read_dir(folder.join(oracle.name)).expect("a folder for each");
        let mine = files
            .iter()
            .filter(|(path, _)| path.starts_with(oracle.name));
        assert_eq!(listed.count(), mine.count(), "{}", oracle.name);
    }
}

#[test]
fn every_oracle_has_a_target_of_libfuzzer() {
    let manifest = include_str!("../libfuzzer/Cargo.toml");
    let folder = corpus::seed_folder().with_file_name("targets");
    let seeded = SEEDED.iter().map(|oracle| (oracle.name, "judge_seed"));
    for (name, judge) in ORACLES
        .iter()
        .map(|oracle| (oracle.name, "judge"))
        .chain(seeded)
    {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        let target = std::fs::read_to_string(folder.join(format!("{name}.rs")));
        let target = target.expect("a target for each");
        assert!(target.contains(&format!("{judge}(\"{name}\"")), "{target}");
    }
}
