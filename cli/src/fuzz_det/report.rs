//! What a campaign comes to: numbers, and the difference that it found, if it found one.
//!
//! Nothing here depends on a clock, so a run with a seed and a number of candidates gives the same
//! report every time.

use std::fmt::{self, Write as _};

use serde::Serialize;

use super::base::Ended;
use super::candidate::Candidate;
use super::divergence::{CallDifference, Divergence};
use super::locate::SegmentPlace;
use super::results::{FirstResult, Results};
use super::way::Way;
use super::world::EngineMaker;
use crate::exit::Exit;
use crate::printable::printable;
use crate::problem::Problem;
use crate::text_table::{Side, TextTable};
use crate::value::{counted, grouped};

/// The segments of a transaction in the base world and in another.
pub(super) type Segments = (Way, Way);

/// A difference, cut down.
pub(super) struct Found {
    pub(super) world: String,
    pub(super) about: String,
    /// The world's engine, if it changes nothing else.
    pub(super) engine: Option<EngineMaker>,
    pub(super) transactions_before: usize,
    /// How many candidates were tried to cut it down.
    pub(super) tries: usize,
    pub(super) candidate: Candidate,
    /// How each of its transactions ended in the base world.
    pub(super) endings: Vec<Ended>,
    /// Nothing when the difference did not show again at the end.
    pub(super) divergence: Option<Divergence>,
    pub(super) segments: Segments,
    /// What operators computed, where the world tells.
    pub(super) results: Option<Results>,
}

/// What a campaign has counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Statistics {
    /// Candidates that ran in the base world, the seed included.
    pub candidates: u64,
    /// Executions of a candidate in some world, the base world included.
    pub executions: u64,
    /// Transactions in all executions.
    pub transactions: u64,
    /// Transactions in the base world in which a method of a contract ran, but for an `init` that
    /// failed.
    pub entered: u64,
    /// Transactions in the base world whose status is success.
    pub succeeded: u64,
    /// Edges between segments of contract code that were reached.
    pub edges: usize,
    /// Candidates that others are made of.
    pub corpus: usize,
    /// The number of the candidate that reached a new edge last, from 0.
    pub last_edge_at: u64,
    /// The worlds in order.
    pub worlds: Vec<WorldStatistics>,
}

/// What a campaign has counted of one world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorldStatistics {
    /// Its name.
    pub name: String,
    /// How many candidates it executed.
    pub executions: u64,
    /// How often the process stopped, where it may.
    pub stopped: u64,
    /// How many differences it showed. The first one ends the campaign.
    pub differences: u64,
}

impl WorldStatistics {
    pub(super) fn new(name: String) -> WorldStatistics {
        WorldStatistics {
            name,
            executions: 0,
            stopped: 0,
            differences: 0,
        }
    }
}

/// A difference between two worlds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The world that differs from the base world, as `--worlds` takes it: with the variation that
    /// showed it, where the world has several.
    pub world: String,
    /// What that world changes.
    pub about: String,
    /// The transactions of the candidate as it was found.
    pub transactions_before: usize,
    /// The transactions that are left.
    pub transactions: usize,
    /// The blocks that are left.
    pub blocks: usize,
    /// How many candidates were tried to cut it down.
    pub tries: usize,
    /// Where the two part. Nothing when the difference did not show again after it was cut down:
    /// then the world does not go by the history alone.
    pub place: Option<Place>,
    /// The scenario that shows it, if it was written.
    pub file: Option<String>,
    /// The same as a bundle, with what wasmi comes to.
    pub bundle: Option<String>,
    /// The command that shows it again: a replay of the bundle, if that shows it, or of the scenario.
    pub replay: Option<String>,
}

/// The first difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The height of the block.
    pub block: u64,
    /// The number of the transaction in the block, from 1; nothing when only roots differ.
    pub transaction: Option<u64>,
    /// What the transaction does.
    pub action: Option<String>,
    /// What differs.
    pub field: String,
    /// What the base world has.
    pub base: String,
    /// What the other world has.
    pub other: String,
    /// The first host call that differs.
    pub call: Option<CallDifference>,
    /// Where in the code the two part, as far as the probes tell.
    pub segment: Option<SegmentPlace>,
    /// The first operator that computes something else, as far as results tell.
    pub result: Option<FirstResult>,
}

