//! What a transaction can do.
//!
//! To add an action, add a variant with the next number, its price in `validate.rs` and its
//! execution in `execute.rs`; a number is never given to another action.

#![expect(
    clippy::as_conversions,
    reason = "the derived encoding writes a variant's number with a cast that fits by construction"
)]

use lockstep_abi::{AccountId, CodeHash};
use parity_scale_codec::{Decode, Encode};

/// What a transaction does, once its sender has paid for the gas.
///
/// Encoded as one byte and then the fields in order; bytes and text carry a compact length.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Action {
    /// Byte 0. Moves balance. Runs no code, also when the receiver is a contract.
    #[codec(index = 0)]
    Transfer {
        /// Who gets it.
        to: AccountId,
        /// How much.
        value: u128,
    },
    /// Byte 1. Stores code for everybody to instantiate.
    #[codec(index = 1)]
    Upload {
        /// The Wasm module.
        code: Vec<u8>,
    },
    /// Byte 2. Makes a contract of uploaded code and runs its `init`.
    #[codec(index = 2)]
    Instantiate {
        /// The code.
        code: CodeHash,
        /// Tells apart contracts of the same creator and code.
        salt: [u8; 32],
        /// The input of `init`.
        input: Vec<u8>,
        /// Balance that the contract is given first.
        value: u128,
    },
    /// Byte 3. Runs a method of a contract.
    #[codec(index = 3)]
    Call {
        /// The contract.
        contract: AccountId,
        /// The name of an exported method, other than `init` and `upgraded`.
        method: String,
        /// The method's input.
        input: Vec<u8>,
        /// Balance that the contract is given first.
        value: u128,
    },
    /// Byte 4. Replaces a contract's code and runs the new code's `upgraded`, if it exports one.
    #[codec(index = 4)]
    Upgrade {
        /// The contract; the sender must be its admin.
        contract: AccountId,
        /// The new code.
        code: CodeHash,
        /// The input of `upgraded`.
        input: Vec<u8>,
    },
}

impl Action {
    /// The balance that moves from the sender with this action.
    pub fn value(&self) -> u128 {
        match self {
            Action::Transfer { value, .. }
            | Action::Instantiate { value, .. }
            | Action::Call { value, .. } => *value,
            Action::Upload { .. } | Action::Upgrade { .. } => 0,
        }
    }
}
