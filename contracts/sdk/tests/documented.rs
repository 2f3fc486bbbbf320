//! The example of `docs/contract-abi.md` that calls another contract. A test of the workspace holds
//! the document against this file.

#![expect(
    missing_docs,
    reason = "the document says in its text what the example shows"
)]

use lockstep_sdk::prelude::*;

#[data]
pub enum ShopError {
    SoldOut,
}

/// What is called of another contract.
#[interface]
pub trait Shop {
    fn price(&self, item: u32) -> u128;
    fn buy(&mut self, item: u32) -> Result<u64, ShopError>;
}

#[data]
#[derive(Debug, PartialEq, Eq)]
pub enum AgentError {
    SoldOut,
    PaidTooLittle { price: u128 },
    ShopFailed,
}

#[derive(Storage)]
pub struct Agent {
    shop: Item<AccountId>,
}

/// Buys for its callers.
#[contract]
impl Agent {
    pub fn init(&mut self, shop: AccountId) {
        self.shop.set(&shop);
    }

    /// Buys with the value that came along, and gives back what is left of it.
    #[payable]
    pub fn buy(&mut self, item: u32) -> Result<u64, AgentError> {
        let shop = Shop::at(self.shop.get_or_default());
        let price = shop.price(item).map_err(|_| AgentError::ShopFailed)?;
        let left = context::value().checked_sub(price);
        let left = left.ok_or(AgentError::PaidTooLittle { price })?;
        let receipt = match shop.with_value(price).buy(item) {
            Ok(receipt) => receipt,
            Err(CallError::Reverted(ShopError::SoldOut)) => return Err(AgentError::SoldOut),
            Err(_) => return Err(AgentError::ShopFailed),
        };
        call::transfer(&context::caller(), left).map_err(|_| AgentError::ShopFailed)?;
        Ok(receipt)
    }
}

#[cfg(test)]
mod tests {
    use lockstep_sdk::CallStatus;
    use lockstep_sdk::codec::Encode;
    use lockstep_sdk::prelude::*;
    use lockstep_sdk::testing::{self, Context};

    use super::{Agent, AgentError};

    #[test]
    fn what_is_left_goes_back() {
        let (own, alice, shop) = (AccountId([1; 32]), AccountId([2; 32]), AccountId([3; 32]));
        testing::reset(Context {
            self_id: own,
            caller: alice,
            balances: [(own, 12)].into(),
            ..Context::default()
        });
        testing::on_call(|called| match called.method.as_str() {
            "price" => (CallStatus::Success, 10_u128.encode()),
            _ => (CallStatus::Success, 7_u64.encode()),
        });
        let mut agent = Agent::stored();
        agent.init(shop);
        testing::update(|context| context.value = 12);
        assert_eq!(agent.buy(1), Ok(7));
        assert_eq!(context::balance(&alice), 2);
        testing::update(|context| context.value = 9);
        assert_eq!(agent.buy(1), Err(AgentError::PaidTooLittle { price: 10 }));
    }
}
