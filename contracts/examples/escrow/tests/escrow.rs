//! The escrow on the native stand-in for the machine, with a token that answers as told.

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
    testing::on_call(|called| {
        assert_eq!(
            (called.contract, called.method.as_str()),
            (TOKEN, "transfer_from")
        );
        assert_eq!(called.input, (BUYER, ESCROW, 50_u128).encode());
        (CallStatus::Success, vec![])
    });
    assert_eq!(escrow.open(TOKEN, SELLER, 50), Ok(0));
    escrow
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
    testing::on_call(move |_| (CallStatus::Reverted, refusal().encode()));
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
