//! What is left of a search that fails: the corpus, and the candidate that was under way.
//!
//! The machine stopping or panicking in the base world is no difference between worlds, but a bug
//! all the same, and nobody can mend it without the transactions that lead there.

use super::Folders;
use super::candidate::Candidate;
use super::corpus_folder::save_corpus;
use super::finding_file::write_finding;
use crate::problem::Failure;
use crate::scenario::Scenario;

/// The name of the scenario that is written.
const NAME: &str = "crash";

/// What a search came to, once its corpus is saved. When it failed, the candidate that was under
/// way is written, and the failure says where.
///
/// # Errors
/// The failure of the search, or else that of writing the corpus.
pub(super) fn kept<T>(
    came_to: Result<T, Failure>,
    scenario: &Scenario,
    folders: Folders<'_>,
    (corpus, under_way): (&[Candidate], Option<&Candidate>),
) -> Result<T, Failure> {
    let saved = save_corpus(folders.corpus, scenario, corpus);
    let mut failure = match came_to {
        Ok(came_to) => return saved.map(|()| came_to),
        Err(failure) => failure,
    };
    if let Err(unsaved) = saved {
        failure.problems.extend(unsaved.problems);
    }
    let Some((candidate, folder)) = under_way.zip(folders.out) else {
        return Err(failure);
    };
    let about = "the search failed here";
    match write_finding(folder, NAME, about, scenario, (candidate, &[])) {
        Ok(file) => {
            if let Some(problem) = failure.problems.first_mut() {
                let file = file.display();
                problem.help = format!("{}; its transactions are in {file}", problem.help);
            }
        }
        Err(unwritten) => failure.problems.extend(unwritten.problems),
    }
    Err(failure)
}
