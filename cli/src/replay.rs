//! Replaying a bundle: what it holds, and whether the same comes out.
//!
//! The document tells what the bundle claims; the verdict says whether the replay confirmed all of
//! it. A replay that comes out otherwise is told by its first difference ([`difference`]). On several
//! engines they are compared with each other, too, and where they differ is told first
//! ([`divergence`]).

mod difference;
mod divergence;
mod render;

use lockstep_engines::{SideBySide, SideBySideReplayError};
use lockstep_vm::{Bundle, BundleError, Fatal, Machine, Receipt, ReplayError, receipts_root};
use serde::Serialize;

use crate::exit::Exit;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
pub use difference::ReplayDifference;
pub use divergence::EnginesDifference;
pub(crate) use render::render;

/// The document's schema. It changes when a member changes its meaning or goes away.
pub const REPLAY_SCHEMA: &str = "lockstep.replay/1";

/// A bundle and the verdict on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReplayReport {
    /// [`REPLAY_SCHEMA`].
    pub schema: &'static str,
    /// The file, as the user named it.
    pub file: String,
    /// Its length.
    pub bytes: usize,
    /// The length of the witness in it.
    pub witness_bytes: usize,
    /// The protocol version.
    pub protocol_version: u32,
    /// The hash of the price schedule, in hexadecimal.
    pub schedule_hash: String,
    /// The chain's number.
    pub chain_id: u64,
    /// The root of the state before the first block, in hexadecimal.
    pub state_root_before: String,
    /// The blocks, as the bundle claims them.
    pub blocks: Vec<ReplayBlock>,
    /// `confirmed`, `mismatch`, or `diverged` when the engines came to different results.
    pub verdict: &'static str,
    /// The first thing that came out otherwise than the bundle says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<ReplayDifference>,
    /// The first thing that came out otherwise on another engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub divergence: Option<EnginesDifference>,
    /// The exit code.
    pub exit: u8,
}

/// A block of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReplayBlock {
    /// Its height.
    pub height: u64,
    /// Its time in milliseconds since the Unix epoch.
    pub timestamp_ms: u64,
    /// How many transactions it has.
    pub transactions: usize,
    /// The gas of all of them, by their receipts.
    pub gas_used: u64,
    /// The root over its receipts, in hexadecimal.
    pub receipts_root: String,
    /// The root of the state after it, in hexadecimal.
    pub state_root: String,
}

/// A finished replay.
#[derive(Clone, Debug)]
pub struct FinishedReplay {
    /// The bundle and the verdict.
    pub report: ReplayReport,
    /// The first difference as a problem, if there is one.
    pub problem: Option<Problem>,
    /// How the command ends.
    pub exit: Exit,
}

impl FinishedReplay {
    /// How many transactions the bundle has.
    pub(crate) fn transactions(&self) -> u64 {
        let blocks = self.report.blocks.iter();
        let count: usize = blocks.map(|block| block.transactions).sum();
        u64::try_from(count).unwrap_or(u64::MAX)
    }
}

/// Reads the bytes of a bundle and replays it on a machine. `shown` is how the file is named.
///
/// # Errors
/// When the bytes are no bundle, when it was made by other rules than the machine's or from a
/// state that no chain can have, and when the machine fails.
pub fn replay_bundle(
    bytes: &[u8],
    shown: &str,
    machine: &mut Machine,
) -> Result<FinishedReplay, Failure> {
    let mut nothing_beside = SideBySide::with_machines(Vec::new());
    replay_bundle_on((machine, &mut nothing_beside), bytes, shown)
}

/// As [`replay_bundle`], each transaction also on the machines beside, which must come to the same in
/// all that can be observed.
///
/// # Errors
/// As [`replay_bundle`], when no machine can go on.
pub(crate) fn replay_bundle_on(
    (machine, beside): (&mut Machine, &mut SideBySide),
    bytes: &[u8],
    shown: &str,
) -> Result<FinishedReplay, Failure> {
    let bundle = read(bytes, shown)?;
    let mut report = describe(&bundle, bytes.len(), shown)?;
    let problem = match beside.replay(&bundle, machine) {
        Ok(_) => None,
        Err(SideBySideReplayError::Replay(ReplayError::Diverged(found))) => {
            let (difference, problem) = difference::first(&found);
            report.verdict = "mismatch";
            report.difference = Some(difference);
            Some(problem)
        }
        Err(SideBySideReplayError::Replay(error)) => return Err(refusal(&error)),
        Err(SideBySideReplayError::Diverged { place, divergence }) => {
            let (difference, problem) = divergence::told(place, &divergence, shown);
            report.verdict = "diverged";
            report.divergence = Some(difference);
            Some(problem)
        }
    };
    let exit = match problem {
        None => Exit::Success,
        Some(_) => Exit::Mismatch,
    };
    report.exit = exit.code();
    Ok(FinishedReplay {
        report,
        problem,
        exit,
    })
}

