//! Phase 1: may this transaction be included at all?
//!
//! What fails here leaves no trace: no receipt, no fee, no nonce used. It depends on the
//! transaction, the block and the sender's account alone. What depends on other accounts or on code
//! is found out in `execute`, and is paid for. The checks that need no state come first, then the
//! signature, then the sender's account.

mod invalid_transaction;

use lockstep_gas_meter::{Protocol, TransactionPrices};
use parity_scale_codec::Encode;

use crate::action::Action;
use crate::block::BlockEnvironment;
use crate::fatal::Fatal;
use crate::frame::is_reserved;
use crate::state::State;
use crate::transaction::{SignedTransaction, Transaction};

pub use invalid_transaction::InvalidTransaction;

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
