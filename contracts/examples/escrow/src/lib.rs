//! An escrow: it holds tokens of a buyer until an arbiter releases them to the seller, or gives
//! them back.
//!
//! The buyer first allows the escrow to take the amount (`approve` on the token), then opens a
//! deal. Every call to the token can fail, and each failure is passed on as an error that says
//! what the token said.
//!
//! Anybody may name any token. A deal is opened only when the escrow's balance grew by just the
//! amount, so that a token that takes less, or nothing, finds no deal; but a token that lies about
//! balances, or takes them back later, cheats those who deal in it, and nobody else.
#![no_std]

use lockstep_sdk::prelude::*;

/// The part of a token that the escrow uses.
#[interface]
trait Token {
    fn transfer(&mut self, to: AccountId, amount: u128) -> Result<(), TokenError>;
    fn transfer_from(
        &mut self,
        from: AccountId,
        to: AccountId,
        amount: u128,
    ) -> Result<(), TokenError>;
    fn balance_of(&self, owner: AccountId) -> u128;
}

/// Why the token did not move an amount; the same as in the token.
#[data]
#[derive(Debug, PartialEq, Eq)]
pub enum TokenError {
    BalanceTooLow { balance: u128, amount: u128 },
    AllowanceTooLow { allowance: u128, amount: u128 },
}

/// What two parties agreed on.
#[data]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deal {
    pub token: AccountId,
    pub buyer: AccountId,
    pub seller: AccountId,
    pub amount: u128,
}

/// A deal was opened and its amount is held.
#[derive(Event)]
pub struct Opened {
    #[topic]
    pub deal: u64,
    pub buyer: AccountId,
    pub seller: AccountId,
    pub amount: u128,
}

/// A deal was closed and its amount went to the seller or back to the buyer.
#[derive(Event)]
pub struct Closed {
    #[topic]
    pub deal: u64,
    pub paid_to: AccountId,
}

/// Why the escrow refused.
#[data]
#[derive(Debug, PartialEq, Eq)]
pub enum EscrowError {
    /// There is no open deal of that number.
    NoSuchDeal,
    /// Only the arbiter and the party that gives up its claim may close a deal.
    NotAllowed,
    /// The token refused to move the amount.
    TokenRefused(TokenError),
    /// The token failed in another way: it panicked, trapped, or is no token at all.
    TokenFailed,
    /// The token took the call, and the escrow's balance did not grow by the amount.
    AmountNotReceived,
}

/// What the escrow stores.
#[derive(Storage)]
pub struct Escrow {
    arbiter: Item<AccountId>,
    next_deal: Item<u64>,
    deals: OrderedMap<u64, Deal>,
}

/// Holds tokens until a deal is closed.
#[contract(events(Opened, Closed))]
impl Escrow {
    /// Names who decides about deals.
    pub fn init(&mut self, arbiter: AccountId) {
        self.arbiter.set(&arbiter);
    }

    /// Takes the amount from the caller's allowance and holds it for the seller. Returns the
    /// deal's number.
    pub fn open(
        &mut self,
        token: AccountId,
        seller: AccountId,
        amount: u128,
    ) -> Result<u64, EscrowError> {
        let buyer = context::caller();
        let number = self.next_deal.get_or_default();
        self.next_deal.set(&(number + 1));
        self.deals.insert(
            &number,
            &Deal {
                token,
                buyer,
                seller,
                amount,
            },
        );
        let held_before = held(token)?;
        Token::at(token)
            .transfer_from(buyer, context::self_id(), amount)
            .map_err(token_error)?;
        if held_before.checked_add(amount) != Some(held(token)?) {
            return Err(EscrowError::AmountNotReceived);
        }
        Opened {
            deal: number,
            buyer,
            seller,
            amount,
        }
        .emit();
        Ok(number)
    }

    /// Pays the seller. The arbiter or the buyer decides this.
    pub fn release(&mut self, deal: u64) -> Result<(), EscrowError> {
        let agreed = self.deals.get(&deal).ok_or(EscrowError::NoSuchDeal)?;
        self.close(deal, &agreed, agreed.buyer, agreed.seller)
    }

    /// Pays the buyer back. The arbiter or the seller decides this.
    pub fn refund(&mut self, deal: u64) -> Result<(), EscrowError> {
        let agreed = self.deals.get(&deal).ok_or(EscrowError::NoSuchDeal)?;
        self.close(deal, &agreed, agreed.seller, agreed.buyer)
    }

    /// An open deal.
    pub fn deal(&self, deal: u64) -> Option<Deal> {
        self.deals.get(&deal)
    }

    /// The numbers of the open deals from `from` on, at most `limit` of them.
    pub fn open_deals(&self, from: u64, limit: u32) -> Vec<u64> {
        self.deals
            .range(from..)
            .take(limit as usize)
            .map(|(number, _)| number)
            .collect()
    }

    /// It has at least what its open deals promise, in each token. That holds for honest tokens
    /// only: another may say of the escrow's balance what it likes.
    #[invariant]
    pub fn holds_what_it_owes(&self) -> bool {
        let mut owed: Vec<(AccountId, u128)> = Vec::new();
        for (_, Deal { token, amount, .. }) in self.deals.iter() {
            match owed.iter_mut().find(|(known, _)| *known == token) {
                Some((_, sum)) => match sum.checked_add(amount) {
                    Some(total) => *sum = total,
                    None => return false,
                },
                None => owed.push((token, amount)),
            }
        }
        owed.iter()
            .all(|(token, sum)| held(*token).is_ok_and(|held| held >= *sum))
    }

    fn close(
        &mut self,
        number: u64,
        deal: &Deal,
        may_decide: AccountId,
        paid_to: AccountId,
    ) -> Result<(), EscrowError> {
        let caller = context::caller();
        if caller != may_decide && Some(caller) != self.arbiter.get() {
            return Err(EscrowError::NotAllowed);
        }
        // Removed before the token runs, so that no deal is paid twice.
        self.deals.remove(&number);
        Token::at(deal.token)
            .transfer(paid_to, deal.amount)
            .map_err(token_error)?;
        Closed {
            deal: number,
            paid_to,
        }
        .emit();
        Ok(())
    }
}

/// What the escrow has of a token, by what the token says.
fn held(token: AccountId) -> Result<u128, EscrowError> {
    Token::at(token)
        .balance_of(context::self_id())
        .map_err(|_| EscrowError::TokenFailed)
}

fn token_error(error: CallError<TokenError>) -> EscrowError {
    match error {
        CallError::Reverted(error) => EscrowError::TokenRefused(error),
        _ => EscrowError::TokenFailed,
    }
}
