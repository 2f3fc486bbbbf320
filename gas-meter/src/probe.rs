//! Modules for profiling: the metered module with probes, which tell where its gas goes.
//!
//! A profiling module is the one that [`instrument`] makes, with reports added, except that no
//! loop is copied, so that code stands in one place. What is charged up to a host call or the end is
//! the same, so a run uses the same gas and does the same; only one that runs out of gas or traps may
//! do so at another place. A *probe* stands at the beginning of every segment and in front of every
//! operator whose price depends on an operand. It calls the function that the machine has put into
//! the table exported as [`PROBE_EXPORT`], with its number and, at such an operator, the operand;
//! the function gives the operand back. Table, type and export are appended, nothing is renumbered,
//! and neither the calls nor the table cost gas or stack.
//!
//! [`probes`] says what each number stands for: the operators of the segment with their prices.
//! A segment that is begun runs to its end unless it traps, so counting probes counts operators.
//! From the order of the probes follows the call stack, too: see [`SegmentStart`].
//!
//! Another module for looking into the code reports what operators compute: see [`results`].
//!
//! Numbers are given in the order of the functions and of the code, in [`report`] for the code
//! and in `segments` for the meaning; both go through the points of the analysis.

mod results;
mod segments;

use crate::analysis::{Analysis, Event};
use crate::plan::{Action, Insertion, PlanOptions, plan};
use crate::prepared::{InternalError, PrepareError, PreparedModule, assemble, instrument};
use crate::protocol::Protocol;
use crate::rewrite::Probing;
use crate::validate::{ValidModule, validate};
pub use results::{ResultPart, ResultProbe, prepare_with_result_probes, result_probes};

/// The export name of the table through which probes report, in modules for profiling only. Its
/// one element is null until the machine sets it to a function `(operand: i32, number: i32) ->
/// (operand: i32)`.
pub const PROBE_EXPORT: &str = "lockstep.probe";

/// What a probe stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The index of the function it is in, imports counted.
    pub function: u32,
    /// What it reports.
    pub kind: ProbeKind,
}

/// What a probe reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeKind {
    /// A segment begins, and was paid for.
    Segment(Segment),
    /// An operator is about to run that costs so much for each unit of the reported operand, on
    /// top of its price in the segment.
    Operand {
        /// The operator's offset in the uploaded file, in bytes.
        offset: u64,
        /// Gas for one unit: a page or a byte.
        price: u64,
    },
}

/// Operators that run one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// How control gets there.
    pub start: SegmentStart,
    /// Everything in it that costs gas, in the order of the code. A segment that ends with a call
    /// has that call at the end of this list.
    pub prices: Vec<OperatorPrice>,
}

/// How control gets to a segment. This is enough to know the call stack from the order of the
/// reports: `Entry` begins a call; at `AfterCall` every call that began behind the one that waits
/// is over; anything else happens in the call that began last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentStart {
    /// It is the beginning of its function.
    Entry,
    /// It stands behind a call.
    AfterCall {
        /// The number of the probe of the segment that ends with the call.
        waiting: u32,
    },
    /// From within the function.
    Within,
}

/// An operator's price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperatorPrice {
    /// The operator's offset in the uploaded file, in bytes. What entering a function costs
    /// stands at its first operator.
    pub offset: u64,
    /// Its gas, never 0.
    pub gas: u64,
}

impl Segment {
    /// The gas that the segment costs each time it is begun.
    #[must_use]
    pub fn gas(&self) -> u64 {
        self.prices
            .iter()
            .fold(0, |sum, price| sum.saturating_add(price.gas))
    }
}

/// Validates `bytes` and prepares them for profiling.
///
/// # Errors
/// Exactly when [`prepare`](crate::prepare) fails, with the same refusal.
pub fn prepare_with_probes(
    bytes: &[u8],
    protocol: &Protocol,
) -> Result<PreparedModule, PrepareError> {
    instrument_with_probes(&validate(bytes, protocol)?)
}

/// Injects metering and probes into a valid module. The result may be larger than
/// `prepared_bytes_max`; whether the module is accepted is decided without the probes.
///
/// # Errors
/// Exactly when [`instrument`] fails, with the same refusal.
pub fn instrument_with_probes(module: &ValidModule<'_>) -> Result<PreparedModule, PrepareError> {
    instrument(module)?;
    let mut plan = plan(module, PlanOptions { copy_loops: false })?;
    let mut next = 0;
    let mut analyses = module.analyses.iter();
    plan.change_insertions(|insertions| {
        if let Some(analysis) = analyses.next() {
            report(insertions, &analysis, &mut next);
        }
    });
    assemble(module, &plan, Probing::On)
}

/// What the probes of [`instrument_with_probes`] stand for; the position is the number.
///
/// # Errors
/// [`InternalError`] is a mistake in this crate.
pub fn probes(module: &ValidModule<'_>) -> Result<Vec<Probe>, InternalError> {
    segments::probes(module)
}

/// Adds the reports of one function to its insertions, behind everything else that is inserted at the
/// same place: a segment is reported once it is paid for. `next` is the first free number.
fn report(insertions: &mut Vec<Insertion>, analysis: &Analysis<'_>, next: &mut u32) {
    for point in analysis.points {
        let (at, action) = match point.event {
            Event::Pages | Event::Bytes { paid: None } => (point.at, Action::ReportOperand(*next)),
            event if event.begins_segment() => (point.behind, Action::Report(*next)),
            _ => continue,
        };
        *next = next.saturating_add(1);
        let depth = point.depth;
        insertions.push(Insertion { at, depth, action });
    }
    // A stable sort: the order at one place stays, but nothing comes behind what replaces an operator.
    insertions.sort_by_key(|insertion| (insertion.at, insertion.action.replaces().is_some()));
}
