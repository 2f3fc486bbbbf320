//! What may not be included, and that it leaves no trace.

use lockstep_abi::{AccountId, CodeHash};
use lockstep_gas_meter::Protocol;
use lockstep_state_trie::{MemoryStore, Trie};
use lockstep_vm::{
    Account, Action, Chain, ContractRecord, Fatal, InvalidTransaction, NoObserver,
    SignedTransaction, StateKey, Transaction,
};
use parity_scale_codec::Encode;

use crate::script;
use crate::world::{
    CHAIN_ID, FUNDS, GAS_PRICE, PLENTY, World, account, environment, machine, signer, transaction,
};

fn transfer(value: u128) -> Transaction {
    let to = account(1);
    transaction(0, 0, Action::Transfer { to, value })
}

/// Submits what must be refused, and checks that nothing has changed.
fn refusal(signed: &SignedTransaction) -> InvalidTransaction {
    let mut world = World::new();
    let root = world.chain.state_root();
    let refusal = world.submit(signed).unwrap_err();
    assert_eq!(world.chain.state_root(), root);
    refusal
}

fn refusal_of(transaction: Transaction) -> InvalidTransaction {
    refusal(&signer(0).sign(transaction))
}

#[test]
fn a_transfer_that_is_right_is_accepted() {
    let mut world = World::new();
    world.send_transaction(0, transfer(5));
    assert_eq!(world.balance(account(1)), FUNDS + 5);
}

#[test]
fn another_chain() {
    let mut wrong = transfer(5);
    wrong.chain_id = CHAIN_ID + 1;
    let expected = InvalidTransaction::WrongChain {
        expected: CHAIN_ID,
        actual: CHAIN_ID + 1,
    };
    assert_eq!(refusal_of(wrong), expected);
}

#[test]
fn another_nonce() {
    let mut wrong = transfer(5);
    wrong.nonce = 1;
    let expected = InvalidTransaction::WrongNonce {
        expected: 0,
        actual: 1,
    };
    assert_eq!(refusal_of(wrong), expected);
}

#[test]
fn a_transaction_twice() {
    let mut world = World::new();
    let signed = signer(0).sign(transfer(5));
    world.submit(&signed).unwrap();
    let expected = InvalidTransaction::WrongNonce {
        expected: 1,
        actual: 0,
    };
    assert_eq!(world.submit(&signed), Err(expected));
}

#[test]
fn another_signer() {
    let signed = signer(1).sign(transfer(5));
    assert_eq!(refusal(&signed), InvalidTransaction::BadSignature);
}

#[test]
fn a_sender_that_cannot_pay() {
    let gas = u128::from(PLENTY) * GAS_PRICE;
    let expected = InvalidTransaction::CannotPay {
        needed: FUNDS + 1,
        balance: FUNDS,
    };
    assert_eq!(refusal_of(transfer(FUNDS - gas + 1)), expected);
    World::new().send_transaction(0, transfer(FUNDS - gas));
}

#[test]
fn sums_that_do_not_fit() {
    let expected = InvalidTransaction::CannotPay {
        needed: u128::MAX,
        balance: FUNDS,
    };
    assert_eq!(refusal_of(transfer(u128::MAX)), expected);
    let mut price = transfer(0);
    price.gas_price = u128::MAX;
    assert_eq!(refusal_of(price), expected);
}

#[test]
fn gas_limits_out_of_range() {
    let protocol = Protocol::v1();
    let mut high = transfer(5);
    high.gas_limit = protocol.limits.gas_limit_max + 1;
    let expected = InvalidTransaction::GasLimitTooHigh {
        limit: protocol.limits.gas_limit_max,
        actual: protocol.limits.gas_limit_max + 1,
    };
    assert_eq!(refusal_of(high), expected);

    let prices = &protocol.schedule.transaction;
    let length = u64::try_from(signer(0).sign(transfer(5)).encoded_size()).unwrap();
    let needed = prices.base + prices.per_byte * length + prices.signature + prices.transfer;
    let mut low = transfer(5);
    low.gas_limit = needed - 1;
    let expected = InvalidTransaction::GasLimitTooLow {
        needed,
        actual: needed - 1,
    };
    assert_eq!(refusal_of(low.clone()), expected);
    low.gas_limit = needed;
    let report = World::new().send_transaction(0, low);
    assert_eq!(report.receipt.gas_used.total(), needed);
}

#[test]
fn uploads_pay_per_byte_before_they_are_included() {
    let protocol = Protocol::v1();
    let prices = &protocol.schedule.transaction;
    let code = vec![0; 5_000];
    let mut upload = transaction(0, 0, Action::Upload { code });
    upload.gas_limit = prices.upload_per_byte * 5_000;
    assert!(matches!(
        refusal_of(upload),
        InvalidTransaction::GasLimitTooLow { .. }
    ));
}

