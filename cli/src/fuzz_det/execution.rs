//! What a history came to in one world: everything that two worlds are compared by.
//!
//! Receipts and state are kept as the bytes that the chain commits to. An execution can be written
//! as JSON, because a world may live in another process.

use lockstep_vm::{InvalidTransaction, Observation, Report, StateChange, StateKey};
use parity_scale_codec::Encode;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a history came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    /// The blocks that were finished, in order, and what was run of the one that was not.
    pub blocks: Vec<BlockOutcome>,
    /// Why the machine stopped before the end, if it did. The text is not compared.
    pub fatal: Option<String>,
    /// Whether it stopped because it got no memory. Not compared.
    #[serde(default)]
    pub out_of_memory: bool,
}

/// What a block came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockOutcome {
    /// The block's transactions in order.
    pub transactions: Vec<TransactionOutcome>,
    /// The root of the state after it, empty if it was not finished.
    pub state_root: Bytes,
    /// The root of its receipts, empty if it was not finished.
    pub receipts_root: Bytes,
}

/// What a transaction came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionOutcome {
    /// How it ended.
    pub ending: Ending,
    /// The host calls, where the world has them.
    pub calls: Option<Vec<CallOutcome>>,
    /// The frames that ended, in the order in which they did, where the world has them.
    #[serde(default)]
    pub frames: Option<Vec<FrameOutcome>>,
    /// What a dry run of it said just before, where one was made and said something else.
    #[serde(default)]
    pub dry_run: Option<Ending>,
}

/// How a transaction ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It was not included, for this reason.
    Invalid(String),
    /// It has a receipt.
    Included {
        /// The receipt as [`Receipt::to_bytes`](lockstep_vm::Receipt::to_bytes) encodes it.
        receipt: Bytes,
        /// What it changed, in the order of the machine's report.
        changes: Vec<Change>,
    },
}

/// One entry of the state that a transaction changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The trie's key.
    pub key: Bytes,
    /// The encoded value before, if there was one.
    pub before: Option<Bytes>,
    /// The encoded value after, if there is one. Of code, its length (u64 LE).
    pub after: Option<Bytes>,
}

/// One host call, as in [`Observation`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallOutcome {
    /// How many frames were waiting below.
    pub depth: u32,
    /// The function's index.
    pub function: u8,
    /// The frame's gas after the call.
    pub gas_left: i64,
    /// The size of the guest's memory in pages of 64 KiB.
    pub memory_pages: u32,
    /// The running hash over everything that calls read, were given and wrote.
    pub hash: Bytes,
}

/// What a frame left behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameOutcome {
    /// How many frames were waiting below.
    pub depth: u32,
    /// How many host calls of the transaction were over.
    pub calls_before: usize,
    /// The status's code.
    pub status: u16,
    /// The gas that goes back to the caller.
    pub gas_left: u64,
    /// The size of the guest's memory in pages of 64 KiB.
    pub memory_pages: u32,
    /// Over all of its memory and its mutable globals, whether it trapped or not. Empty when the
    /// segments did not fit, so that there was no instance.
    pub left: Bytes,
    /// The running hash of the host calls, as the last one before left it.
    pub trace: Bytes,
}

/// What was observed of a transaction.
#[derive(Clone, Debug, Default)]
pub(super) struct Observed {
    pub(super) calls: Vec<Observation>,
    pub(super) frames: Vec<FrameOutcome>,
}

/// Bytes, in hexadecimal where they are written as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(deserializer)?;
        hex::decode(text)
            .map(Bytes)
            .map_err(serde::de::Error::custom)
    }
}

impl TransactionOutcome {
    /// What the machine said about a transaction, and what was observed meanwhile.
    pub(super) fn new(
        outcome: &Result<Report, InvalidTransaction>,
        observed: Option<Observed>,
    ) -> TransactionOutcome {
        let (calls, frames) = match observed {
            Some(Observed { calls, frames }) => {
                (Some(calls.iter().map(call).collect()), Some(frames))
            }
            None => (None, None),
        };
        TransactionOutcome {
            ending: Ending::new(outcome),
            calls,
            frames,
            dry_run: None,
        }
    }
}

impl Ending {
    /// What the machine said about a transaction.
    pub(super) fn new(outcome: &Result<Report, InvalidTransaction>) -> Ending {
        match outcome {
            Ok(report) => Ending::Included {
                receipt: Bytes(report.receipt.to_bytes()),
                changes: report.changes.iter().map(change).collect(),
            },
            Err(reason) => Ending::Invalid(reason.to_string()),
        }
    }
}

fn change(change: &StateChange) -> Change {
    let bytes = |value: &Option<Vec<u8>>| value.clone().map(Bytes);
    match change {
        StateChange::Account { id, before, after } => Change {
            key: Bytes(StateKey::Account(*id).to_bytes()),
            before: Some(Bytes(before.encode())),
            after: Some(Bytes(after.encode())),
        },
        StateChange::Storage {
            contract,
            key,
            before,
            after,
        } => Change {
            key: Bytes(StateKey::Storage(*contract, key.clone()).to_bytes()),
            before: bytes(before),
            after: bytes(after),
        },
        StateChange::Code { hash, length } => Change {
            key: Bytes(StateKey::Code(*hash).to_bytes()),
            before: None,
            after: Some(Bytes(length.to_le_bytes().to_vec())),
        },
    }
}

fn call(call: &Observation) -> CallOutcome {
    CallOutcome {
        depth: call.depth,
        function: call.function.index(),
        gas_left: call.gas_left,
        memory_pages: call.memory_pages,
        hash: Bytes(call.hash.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        BlockOutcome, Bytes, CallOutcome, Change, Ending, Execution, FrameOutcome,
        TransactionOutcome,
    };

    #[test]
    fn an_execution_survives_the_way_over_a_pipe() {
        let included = Ending::Included {
            receipt: Bytes(vec![0, 255]),
            changes: vec![Change {
                key: Bytes(vec![1]),
                before: None,
                after: Some(Bytes(vec![])),
            }],
        };
        let call = CallOutcome {
            depth: 1,
            function: 2,
            gas_left: -3,
            memory_pages: 4,
            hash: Bytes(vec![5; 32]),
        };
        let frame = FrameOutcome {
            depth: 1,
            calls_before: 2,
            status: 3,
            gas_left: 4,
            memory_pages: 5,
            left: Bytes(vec![6; 32]),
            trace: Bytes(vec![7; 32]),
        };
        let execution = Execution {
            blocks: vec![BlockOutcome {
                transactions: vec![
                    TransactionOutcome {
                        ending: included,
                        calls: Some(vec![call]),
                        frames: Some(vec![frame]),
                        dry_run: Some(Ending::Invalid("it said".to_string())),
                    },
                    TransactionOutcome {
                        ending: Ending::Invalid("reason".to_string()),
                        calls: None,
                        frames: None,
                        dry_run: None,
                    },
                ],
                state_root: Bytes(vec![7; 32]),
                receipts_root: Bytes(vec![8; 32]),
            }],
            fatal: Some("stopped".to_string()),
            out_of_memory: true,
        };
        let text = serde_json::to_string(&execution).expect("it serialises");
        assert_eq!(
            serde_json::from_str::<Execution>(&text).expect("it reads"),
            execution
        );
    }
}
