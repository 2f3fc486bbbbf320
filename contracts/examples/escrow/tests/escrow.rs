//! The escrow on the native stand-in for the machine, with a token that answers as told.

use std::collections::VecDeque;

use escrow::{Deal, Escrow, EscrowError, TokenError};
use lockstep_sdk::CallStatus;
use lockstep_sdk::codec::Encode;
use lockstep_sdk::prelude::*;
use lockstep_sdk::testing::{self, Context};

const TOKEN: AccountId = AccountId([9; 32]);
const BUYER: AccountId = AccountId([1; 32]);
const SELLER: AccountId = AccountId([2; 32]);
const ARBITER: AccountId = AccountId([3; 32]);
const ESCROW: AccountId = AccountId([4; 32]);

fn call_as(caller: AccountId) {
    testing::update(|context| context.caller = caller);
}

fn escrow_with_a_deal() -> Escrow {
    testing::reset(Context {
        caller: BUYER,
        self_id: ESCROW,
        ..Context::default()
    });
    let mut escrow = Escrow::stored();
    escrow.init(ARBITER);
    let mut held = 7_u128;
    testing::on_call(move |called| {
        assert_eq!(called.contract, TOKEN);
        if called.method == "balance_of" {
            assert_eq!(called.input, ESCROW.encode());
            return (CallStatus::Success, held.encode());
        }
        assert_eq!(called.method, "transfer_from");
        assert_eq!(called.input, (BUYER, ESCROW, 50_u128).encode());
        held += 50;
        (CallStatus::Success, vec![])
    });
    assert_eq!(escrow.open(TOKEN, SELLER, 50), Ok(0));
    escrow
}

/// From now on the token takes every transfer, and says of the escrow's balance these numbers in
/// turn.
fn answer_balances(balances: impl IntoIterator<Item = u128> + 'static) {
    let mut balances: VecDeque<u128> = balances.into_iter().collect();
    testing::on_call(move |called| match called.method.as_str() {
        "balance_of" => {
            let balance = balances.pop_front().expect("no more is asked");
            (CallStatus::Success, balance.encode())
        }
        _ => (CallStatus::Success, vec![]),
    });
}

/// From now on the token expects a transfer of 50 to this account.
fn expect_payment(to: AccountId) {
    testing::on_call(move |called| {
        assert_eq!(
            (called.contract, called.method.as_str()),
            (TOKEN, "transfer")
        );
        assert_eq!(called.input, (to, 50_u128).encode());
        (CallStatus::Success, vec![])
    });
}

#[test]
fn the_buyer_releases_and_nobody_is_paid_twice() {
    let mut escrow = escrow_with_a_deal();
    let deal = Deal {
        token: TOKEN,
        buyer: BUYER,
        seller: SELLER,
        amount: 50,
    };
    assert_eq!(escrow.deal(0), Some(deal));
    assert_eq!(escrow.open_deals(0, 10), [0]);
    expect_payment(SELLER);
    assert_eq!(escrow.release(0), Ok(()));
    assert_eq!(escrow.release(0), Err(EscrowError::NoSuchDeal));
    assert_eq!(escrow.open_deals(0, 10), []);
}

#[test]
fn each_party_can_only_give_up_its_own_claim() {
    let mut escrow = escrow_with_a_deal();
    assert_eq!(
        escrow.refund(0),
        Err(EscrowError::NotAllowed),
        "the buyer cannot take it back"
    );
    call_as(SELLER);
    assert_eq!(
        escrow.release(0),
        Err(EscrowError::NotAllowed),
        "the seller cannot take it"
    );
    expect_payment(BUYER);
    assert_eq!(escrow.refund(0), Ok(()));

    let mut escrow = escrow_with_a_deal();
    call_as(ARBITER);
    expect_payment(SELLER);
    assert_eq!(escrow.release(0), Ok(()));
}

#[test]
fn what_the_token_says_is_passed_on() {
    let mut escrow = escrow_with_a_deal();
    let refusal = || TokenError::AllowanceTooLow {
        allowance: 1,
        amount: 50,
    };
    testing::on_call(move |called| match called.method.as_str() {
        "balance_of" => (CallStatus::Success, 0_u128.encode()),
        _ => (CallStatus::Reverted, refusal().encode()),
    });
    assert_eq!(
        escrow.open(TOKEN, SELLER, 50),
        Err(EscrowError::TokenRefused(refusal()))
    );
    testing::on_call(|_| (CallStatus::Trapped, vec![]));
    assert_eq!(
        escrow.open(TOKEN, SELLER, 50),
        Err(EscrowError::TokenFailed)
    );
}

#[test]
fn a_deal_is_opened_only_when_its_amount_came_in() {
    let mut escrow = escrow_with_a_deal();
    for (before, after) in [(50, 50), (50, 99), (50, 101), (50, 0), (u128::MAX, 49)] {
        answer_balances([before, after]);
        let opened = escrow.open(TOKEN, SELLER, 50);
        assert_eq!(opened, Err(EscrowError::AmountNotReceived), "{after}");
    }
}

#[test]
fn the_invariant_counts_all_deals_in_a_token_together() {
    let mut escrow = escrow_with_a_deal();
    answer_balances([50, 60, 59, 60]);
    assert_eq!(escrow.open(TOKEN, SELLER, 10), Ok(1));
    assert!(!escrow.holds_what_it_owes(), "59 for 60");
    assert!(escrow.holds_what_it_owes(), "60 for 60");
    answer_balances([0, u128::MAX]);
    assert_eq!(escrow.open(TOKEN, SELLER, u128::MAX), Ok(2));
    assert!(!escrow.holds_what_it_owes(), "more than there can be");
}
