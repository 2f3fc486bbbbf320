//! The refundable deposit for storage.
//!
//! At the end of a successful transaction every contract whose record changed must hold exactly
//! the price of its storage: so much per item and so much per byte of key and value. The
//! transaction's sender pays in what is missing and is paid what is too much, whoever paid it in
//! before. A contract that ended gives back all of it.

use lockstep_abi::AccountId;
use lockstep_gas_meter::DepositPrices;

use crate::account::ContractRecord;
use crate::fatal::Fatal;
use crate::state::State;
use crate::status::Status;

/// What moved between the sender and the deposits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DepositMoves {
    /// From the sender.
    pub(crate) charged: u128,
    /// To the sender.
    pub(crate) refunded: u128,
}

impl DepositMoves {
    /// What the sender pays on balance; 0 when it is paid.
    fn net_charge(self) -> u128 {
        self.charged.saturating_sub(self.refunded)
    }
}

/// Brings the deposits of all contracts that the transaction changed up to date.
///
/// Returns the status to fail with when the sender will not or cannot pay; the caller then
/// reverts the transaction's effects, those of this function included.
pub(crate) fn settle_deposits(
    sender: &AccountId,
    limit: u128,
    prices: &DepositPrices,
    state: &mut dyn State,
) -> Result<Result<DepositMoves, Status>, Fatal> {
    let mut moves = DepositMoves::default();
    for (id, before) in state.accounts_before() {
        let held = before.contract.map_or(0, |record| record.deposit);
        let due = update_record(&id, prices, state)?;
        let (field, change) = if due > held {
            (&mut moves.charged, due.abs_diff(held))
        } else {
            (&mut moves.refunded, held.abs_diff(due))
        };
        *field = field.checked_add(change).ok_or(OUT_OF_RANGE)?;
    }
    if moves.net_charge() > limit {
        return Ok(Err(Status::DepositOverLimit));
    }
    let mut account = state.account(sender)?;
    let with_refund = account
        .balance
        .checked_add(moves.refunded)
        .ok_or(OUT_OF_RANGE)?;
    match with_refund.checked_sub(moves.charged) {
        Some(rest) => {
            account.balance = rest;
            state.set_account(sender, account)?;
            Ok(Ok(moves))
        }
        None => Ok(Err(Status::DepositUnaffordable)),
    }
}

/// Writes what is due for an account's storage into its record and returns it; 0 for an account
/// that is no contract.
fn update_record(
    id: &AccountId,
    prices: &DepositPrices,
    state: &mut dyn State,
) -> Result<u128, Fatal> {
    let mut account = state.account(id)?;
    let Some(record) = account.contract.as_mut() else {
        return Ok(0);
    };
    let due = price(record, prices).ok_or(OUT_OF_RANGE)?;
    record.deposit = due;
    state.set_account(id, account)?;
    Ok(due)
}

/// Items and bytes times their prices. Two products of 64-bit numbers fit into 128 bits, so
/// this is never `None`.
fn price(record: &ContractRecord, prices: &DepositPrices) -> Option<u128> {
    let items = u128::from(record.storage_items).checked_mul(u128::from(prices.per_item))?;
    let bytes = u128::from(record.storage_bytes).checked_mul(u128::from(prices.per_byte))?;
    items.checked_add(bytes)
}

const OUT_OF_RANGE: Fatal = Fatal::Internal("a storage deposit is out of range");
