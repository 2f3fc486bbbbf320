//! Executing the blocks of a bundle on its witness, and comparing what comes out.
//!
//! The witness is checked against the root before the first block, and from then on stands for the
//! state: a read of what it does not show ends the replay, so that whatever comes out came from
//! the bundle alone. Each block is compared transaction by transaction, receipt by receipt, and at
//! its end by the root of the state. The first difference is told and ends the replay.
//!
//! A bundle may come from anybody. Code in a witness is held against the hash that names it, before
//! the machine could keep it in its cache under that name.

mod open;

use lockstep_abi::{CodeHash, Hash};
use lockstep_state_trie::{Digest, ProofError, Witness};
use thiserror::Error;

use self::open::{check_rules, open};
use crate::block::{Block, BlockBuilder, Report};
use crate::bundle::{Bundle, BundleBlock};
use crate::fatal::Fatal;
use crate::ledger::Ledger;
use crate::machine::Machine;
use crate::observer::Observer;
use crate::receipt::Receipt;
use crate::transaction::SignedTransaction;
use crate::validate::InvalidTransaction;

/// Why a bundle was not confirmed.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// It is of another protocol version than the machine.
    #[error("the bundle is of protocol version {bundle} and the machine of version {machine}")]
    ProtocolVersion {
        /// The bundle's.
        bundle: u32,
        /// The machine's.
        machine: u32,
    },
    /// It was executed at other prices than the machine's.
    #[error("the bundle has the schedule {bundle} and the machine {machine}")]
    Schedule {
        /// The hash of the bundle's schedule.
        bundle: Hash,
        /// That of the machine's.
        machine: Hash,
    },
    /// The witness has code under a hash that is not its own.
    #[error("the witness has code under the hash {stated} whose hash is {computed}")]
    Code {
        /// The hash under which it stands.
        stated: CodeHash,
        /// Its hash.
        computed: CodeHash,
    },
    /// The witness has a key that is longer than any in the state of a chain.
    #[error(
        "the witness has a key of {length} bytes, but no state has a key of more than {length_max}"
    )]
    KeyTooLong {
        /// Its length in bytes.
        length: usize,
        /// The length of the longest key of a contract's storage.
        length_max: usize,
    },
    /// The witness is none, but another kind of proof, or of a root that was not made from a state.
    #[error("the witness cannot be one of a state: {0}")]
    WitnessForm(ProofError),
    /// Something else came out than the bundle says.
    #[error("the replay differs from the bundle")]
    Diverged(Box<Divergence>),
    /// The machine could not go on: the witness holds a state that no chain can have, or the
    /// engine or a store failed.
    #[error("the replay cannot go on: {error}")]
    Stopped {
        /// Where; `None` outside of a block.
        place: Option<ReplayPlace>,
        /// Why.
        error: Fatal,
    },
}

/// A place in a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayPlace {
    /// The height of the block.
    pub height: u64,
    /// The transaction's number in the block, from 1; `None` for the block as a whole.
    pub transaction: Option<usize>,
}

/// The first difference between what a bundle says and what its replay came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// Where it is.
    pub place: ReplayPlace,
    /// What it is.
    pub difference: Difference,
}

/// What differs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one of these, at the end of a replay, and it is boxed"
)]
pub enum Difference {
    /// The witness is of another root than the one that the bundle states before its first block.
    WitnessRoot {
        /// What the bundle states.
        expected: Digest,
        /// What the witness comes to.
        actual: Digest,
    },
    /// The transaction cannot be included.
    NotIncluded(InvalidTransaction),
    /// The transaction came to another receipt.
    Receipt {
        /// The bundle's.
        expected: Receipt,
        /// What came out.
        actual: Receipt,
    },
    /// The block came to another state.
    StateRoot {
        /// The bundle's.
        expected: Digest,
        /// What came out.
        actual: Digest,
    },
    /// The replay needs something of the state that the witness does not show: the witness is
    /// incomplete, or the replay went another way than the execution did.
    NotInWitness {
        /// The key of the trie, as [`StateKey`](crate::StateKey) lays it out.
        key: Vec<u8>,
    },
}

