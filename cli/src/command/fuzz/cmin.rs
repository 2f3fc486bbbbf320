//! `lockstep fuzz cmin`: a corpus made fewer.

use std::path::PathBuf;

use clap::Args;

use crate::answer::Answer;
use crate::exit::Exit;
use crate::fuzz_det::{CoverReport, Progress, base_engine, cover};
use crate::interrupt::answer_interrupts;
use crate::output_place::refuse_overwriting;
use crate::printable::printable;
use crate::problem::Failure;
use crate::text_table::{Side, TextTable};
use crate::value::counted;

/// The arguments.
#[derive(Debug, Args)]
pub struct CminArguments {
    /// The corpus: a folder of scenarios, as `lockstep fuzz det --corpus FOLDER` writes it
    corpus: PathBuf,
    /// The folder for the entries that are needed
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Print one JSON document (schema lockstep.fuzz.cmin/1)
    #[arg(long)]
    json: bool,
}

/// Writes the entries that are needed.
pub(super) fn cmin(arguments: &CminArguments) -> Answer {
    match execute(arguments) {
        Ok(report) => Answer::new(arguments.json, &report, text(&report), Exit::Success),
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn execute(arguments: &CminArguments) -> Result<CoverReport, Failure> {
    refuse_overwriting([arguments.out.as_path()], [arguments.corpus.as_path()])?;
    answer_interrupts()?;
    let mut progress = Progress::new(None, None);
    cover(
        &arguments.corpus,
        &arguments.out,
        &base_engine(),
        &mut progress,
    )
}

fn text(report: &CoverReport) -> String {
    let columns = [
        ("entry", Side::Left),
        ("transactions", Side::Right),
        ("new edges", Side::Right),
        ("written", Side::Left),
    ];
    let mut table = TextTable::new(&columns);
    for entry in &report.kept {
        table.row(vec![
            printable(&entry.from),
            entry.transactions.to_string(),
            entry.new_edges.to_string(),
            printable(&entry.file),
        ]);
    }
    format!(
        "to reach all {} it takes {} of {}\n\n{}",
        counted(report.edges, "edge"),
        report.kept.len(),
        counted(report.entries, "entry"),
        table.aligned()
    )
}
