//! A fungible token: a fixed supply, transfers, and allowances for others to spend.
#![no_std]

use lockstep_sdk::prelude::*;

#[derive(Storage)]
pub struct Token {
    description: Item<(String, String)>,
    supply: Item<u128>,
    balances: Map<AccountId, u128>,
    allowances: Map<(AccountId, AccountId), u128>,
}

/// An amount moved from one account to another.
#[derive(Event)]
pub struct Transferred {
    #[topic]
    pub from: AccountId,
    #[topic]
    pub to: AccountId,
    pub amount: u128,
}

/// Why an amount did not move.
#[data]
#[derive(Debug, PartialEq, Eq)]
pub enum TokenError {
    BalanceTooLow { balance: u128, amount: u128 },
    AllowanceTooLow { allowance: u128, amount: u128 },
}

type Moved = Result<(), TokenError>;

/// A fungible token with a fixed supply.
#[contract(events(Transferred))]
impl Token {
    /// Gives the whole supply to the caller.
    pub fn init(&mut self, name: String, symbol: String, supply: u128) {
        self.description.set(&(name, symbol));
        self.supply.set(&supply);
        self.balances.insert(&context::caller(), &supply);
    }

    /// Moves an amount from the caller to `to`.
    pub fn transfer(&mut self, to: AccountId, amount: u128) -> Moved {
        self.move_amount(context::caller(), to, amount)
    }

    /// Allows `spender` to move up to `amount` of the caller's tokens from now on.
    pub fn approve(&mut self, spender: AccountId, amount: u128) {
        self.allowances
            .insert(&(context::caller(), spender), &amount);
    }

    /// Moves an amount out of the caller's allowance.
    pub fn transfer_from(&mut self, from: AccountId, to: AccountId, amount: u128) -> Moved {
        let key = (from, context::caller());
        let mut allowed = self.allowances.entry(&key);
        let allowance = allowed.get_or_default();
        let too_low = TokenError::AllowanceTooLow { allowance, amount };
        let left = allowance.checked_sub(amount).ok_or(too_low)?;
        allowed.set(&left);
        self.move_amount(from, to, amount)
    }

    /// What an account holds.
    pub fn balance_of(&self, owner: AccountId) -> u128 {
        self.balances.get_or_default(&owner)
    }

    /// What `spender` may still move of the tokens of `owner`.
    pub fn allowance(&self, owner: AccountId, spender: AccountId) -> u128 {
        self.allowances.get_or_default(&(owner, spender))
    }

    /// How many tokens there are.
    pub fn total_supply(&self) -> u128 {
        self.supply.get_or_default()
    }

    /// The token's name and symbol.
    pub fn description(&self) -> (String, String) {
        self.description.get_or_default()
    }

    fn move_amount(&mut self, from: AccountId, to: AccountId, amount: u128) -> Moved {
        let mut sender = self.balances.entry(&from);
        let balance = sender.get_or_default();
        let too_low = TokenError::BalanceTooLow { balance, amount };
        let left = balance.checked_sub(amount).ok_or(too_low)?;
        sender.set(&left);
        // Read after the write, so that a transfer to oneself changes nothing.
        let mut receiver = self.balances.entry(&to);
        let received = receiver.get_or_default() + amount;
        receiver.set(&received);
        Transferred { from, to, amount }.emit();
        Ok(())
    }
}
