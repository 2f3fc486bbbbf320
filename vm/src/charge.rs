//! Phase 2: the sender pays for all the gas the transaction may use, and its nonce moves on.
//!
//! From here on the transaction is part of the block, whatever happens to it. What is taken here
//! is held outside of any account until `settle` divides it between the sender and the fee
//! collector, so a contract can neither see nor spend it.

use crate::fatal::Fatal;
use crate::gas::{GasBucket, GasPool};
use crate::state::State;
use crate::transaction::Transaction;
use crate::validate::ValidTransaction;

/// A transaction that is paid for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChargedTransaction<'t> {
    pub(crate) transaction: &'t Transaction,
    /// The gas limit, less the intrinsic gas.
    pub(crate) pool: GasPool,
}

/// Takes gas limit times gas price and one nonce from the sender.
pub(crate) fn charge<'t>(
    valid: ValidTransaction<'t>,
    state: &mut dyn State,
) -> Result<ChargedTransaction<'t>, Fatal> {
    let transaction = valid.transaction;
    let mut sender = state.account(&transaction.sender)?;
    sender.nonce = valid.next_nonce;
    sender.balance = sender
        .balance
        .checked_sub(valid.gas_cost)
        .ok_or_else(|| Fatal::Internal("a valid transaction's sender cannot pay"))?;
    state.set_account(&transaction.sender, sender)?;

    let mut pool = GasPool::new(transaction.gas_limit);
    if !pool.take(GasBucket::Intrinsic, valid.intrinsic_gas) {
        return Err(Fatal::Internal(
            "a valid transaction's gas limit is too low",
        ));
    }
    Ok(ChargedTransaction { transaction, pool })
}
