//! The token on the native stand-in for the machine.

use lockstep_sdk::prelude::*;
use lockstep_sdk::testing::{self, Context};
use token::{Token, TokenError};

const ALICE: AccountId = AccountId([1; 32]);
const BOB: AccountId = AccountId([2; 32]);

fn token_of_alice() -> Token {
    testing::reset(Context {
        caller: ALICE,
        ..Context::default()
    });
    let mut token = Token::stored();
    token.init("Gold".into(), "GLD".into(), 1_000);
    token
}

#[test]
fn the_creator_holds_the_supply() {
    let token = token_of_alice();
    assert_eq!(
        (token.total_supply(), token.balance_of(ALICE)),
        (1_000, 1_000)
    );
    assert_eq!(token.description(), ("Gold".into(), "GLD".into()));
}

#[test]
fn a_transfer_moves_and_tells() {
    let mut token = token_of_alice();
    assert_eq!(token.transfer(BOB, 250), Ok(()));
    assert_eq!((token.balance_of(ALICE), token.balance_of(BOB)), (750, 250));
    let events = testing::events();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].topics[1..], [ALICE.0, BOB.0]);

    let too_low = TokenError::BalanceTooLow {
        balance: 750,
        amount: 751,
    };
    assert_eq!(token.transfer(BOB, 751), Err(too_low));
    assert_eq!(token.transfer(ALICE, 750), Ok(()), "to oneself");
    assert_eq!(token.balance_of(ALICE), 750);
}

#[test]
fn an_allowance_is_used_up() {
    let mut token = token_of_alice();
    token.approve(BOB, 100);
    testing::update(|context| context.caller = BOB);
    assert_eq!(token.transfer_from(ALICE, BOB, 60), Ok(()));
    assert_eq!(token.allowance(ALICE, BOB), 40);
    let too_low = TokenError::AllowanceTooLow {
        allowance: 40,
        amount: 60,
    };
    assert_eq!(token.transfer_from(ALICE, BOB, 60), Err(too_low));
}
