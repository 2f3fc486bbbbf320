//! New transactions: calls of the methods that there are, transfers and upgrades.

use std::sync::Arc;

use lockstep_abi::AccountId;
use lockstep_vm::Action;

use super::Mutator;
use crate::fuzz_det::arguments::{generate, some_bytes};
use crate::fuzz_det::candidate::{Candidate, Planned, PlannedBlock};

/// The gas limit of a call of which nothing is known.
const GAS_LIMIT_UNKNOWN: u64 = 60_000_000;

/// How many of a hundred calls are of exports that the ABI does not name, where it names others.
const UNNAMED_PERCENT: usize = 10;

impl Mutator<'_> {
    /// Adds a transaction somewhere.
    pub(super) fn insert(&mut self, child: &mut Candidate, first: usize) {
        let planned = self.new_transaction();
        let after = child.blocks.len().saturating_sub(first);
        let new_block = after == 0 || self.random.chance(25);
        if new_block {
            let timestamp_ms = child
                .blocks
                .last()
                .map_or(0, |block| block.timestamp_ms.saturating_add(1_000));
            child.blocks.push(Arc::new(PlannedBlock {
                timestamp_ms,
                transactions: vec![planned],
            }));
            return;
        }
        let block = Arc::make_mut(&mut child.blocks[first + self.random.below(after)]);
        let at = self.random.below(block.transactions.len() + 1);
        block.transactions.insert(at, planned);
    }

    /// A call of some method, or now and then a transfer or an upgrade.
    fn new_transaction(&mut self) -> Planned {
        let contracts: Vec<AccountId> = self.surface.contracts.keys().copied().collect();
        let kind = self.random.below(20);
        let action = match kind {
            _ if contracts.is_empty() => self.transfer(),
            0 => self.transfer(),
            1 => Action::Upgrade {
                contract: *self.random.pick(&contracts),
                code: *self.random.pick(&self.surface.codes),
                input: Vec::new(),
            },
            _ => {
                let contract = *self.random.pick(&contracts);
                self.call(contract)
            }
        };
        let mut planned = Planned {
            sender: self.random.below(self.surface.senders),
            action,
            gas_limit: GAS_LIMIT_UNKNOWN,
            gas_price: self.gas_price,
            deposit_limit: u128::MAX,
            nonce: None,
            chain_id: self.chain_id,
            corrupt_signature: false,
        };
        if self.random.chance(25) {
            self.change_gas(&mut planned);
        }
        planned
    }

    fn transfer(&mut self) -> Action {
        Action::Transfer {
            to: AccountId(*self.random.pick(&self.surface.ids)),
            value: u128::from(self.random.bits() % 10_000),
        }
    }

    fn call(&mut self, contract: AccountId) -> Action {
        let methods = self.surface.methods(&contract);
        let unnamed = self.surface.unnamed_methods(&contract);
        let is_named = match (methods.is_empty(), unnamed.is_empty()) {
            (true, _) => false,
            (false, true) => true,
            (false, false) => !self.random.chance(UNNAMED_PERCENT),
        };
        let count = if is_named {
            methods.len()
        } else {
            unnamed.len()
        };
        let chosen = self.random.below(count.max(1));
        let (method, input, payable) = match methods.get(chosen).filter(|_| is_named) {
            None => {
                // Of a contract that has none at all, something that is not there.
                let method = unnamed.get(chosen).unwrap_or(&"run");
                let input = some_bytes(self.random, &self.surface.ids);
                (method.to_string(), input, self.random.chance(20))
            }
            Some(method) => {
                let params = method.params.iter();
                let input =
                    params.flat_map(|field| generate(&field.ty, self.random, &self.surface.ids));
                let input = input.collect();
                (method.name.clone(), input, method.payable)
            }
        };
        let value = match payable || self.random.chance(5) {
            true => u128::from(self.random.bits() % 1_000),
            false => 0,
        };
        Action::Call {
            contract,
            method,
            input,
            value,
        }
    }
}
