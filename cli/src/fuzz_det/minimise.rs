//! Cutting a candidate down: fewer transactions, fewer blocks, fewer calls, simpler arguments.
//!
//! Delta debugging: pieces of transactions are left out, large pieces first, for as long as the
//! rest still shows the difference. A transaction gives way to a call that it leads to, made by its
//! sender (`nested`), so that the contracts above it are needed no more. Then blocks are joined, and
//! each transaction is made simpler and its arguments shorter, part by part. Nothing here knows what
//! the difference is; the [`Judge`] says whether it is there. An interrupt ends it with the best so
//! far.

use std::sync::Arc;

use lockstep_vm::Action;

use super::arguments::{shorten, split};
use super::campaign::Control;
use super::candidate::{Candidate, Planned, PlannedBlock};
use super::nested::Nested;
use super::surface::Surface;

/// The most candidates that are tried.
const TRIES_MAX: usize = 2_000;

/// Says whether a candidate shows what is looked for.
pub(super) trait Judge {
    /// Whether it does.
    fn shows(&mut self, candidate: &Candidate) -> bool;

    /// The calls that its transactions lead to, where each could be what is needed.
    fn nested(&mut self, _candidate: &Candidate) -> Vec<Nested> {
        Vec::new()
    }
}

impl<F: FnMut(&Candidate) -> bool> Judge for F {
    fn shows(&mut self, candidate: &Candidate) -> bool {
        self(candidate)
    }
}

/// The smallest candidate found that still shows what `candidate` shows. Ends early when `control`
/// is interrupted.
pub(super) fn minimise(
    candidate: &Candidate,
    surface: &Surface,
    control: &dyn Control,
    judge: impl Judge,
) -> Candidate {
    let mut search = Search {
        best: candidate.clone(),
        judge,
        control,
        tries_left: TRIES_MAX,
    };
    loop {
        let before = search.best.clone();
        search.remove_transactions();
        search.call_directly();
        search.drop_empty_blocks();
        search.join_blocks();
        search.simplify(surface);
        if search.best == before {
            return search.best;
        }
    }
}

struct Search<'c, J> {
    best: Candidate,
    judge: J,
    control: &'c dyn Control,
    tries_left: usize,
}

impl<J: Judge> Search<'_, J> {
    /// Takes `smaller` if it still shows the difference.
    fn try_it(&mut self, smaller: Candidate) -> bool {
        if self.tries_left == 0 || self.control.is_interrupted() || smaller == self.best {
            return false;
        }
        self.tries_left -= 1;
        let shows = self.judge.shows(&smaller);
        if shows {
            self.best = smaller;
        }
        shows
    }

    fn remove_transactions(&mut self) {
        let mut size = self.best.transactions().div_ceil(2);
        while size > 0 {
            let mut at = 0;
            while at < self.best.transactions() {
                // From the end: what comes later is less often needed by what is left.
                let end = self.best.transactions() - at;
                let smaller = without(&self.best, end.saturating_sub(size), end);
                if !self.try_it(smaller) {
                    at += size;
                }
            }
            size /= 2;
        }
    }

    /// Puts calls within transactions in their place, the deepest and last first.
    fn call_directly(&mut self) {
        let mut nested = self.judge.nested(&self.best);
        nested.sort_by_key(|call| (call.transaction, call.depth));
        let mut replaced = None;
        for call in nested.into_iter().rev() {
            let position = call.transaction;
            let planned = self.best.each().nth(position).cloned();
            let Some(planned) = planned.filter(|_| replaced != Some(position)) else {
                continue;
            };
            if self.replace(position, call.alone(planned)) {
                replaced = Some(position);
            }
        }
    }

    fn drop_empty_blocks(&mut self) {
        let mut smaller = self.best.clone();
        smaller
            .blocks
            .retain(|block| !block.transactions.is_empty());
        if !self.try_it(smaller) {
            for position in (0..self.best.blocks.len()).rev() {
                let mut smaller = self.best.clone();
                if smaller.blocks[position].transactions.is_empty() {
                    smaller.blocks.remove(position);
                    self.try_it(smaller);
                }
            }
        }
    }

    fn join_blocks(&mut self) {
        let mut at = 0;
        while at + 1 < self.best.blocks.len() {
            let mut smaller = self.best.clone();
            let next = smaller.blocks.remove(at + 1);
            let block = Arc::make_mut(&mut smaller.blocks[at]);
            block.transactions.extend(next.transactions.iter().cloned());
            if !self.try_it(smaller) {
                at += 1;
            }
        }
    }

    fn simplify(&mut self, surface: &Surface) {
        for position in 0..self.best.transactions() {
            let Some(planned) = self.best.each().nth(position).cloned() else {
                continue;
            };
            for simpler in simpler(&planned) {
                self.replace(position, simpler);
            }
            let params = surface.method(&planned.action).map(|method| &method.params);
            let input = input(&planned.action).cloned();
            let Some((params, input)) = params.zip(input) else {
                continue;
            };
            let Some(mut parts) = split(params, &input) else {
                continue;
            };
            for (number, field) in params.iter().enumerate() {
                let mut others = parts.clone();
                let part = std::mem::take(&mut parts[number]);
                parts[number] = shorten(&field.ty, part, &mut |shorter| {
                    others[number] = shorter;
                    let Some(mut simpler) = self.best.each().nth(position).cloned() else {
                        return false;
                    };
                    set_input(&mut simpler.action, others.concat());
                    self.replace(position, simpler)
                });
            }
        }
    }

    fn replace(&mut self, position: usize, planned: Planned) -> bool {
        let mut smaller = self.best.clone();
        match smaller.transaction_mut(position) {
            Some(place) => *place = planned,
            None => return false,
        }
        self.try_it(smaller)
    }
}