/// The result of a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FuzzReport {
    /// `lockstep.fuzz.det/1`.
    pub schema: &'static str,
    /// What was fuzzed.
    pub name: String,
    /// The seed of the random numbers.
    pub seed: u64,
    /// Whether it was ended by an interrupt.
    pub interrupted: bool,
    /// How many codes it had to call.
    pub codes: usize,
    /// The numbers.
    pub statistics: Statistics,
    /// The difference that was found.
    pub finding: Option<Finding>,
    /// What went wrong beside: a file of the finding could not be written, or the corpus saved.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
}

impl FuzzReport {
    /// How a command that searched ends.
    pub fn exit(&self) -> Exit {
        match (&self.finding, self.is_idle()) {
            (Some(_), _) => Exit::Mismatch,
            (None, true) => Exit::NothingMatched,
            (None, false) => Exit::Success,
        }
    }

    /// Whether there is code and no method of it ever ran, so that nothing was found out about it.
    pub fn is_idle(&self) -> bool {
        self.codes > 0 && self.statistics.entered == 0
    }

    /// The report as text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        if let Some(finding) = &self.finding {
            text.push_str(&finding.text());
            text.push('\n');
        }
        text.push_str(&self.statistics.text(&self.name, self.seed));
        if self.interrupted {
            text.push_str("\nended by an interrupt\n");
        }
        if self.is_idle() {
            text.push_str("\nno method of any contract was entered\n");
        }
        text
    }
}

impl Statistics {
    fn text(&self, name: &str, seed: u64) -> String {
        let columns = [
            ("world", Side::Left),
            ("executions", Side::Right),
            ("stopped", Side::Right),
            ("differences", Side::Right),
        ];
        let mut table = TextTable::new(&columns);
        let number = |number: u64| grouped(number);
        for world in &self.worlds {
            table.row(vec![
                printable(&world.name),
                number(world.executions),
                number(world.stopped),
                number(world.differences),
            ]);
        }
        let corpus = u64::try_from(self.corpus).unwrap_or(u64::MAX);
        format!(
            "{}: {}, {}, {}, seed {seed}\n\
             {}, corpus {}, last new edge at candidate {}\n\n{}",
            printable(name),
            counted(self.candidates, "candidate"),
            counted(self.executions, "execution"),
            counted(self.transactions, "transaction"),
            counted(self.edges, "edge"),
            number(corpus),
            number(self.last_edge_at),
            table.aligned(),
        )
    }
}

impl Finding {
    fn text(&self) -> String {
        let mut text = format!(
            "{} differs from the base world ({})\n",
            printable(&self.world),
            self.about
        );
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "  cut down from {} to {} in {}, with {}",
            counted(self.transactions_before, "transaction"),
            self.transactions,
            counted(self.blocks, "block"),
            counted(self.tries, "try"),
        );
        match &self.place {
            None => text
                .push_str("  it did not show again: the world does not go by the history alone\n"),
            Some(place) => text.push_str(&place.to_string()),
        }
        if let Some(file) = &self.file {
            let _ = writeln!(text, "  written: {}", printable(file));
        }
        if let Some(replay) = &self.replay {
            let _ = writeln!(text, "  replay:  {}", printable(replay));
        }
        text
    }
}

impl fmt::Display for Place {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transaction = self.transaction.map(|number| format!(".{number}"));
        let transaction = transaction.unwrap_or_default();
        let action = self.action.as_deref().unwrap_or("the block's end");
        writeln!(text, "  first at {}{transaction}: {action}", self.block)?;
        writeln!(
            text,
            "  {}:\n    base   {}\n    other  {}",
            self.field,
            printable(&self.base),
            printable(&self.other)
        )?;
        if let Some(call) = &self.call {
            let shown = |call: &Option<String>| call.clone().unwrap_or_else(|| "none".to_string());
            writeln!(
                text,
                "  first host call that differs, number {}:\n    base   {}\n    other  {}",
                call.position + 1,
                shown(&call.base),
                shown(&call.other)
            )?;
        }
        if let Some(segment) = &self.segment {
            writeln!(text, "  {}", printable(&segment.to_string()))?;
        }
        if let Some(result) = &self.result {
            writeln!(text, "  {}", printable(&result.to_string()))?;
        }
        Ok(())
    }
}
