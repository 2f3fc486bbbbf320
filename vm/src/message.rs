//! What a message asks for and what comes back.
//!
//! A message is one entry into a contract: a transaction's own, or one contract's call of
//! another. [`run_message`](crate::run_message) executes it.

use lockstep_abi::{AccountId, CodeHash};

use crate::status::Status;

/// What to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A method of a contract.
    Call {
        /// The contract.
        contract: AccountId,
        /// The exported method.
        method: String,
    },
    /// A method of some code, on the storage and balance of the contract that asks.
    Delegate {
        /// The contract that asks.
        contract: AccountId,
        /// The code.
        code: CodeHash,
        /// The exported method.
        method: String,
    },
    /// A new contract, whose creator is the message's caller, and its `init`.
    Instantiate {
        /// The code.
        code: CodeHash,
        /// Tells apart contracts of the same creator and code.
        salt: [u8; 32],
    },
    /// Other code for a contract, and that code's `upgraded`.
    Upgrade {
        /// The contract.
        contract: AccountId,
        /// The new code.
        code: CodeHash,
    },
}

/// One entry into a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What to run.
    pub target: Target,
    /// Who the frame sees as its caller. For a delegate call this is the caller of the frame
    /// that asks.
    pub caller: AccountId,
    /// What the frame sees as its value. Moved from the caller to the contract for
    /// [`Target::Call`] and [`Target::Instantiate`]; a delegate call only shows the value of the
    /// frame that asks, and an upgrade carries none.
    pub value: u128,
    /// The input, at most the limit for inputs; whoever makes the message checks that.
    pub input: Vec<u8>,
    /// The gas it may use.
    pub gas: u64,
    /// The stack slots it may use.
    pub stack_slots: u32,
    /// Whether it must leave everything as it is.
    pub read_only: bool,
}

/// How a message ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameOutcome {
    /// Its status. For every status but [`Status::Success`] nothing the message did remains.
    pub status: Status,
    /// The output, the error of a revert, the message of a panic, or nothing.
    pub output: Vec<u8>,
    /// The gas that goes back; 0 after a trap.
    pub gas_left: u64,
    /// The contract that the message entered, made or upgraded, once it was known.
    pub contract: Option<AccountId>,
}
