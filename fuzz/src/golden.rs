//! What the first chains of [`sequence`](crate::sequence) come to, in a committed file: every build on
//! every machine must come to the same.
//!
//! The file has a line for each chain: its seed, how many transactions it has and how many were
//! included, the gas that these used, the state root at its end, and a digest over everything that is
//! compared between worlds. A test holds a build for tests against it; the program `chains` prints the
//! lines of any other build, and writes the chains as bundles that `lockstep replay` executes.

use std::fmt::Write as _;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use blake2::{Blake2b256, Digest as _};
use lockstep_cli::{
    BlockOutcome, Bytes, CallOutcome, Change, Ending, Execution, FrameOutcome, History, Manner,
    Performed, TransactionOutcome, Watch, base_engine, bundle_of, perform,
};
use lockstep_gas_meter::Protocol;
use lockstep_vm::{Machine, Receipt};
use parity_scale_codec::Encode;

use crate::generators::Rng;
use crate::oracles::Finding;
use crate::sequence::sequence;

/// The seeds of the chains.
pub const SEEDS: RangeInclusive<u64> = 1..=30;

/// A chain and what it came to.
pub struct GoldenChain {
    seed: u64,
    history: History,
    performed: Performed,
}

/// The committed file.
pub fn golden_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/chains.txt")
}

/// Executes the chains of [`SEEDS`], one after the other.
pub fn golden_chains() -> impl Iterator<Item = GoldenChain> {
    SEEDS.map(GoldenChain::execute)
}

/// What the file must hold.
///
/// # Errors
/// When a chain stops the machine.
pub fn golden_text() -> Result<String, Finding> {
    golden_chains().map(|chain| chain.line()).collect()
}

fn machine() -> Machine {
    Machine::new(Protocol::v1(), base_engine()())
}

impl GoldenChain {
    fn execute(seed: u64) -> GoldenChain {
        let history = sequence(&mut Rng::new(seed));
        let performed = perform(&history, machine(), Manner::Observed, Watch::Calls);
        GoldenChain {
            seed,
            history,
            performed,
        }
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Its line in the file, with the end of the line.
    ///
    /// # Errors
    /// When it stopped the machine.
    pub fn line(&self) -> Result<String, Finding> {
        let execution = &self.performed.execution;
        if let Some(reason) = &execution.fatal {
            return Err(format!("seed {}: the machine stops: {reason}", self.seed));
        }
        let (mut transactions, mut included, mut gas) = (0_u32, 0_u32, 0_u128);
        for done in execution
            .blocks
            .iter()
            .flat_map(|block| &block.transactions)
        {
            transactions += 1;
            if let Ending::Included { receipt, .. } = &done.ending {
                let receipt = Receipt::from_bytes(&receipt.0).map_err(|error| error.to_string())?;
                included += 1;
                gas += u128::from(receipt.gas_used.total());
            }
        }
        let root = execution.blocks.last().map(|block| &block.state_root);
        Ok(format!(
            "seed={} transactions={transactions} included={included} gas={gas} root={} digest={}\n",
            self.seed,
            root.map(|root| hexadecimal(&root.0)).unwrap_or_default(),
            hexadecimal(&Blake2b256::digest(encoded(execution))),
        ))
    }

    /// The chain with its receipts and roots as a file that `lockstep replay` executes.
    ///
    /// # Errors
    /// When it cannot be had.
    pub fn bundle(&self) -> Result<Vec<u8>, Finding> {
        let bundle = bundle_of(&self.history, &self.performed, &mut machine())?;
        let bundle = bundle.ok_or_else(|| format!("seed {}: it has no block", self.seed))?;
        bundle.to_bytes().map_err(|error| error.to_string())
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// All of an execution that two worlds are compared by, but the words of what was not included, in an
/// encoding that has one reading.
fn encoded(execution: &Execution) -> Vec<u8> {
    let blocks = execution.blocks.iter().map(block);
    blocks.collect::<Vec<_>>().encode()
}

fn block(block: &BlockOutcome) -> Vec<u8> {
    let transactions = block.transactions.iter().map(transaction);
    let transactions: Vec<Vec<u8>> = transactions.collect();
    (transactions, &block.state_root.0, &block.receipts_root.0).encode()
}

fn transaction(done: &TransactionOutcome) -> Vec<u8> {
    let ending = match &done.ending {
        Ending::Invalid(_) => None,
        Ending::Included { receipt, changes } => {
            let changes: Vec<_> = changes.iter().map(change).collect();
            Some((&receipt.0, changes))
        }
    };
    let calls = done.calls.iter().flatten().map(call);
    let frames = done.frames.iter().flatten().map(frame);
    let (calls, frames): (Vec<Vec<u8>>, Vec<Vec<u8>>) = (calls.collect(), frames.collect());
    (ending, calls, frames).encode()
}

fn change(change: &Change) -> Vec<u8> {
    let bytes = |value: &Option<Bytes>| value.as_ref().map(|value| value.0.clone());
    (&change.key.0, bytes(&change.before), bytes(&change.after)).encode()
}

fn call(call: &CallOutcome) -> Vec<u8> {
    let place = (call.depth, call.function, call.gas_left, call.memory_pages);
    (place, &call.hash.0).encode()
}

fn frame(frame: &FrameOutcome) -> Vec<u8> {
    let place = (frame.depth, frame.calls_before as u64, frame.status);
    let left = (frame.gas_left, frame.memory_pages);
    (place, left, &frame.left.0, &frame.trace.0).encode()
}
