//! A corpus on disk: a folder of scenarios, one for each candidate that reached something new.
//!
//! An entry is named after its content and its modules after theirs, so that searches can share a
//! folder and the same candidate is there once. An entry is a scenario like any other, which expects
//! nothing of how its transactions end: `lockstep run` runs it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use blake2::{Blake2b256, Digest};

use super::candidate::{Candidate, PlannedBlock};
use super::control::Control;
use super::finding_file::Writer;
use crate::exit::Exit;
use crate::module_file::reason;
use crate::output_file::{make_beside, unwritable_folder};
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::scenario::{Scenario, load};
use crate::state::refuse_folder_of_state;

/// What an entry expects of each transaction.
const EXPECTED: &str = "{ status = \"any\" }";

/// How many hexadecimal digits of a hash name a file.
const NAME_DIGITS: usize = 16;

/// The scenarios of a folder by name, in order.
///
/// # Errors
/// When the folder cannot be read.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let listed = std::fs::read_dir(folder).map_err(|error| {
        let message = format!(
            "cannot read the folder {}: {}",
            folder.display(),
            reason(&error)
        );
        let help = "name a folder that `lockstep fuzz det --corpus FOLDER` has written";
        let problem = Problem::new(ProblemCode::FileUnreadable, message, help);
        Failure::new(Exit::Usage, problem)
    })?;
    let mut found: Vec<PathBuf> = listed
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    found.sort();
    Ok(found)
}

/// Writes a candidate as an entry, by a function that writes a file, and returns its file. What is
/// there already is left as it is.
///
/// # Errors
/// When a file cannot be written.
pub(super) fn write_entry(
    folder: &Path,
    scenario: &Scenario,
    candidate: &Candidate,
    write: fn(&Path, &[u8]) -> Result<(), Failure>,
) -> Result<PathBuf, Failure> {
    refuse_folder_of_state(folder)?;
    // A folder that cannot be made shows when the first file is written.
    let _ = std::fs::create_dir_all(folder);
    let module_names = |hash: &lockstep_abi::CodeHash, _: &str| {
        let hash = hex::encode(hash.0);
        format!("{}.wasm", hash.get(..NAME_DIGITS).unwrap_or(&hash))
    };
    let writer = Writer::new(scenario, candidate, &module_names);
    let about = "reached something new";
    let expected = vec![EXPECTED.to_string(); candidate.transactions()];
    let text = writer.scenario("entry", about, candidate, &expected);
    let name = hex::encode(Blake2b256::digest(text.as_bytes()));
    let path = folder.join(format!("{}.toml", name.get(..NAME_DIGITS).unwrap_or(&name)));
    let modules = writer.modules(folder);
    for (file, bytes) in modules.chain([(path.clone(), text.as_bytes())]) {
        // One that a failure of power has torn is written anew.
        if !std::fs::read(&file).is_ok_and(|there| there == bytes) {
            write(&file, bytes)?;
        }
    }
    Ok(path)
}

/// Refuses a folder that nothing could be saved in, before anything is searched.
///
/// # Errors
/// When its folder cannot be made, or no file in it.
pub(super) fn refuse_unwritable(folder: Option<&Path>) -> Result<(), Failure> {
    let Some(folder) = folder else {
        return Ok(());
    };
    refuse_folder_of_state(folder)?;
    let probe = || {
        std::fs::create_dir_all(folder)?;
        let (_, file) = make_beside(&folder.join("probe"), |name| File::create_new(name))?;
        std::fs::remove_file(file)
    };
    probe().map_err(|error| unwritable_folder(folder, &error))
}

