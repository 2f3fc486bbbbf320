//! Changes that are made up, and what is found in them.

use lockstep_abi::{AccountId, CodeHash};
use lockstep_cli::{Bytes, Change};
use lockstep_gas_meter::Protocol;
use lockstep_vm::{
    Account, Action, ContractRecord, Event, GasUsed, Receipt, StateKey, Status, Transaction,
};

use super::{AccountChange, Included, check_one, price};

const SENDER: AccountId = AccountId([1; 32]);
const COLLECTOR: AccountId = AccountId([2; 32]);
const CONTRACT: AccountId = AccountId([3; 32]);
const FEE: u128 = 2_000;

fn transaction() -> Transaction {
    Transaction {
        chain_id: 1,
        sender: SENDER,
        nonce: 4,
        gas_limit: 5_000,
        gas_price: 2,
        deposit_limit: u128::MAX,
        action: call(),
    }
}

/// A call with a value of 30.
fn call() -> Action {
    Action::Call {
        contract: CONTRACT,
        method: "run".to_string(),
        input: Vec::new(),
        value: 30,
    }
}

fn receipt(status: Status) -> Receipt {
    Receipt {
        status,
        gas_used: GasUsed {
            wasm: 1_000,
            ..GasUsed::default()
        },
        output: Vec::new(),
        events: Vec::new(),
        deposit_charged: 0,
        deposit_refunded: 0,
        fee: FEE,
    }
}

/// An external account.
fn external(nonce: u64, balance: u128) -> Account {
    Account {
        nonce,
        balance,
        contract: None,
    }
}

/// A contract with so many items of 40 bytes, and what it holds for them.
fn contract(items: u64, balance: u128) -> Account {
    let mut account = Account {
        contract: Some(ContractRecord {
            storage_items: items,
            storage_bytes: items * 40,
            ..ContractRecord::new(CodeHash([9; 32]), SENDER)
        }),
        ..external(0, balance)
    };
    let due = price(&account, &Protocol::v1().schedule.deposit);
    if let Some(record) = &mut account.contract {
        record.deposit = due;
    }
    account
}

fn change(id: AccountId, before: Account, after: Account) -> AccountChange {
    AccountChange { id, before, after }
}

/// A fee and nothing else: the sender's account, and the fee collector's.
fn paid() -> Vec<AccountChange> {
    vec![
        change(SENDER, external(4, 10_000), external(5, 10_000 - FEE)),
        change(COLLECTOR, external(0, 70), external(0, 70 + FEE)),
    ]
}

/// A fee and a value of 30: the sender's account, the fee collector's, and the contract's.
fn paid_with_value() -> Vec<AccountChange> {
    let mut accounts = paid();
    accounts[0].after.balance -= 30;
    accounts.push(change(CONTRACT, contract(1, 5), contract(1, 35)));
    accounts
}

/// A fee, a value of 30, and a contract that writes: two items where there was one.
fn written() -> (Vec<AccountChange>, Receipt) {
    let (before, after) = (contract(1, 5), contract(2, 35));
    let deposit = super::deposit(&after) - super::deposit(&before);
    let mut accounts = paid();
    accounts[0].before.balance = 1_000_000_000;
    accounts[0].after.balance = 1_000_000_000 - FEE - 30 - deposit;
    accounts.push(change(CONTRACT, before, after));
    let receipt = Receipt {
        deposit_charged: deposit,
        ..receipt(Status::Success)
    };
    (accounts, receipt)
}

fn found_in(receipt: Receipt, changes: &[Change]) -> String {
    found_of(call(), receipt, changes)
}

fn found_of(action: Action, receipt: Receipt, changes: &[Change]) -> String {
    let transaction = Transaction {
        action,
        ..transaction()
    };
    let included = Included {
        transaction: &transaction,
        collector: COLLECTOR,
        receipt,
    };
    check_one(&included, changes).err().unwrap_or_default()
}

fn found(receipt: Receipt, accounts: &[AccountChange]) -> String {
    let changes: Vec<Change> = accounts.iter().map(AccountChange::reported).collect();
    found_in(receipt, &changes)
}

#[track_caller]
fn is_found(kind: &str, finding: &str) {
    assert!(finding.starts_with(kind), "{kind}: {finding:?}");
}

#[test]
fn what_is_right_is_not_found() {
    let (accounts, done) = written();
    assert_eq!(found(done, &accounts), "");
    assert_eq!(found(receipt(Status::Success), &paid_with_value()), "");
    for status in [Status::Reverted, Status::OutOfGas] {
        assert_eq!(found(receipt(status), &paid()), "");
    }
}

