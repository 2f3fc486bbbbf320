//! The example of `docs/contract-abi.md` that emits an event. A test of the workspace holds the
//! document against this file.

#![expect(
    missing_docs,
    reason = "the document says in its text what the example shows"
)]

use lockstep_sdk::prelude::*;
use lockstep_sdk::testing::{self, Context};

#[derive(Storage)]
pub struct Token {}

#[test]
fn what_is_listed_is_described_and_emitted() {
    testing::reset(Context::default());
    Token::stored().transfer(AccountId([2; 32]), 5);
    let emitted = testing::events();
    let [event] = <Token as lockstep_sdk::Contract>::ABI.events else {
        panic!("one event is listed")
    };
    assert_eq!((event.name, emitted.len()), ("Transferred", 1));
}

#[derive(Event)]
pub struct Transferred {
    #[topic]
    pub from: AccountId,
    #[topic]
    pub to: AccountId,
    pub amount: u128,
}

#[contract(events(Transferred))]
impl Token {
    pub fn transfer(&mut self, to: AccountId, amount: u128) {
        let from = context::caller();
        Transferred { from, to, amount }.emit();
    }
}
