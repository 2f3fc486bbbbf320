//! Faults in the state below the machine, and in what the host asks of it, hunted by programs on a
//! watched state.

mod faulty;
mod lingering;

use super::{Fault, Hunter, Verdict};
use crate::generators::Rng;
use crate::message::{CONTRACTS, InBlock, Messages, Wrap};
use crate::script::top_message;
use faulty::Kind;
use lingering::Lingering;

/// The faults of this file that are the state's own.
pub fn faults() -> Vec<Fault> {
    vec![
        fault(
            "failed-frame-keeps-write",
            "the last write before a revert stays",
            "no trace",
            |seed, planted| hunter(seed, planted, Kind::KeepsWrite),
        ),
        fault(
            "failed-frame-keeps-event",
            "an event of a failed frame stays",
            "no trace",
            |seed, planted| hunter(seed, planted, Kind::KeepsEvent),
        ),
        fault(
            "event-of-before",
            "an event is the one before it once more",
            "no trace",
            |seed, planted| hunter(seed, planted, Kind::StaleEvent),
        ),
        fault(
            "failed-frame-keeps-transient",
            "the last write to transient storage before a revert stays",
            "no trace",
            |seed, planted| hunter(seed, planted, Kind::KeepsTransient),
        ),
        fault(
            "supply-not-conserved",
            "a transfer of 50 or more gives one too many",
            "supply",
            |seed, planted| hunter(seed, planted, Kind::Mints),
        ),
        fault(
            "storage-of-another",
            "a key that is not there is looked up in another contract",
            "capability",
            |seed, planted| hunter(seed, planted, Kind::Leaks),
        ),
        fault(
            "code-under-another-hash",
            "under the hash of one code another is found",
            "capability",
            |seed, planted| hunter(seed, planted, Kind::CodeUnderAnother),
        ),
        fault(
            "uncounted-bytes",
            "a value of over 30 bytes counts as one of one byte less",
            "no trace",
            |seed, planted| hunter(seed, planted, Kind::Uncounted),
        ),
        fault(
            "scan-skips-first",
            "a scan leaves out the key that it begins at",
            "iteration",
            |seed, planted| hunter(seed, planted, Kind::Skips),
        ),
        fault(
            "scan-back-finds-itself",
            "a scan to the front begins at the key that it is to be before",
            "iteration",
            |seed, planted| hunter(seed, planted, Kind::Repeats),
        ),
    ]
}

/// The faults of this file that show between transactions.
pub fn faults_of_transactions() -> Vec<Fault> {
    vec![
        fault(
            "account-left-out",
            "of the accounts that a transaction changed the last one is not told",
            "told",
            |seed, planted| hunter(seed, planted, Kind::LeavesOut),
        ),
        fault(
            "transient-lingers",
            "transient storage is forgotten with the block, not with the transaction",
            "no trace",
            block_hunter,
        ),
    ]
}

/// The faults of this file that are a host's.
pub fn faults_of_hosts() -> Vec<Fault> {
    vec![
        fault(
            "transfer-from-caller",
            "the contract that called pays what its callee sends",
            "capability",
            |seed, planted| hunter(seed, planted, Kind::CallerPays),
        ),
        fault(
            "upgrade-of-caller",
            "the new code goes to the contract that called",
            "capability",
            |seed, planted| hunter(seed, planted, Kind::CallerUpgrades),
        ),
        fault(
            "code-of-another",
            "a contract that another calls runs another code than its own",
            "capability",
            |seed, planted| hunter(seed, planted, Kind::CodeOfAnother),
        ),
        fault(
            "revert-left-out",
            "what a failed frame did stays, because nobody asks for its revert",
            "asked",
            |seed, planted| hunter(seed, planted, Kind::SwallowsRevert),
        ),
        fault(
            "value-not-moved",
            "a value that is told does not move",
            "asked",
            |seed, planted| hunter(seed, planted, Kind::KeepsValue),
        ),
        fault(
            "transfer-to-sender",
            "whatever moves goes to the sender of the transaction",
            "asked",
            |seed, planted| hunter(seed, planted, Kind::PaysSender),
        ),
        fault(
            "neighbour-key",
            "a value is written at the key beside the one that was named",
            "asked",
            |seed, planted| hunter(seed, planted, Kind::NeighbourKey),
        ),
        fault(
            "remove-says-yes",
            "a removal says that there was a value also when there was none",
            "asked",
            |seed, planted| hunter(seed, planted, Kind::RemoveSaysYes),
        ),
    ]
}

fn fault(
    name: &'static str,
    about: &'static str,
    oracle: &'static str,
    hunter: fn(u64, bool) -> Hunter,
) -> Fault {
    Fault {
        name,
        about,
        oracle,
        budget: 2_000,
        hunter,
    }
}

/// Judges one generated program after the other.
fn hunter(seed: u64, planted: bool, kind: Kind) -> Hunter {
    let mut rng = Rng::new(seed);
    let mut messages = Messages::default();
    Box::new(move || {
        let message = top_message(&mut rng, &CONTRACTS);
        let wrap = planted.then_some(&kind as &dyn Wrap);
        Verdict::of(messages.judge(&message, wrap))
    })
}

/// Judges one generated block after the other.
fn block_hunter(seed: u64, planted: bool) -> Hunter {
    let mut rng = Rng::new(seed);
    let mut messages = Messages::default();
    Box::new(move || {
        let block = InBlock::draw(&mut rng);
        let lingering = planted.then(Lingering::default);
        let wrap = lingering.as_ref().map(|wrap| wrap as &dyn Wrap);
        Verdict::of(messages.judge_block(&block, wrap))
    })
}
