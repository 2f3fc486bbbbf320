//! Phase 1: may this transaction be included at all?
//!
//! What fails here leaves no trace: no receipt, no fee, no nonce used. So everything that can be
//! known without running anything is checked here, which spares senders fees for transactions
//! that could not have worked. The checks that need no state come first, then the signature,
//! then the sender's account.

use lockstep_gas_meter::{Protocol, TransactionPrices};
use parity_scale_codec::Encode;
use thiserror::Error;

use crate::action::Action;
use crate::block::BlockEnvironment;
use crate::fatal::Fatal;
use crate::frame::is_reserved;
use crate::state::State;
use crate::transaction::{SignedTransaction, Transaction};

/// Why a transaction cannot be included. It had no effect.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
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

/// A transaction that this phase let through. The next phase takes nothing else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ValidTransaction<'t> {
    pub(crate) transaction: &'t Transaction,
    /// What it costs before anything runs; at most its gas limit.
    pub(crate) intrinsic_gas: u64,
    /// Gas limit times gas price; at most the sender's balance.
    pub(crate) gas_cost: u128,
    /// The sender's nonce after it.
    pub(crate) next_nonce: u64,
}

/// Whether a transaction's signature is still to be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureCheck {
    /// It is.
    Due,
    /// It was found to be the sender's, or does not matter.
    Done,
}

/// Checks a transaction against the protocol, the block and the sender's account.
///
/// `block_gas_left` is what the transactions before it left of the block's gas limit.
pub(crate) fn validate<'t>(
    (signed, signature): (&'t SignedTransaction, SignatureCheck),
    protocol: &Protocol,
    block: &BlockEnvironment,
    block_gas_left: u64,
    state: &mut dyn State,
) -> Result<Result<ValidTransaction<'t>, InvalidTransaction>, Fatal> {
    let intrinsic_gas = match check_form(signed, protocol, block, block_gas_left) {
        Ok(intrinsic_gas) => intrinsic_gas,
        Err(invalid) => return Ok(Err(invalid)),
    };
    if signature == SignatureCheck::Due && !signed.signature_is_valid() {
        return Ok(Err(InvalidTransaction::BadSignature));
    }
    check_account(&signed.transaction, intrinsic_gas, state)
}

/// The checks that need neither state nor cryptography. Returns the intrinsic gas.
fn check_form(
    signed: &SignedTransaction,
    protocol: &Protocol,
    block: &BlockEnvironment,
    block_gas_left: u64,
) -> Result<u64, InvalidTransaction> {
    let transaction = &signed.transaction;
    let limits = &protocol.limits;
    let length = count(signed.encoded_size());
    if length > u64::from(limits.transaction_bytes_max) {
        return Err(InvalidTransaction::TooLong {
            limit: limits.transaction_bytes_max,
            actual: length,
        });
    }
    if transaction.chain_id != block.chain_id {
        return Err(InvalidTransaction::WrongChain {
            expected: block.chain_id,
            actual: transaction.chain_id,
        });
    }
    check_call(
        &transaction.action,
        limits.input_bytes_max,
        limits.method_name_bytes_max,
    )?;
    let actual = transaction.gas_limit;
    if actual > limits.gas_limit_max {
        let limit = limits.gas_limit_max;
        return Err(InvalidTransaction::GasLimitTooHigh { limit, actual });
    }
    let needed = intrinsic_gas(&transaction.action, length, &protocol.schedule.transaction);
    if actual < needed {
        return Err(InvalidTransaction::GasLimitTooLow { needed, actual });
    }
    if actual > block_gas_left {
        return Err(InvalidTransaction::BlockFull {
            left: block_gas_left,
            wanted: actual,
        });
    }
    Ok(needed)
}

/// Checks the parts of a call. Code is bounded where its other violations are found.
fn check_call(action: &Action, input_max: u32, method_max: u32) -> Result<(), InvalidTransaction> {
    let (method, input) = match action {
        Action::Transfer { .. } | Action::Upload { .. } => return Ok(()),
        Action::Call { method, input, .. } => (method.as_str(), input),
        Action::Instantiate { input, .. } | Action::Upgrade { input, .. } => ("", input),
    };
    let actual = count(input.len());
    if actual > u64::from(input_max) {
        let limit = input_max;
        return Err(InvalidTransaction::InputTooLong { limit, actual });
    }
    let actual = count(method.len());
    if actual > u64::from(method_max) {
        let limit = method_max;
        return Err(InvalidTransaction::MethodTooLong { limit, actual });
    }
    if is_reserved(method) {
        return Err(InvalidTransaction::ReservedMethod);
    }
    Ok(())
}

/// What a signed transaction costs before anything runs.
pub(crate) fn intrinsic_gas_of(signed: &SignedTransaction, prices: &TransactionPrices) -> u64 {
    let length = count(signed.encoded_size());
    intrinsic_gas(&signed.transaction.action, length, prices)
}

/// What a transaction costs before anything runs: base, each byte of its encoding, the
/// signature, its action, and each byte of uploaded code. `u64::MAX` when it would be more,
/// which no gas limit covers.
fn intrinsic_gas(action: &Action, length: u64, prices: &TransactionPrices) -> u64 {
    let of_action = match action {
        Action::Transfer { .. } => prices.transfer,
        Action::Upload { code } => prices
            .upload_per_byte
            .saturating_mul(count(code.len()))
            .saturating_add(prices.upload),
        Action::Instantiate { .. } => prices.instantiate,
        Action::Call { .. } => prices.call,
        Action::Upgrade { .. } => prices.upgrade,
    };
    prices
        .per_byte
        .saturating_mul(length)
        .saturating_add(prices.base)
        .saturating_add(prices.signature)
        .saturating_add(of_action)
}

/// The checks of nonce and balance.
pub(crate) fn check_account<'t>(
    transaction: &'t Transaction,
    intrinsic_gas: u64,
    state: &mut dyn State,
) -> Result<Result<ValidTransaction<'t>, InvalidTransaction>, Fatal> {
    let account = state.account(&transaction.sender)?;
    if account.contract.is_some() {
        return Ok(Err(InvalidTransaction::SenderIsContract));
    }
    if account.nonce != transaction.nonce {
        return Ok(Err(InvalidTransaction::WrongNonce {
            expected: account.nonce,
            actual: transaction.nonce,
        }));
    }
    let Some(next_nonce) = account.nonce.checked_add(1) else {
        return Ok(Err(InvalidTransaction::NonceExhausted));
    };
    let gas_cost = u128::from(transaction.gas_limit).checked_mul(transaction.gas_price);
    let needed = gas_cost.and_then(|cost| cost.checked_add(transaction.action.value()));
    match (gas_cost, needed) {
        (Some(gas_cost), Some(needed)) if needed <= account.balance => Ok(Ok(ValidTransaction {
            transaction,
            intrinsic_gas,
            gas_cost,
            next_nonce,
        })),
        _ => Ok(Err(InvalidTransaction::CannotPay {
            needed: needed.unwrap_or(u128::MAX),
            balance: account.balance,
        })),
    }
}

/// A length as a number of fixed width.
fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