/// The bundle in these bytes.
///
/// # Errors
/// When they are none.
pub(crate) fn read(bytes: &[u8], shown: &str) -> Result<Bundle, Failure> {
    Bundle::from_bytes(bytes).map_err(|error| malformed(&error, shown))
}

/// What a replay's failure means for the user: the first difference, or why it cannot be told.
pub(crate) fn failure(error: &ReplayError) -> Failure {
    match error {
        ReplayError::Diverged(divergence) => {
            Failure::new(Exit::Mismatch, difference::first(divergence).1)
        }
        error => refusal(error),
    }
}

fn describe(bundle: &Bundle, bytes: usize, shown: &str) -> Result<ReplayReport, Failure> {
    let first = bundle.blocks.first();
    let mut blocks = Vec::with_capacity(bundle.blocks.len());
    for block in &bundle.blocks {
        let receipts = block.transactions.iter().map(|(_, receipt)| receipt);
        let receipts: Vec<Receipt> = receipts.cloned().collect();
        let gas = receipts.iter().map(|receipt| receipt.gas_used.total());
        blocks.push(ReplayBlock {
            height: block.environment.height,
            timestamp_ms: block.environment.timestamp_ms,
            transactions: receipts.len(),
            gas_used: gas.fold(0, u64::saturating_add),
            receipts_root: receipts_root(&receipts).map_err(Failure::bug)?.to_string(),
            state_root: block.state_root.to_string(),
        });
    }
    Ok(ReplayReport {
        schema: REPLAY_SCHEMA,
        file: shown.to_string(),
        bytes,
        witness_bytes: bundle.witness.to_bytes().len(),
        protocol_version: bundle.protocol_version,
        schedule_hash: bundle.schedule_hash.to_string(),
        chain_id: first.map_or(0, |block| block.environment.chain_id),
        state_root_before: bundle.state_root.to_string(),
        blocks,
        verdict: "confirmed",
        difference: None,
        divergence: None,
        exit: 0,
    })
}

fn malformed(error: &BundleError, shown: &str) -> Failure {
    let message = format!(
        "{shown} is no bundle that can be read: at byte {}: {}",
        error.offset, error.fault
    );
    let help = "get the file again, or write it anew: lockstep run SCENARIO --bundle FILE.bundle";
    Failure::new(
        Exit::Usage,
        Problem::new(ProblemCode::BundleMalformed, message, help),
    )
}

/// Why a bundle could not be replayed to its end, when it is not that something else came out.
fn refusal(error: &ReplayError) -> Failure {
    let (code, help) = match error {
        ReplayError::ProtocolVersion { .. } => (
            ProblemCode::BundleProtocol,
            "replay it with a program of the bundle's protocol version",
        ),
        ReplayError::Schedule { .. } => (
            ProblemCode::BundleSchedule,
            "replay it with a program that has the bundle's price schedule",
        ),
        ReplayError::Code { .. } | ReplayError::KeyTooLong { .. } | ReplayError::WitnessForm(_) => {
            (
                ProblemCode::BundleState,
                "no chain has such a state; get the bundle from somebody else",
            )
        }
        ReplayError::Stopped {
            error: Fatal::Engine(_),
            ..
        }
        | ReplayError::Diverged(_) => return Failure::bug(error),
        ReplayError::Stopped { .. } => (
            ProblemCode::BundleState,
            "no chain has such a state, unless its machine had a bug; get the bundle from somebody else, or report it with the bundle",
        ),
    };
    let place = match error {
        ReplayError::Stopped {
            place: Some(place), ..
        } => format!("{}: ", difference::place(place)),
        _ => String::new(),
    };
    Failure::new(
        Exit::Usage,
        Problem::new(code, format!("{place}{error}"), help),
    )
}
