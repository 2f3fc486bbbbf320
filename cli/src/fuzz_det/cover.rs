//! A corpus made fewer: the entries that reach every edge that all of them reach.
//!
//! Greedy: the entry that adds most edges is taken next, of several the one with fewer transactions.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::base::Base;
use super::candidate::Candidate;
use super::control::Control;
use super::corpus_folder::{entries, left_out, write_entry};
use super::world::EngineMaker;
use crate::exit::Exit;
use crate::interrupt::interrupt_failure;
use crate::output_file::write_atomically;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::scenario::load;
use crate::value::counted;

/// What a corpus came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CoverReport {
    /// `lockstep.fuzz.cmin/1`.
    pub schema: &'static str,
    /// How many entries there were that are scenarios.
    pub entries: usize,
    /// How many edges they reach together.
    pub edges: usize,
    /// The entries that were written, that which adds most first.
    pub kept: Vec<CoveringEntry>,
}

/// An entry that is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CoveringEntry {
    /// The entry it was.
    pub from: String,
    /// The file that was written.
    pub file: String,
    /// Its transactions.
    pub transactions: usize,
    /// The edges that those before it do not reach.
    pub new_edges: usize,
}

/// What is known of an entry. Its modules are not: all entries have them.
struct Entry {
    path: PathBuf,
    transactions: usize,
    edges: BTreeSet<u64>,
}

/// Writes the entries of a folder that are needed to reach all edges into another folder. Those that
/// are no scenarios are left out, which `control` is told of.
///
/// # Errors
/// When the folder has no such entry or cannot be read, the machine fails, a file cannot be written, or
/// an interrupt comes before all entries were run: then nothing is written.
pub fn cover(
    folder: &Path,
    out: &Path,
    engine: &EngineMaker,
    control: &mut dyn Control,
) -> Result<CoverReport, Failure> {
    let mut left = Vec::new();
    let mut before: Option<Base> = None;
    control.tell("running the entries");
    for file in entries(folder)? {
        if control.is_interrupted() {
            let message = format!("interrupted after {}", counted(left.len(), "entry"));
            let help = "nothing was written; run it again to begin anew";
            return Err(interrupt_failure(message, help));
        }
        let shown = file.to_string_lossy();
        let scenario = match load(&file, &shown) {
            Ok(scenario) => scenario,
            Err(failure) => {
                control.tell(&left_out(&shown, &failure));
                continue;
            }
        };
        let candidate = Candidate::of(&scenario);
        let mut base = Base::of(&scenario, engine, before.take());
        let edges = base.run_from_genesis(&candidate)?.edges;
        before = Some(base);
        left.push(Entry {
            path: file,
            transactions: candidate.transactions(),
            edges,
        });
    }
    if left.is_empty() {
        let message = format!("{} has no entry that is a scenario", folder.display());
        let help = "name a folder that `lockstep fuzz det --corpus FOLDER` has written";
        let problem = Problem::new(ProblemCode::NothingMatched, message, help);
        return Err(Failure::new(Exit::NothingMatched, problem));
    }
    let entries = left.len();
    let mut reached = BTreeSet::new();
    let mut kept = Vec::new();
    while let Some((entry, new_edges)) = take_best(&mut left, &reached) {
        reached.extend(entry.edges);
        let from = entry.path.to_string_lossy().into_owned();
        let scenario = load(&entry.path, &from)?;
        let candidate = Candidate::of(&scenario);
        let file = write_entry(out, &scenario, &candidate, write_atomically)?;
        kept.push(CoveringEntry {
            from,
            file: file.to_string_lossy().into_owned(),
            transactions: entry.transactions,
            new_edges,
        });
    }
    Ok(CoverReport {
        schema: "lockstep.fuzz.cmin/1",
        entries,
        edges: reached.len(),
        kept,
    })
}

/// Takes the entry that adds most edges; nothing when none adds any.
fn take_best(left: &mut Vec<Entry>, reached: &BTreeSet<u64>) -> Option<(Entry, usize)> {
    let added = |entry: &Entry| entry.edges.difference(reached).count();
    let best = left
        .iter()
        .enumerate()
        .min_by_key(|(_, entry)| (std::cmp::Reverse(added(entry)), entry.transactions));
    let (position, new_edges) = best.map(|(position, entry)| (position, added(entry)))?;
    (new_edges > 0).then(|| (left.remove(position), new_edges))
}
