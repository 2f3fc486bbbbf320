//! Phase 4: deposits are brought up to date, the gas that is left is paid back, the rest goes to
//! the fee collector, and the receipt is written.
//!
//! The sum of all balances and deposits is the same after this phase as it was before `charge`.

use lockstep_abi::AccountId;
use lockstep_gas_meter::Protocol;

use crate::block::BlockEnvironment;
use crate::charge::ChargedTransaction;
use crate::deposit::{DepositMoves, settle_deposits};
use crate::execute::Execution;
use crate::fatal::Fatal;
use crate::receipt::Receipt;
use crate::state::State;
use crate::transaction::Transaction;

/// Ends a transaction. The receipt's events are still empty: the journal hands them over when
/// the transaction is closed.
pub(crate) fn settle(
    charged: &ChargedTransaction<'_>,
    mut execution: Execution,
    protocol: &Protocol,
    block: &BlockEnvironment,
    state: &mut dyn State,
) -> Result<Receipt, Fatal> {
    let transaction = charged.transaction;
    let refund = price(transaction, execution.pool.left())?;
    let fee = price(transaction, execution.pool.used().total())?;

    // Paid back first, so that it can pay for deposits.
    credit(&transaction.sender, refund, state)?;
    let mut deposits = DepositMoves::default();
    if execution.status.is_success() {
        let prices = &protocol.schedule.deposit;
        let limit = transaction.deposit_limit;
        match settle_deposits(&transaction.sender, limit, prices, state)? {
            Ok(moves) => deposits = moves,
            Err(status) => {
                state.revert(execution.checkpoint);
                credit(&transaction.sender, refund, state)?;
                execution.status = status;
                execution.output.clear();
            }
        }
    }
    credit(&block.fee_collector, fee, state)?;

    Ok(Receipt {
        status: execution.status,
        gas_used: execution.pool.used(),
        output: execution.output,
        events: Vec::new(),
        deposit_charged: deposits.charged,
        deposit_refunded: deposits.refunded,
        fee,
    })
}

/// What so much gas costs. At most what `charge` took, so it cannot overflow.
fn price(transaction: &Transaction, gas: u64) -> Result<u128, Fatal> {
    u128::from(gas)
        .checked_mul(transaction.gas_price)
        .ok_or_else(|| Fatal::Internal("a valid transaction's fee is over u128"))
}

/// Adds to a balance what `charge` took.
fn credit(id: &AccountId, amount: u128, state: &mut dyn State) -> Result<(), Fatal> {
    let mut account = state.account(id)?;
    account.balance = account
        .balance
        .checked_add(amount)
        .ok_or_else(|| Fatal::Internal("the total supply is over u128"))?;
    state.set_account(id, account)
}