/// The candidate without the transactions from `start` to before `end`.
fn without(candidate: &Candidate, start: usize, end: usize) -> Candidate {
    let mut number = 0;
    let blocks = candidate.blocks.iter().map(|block| {
        let mut kept = Vec::new();
        for planned in &block.transactions {
            if !(start..end).contains(&number) {
                kept.push(planned.clone());
            }
            number += 1;
        }
        Arc::new(PlannedBlock {
            timestamp_ms: block.timestamp_ms,
            transactions: kept,
        })
    });
    Candidate {
        blocks: blocks.collect(),
    }
}

/// The transaction with one thing made simpler, in several ways.
fn simpler(planned: &Planned) -> Vec<Planned> {
    let mut found = Vec::new();
    let mut add = |change: &dyn Fn(&mut Planned)| {
        let mut simpler = planned.clone();
        change(&mut simpler);
        if simpler != *planned {
            found.push(simpler);
        }
    };
    add(&|planned| planned.corrupt_signature = false);
    add(&|planned| planned.nonce = None);
    add(&|planned| planned.deposit_limit = u128::MAX);
    add(&|planned| {
        if let Action::Call { value, .. }
        | Action::Instantiate { value, .. }
        | Action::Transfer { value, .. } = &mut planned.action
        {
            *value = 0;
        }
    });
    // A round gas limit reads better than the one that was drawn.
    add(&|planned| planned.gas_limit = planned.gas_limit.next_multiple_of(1_000_000));
    found
}

fn input(action: &Action) -> Option<&Vec<u8>> {
    match action {
        Action::Call { input, .. }
        | Action::Instantiate { input, .. }
        | Action::Upgrade { input, .. } => Some(input),
        Action::Transfer { .. } | Action::Upload { .. } => None,
    }
}

fn set_input(action: &mut Action, bytes: Vec<u8>) {
    if let Action::Call { input, .. }
    | Action::Instantiate { input, .. }
    | Action::Upgrade { input, .. } = action
    {
        *input = bytes;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::minimise;
    use crate::fuzz_det::campaign::Control;
    use crate::fuzz_det::candidate::{Candidate, Planned, PlannedBlock};
    use crate::fuzz_det::report::Statistics;
    use crate::fuzz_det::surface::Surface;
    use crate::scenario::from_text;
    use lockstep_abi::AccountId;
    use lockstep_vm::Action;

    /// Never interrupted.
    struct Patient;

    impl Control for Patient {
        fn is_over(&mut self, _statistics: &Statistics) -> bool {
            false
        }
    }

    fn transfer(value: u128) -> Planned {
        Planned {
            sender: 0,
            action: Action::Transfer {
                to: AccountId([1; 32]),
                value,
            },
            gas_limit: 1_234,
            gas_price: 1,
            deposit_limit: 5,
            nonce: Some(3),
            chain_id: 1,
            corrupt_signature: true,
        }
    }

    #[test]
    fn the_least_that_shows_it_is_left() {
        let text = "schema = \"lockstep.scenario/1\"\nname = \"none\"\n".to_string();
        let scenario = from_text(text, "none", std::path::Path::new("")).expect("a scenario");
        let blocks = (0..4_u128).map(|block| {
            Arc::new(PlannedBlock {
                timestamp_ms: 0,
                transactions: (0..5).map(|number| transfer(block * 10 + number)).collect(),
            })
        });
        let candidate = Candidate {
            blocks: blocks.collect(),
        };
        let surface = Surface::new(&scenario, &candidate);
        // Two transactions far apart are needed, in this order.
        let least = minimise(&candidate, &surface, &Patient, |candidate: &Candidate| {
            let values: Vec<u128> = candidate
                .each()
                .map(|planned| planned.action.value())
                .collect();
            let first = values.iter().position(|value| *value == 2);
            let second = values.iter().position(|value| *value == 31);
            first
                .zip(second)
                .is_some_and(|(first, second)| first < second)
        });
        assert_eq!((least.blocks.len(), least.transactions()), (1, 2));
        let planned = least.each().next().expect("a transaction");
        assert!(!planned.corrupt_signature && planned.nonce.is_none());
        assert_eq!(planned.action.value(), 2);
    }
}