#[test]
fn a_balance_that_moves_otherwise_than_told_is_found() {
    let reported = |accounts: &[AccountChange]| -> Vec<Change> {
        accounts.iter().map(AccountChange::reported).collect()
    };
    // From each of the accounts to each other, while the sum stays.
    let transfer = || Action::Transfer {
        to: CONTRACT,
        value: 30,
    };
    for (from, to) in [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)] {
        let mut accounts = paid_with_value();
        let right = found_of(transfer(), receipt(Status::Success), &reported(&accounts));
        assert_eq!(right, "");
        accounts[from].after.balance -= 1;
        accounts[to].after.balance += 1;
        let wrong = found_of(transfer(), receipt(Status::Success), &reported(&accounts));
        is_found("moves: ", &wrong);
        is_found("moves: ", &found(receipt(Status::Success), &accounts));
    }
    // Nothing moves, and nobody is changed but the sender.
    let accounts = change(SENDER, external(4, 10_000), external(5, 10_000));
    let still = found(receipt(Status::Success), &[accounts]);
    is_found("moves: ", &still);
}

#[test]
fn what_a_sender_sends_to_itself_stays() {
    let to_itself = Action::Transfer {
        to: SENDER,
        value: 30,
    };
    let changes: Vec<Change> = paid().iter().map(AccountChange::reported).collect();
    let found = found_of(to_itself, receipt(Status::Success), &changes);
    assert_eq!(found, "");
}

#[test]
fn a_sender_may_be_the_fee_collector() {
    let transaction = transaction();
    let included = Included {
        transaction: &transaction,
        collector: SENDER,
        receipt: receipt(Status::Reverted),
    };
    let accounts = change(SENDER, external(4, 10), external(5, 10));
    assert_eq!(check_one(&included, &[accounts.reported()]), Ok(()));
}

#[test]
fn what_is_made_or_burnt_is_found() {
    for number in 0..3 {
        for more in [true, false] {
            let (mut accounts, done) = written();
            let balance = &mut accounts[number].after.balance;
            *balance = if more { *balance + 1 } else { *balance - 1 };
            is_found("supply: ", &found(done, &accounts));
        }
    }
    let (mut accounts, done) = written();
    accounts[2].after = contract(3, 35);
    is_found("supply: ", &found(done, &accounts));
}

#[test]
fn a_deposit_that_is_not_the_price_or_not_in_the_receipt_is_found() {
    let (mut accounts, mut done) = written();
    if let Some(record) = &mut accounts[2].after.contract {
        record.deposit += 1;
    }
    accounts[0].after.balance -= 1;
    done.deposit_charged += 1;
    is_found("deposit: ", &found(done, &accounts));

    let (accounts, mut done) = written();
    done.deposit_refunded += 1;
    is_found("deposit: ", &found(done, &accounts));
}

#[test]
fn a_nonce_that_does_not_move_by_one_is_found() {
    for nonce in [4, 6] {
        let mut accounts = paid();
        accounts[0].after.nonce = nonce;
        is_found("nonce: ", &found(receipt(Status::Success), &accounts));
    }
    let mut accounts = paid();
    accounts[1].after.nonce = 1;
    is_found("nonce: ", &found(receipt(Status::Success), &accounts));
    is_found("nonce: ", &found(receipt(Status::Reverted), &[]));
}

#[test]
fn a_fee_that_is_not_the_price_of_the_gas_is_found() {
    let done = Receipt {
        fee: FEE + 1,
        ..receipt(Status::Success)
    };
    is_found("fee: ", &found(done, &paid()));
}

#[test]
fn whatever_a_failed_transaction_leaves_but_its_fee_is_found() {
    let failed = || receipt(Status::Reverted);
    let mut accounts = paid();
    accounts[0].after.balance -= 30;
    accounts.push(change(CONTRACT, contract(1, 5), contract(1, 35)));
    is_found("failed: ", &found(failed(), &accounts));

    let mut accounts = paid();
    accounts[0].after.balance += 1;
    accounts[1].after.balance -= 1;
    is_found("failed: ", &found(failed(), &accounts));

    let mut accounts = paid();
    accounts[1].after.contract = Some(ContractRecord::new(CodeHash([9; 32]), SENDER));
    is_found("failed: ", &found(failed(), &accounts));

    let mut changes: Vec<Change> = paid().iter().map(AccountChange::reported).collect();
    changes.push(Change {
        key: Bytes(StateKey::Storage(CONTRACT, b"key".to_vec()).to_bytes()),
        before: None,
        after: Some(Bytes(vec![1])),
    });
    is_found("failed: ", &found_in(failed(), &changes));

    let event = Event {
        contract: CONTRACT,
        topics: Vec::new(),
        data: Vec::new(),
    };
    let told = Receipt {
        events: vec![event],
        ..failed()
    };
    is_found("failed: ", &found(told, &paid()));
}
