//! What an included transaction may do to accounts, seen in its receipt and its changes alone.
//!
//! All worlds settle in the same way, so comparing them does not show a machine that settles wrongly.
//! Whatever a transaction does, nothing is made and nothing is burnt: the balances and deposits of the
//! accounts that it changed come to the same before and after. No program pays a person, so what the
//! sender, the fee collector and whom a transfer goes to have behind it is known to the last unit.
//! Of one that failed nothing is left but the sender's nonce and a fee that went from the sender to the
//! fee collector.

use lockstep_abi::AccountId;
use lockstep_cli::{Bytes, Change, Ending, Execution, History};
use lockstep_gas_meter::{DepositPrices, Protocol};
use lockstep_vm::{Account, Action, Receipt, StateKey, Transaction};
use parity_scale_codec::{DecodeAll as _, Encode as _};

use crate::oracles::Finding;

/// A transaction that was included.
pub(crate) struct Included<'t> {
    /// What was asked for.
    pub(crate) transaction: &'t Transaction,
    /// Who gets the fee.
    pub(crate) collector: AccountId,
    /// What came of it.
    pub(crate) receipt: Receipt,
}

/// An account that a transaction changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AccountChange {
    /// Whose.
    pub(crate) id: AccountId,
    /// Before the transaction.
    pub(crate) before: Account,
    /// After it.
    pub(crate) after: Account,
}

