//! Faults in how transactions are settled, hunted by chains.
//!
//! The machine's phases have no place where something could be put around them, so what the machine
//! reports of a transaction is changed to what one with the fault would report, in all worlds alike.

use lockstep_abi::AccountId;
use lockstep_cli::{Bytes, Change};
use lockstep_vm::{Account, Action, StateKey};

use super::{Fault, Hunter, Verdict};
use crate::sequence::SequenceJudge;
use crate::sequence::accounts::{AccountChange, Included, Tamper};

/// The faults of this file.
pub fn faults() -> Vec<Fault> {
    vec![
        fault(
            "settle-mints",
            "the fee collector gets one more than the fee",
            |seed, planted| hunter(seed, planted, |included, changes| mint(included, changes)),
        ),
        fault(
            "deposit-refunded-twice",
            "a deposit that is paid back is paid back once more",
            |seed, planted| {
                hunter(seed, planted, |included, changes| {
                    refund_twice(included, changes)
                })
            },
        ),
        fault(
            "fee-to-sender",
            "one of the fee of a transaction that succeeded stays with the sender",
            |seed, planted| {
                hunter(seed, planted, |included, changes| {
                    keep_fee(included, changes)
                })
            },
        ),
        fault(
            "transfer-keeps-value",
            "a transfer's value stays with the sender",
            |seed, planted| {
                hunter(seed, planted, |included, changes| {
                    keep_value(included, changes)
                })
            },
        ),
        fault(
            "failed-pays-value",
            "a failed call's value stays with the contract",
            |seed, planted| hunter(seed, planted, pay_value),
        ),
        fault(
            "failed-keeps-storage",
            "a failed call leaves an entry in the contract's storage",
            |seed, planted| hunter(seed, planted, keep_storage),
        ),
    ]
}

fn fault(name: &'static str, about: &'static str, hunter: fn(u64, bool) -> Hunter) -> Fault {
    Fault {
        name,
        about,
        oracle: "sequence",
        budget: 2_000,
        hunter,
    }
}

/// Judges one chain after the other.
fn hunter(seed: u64, planted: bool, tamper: Tamper) -> Hunter {
    let mut judge = SequenceJudge::tampered(planted.then_some(tamper));
    let mut seed = seed;
    Box::new(move || {
        seed = seed.wrapping_add(1);
        Verdict::of(judge.seed(seed))
    })
}

fn mint(included: &Included<'_>, changes: &mut [Change]) {
    change(changes, &included.collector, |account| account.balance += 1);
}

fn refund_twice(included: &Included<'_>, changes: &mut [Change]) {
    let refunded = included.receipt.deposit_refunded;
    change(changes, &included.transaction.sender, |account| {
        account.balance += refunded;
    });
}

/// The supply is conserved.
fn keep_fee(included: &Included<'_>, changes: &mut [Change]) {
    let receipt = &included.receipt;
    if !receipt.status.is_success() || receipt.fee == 0 {
        return;
    }
    change(changes, &included.collector, |account| account.balance -= 1);
    change(changes, &included.transaction.sender, |account| {
        account.balance += 1;
    });
}

/// The supply is conserved.
fn keep_value(included: &Included<'_>, changes: &mut [Change]) {
    let Action::Transfer { to, value } = &included.transaction.action else {
        return;
    };
    if !included.receipt.status.is_success() {
        return;
    }
    change(changes, to, |account| account.balance -= value);
    change(changes, &included.transaction.sender, |account| {
        account.balance += value;
    });
}

/// The supply is conserved.
fn pay_value(included: &Included<'_>, changes: &mut Vec<Change>) {
    let Action::Call {
        contract, value, ..
    } = &included.transaction.action
    else {
        return;
    };
    if included.receipt.status.is_success() || *value == 0 {
        return;
    }
    change(changes, &included.transaction.sender, |account| {
        account.balance -= value;
    });
    let after = Account {
        balance: *value,
        ..Account::default()
    };
    let paid = AccountChange {
        id: *contract,
        before: Account::default(),
        after,
    };
    changes.push(paid.reported());
}

fn keep_storage(included: &Included<'_>, changes: &mut Vec<Change>) {
    if let Action::Call { contract, .. } = &included.transaction.action
        && !included.receipt.status.is_success()
    {
        changes.push(Change {
            key: Bytes(StateKey::Storage(*contract, vec![1]).to_bytes()),
            before: None,
            after: Some(Bytes(vec![1])),
        });
    }
}

/// Changes an account once more behind the transaction, where it changed it.
fn change(changes: &mut [Change], of: &AccountId, more: impl Fn(&mut Account)) {
    for change in changes {
        if let Some(mut account) = AccountChange::of(change)
            && account.id == *of
        {
            more(&mut account.after);
            *change = account.reported();
        }
    }
}