/// What a replay confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// The blocks as they came out, which is as the bundle says.
    pub blocks: Vec<Block>,
    /// The root of the state after the last.
    pub state_root: Digest,
}

/// Executes the blocks of a bundle on its witness alone and compares what comes out with what the
/// bundle says. What the machine's cache holds does not matter.
///
/// # Errors
/// [`ReplayError`] says why the bundle was not confirmed, by the first thing that was found.
pub fn replay(
    bundle: &Bundle,
    machine: &mut Machine,
    observer: &mut dyn Observer,
) -> Result<Replayed, ReplayError> {
    replay_by(bundle, machine, |builder, signed| {
        builder.push(signed, observer)
    })
}

/// What executing a transaction comes to.
type Pushed = Result<Result<Report, InvalidTransaction>, Fatal>;

/// As [`replay`], with each transaction executed by a function, as the next one of the builder's block.
/// Engines are compared so while they replay.
///
/// # Errors
/// As [`replay`]; what the function fails with ends the replay.
pub fn replay_by(
    bundle: &Bundle,
    machine: &mut Machine,
    mut push: impl FnMut(&mut BlockBuilder<'_, Witness>, &SignedTransaction) -> Pushed,
) -> Result<Replayed, ReplayError> {
    check_rules(bundle, machine)?;
    let storage_key_bytes_max = machine.protocol().limits.storage_key_bytes_max;
    let mut witness = open(bundle, storage_key_bytes_max)?;
    let mut blocks = Vec::with_capacity(bundle.blocks.len());
    for block in &bundle.blocks {
        let (finished, ledger) = execute(block, witness, machine, &mut push)?;
        witness = ledger;
        blocks.push(finished);
    }
    Ok(Replayed {
        blocks,
        state_root: witness.root(),
    })
}

/// Executes one block on a ledger, compares it with what it is claimed to come to, and gives the
/// ledger back as it is after it.
pub(crate) fn execute<L: Ledger>(
    block: &BundleBlock,
    ledger: L,
    machine: &mut Machine,
    push: &mut impl FnMut(&mut BlockBuilder<'_, L>, &SignedTransaction) -> Pushed,
) -> Result<(Block, L), ReplayError> {
    let height = block.environment.height;
    let mut builder = BlockBuilder::new(machine, ledger, block.environment.clone());
    for (number, (signed, expected)) in (1..).zip(&block.transactions) {
        let place = ReplayPlace {
            height,
            transaction: Some(number),
        };
        let pushed = push(&mut builder, signed);
        match pushed.map_err(|error| stopped(place, error))? {
            Err(reason) => return Err(diverged(place, Difference::NotIncluded(reason))),
            Ok(report) if report.receipt != *expected => {
                let difference = Difference::Receipt {
                    expected: expected.clone(),
                    actual: report.receipt,
                };
                return Err(diverged(place, difference));
            }
            Ok(_) => {}
        }
    }
    let place = ReplayPlace {
        height,
        transaction: None,
    };
    let finished = builder.finish_with_ledger();
    let (finished, ledger) = finished.map_err(|error| stopped(place, error))?;
    if finished.state_root != block.state_root {
        let difference = Difference::StateRoot {
            expected: block.state_root,
            actual: finished.state_root,
        };
        return Err(diverged(place, difference));
    }
    Ok((finished, ledger))
}

fn diverged(place: ReplayPlace, difference: Difference) -> ReplayError {
    ReplayError::Diverged(Box::new(Divergence { place, difference }))
}

fn stopped(place: ReplayPlace, error: Fatal) -> ReplayError {
    match error {
        Fatal::NotInWitness { key } => diverged(place, Difference::NotInWitness { key }),
        error => ReplayError::Stopped {
            place: Some(place),
            error,
        },
    }
}

impl ReplayError {
    /// A failure of the store outside of a block.
    pub(crate) fn store(error: Fatal) -> ReplayError {
        ReplayError::Stopped { place: None, error }
    }
}
