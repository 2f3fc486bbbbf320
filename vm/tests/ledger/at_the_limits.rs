//! A transaction that is exactly as large as a limit allows is included.

use lockstep_abi::{AccountId, CodeHash};
use lockstep_gas_meter::Protocol;
use lockstep_vm::{Action, InvalidTransaction, Receipt, Status, Transaction};
use parity_scale_codec::Encode;

use crate::world::{FUNDS, World, signer, transaction};

/// Nobody.
const CONTRACT: AccountId = AccountId([7; 32]);

fn free(action: Action) -> Transaction {
    let mut transaction = transaction(0, 0, action);
    transaction.gas_limit = Protocol::v1().limits.gas_limit_max;
    transaction.gas_price = 0;
    transaction
}

fn call(method: usize, input: usize) -> Transaction {
    free(Action::Call {
        contract: CONTRACT,
        method: "m".repeat(method),
        input: vec![0; input],
        value: 0,
    })
}

fn bytes(limit: u32) -> usize {
    usize::try_from(limit).unwrap()
}

fn receipt(transaction: Transaction) -> Result<Receipt, InvalidTransaction> {
    let signed = signer(0).sign(transaction);
    World::new().submit(&signed).map(|report| report.receipt)
}

#[test]
fn the_longest_input_and_the_longest_method_are_included() {
    let limits = Protocol::v1().limits;
    let (method, input) = (limits.method_name_bytes_max, limits.input_bytes_max);
    let longest = receipt(call(bytes(method), bytes(input))).unwrap();
    assert_eq!(longest.status, Status::NotAContract);

    let (limit, actual) = (input, u64::from(input) + 1);
    assert_eq!(
        receipt(call(1, bytes(input) + 1)),
        Err(InvalidTransaction::InputTooLong { limit, actual })
    );
    let (limit, actual) = (method, u64::from(method) + 1);
    assert_eq!(
        receipt(call(bytes(method) + 1, 0)),
        Err(InvalidTransaction::MethodTooLong { limit, actual })
    );
}

#[test]
fn the_greatest_gas_limit_is_included() {
    let transfer = Action::Transfer {
        to: CONTRACT,
        value: 1,
    };
    let mut transaction = free(transfer);
    assert_eq!(
        receipt(transaction.clone()).unwrap().status,
        Status::Success
    );
    let limit = transaction.gas_limit;
    transaction.gas_limit += 1;
    let actual = limit + 1;
    assert_eq!(
        receipt(transaction),
        Err(InvalidTransaction::GasLimitTooHigh { limit, actual })
    );
}

#[test]
fn the_longest_transaction_is_included() {
    let limit = Protocol::v1().limits.transaction_bytes_max;
    let upload = |code: usize| {
        free(Action::Upload {
            code: vec![0; code],
        })
    };
    // The length of the code takes four bytes in both.
    let half = bytes(limit) / 2;
    let others = signer(0).sign(upload(half)).encoded_size() - half;
    let longest = bytes(limit) - others;
    assert_eq!(signer(0).sign(upload(longest)).encoded_size(), bytes(limit));
    assert_eq!(
        receipt(upload(longest)).unwrap().status,
        Status::CodeRefused
    );
    let actual = u64::from(limit) + 1;
    assert_eq!(
        receipt(upload(longest + 1)),
        Err(InvalidTransaction::TooLong { limit, actual })
    );
}

/// Uploads and upgrades send nothing, so a sender who has no more than the gas costs can make them.
#[test]
fn whoever_has_just_what_the_gas_costs_is_included() {
    let code = vec![0];
    let (contract, input) = (CONTRACT, Vec::new());
    for (action, status) in [
        (Action::Upload { code }, Status::CodeRefused),
        (
            Action::Upgrade {
                contract,
                code: CodeHash([1; 32]),
                input,
            },
            Status::NotAContract,
        ),
    ] {
        let mut transaction = transaction(0, 0, action);
        transaction.gas_limit = 1_000_000_000;
        transaction.gas_price = FUNDS / 1_000_000_000;
        assert_eq!(receipt(transaction.clone()).unwrap().status, status);
        transaction.gas_price += 1;
        assert_eq!(
            receipt(transaction),
            Err(InvalidTransaction::CannotPay {
                needed: FUNDS + 1_000_000_000,
                balance: FUNDS
            })
        );
    }
}