/// The candidates of the corpus, if there is one, as far as they fit a scenario: their senders are
/// accounts of it and their modules are among its own. The others stay where they are, and so do
/// those that are no scenarios, which `control` is told of. They share the first blocks with the
/// scenario's own candidate, the seed, as far as these are the same. An interrupt ends the reading.
///
/// # Errors
/// When the folder is there and cannot be read.
pub(super) fn load_corpus(
    folder: Option<&Path>,
    (scenario, seed): (&Scenario, &Candidate),
    control: &mut dyn Control,
) -> Result<Vec<Candidate>, Failure> {
    let Some(folder) = folder.filter(|folder| folder.exists()) else {
        return Ok(Vec::new());
    };
    let files = entries(folder)?;
    let mut candidates = Vec::with_capacity(files.len());
    for file in &files {
        if control.is_interrupted() {
            break;
        }
        let shown = file.to_string_lossy();
        match load(file, &shown) {
            Ok(entry) => candidates.extend(fitting(&entry, scenario, seed)),
            Err(failure) => control.tell(&left_out(&shown, &failure)),
        }
    }
    let (fit, all) = (candidates.len(), files.len());
    control.tell(&format!(
        "entries of the corpus that fit the scenario: {fit} of {all}"
    ));
    Ok(candidates)
}

/// That a file of the corpus is no scenario, and stays where it is.
pub(super) fn left_out(file: &str, failure: &Failure) -> String {
    let said = failure.problems.first().map(|problem| &problem.message);
    let said = said.cloned().unwrap_or_default();
    format!("left out of the corpus: {file}: {said}")
}

/// The candidate of an entry, with the senders as the scenario numbers them and the first blocks of
/// the seed where they are the same: what was kept of these is used then.
fn fitting(entry: &Scenario, scenario: &Scenario, seed: &Candidate) -> Option<Candidate> {
    if !entry
        .codes
        .keys()
        .all(|code| scenario.codes.contains_key(code))
    {
        return None;
    }
    let positions: Vec<Option<usize>> = entry
        .accounts
        .iter()
        .map(|account| {
            let mut known = scenario.accounts.iter();
            known.position(|known| known.signer.account() == account.signer.account())
        })
        .collect();
    let mut candidate = Candidate::of(entry);
    let mut first_blocks = seed.blocks.iter();
    for block in &mut candidate.blocks {
        let mut transactions = block.transactions.clone();
        for planned in &mut transactions {
            planned.sender = positions.get(planned.sender).copied().flatten()?;
        }
        let renumbered = PlannedBlock {
            timestamp_ms: block.timestamp_ms,
            transactions,
        };
        let known = first_blocks.next().filter(|known| ***known == renumbered);
        *block = match known {
            Some(known) => Arc::clone(known),
            None => Arc::new(renumbered),
        };
    }
    Some(candidate)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::{Candidate, PlannedBlock, fitting, write_entry};
    use crate::output_file::write_without_waiting;
    use crate::scenario::load;

    #[test]
    fn an_entry_shares_its_first_blocks_with_the_seed() {
        let load = |path: &Path| load(path, "a test").unwrap_or_else(|failure| panic!("{failure}"));
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let scenario = load(&root.join("contracts/scenarios/token.toml"));
        let seed = Candidate::of(&scenario);
        let mut longer = seed.clone();
        longer.blocks.push(Arc::new(PlannedBlock {
            timestamp_ms: 1_900_000_000_000,
            transactions: Vec::new(),
        }));
        let mut changed = seed.clone();
        let last = changed.transactions() - 1;
        changed
            .transaction_mut(last)
            .expect("it is there")
            .gas_limit += 1;
        let name = format!("lockstep-corpus-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let blocks = seed.blocks.len();
        for (candidate, shared) in [(&longer, blocks), (&changed, blocks - 1)] {
            let file = write_entry(&folder, &scenario, candidate, write_without_waiting);
            let entry = load(&file.expect("it is written"));
            let loaded = fitting(&entry, &scenario, &seed).expect("it fits");
            assert_eq!(&loaded, candidate);
            assert_eq!(loaded.shared_with(&seed), shared);
        }
        std::fs::remove_dir_all(folder).expect("it is there");
    }
}
