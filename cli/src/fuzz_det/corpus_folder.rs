//! A corpus on disk: a folder of scenarios, one for each candidate that reached something new.
//!
//! An entry is named after its content and its modules after theirs, so that searches can share a
//! folder and the same candidate is there once. An entry is a scenario like any other: `lockstep
//! run` runs it.

use std::fs::File;
use std::path::{Path, PathBuf};

use blake2::{Blake2b256, Digest};

use super::candidate::{Candidate, PlannedBlock};
use super::control::Control;
use super::finding_file::Writer;
use crate::exit::Exit;
use crate::module_file::reason;
use crate::output_file::{make_beside, unwritable, write_atomically};
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::scenario::{Scenario, load};
use crate::state::refuse_folder_of_state;

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

/// Writes a candidate as an entry and returns its file.
///
/// # Errors
/// When a file cannot be written.
pub(super) fn write_entry(
    folder: &Path,
    scenario: &Scenario,
    candidate: &Candidate,
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
    let text = writer.scenario("entry", about, candidate, &[]);
    let name = hex::encode(Blake2b256::digest(text.as_bytes()));
    let path = folder.join(format!("{}.toml", name.get(..NAME_DIGITS).unwrap_or(&name)));
    if !path.exists() {
        writer.write_modules(folder)?;
        write_atomically(&path, text.as_bytes())?;
    }
    Ok(path)
}

/// Writes candidates into the corpus, if there is one.
///
/// # Errors
/// When a file cannot be written.
pub(super) fn save_corpus(
    folder: Option<&Path>,
    scenario: &Scenario,
    corpus: &[Candidate],
) -> Result<(), Failure> {
    let Some(folder) = folder else {
        return Ok(());
    };
    for candidate in corpus {
        write_entry(folder, scenario, candidate)?;
    }
    Ok(())
}

/// Refuses a corpus that nothing could be saved in, before anything is searched.
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
    probe().map_err(|error| unwritable(folder, &error))
}

/// The candidates of the corpus, if there is one, as far as they fit a scenario: their senders are
/// accounts of it and their modules are among its own. The others stay where they are, and so do
/// those that are no scenarios, which `control` is told of.
///
/// # Errors
/// When the folder is there and cannot be read.
pub(super) fn load_corpus(
    folder: Option<&Path>,
    scenario: &Scenario,
    control: &mut dyn Control,
) -> Result<Vec<Candidate>, Failure> {
    let Some(folder) = folder.filter(|folder| folder.exists()) else {
        return Ok(Vec::new());
    };
    let files = entries(folder)?;
    let mut candidates = Vec::with_capacity(files.len());
    for file in &files {
        let shown = file.to_string_lossy();
        match load(file, &shown) {
            Ok(entry) => candidates.extend(fitting(&entry, scenario)),
            Err(failure) => {
                let said = failure.problems.first().map(|problem| &problem.message);
                let said = said.cloned().unwrap_or_default();
                control.tell(&format!("left out of the corpus: {shown}: {said}"));
            }
        }
    }
    let (fit, all) = (candidates.len(), files.len());
    control.tell(&format!(
        "entries of the corpus that fit the scenario: {fit} of {all}"
    ));
    Ok(candidates)
}

/// The candidate of an entry, with the senders as the scenario numbers them.
fn fitting(entry: &Scenario, scenario: &Scenario) -> Option<Candidate> {
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
    for block in &mut candidate.blocks {
        let mut transactions = block.transactions.clone();
        for planned in &mut transactions {
            planned.sender = positions.get(planned.sender).copied().flatten()?;
        }
        *block = std::sync::Arc::new(PlannedBlock {
            timestamp_ms: block.timestamp_ms,
            transactions,
        });
    }
    Some(candidate)
}
