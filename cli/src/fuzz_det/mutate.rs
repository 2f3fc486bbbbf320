//! Making a candidate of another one: transactions are changed, moved, doubled, removed and added,
//! and blocks are split and joined.
//!
//! The blocks in which the seed uploads code and makes contracts are mostly left alone, so that
//! there is something to call, and so that the way there need not be run again. Gas limits are
//! drawn from what the method used before, so that running out happens at many places of the code.

mod addition;

use std::sync::Arc;

use lockstep_vm::Action;

use super::arguments::{generate, split};
use super::candidate::{Candidate, Planned, PlannedBlock};
use super::surface::Surface;
use crate::random::Random;

/// The most transactions of a candidate beyond its set-up.
const TRANSACTIONS_MAX: usize = 40;
/// How many of them are kept when a candidate is made small.
const SMALL_TRANSACTIONS: usize = 6;
/// The Wasm gas that a call gets on top of what it must have, where it would use a lot.
const WASM_GAS_MAX: u64 = 1_500_000;

/// Changes candidates.
pub(super) struct Mutator<'a> {
    pub(super) random: &'a mut Random,
    pub(super) surface: &'a Surface,
    /// How many blocks are set-up.
    pub(super) set_up_blocks: usize,
    /// The gas price and the chain's number of new transactions.
    pub(super) gas_price: u128,
    pub(super) chain_id: u64,
}

