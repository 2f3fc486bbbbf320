//! What both searches take: where to begin, for how long, and where findings go.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::duration::duration;
use crate::fuzz_det::{Folders, Progress, seed_scenario};
use crate::interrupt::answer_interrupts;
use crate::problem::Failure;
use crate::scenario::Scenario;

/// How long a search takes when neither a time nor a number of candidates is given.
const TIME_DEFAULT: Duration = Duration::from_secs(60);

/// The arguments that `fuzz det` and `fuzz run` share.
#[derive(Debug, Args)]
pub(super) struct SearchArguments {
    /// A scenario (.toml), whose transactions are the seed, or a contract (.wasm or .wat), for
    /// which transactions are made from its ABI, or without one from what it exports
    file: PathBuf,
    /// How long to search, for example 60s or 5m [default: 60s, unless --runs is given]
    #[arg(long, value_parser = duration)]
    time: Option<Duration>,
    /// How many candidates to run; the same seed and number give the same report
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    runs: Option<u64>,
    /// Where the random numbers begin
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// The folder for the scenario that shows what is found
    #[arg(long, value_name = "FOLDER", default_value = "fuzz-findings")]
    out: PathBuf,
    /// A folder of candidates that reached something new: those that are there are run first, and
    /// each of this search is added when it is found
    #[arg(long, value_name = "FOLDER")]
    corpus: Option<PathBuf>,
}

impl SearchArguments {
    /// Where the search writes.
    pub(super) fn folders(&self) -> Folders<'_> {
        Folders {
            out: Some(&self.out),
            corpus: self.corpus.as_deref(),
        }
    }

    /// The scenario to begin with, and what ends the search: time, number or an interrupt.
    ///
    /// # Errors
    /// When the file cannot be used, or interrupts cannot be caught.
    pub(super) fn begin(&self) -> Result<(Scenario, Progress), Failure> {
        let scenario = seed_scenario(&self.file, self.seed)?;
        answer_interrupts()?;
        let unlimited = self.runs.is_none();
        let time = self.time.or(unlimited.then_some(TIME_DEFAULT));
        Ok((scenario, Progress::new(time, self.runs)))
    }
}
