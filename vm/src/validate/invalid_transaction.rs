//! The reasons for which a transaction cannot be included, and their numbers.

use thiserror::Error;

/// Why a transaction cannot be included. It had no effect.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidTransaction {
    /// Its encoding is too long.
    #[error("the transaction has {actual} bytes and the limit is {limit}; send less code or input")]
    TooLong {
        /// The most bytes.
        limit: u32,
        /// Its bytes.
        actual: u64,
    },
    /// It is meant for another chain.
    #[error("the transaction is for chain {actual} and this is chain {expected}; sign it anew")]
    WrongChain {
        /// This chain.
        expected: u64,
        /// The transaction's chain.
        actual: u64,
    },
    /// The input of its call is too long.
    #[error("the input has {actual} bytes and the limit is {limit}; split the call")]
    InputTooLong {
        /// The most bytes.
        limit: u32,
        /// Its bytes.
        actual: u64,
    },
    /// The name of its method is too long.
    #[error("the method's name has {actual} bytes and the limit is {limit}")]
    MethodTooLong {
        /// The most bytes.
        limit: u32,
        /// Its bytes.
        actual: u64,
    },
    /// Its call names a method that only the machine calls.
    #[error(
        "`init` and `upgraded` run only when a contract is made or upgraded; call another method"
    )]
    ReservedMethod,
    /// It asks for more gas than any transaction may.
    #[error("the gas limit is {actual} and at most {limit} is allowed; ask for less")]
    GasLimitTooHigh {
        /// The most gas.
        limit: u64,
        /// Its gas limit.
        actual: u64,
    },
    /// Its gas limit does not cover what it costs before anything runs.
    #[error("the gas limit is {actual} and {needed} is needed before anything runs; ask for more")]
    GasLimitTooLow {
        /// The intrinsic gas.
        needed: u64,
        /// Its gas limit.
        actual: u64,
    },
    /// Its gas limit does not fit into the rest of the block.
    #[error("the gas limit is {wanted} and the block has {left} gas left; try the next block")]
    BlockFull {
        /// The gas left in the block.
        left: u64,
        /// Its gas limit.
        wanted: u64,
    },
    /// The sender did not sign it.
    #[error("the signature is not the sender's; sign exactly `Transaction::signing_bytes`")]
    BadSignature,
    /// The sender is a contract.
    #[error("the sender is a contract, and a contract cannot send transactions")]
    SenderIsContract,
    /// It is not the sender's next transaction.
    #[error("the nonce is {actual} and the sender's next is {expected}")]
    WrongNonce {
        /// The sender's next nonce.
        expected: u64,
        /// The transaction's nonce.
        actual: u64,
    },
    /// The sender has used up all nonces.
    #[error("the sender's nonces are used up; use another account")]
    NonceExhausted,
    /// The sender cannot pay the gas limit and the value.
    #[error("gas limit times price and value come to {needed} and the balance is {balance}")]
    CannotPay {
        /// What must be there, or `u128::MAX` if it is even more.
        needed: u128,
        /// The sender's balance.
        balance: u128,
    },
}

impl InvalidTransaction {
    /// A number for programs; never changes meaning.
    pub const fn code(&self) -> u16 {
        match self {
            InvalidTransaction::TooLong { .. } => 1,
            InvalidTransaction::WrongChain { .. } => 2,
            InvalidTransaction::InputTooLong { .. } => 3,
            InvalidTransaction::MethodTooLong { .. } => 4,
            InvalidTransaction::GasLimitTooHigh { .. } => 5,
            InvalidTransaction::GasLimitTooLow { .. } => 6,
            InvalidTransaction::BlockFull { .. } => 7,
            InvalidTransaction::BadSignature => 8,
            InvalidTransaction::SenderIsContract => 9,
            InvalidTransaction::WrongNonce { .. } => 10,
            InvalidTransaction::NonceExhausted => 11,
            InvalidTransaction::CannotPay { .. } => 12,
            InvalidTransaction::ReservedMethod => 13,
        }
    }
}