#[test]
fn parts_that_are_too_long() {
    let limits = Protocol::v1().limits;
    let call = |method: &str, input: usize| {
        let action = Action::Call {
            contract: account(1),
            method: method.to_owned(),
            input: vec![0; input],
            value: 0,
        };
        transaction(0, 0, action)
    };
    let input_max = usize::try_from(limits.input_bytes_max).unwrap();
    let expected = InvalidTransaction::InputTooLong {
        limit: limits.input_bytes_max,
        actual: u64::from(limits.input_bytes_max) + 1,
    };
    assert_eq!(refusal_of(call("run", input_max + 1)), expected);

    let method_max = usize::try_from(limits.method_name_bytes_max).unwrap();
    let expected = InvalidTransaction::MethodTooLong {
        limit: limits.method_name_bytes_max,
        actual: u64::from(limits.method_name_bytes_max) + 1,
    };
    assert_eq!(refusal_of(call(&"m".repeat(method_max + 1), 0)), expected);

    let transaction_max = usize::try_from(limits.transaction_bytes_max).unwrap();
    let code = vec![0; transaction_max];
    assert!(matches!(
        refusal_of(transaction(0, 0, Action::Upload { code })),
        InvalidTransaction::TooLong { .. }
    ));
}

#[test]
fn methods_that_only_the_machine_calls() {
    for method in ["init", "upgraded"] {
        let action = Action::Call {
            contract: account(1),
            method: method.to_owned(),
            input: vec![],
            value: 0,
        };
        let refusal = refusal_of(transaction(0, 0, action));
        assert_eq!(refusal, InvalidTransaction::ReservedMethod);
    }
}

#[test]
fn a_block_without_room() {
    let mut world = World::new();
    let mut environment = environment(1);
    environment.gas_limit = PLENTY + 1_000;
    let mut builder = world.chain.begin(environment);
    let mut push = |nonce, gas_limit| {
        let mut transaction = transfer(5);
        transaction.nonce = nonce;
        transaction.gas_limit = gas_limit;
        let signed = signer(0).sign(transaction);
        builder.push(&signed, &mut NoObserver).unwrap()
    };
    let used = push(0, PLENTY).unwrap().receipt.gas_used.total();
    let left = PLENTY + 1_000 - used;
    assert_eq!(
        push(1, left + 1),
        Err(InvalidTransaction::BlockFull {
            left,
            wanted: left + 1
        })
    );
    push(1, left).unwrap();
}

/// A chain whose state holds these bytes as the record of account 0.
fn chain_with_record(record: Vec<u8>) -> Chain<MemoryStore> {
    let mut trie = Trie::new(MemoryStore::new());
    let key = StateKey::Account(account(0)).to_bytes();
    trie.update([(key, Some(record))]).unwrap();
    Chain::new(trie, machine())
}

fn push(chain: &mut Chain<MemoryStore>, nonce: u64) -> Result<InvalidTransaction, Fatal> {
    let mut transaction = transfer(5);
    transaction.nonce = nonce;
    let signed = signer(0).sign(transaction);
    let result = chain.begin(environment(1)).push(&signed, &mut NoObserver);
    result.map(Result::unwrap_err)
}

#[test]
fn a_sender_that_is_a_contract() {
    let record = Account {
        balance: FUNDS,
        contract: Some(ContractRecord::new(CodeHash([1; 32]), account(1))),
        ..Account::default()
    };
    let refusal = push(&mut chain_with_record(record.encode()), 0).unwrap();
    assert_eq!(refusal, InvalidTransaction::SenderIsContract);
}

#[test]
fn a_sender_without_nonces() {
    let record = Account {
        nonce: u64::MAX,
        balance: FUNDS,
        ..Account::default()
    };
    let refusal = push(&mut chain_with_record(record.encode()), u64::MAX).unwrap();
    assert_eq!(refusal, InvalidTransaction::NonceExhausted);
}

#[test]
fn a_record_that_does_not_decode_is_fatal() {
    let mut longer = Account::default().encode();
    longer.push(0);
    for record in [vec![], vec![1, 2, 3], longer] {
        let result = push(&mut chain_with_record(record), 0);
        assert!(
            matches!(result, Err(Fatal::Corrupt("account"))),
            "{result:?}"
        );
    }
}

#[test]
fn numbers_of_refusals_are_unique() {
    let (limit, actual, expected, needed) = (0, 0, 0, 0);
    let all = [
        InvalidTransaction::TooLong { limit, actual },
        InvalidTransaction::WrongChain { expected, actual },
        InvalidTransaction::InputTooLong { limit, actual },
        InvalidTransaction::MethodTooLong { limit, actual },
        InvalidTransaction::GasLimitTooHigh { limit: 0, actual },
        InvalidTransaction::GasLimitTooLow { needed, actual },
        InvalidTransaction::BlockFull { left: 0, wanted: 0 },
        InvalidTransaction::BadSignature,
        InvalidTransaction::SenderIsContract,
        InvalidTransaction::WrongNonce { expected, actual },
        InvalidTransaction::NonceExhausted,
        InvalidTransaction::CannotPay {
            needed: 0,
            balance: 0,
        },
        InvalidTransaction::ReservedMethod,
    ];
    let codes: Vec<u16> = all.iter().map(InvalidTransaction::code).collect();
    assert_eq!(codes, (1..=13).collect::<Vec<u16>>());
}

#[test]
fn a_call_that_names_nobody_is_included_and_fails() {
    let mut world = World::new();
    let receipt = world.receipt(0, script::call(AccountId([1; 32]), &[]));
    assert_eq!(receipt.status, lockstep_vm::Status::NotAContract);
    assert_eq!(receipt.gas_used.total(), receipt.gas_used.intrinsic);
}
