//! Typed callers: what they send, and what each way to end becomes.

use lockstep_abi::{CallFlags, CallStatus, GAS_LIMIT_ALL};
use lockstep_sdk::codec::Encode;
use lockstep_sdk::prelude::*;
use lockstep_sdk::testing::{self, Called, Context};

#[data]
#[derive(Clone, Debug, PartialEq, Eq)]
enum Refusal {
    TooMuch(u8),
}

/// Another contract.
#[interface]
trait Other {
    fn take(&mut self, amount: u128, note: String) -> Result<u32, Refusal>;
    fn total(&self) -> u64;
}

const OTHER: AccountId = AccountId([7; 32]);

/// Answers every call in this way.
fn answer(status: CallStatus, returned: Vec<u8>) {
    testing::reset(Context::default());
    testing::on_call(move |_| (status, returned.clone()));
}

#[test]
fn a_call_carries_its_parameters_and_settings() {
    testing::reset(Context::default());
    testing::on_call(|called| {
        let expected = Called {
            contract: OTHER,
            method: "take".to_string(),
            input: (5_u128, "note".to_string()).encode(),
            value: 11,
            gas_limit: 1_000,
            flags: CallFlags::NONE,
        };
        assert_eq!(*called, expected);
        (CallStatus::Success, 9_u32.encode())
    });
    let other = Other::from(Remote::at(OTHER).with_value(11).with_gas_limit(1_000));
    assert_eq!(other.take(5, "note".to_string()), Ok(9));
}

#[test]
fn a_method_that_only_reads_is_called_read_only() {
    testing::reset(Context::default());
    testing::on_call(|called| {
        let expected = Called {
            contract: OTHER,
            method: "total".to_string(),
            input: vec![],
            value: 0,
            gas_limit: GAS_LIMIT_ALL,
            flags: CallFlags::READ_ONLY,
        };
        assert_eq!(*called, expected);
        (CallStatus::Success, 9_u64.encode())
    });
    assert_eq!(Other::at(OTHER).total(), Ok(9));
}

#[test]
fn a_typed_caller_has_the_settings_of_a_remote() {
    testing::reset(Context::default());
    testing::on_call(|called| {
        assert_eq!((called.contract, called.value), (OTHER, 11));
        assert_eq!(called.gas_limit, 1_000);
        assert_eq!(called.flags, CallFlags::ALLOW_REENTRY);
        (CallStatus::Success, 9_u32.encode())
    });
    let other = Other::at(OTHER)
        .with_value(11)
        .with_gas_limit(1_000)
        .allow_reentry();
    assert_eq!(other.take(5, String::new()), Ok(9));
    let remote = Remote::at(OTHER).with_value(11).with_gas_limit(1_000);
    assert_eq!(other.remote(), remote.allow_reentry());
}

#[test]
fn each_status_becomes_its_error() {
    let take = || Other::at(OTHER).take(1, String::new());
    answer(CallStatus::Reverted, Refusal::TooMuch(3).encode());
    assert_eq!(take(), Err(CallError::Reverted(Refusal::TooMuch(3))));
    answer(CallStatus::Panicked, b"why".to_vec());
    assert_eq!(take(), Err(CallError::Panicked("why".to_string())));
    for (status, error) in [
        (CallStatus::Trapped, CallError::Trapped),
        (CallStatus::BalanceTooLow, CallError::BalanceTooLow),
        (CallStatus::NotAContract, CallError::NotAContract),
        (CallStatus::MethodNotFound, CallError::MethodNotFound),
        (CallStatus::ReentryRefused, CallError::ReentryRefused),
        (CallStatus::CodeNotFound, CallError::CodeNotFound),
        (CallStatus::ContractExists, CallError::ContractExists),
    ] {
        answer(status, vec![]);
        assert_eq!(take(), Err(error));
    }
}

#[test]
fn what_does_not_decode_is_not_taken_for_something_else() {
    let take = || Other::at(OTHER).take(1, String::new());
    answer(CallStatus::Success, vec![1, 2, 3]);
    assert_eq!(take(), Err(CallError::OutputUndecodable), "too short");
    answer(CallStatus::Success, vec![1, 2, 3, 4, 5]);
    assert_eq!(take(), Err(CallError::OutputUndecodable), "too long");
    answer(CallStatus::Reverted, vec![1, 3]);
    assert_eq!(take(), Err(CallError::ErrorUndecodable), "no such variant");
    answer(CallStatus::Reverted, vec![]);
    assert_eq!(
        Other::at(OTHER).total(),
        Err(CallError::ErrorUndecodable),
        "`total` has no error"
    );
}

#[test]
#[should_panic = "total is called read-only and cannot be sent a value"]
fn a_read_only_call_with_a_value_panics() {
    answer(CallStatus::Success, 0_u64.encode());
    let _ = Other::from(Remote::at(OTHER).with_value(1)).total();
}

/// A note with which the input of `take` has this many bytes.
fn note_for(input_bytes: usize) -> String {
    let (amount, length) = (16, 4);
    "x".repeat(input_bytes - amount - length)
}

#[test]
fn an_input_has_the_length_that_the_machine_takes() {
    answer(CallStatus::Success, 9_u32.encode());
    assert_eq!(Other::at(OTHER).take(1, note_for(131_072)), Ok(9));
}

#[test]
#[should_panic = "the input of take is over 131,072 bytes"]
fn a_longer_input_panics() {
    answer(CallStatus::Success, 9_u32.encode());
    let _ = Other::at(OTHER).take(1, note_for(131_073));
}

#[test]
fn a_transfer_moves_balance_or_says_why_not() {
    let (own, to) = (AccountId([1; 32]), AccountId([2; 32]));
    testing::reset(Context {
        self_id: own,
        balances: [(own, 10)].into(),
        ..Context::default()
    });
    assert_eq!(call::transfer(&to, 4), Ok(()));
    assert_eq!((context::balance(&own), context::balance(&to)), (6, 4));
    assert_eq!(call::transfer(&to, 7), Err(CallError::BalanceTooLow));
}

#[test]
fn a_value_is_in_the_balances_where_the_test_puts_it() {
    let own = AccountId([1; 32]);
    testing::reset(Context {
        self_id: own,
        value: 5,
        ..Context::default()
    });
    assert_eq!((context::value(), context::balance(&own)), (5, 0));
    testing::update(|context| *context.balances.entry(own).or_default() += context.value);
    assert_eq!((context::value(), context::balance(&own)), (5, 5));
}