impl Mutator<'_> {
    /// A changed copy.
    pub(super) fn mutate(&mut self, parent: &Candidate) -> Candidate {
        let mut child = parent.clone();
        if self.random.chance(60) {
            self.make_small(&mut child);
        }
        for _ in 0..=self.random.below(4) {
            self.change(&mut child);
        }
        self.limit_gas(&mut child);
        child
    }

    /// The first block that may be changed: mostly the one after the set-up.
    fn first(&mut self, child: &Candidate) -> usize {
        let free = self.random.chance(4);
        if free {
            0
        } else {
            self.set_up_blocks.min(child.blocks.len())
        }
    }

    /// Keeps a few of the transactions after the set-up, in one block or a few.
    fn make_small(&mut self, child: &mut Candidate) {
        let tail = child
            .blocks
            .split_off(self.set_up_blocks.min(child.blocks.len()));
        let mut all: Vec<(u64, Planned)> = Vec::new();
        for block in &tail {
            let transactions = block.transactions.iter();
            all.extend(transactions.map(|planned| (block.timestamp_ms, planned.clone())));
        }
        while all.len() > SMALL_TRANSACTIONS {
            all.remove(self.random.below(all.len()));
        }
        for (timestamp_ms, planned) in all {
            let same = child.blocks.len() > self.set_up_blocks && self.random.chance(60);
            match child.blocks.last_mut().filter(|_| same) {
                Some(block) => Arc::make_mut(block).transactions.push(planned),
                None => child.blocks.push(Arc::new(PlannedBlock {
                    timestamp_ms,
                    transactions: vec![planned],
                })),
            }
        }
    }

    fn change(&mut self, child: &mut Candidate) {
        let first = self.first(child);
        let before: usize = child.blocks[..first]
            .iter()
            .map(|block| block.transactions.len())
            .sum();
        let count = child.transactions() - before;
        if count == 0 || (count < TRANSACTIONS_MAX && self.random.chance(15)) {
            return self.insert(child, first);
        }
        match self.random.below(10) {
            0 => self.remove_or_double(child, first),
            1 => self.swap(child, (before, count)),
            2 => self.move_borders(child, first),
            _ => {
                let position = before + self.random.below(count);
                if let Some(planned) = child.transaction_mut(position) {
                    self.change_transaction(planned);
                }
            }
        }
    }

    fn change_transaction(&mut self, planned: &mut Planned) {
        match self.random.below(20) {
            0..=8 => self.change_input(planned),
            9..=13 => self.change_gas(planned),
            14..=16 => planned.sender = self.random.below(self.surface.senders),
            17 => self.change_value(planned),
            18 => planned.deposit_limit = u128::from(self.random.bits() % 5_000),
            _ => match self.random.below(3) {
                0 => planned.nonce = Some(self.random.bits() % 50),
                1 => planned.corrupt_signature = true,
                _ => planned.gas_price = u128::from(self.random.bits() % 4),
            },
        }
    }

    /// Another value for one argument, or other bytes.
    fn change_input(&mut self, planned: &mut Planned) {
        let params = self
            .surface
            .method(&planned.action)
            .map(|method| &method.params);
        let (Action::Call { input, .. }
        | Action::Instantiate { input, .. }
        | Action::Upgrade { input, .. }) = &mut planned.action
        else {
            return self.change_value(planned);
        };
        let parts = params.and_then(|params| Some((params, split(params, input)?)));
        match parts {
            Some((params, mut parts)) if !parts.is_empty() && self.random.chance(92) => {
                let chosen = self.random.below(parts.len());
                let ty = &params[chosen].ty;
                parts[chosen] = generate(ty, self.random, &self.surface.ids);
                *input = parts.concat();
            }
            _ => change_bytes(self.random, input),
        }
    }

    fn change_value(&mut self, planned: &mut Planned) {
        let drawn = match self.random.below(5) {
            0 | 1 => 0,
            2 => u128::from(self.random.bits() % 1_000),
            3 => u128::MAX,
            _ => 1 << (self.random.bits() % 64),
        };
        if let Action::Call { value, .. }
        | Action::Instantiate { value, .. }
        | Action::Transfer { value, .. } = &mut planned.action
        {
            *value = drawn;
        }
    }

    /// A gas limit at which the call may run out.
    fn change_gas(&mut self, planned: &mut Planned) {
        let Some(known) = self.surface.gas(&planned.action) else {
            let limit = planned.gas_limit.max(1);
            planned.gas_limit = self.random.bits() % limit;
            return;
        };
        let within = |random: &mut Random, range: u64| random.bits() % (range + 1);
        planned.gas_limit = match self.random.below(10) {
            0..=5 => known.outside + within(self.random, known.total - known.outside),
            6 | 7 => within(self.random, known.total),
            8 => (known.total + 1).saturating_sub(within(self.random, 2)),
            _ => known.total + WASM_GAS_MAX,
        };
    }

    /// Gives calls that would use a lot of Wasm gas less of it: a loop without end says nothing
    /// more after a million operators.
    fn limit_gas(&mut self, child: &mut Candidate) {
        let first = self.set_up_blocks.min(child.blocks.len());
        for block in &mut child.blocks[first..] {
            let over = |planned: &Planned| {
                let known = self.surface.gas(&planned.action)?;
                let limit = known.outside + WASM_GAS_MAX;
                let heavy = known.total > limit && planned.gas_limit > limit;
                heavy.then_some(limit)
            };
            let changes: Vec<(usize, u64)> = (0..)
                .zip(&block.transactions)
                .filter_map(|(position, planned)| Some((position, over(planned)?)))
                .collect();
            for (position, limit) in changes {
                Arc::make_mut(block).transactions[position].gas_limit = limit;
            }
        }
    }

    fn remove_or_double(&mut self, child: &mut Candidate, first: usize) {
        let block = first + self.random.below(child.blocks.len() - first);
        let block = Arc::make_mut(&mut child.blocks[block]);
        if block.transactions.is_empty() {
            return;
        }
        let at = self.random.below(block.transactions.len());
        match self.random.chance(50) {
            true => drop(block.transactions.remove(at)),
            false => block
                .transactions
                .insert(at, block.transactions[at].clone()),
        }
    }

    fn swap(&mut self, child: &mut Candidate, (before, count): (usize, usize)) {
        let one = before + self.random.below(count);
        let other = before + self.random.below(count);
        let taken = child.transaction_mut(one).cloned();
        if let Some((taken, place)) = taken.zip(child.transaction_mut(other)) {
            let displaced = std::mem::replace(place, taken);
            if let Some(place) = child.transaction_mut(one) {
                *place = displaced;
            }
        }
    }

    /// Splits a block, or joins it with the next.
    fn move_borders(&mut self, child: &mut Candidate, first: usize) {
        let chosen = first + self.random.below(child.blocks.len() - first);
        if self.random.chance(50) && chosen + 1 < child.blocks.len() {
            let next = child.blocks.remove(chosen + 1);
            let block = Arc::make_mut(&mut child.blocks[chosen]);
            block.transactions.extend(next.transactions.iter().cloned());
            return;
        }
        let block = Arc::make_mut(&mut child.blocks[chosen]);
        let at = self.random.below(block.transactions.len() + 1);
        let rest = PlannedBlock {
            timestamp_ms: block.timestamp_ms.saturating_add(1),
            transactions: block.transactions.split_off(at),
        };
        child.blocks.insert(chosen + 1, Arc::new(rest));
    }
}

/// Flips, removes or adds a byte.
fn change_bytes(random: &mut Random, bytes: &mut Vec<u8>) {
    let at = random.below(bytes.len() + 1);
    match random.below(3) {
        0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        1 => bytes.truncate(at),
        _ => bytes.insert(at, random.bytes(1)[0]),
    }
}
