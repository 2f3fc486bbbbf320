//! The committed seeds of libFuzzer, in `libfuzzer/seeds`: small inputs for each decoder that get
//! further than its first check.

use std::path::{Path, PathBuf};

use super::built_in;
use crate::generators::{Rng, mutate};
use crate::incidents::incidents;
use crate::{ORACLES, SEEDED};

/// How many mutations of a valid input are tried.
const MUTATIONS: u64 = 400;
/// How many that are accepted are kept.
const KEPT_MAX: usize = 6;
/// The most bytes of an input that is kept beside the valid one.
const BYTES_MAX: usize = 1_024;
/// The most bytes of a module of the corpus that is kept: libFuzzer reads no more of a file.
const INCIDENT_BYTES_MAX: usize = 65_536;

/// The folder.
pub fn seed_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("libfuzzer/seeds")
}

/// Every file of the folder by its path in it, and what it holds: of each decoder the valid inputs
/// that the tests start from and a few accepted mutations of them; of the oracle `module` the corpus
/// of incidents, too, but for what is too long; and of each oracle that takes the seed of a
/// generator the seed 0.
pub fn seed_files() -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for oracle in &ORACLES {
        let seeds = built_in()
            .into_iter()
            .filter(|seed| seed.oracle == oracle.name);
        let mut inputs: Vec<Vec<u8>> = seeds.map(|seed| seed.bytes).collect();
        let valid = inputs.clone();
        if oracle.name == "module" {
            let modules = incidents().into_iter().map(|incident| incident.module);
            inputs.extend(modules.filter(|module| module.len() <= INCIDENT_BYTES_MAX));
        }
        let most = inputs.len() + KEPT_MAX;
        for number in 0..MUTATIONS {
            let mut rng = Rng::new(number);
            let chosen = rng.below(valid.len());
            let bytes = mutate(&mut rng, &valid[chosen]);
            let is_new = bytes.len() <= BYTES_MAX && !inputs.contains(&bytes);
            if is_new && inputs.len() < most && (oracle.judge)(&bytes) == Ok(true) {
                inputs.push(bytes);
            }
        }
        let named = (0..).zip(inputs);
        let path = |number: usize| PathBuf::from(oracle.name).join(format!("{number:02}"));
        files.extend(named.map(|(number, bytes)| (path(number), bytes)));
    }
    // Of what takes the seed of a generator one that is long enough.
    let zero = SEEDED.iter().map(|oracle| {
        let path = PathBuf::from(oracle.name).join("00");
        (path, 0_u64.to_le_bytes().to_vec())
    });
    files.extend(zero);
    files
}
