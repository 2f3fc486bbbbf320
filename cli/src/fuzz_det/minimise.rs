//! Cutting a candidate down: fewer transactions, fewer blocks, fewer calls, simpler arguments.
//!
//! Delta debugging: pieces of transactions are left out, large pieces first, for as long as the
//! rest still shows the difference. A transaction gives way to a call that it leads to, made by its
//! sender (`nested`), so that the contracts above it are needed no more. Then blocks are joined, and
//! each transaction is made simpler and its arguments shorter, part by part. Nothing here knows what
//! the difference is; the [`Judge`] says whether it is there. An interrupt ends it with the best so
//! far.

mod simpler;

use std::sync::Arc;

use super::arguments::{shorten, shorten_bytes, split};
use super::candidate::{Candidate, Planned};
use super::control::Control;
use super::nested::Judge;
use super::surface::Surface;
use simpler::{input, set_input, simpler, without};

/// The most candidates that are tried.
const TRIES_MAX: usize = 2_000;

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
        let tries = TRIES_MAX - self.tries_left;
        self.control.tried(tries, self.best.transactions());
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
        if self.control.is_interrupted() {
            return;
        }
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
            let Some(input) = input(&planned.action).cloned() else {
                continue;
            };
            let params = surface.method(&planned.action).map(|method| &method.params);
            let Some(params) = params else {
                // Nothing is known of these bytes.
                shorten_bytes(input, &mut |shorter| self.replace_input(position, shorter));
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
                    self.replace_input(position, others.concat())
                });
            }
        }
    }

    fn replace_input(&mut self, position: usize, input: Vec<u8>) -> bool {
        let Some(mut simpler) = self.best.each().nth(position).cloned() else {
            return false;
        };
        set_input(&mut simpler.action, input);
        self.replace(position, simpler)
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Arc;

    use super::{input, minimise};
    use crate::fuzz_det::candidate::{Candidate, Planned, PlannedBlock};
    use crate::fuzz_det::control::Control;
    use crate::fuzz_det::report::Statistics;
    use crate::fuzz_det::surface::Surface;
    use crate::scenario::from_text;
    use lockstep_abi::AccountId;
    use lockstep_vm::Action;

    /// Never interrupted. Keeps how many transactions were left when it was told last.
    #[derive(Default)]
    struct Patient(Cell<usize>);

    impl Control for Patient {
        fn is_over(&mut self, _statistics: &Statistics) -> bool {
            false
        }

        fn tried(&self, _tries: usize, transactions: usize) {
            self.0.set(transactions);
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
        let control = Patient::default();
        let least = minimise(&candidate, &surface, &control, |candidate: &Candidate| {
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
        assert_eq!(control.0.get(), 2, "it is told what is left");
        let planned = least.each().next().expect("a transaction");
        assert!(!planned.corrupt_signature && planned.nonce.is_none());
        assert_eq!(planned.action.value(), 2);
    }

    #[test]
    fn of_an_input_without_an_abi_the_bytes_are_left_that_are_needed() {
        let text = "schema = \"lockstep.scenario/1\"\nname = \"none\"\n".to_string();
        let scenario = from_text(text, "none", std::path::Path::new("")).expect("a scenario");
        let call = Planned {
            action: Action::Call {
                contract: AccountId([1; 32]),
                method: "run".to_string(),
                input: (0..100).collect(),
                value: 0,
            },
            ..transfer(0)
        };
        let candidate = Candidate {
            blocks: vec![Arc::new(PlannedBlock {
                timestamp_ms: 0,
                transactions: vec![call],
            })],
        };
        let surface = Surface::new(&scenario, &candidate);
        let has_both = |candidate: &Candidate| {
            let first = candidate.each().next();
            let input = first.and_then(|planned| input(&planned.action));
            input.is_some_and(|input| input.contains(&3) && input.contains(&70))
        };
        let least = minimise(&candidate, &surface, &Patient::default(), has_both);
        let left = least
            .each()
            .next()
            .and_then(|planned| input(&planned.action));
        assert_eq!(left, Some(&vec![3, 70]));
    }
}
