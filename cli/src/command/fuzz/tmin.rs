//! `lockstep fuzz tmin`: one scenario cut down.

use std::path::{Path, PathBuf};

use clap::Args;

use super::replay::is_bundle;
use super::worlds::chosen_worlds;
use crate::answer::Answer;
use crate::exit::Exit;
use crate::fuzz_det::{CutReport, Progress, base_engine, cut};
use crate::interrupt::answer_interrupts;
use crate::printable::printable;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::scenario::load;
use crate::value::counted;

/// The arguments.
#[derive(Debug, Args)]
pub struct TminArguments {
    /// A scenario: a finding, or an entry of a corpus. What it shows stays: that a world differs, or
    /// that an invariant does not hold, or else all the edges that it reaches
    file: PathBuf,
    /// Only these worlds, with commas between them; `lockstep fuzz worlds` lists all
    #[arg(long, value_name = "WORLDS", value_delimiter = ',')]
    worlds: Vec<String>,
    /// The folder for what is left
    #[arg(long, value_name = "FOLDER", default_value = "fuzz-findings")]
    out: PathBuf,
    /// Print one JSON document (schema lockstep.fuzz.tmin/1)
    #[arg(long)]
    json: bool,
}

/// Cuts the scenario down.
pub(super) fn tmin(arguments: &TminArguments) -> Answer {
    match execute(arguments) {
        Ok(report) => Answer::new(arguments.json, &report, text(&report), Exit::Success),
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn execute(arguments: &TminArguments) -> Result<CutReport, Failure> {
    let file = &arguments.file;
    if is_bundle(file) {
        return Err(bundle_refused(file));
    }
    let mut worlds = chosen_worlds(&arguments.worlds)?;
    let scenario = load(file, &file.to_string_lossy())?;
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    answer_interrupts()?;
    let base = base_engine();
    let place = (arguments.out.as_path(), &*stem);
    let mut progress = Progress::new(None, None);
    cut(
        &scenario,
        (&base, worlds.as_mut_slice()),
        place,
        &mut progress,
    )
}

/// That a bundle is cut down by its scenario: it has no keys to sign what is left with.
fn bundle_refused(file: &Path) -> Failure {
    let message = format!(
        "{} is a bundle, and only scenarios can be cut down",
        file.display()
    );
    let scenario = file.with_extension("toml");
    let help = format!("name the scenario of the finding, {}", scenario.display());
    let problem = Problem::new(ProblemCode::ScenarioSyntax, message, help);
    Failure::new(Exit::Usage, problem)
}

fn text(report: &CutReport) -> String {
    format!(
        "{}: {}\ncut down from {} to {}\nwritten: {}\n",
        printable(&report.name),
        printable(&report.shows),
        counted(report.transactions_before, "transaction"),
        report.transactions,
        printable(&report.file),
    )
}