/// Changes what is reported of a transaction, as a machine with a fault would.
pub(crate) type Tamper = fn(&Included<'_>, &mut Vec<Change>);

/// Judges every included transaction of an execution.
pub(super) fn check(history: &History, execution: &mut Execution) -> Result<(), Finding> {
    for_each(history, execution, |included, changes| {
        check_one(included, changes)
    })
}

/// Changes what is reported of every included transaction.
pub(super) fn tamper(
    history: &History,
    execution: &mut Execution,
    with: Tamper,
) -> Result<(), Finding> {
    for_each(history, execution, |included, changes| {
        with(included, changes);
        Ok(())
    })
}

fn for_each(
    history: &History,
    execution: &mut Execution,
    act: impl Fn(&Included<'_>, &mut Vec<Change>) -> Result<(), Finding>,
) -> Result<(), Finding> {
    let blocks = history.blocks[history.blocks_before_start()..].iter();
    for (number, (block, outcome)) in blocks.zip(&mut execution.blocks).enumerate() {
        let transactions = block.transactions.iter().zip(&mut outcome.transactions);
        for (position, (signed, outcome)) in transactions.enumerate() {
            let Ending::Included { receipt, changes } = &mut outcome.ending else {
                continue;
            };
            let receipt = Receipt::from_bytes(&receipt.0).map_err(|error| error.to_string())?;
            let included = Included {
                transaction: &signed.transaction,
                collector: history.genesis.fee_collector,
                receipt,
            };
            let place = |what| format!("{what}, in transaction {position} of block {number}");
            act(&included, changes).map_err(place)?;
        }
    }
    Ok(())
}

fn check_one(included: &Included<'_>, changes: &[Change]) -> Result<(), Finding> {
    let accounts: Vec<AccountChange> = changes.iter().filter_map(AccountChange::of).collect();
    let total = |of: fn(&AccountChange) -> &Account| -> (u128, u128) {
        let accounts = accounts.iter().map(of);
        let balances = accounts.clone().map(|account| account.balance).sum();
        (balances, accounts.map(deposit).sum())
    };
    let (balances, deposits) = total(|change| &change.before);
    let (balances_after, deposits_after) = total(|change| &change.after);
    let (supply, after) = (balances + deposits, balances_after + deposits_after);
    if supply != after {
        return Err(format!("supply: {supply} became {after}"));
    }
    let receipt = &included.receipt;
    let (charged, refunded) = (receipt.deposit_charged, receipt.deposit_refunded);
    if deposits + charged != deposits_after + refunded {
        let told = format!("with {charged} paid in and {refunded} paid back");
        return Err(format!(
            "deposit: {deposits} became {deposits_after} {told}"
        ));
    }
    for change in &accounts {
        check_account(included, change)?;
    }
    let sender = included.transaction.sender;
    if accounts.iter().all(|change| change.id != sender) {
        return Err(format!("nonce: of {sender} it stays"));
    }
    let gas = u128::from(receipt.gas_used.total());
    if receipt.fee != gas * included.transaction.gas_price {
        return Err(format!("fee: it is {} for {gas} gas", receipt.fee));
    }
    if !receipt.status.is_success() {
        check_failed(included, (changes, &accounts))?;
    }
    check_moves(included, &accounts)
}

/// The sender pays the fee, the deposits and what the action moves, and is paid deposits back; the
/// collector gets the fee, and whom a transfer goes to its value.
fn check_moves(included: &Included<'_>, accounts: &[AccountChange]) -> Result<(), Finding> {
    let Included {
        transaction,
        collector,
        receipt,
    } = included;
    let value = match receipt.status.is_success() {
        true => transaction.action.value(),
        false => 0,
    };
    let receiver = match &transaction.action {
        Action::Transfer { to, .. } => Some(to),
        _ => None,
    };
    let of = |is_theirs: bool, amount: u128| if is_theirs { amount } else { 0 };
    let sender = &transaction.sender;
    for id in [sender, collector].into_iter().chain(receiver) {
        let got = of(id == collector, receipt.fee)
            + of(id == sender, receipt.deposit_refunded)
            + of(Some(id) == receiver, value);
        let paid = of(id == sender, receipt.fee + receipt.deposit_charged + value);
        let change = accounts.iter().find(|change| change.id == *id);
        let balances = change.map(|change| (change.before.balance, change.after.balance));
        let (before, after) = balances.unwrap_or_default();
        if before + got != after + paid {
            let told = format!("with {got} got and {paid} paid");
            return Err(format!(
                "moves: the balance of {id} goes from {before} to {after} {told}"
            ));
        }
    }
    Ok(())
}

/// The deposit is the price of the storage, and only the sender's nonce moves, by one.
fn check_account(included: &Included<'_>, change: &AccountChange) -> Result<(), Finding> {
    let AccountChange { id, before, after } = change;
    let due = price(after, &Protocol::v1().schedule.deposit);
    if deposit(after) != due {
        return Err(format!(
            "deposit: {after:?} of {id} holds another than {due}"
        ));
    }
    let sent = included.transaction.nonce;
    let expected = match *id == included.transaction.sender {
        true => (sent, sent + 1),
        false => (before.nonce, before.nonce),
    };
    match (before.nonce, after.nonce) == expected {
        true => Ok(()),
        false => Err(format!(
            "nonce: of {id} it goes from {} to {}",
            before.nonce, after.nonce
        )),
    }
}

/// A failed transaction moves its fee and nothing else.
fn check_failed(
    included: &Included<'_>,
    (changes, accounts): (&[Change], &[AccountChange]),
) -> Result<(), Finding> {
    let (sender, collector) = (included.transaction.sender, included.collector);
    let fee = included.receipt.fee;
    if changes.len() != accounts.len() || !included.receipt.events.is_empty() {
        return Err("failed: more than accounts is changed".to_string());
    }
    for AccountChange { id, before, after } in accounts {
        let paid = if *id == sender { fee } else { 0 };
        let got = if *id == collector { fee } else { 0 };
        let is_right = (*id == sender || *id == collector)
            && before.balance + got == after.balance + paid
            && before.contract == after.contract;
        if !is_right {
            return Err(format!("failed: {id} goes from {before:?} to {after:?}"));
        }
    }
    Ok(())
}

/// What an account holds for its storage.
fn deposit(account: &Account) -> u128 {
    let contract = account.contract.as_ref();
    contract.map_or(0, |record| record.deposit)
}

/// What it must hold.
fn price(account: &Account, prices: &DepositPrices) -> u128 {
    account.contract.as_ref().map_or(0, |record| {
        let items = u128::from(record.storage_items) * u128::from(prices.per_item);
        items + u128::from(record.storage_bytes) * u128::from(prices.per_byte)
    })
}

impl AccountChange {
    /// The account of a change; `None` when something else is changed.
    pub(crate) fn of(change: &Change) -> Option<AccountChange> {
        let StateKey::Account(id) = StateKey::from_bytes(&change.key.0)? else {
            return None;
        };
        let account = |bytes: &Option<Bytes>| match bytes {
            Some(bytes) => Account::decode_all(&mut &*bytes.0).ok(),
            None => Some(Account::default()),
        };
        Some(AccountChange {
            id,
            before: account(&change.before)?,
            after: account(&change.after)?,
        })
    }

    /// The change as it is reported.
    pub(crate) fn reported(&self) -> Change {
        Change {
            key: Bytes(StateKey::Account(self.id).to_bytes()),
            before: Some(Bytes(self.before.encode())),
            after: Some(Bytes(self.after.encode())),
        }
    }
}

#[cfg(test)]
mod tests;
