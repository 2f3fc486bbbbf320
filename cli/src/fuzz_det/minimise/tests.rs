//! What is left of candidates.

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

/// One call with this input, of a method of which nothing is known.
fn calling(input: Vec<u8>) -> Candidate {
    let call = Planned {
        action: Action::Call {
            contract: AccountId([1; 32]),
            method: "run".to_string(),
            input,
            value: 0,
        },
        ..transfer(0)
    };
    Candidate {
        blocks: vec![Arc::new(PlannedBlock {
            timestamp_ms: 0,
            transactions: vec![call],
        })],
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
    let candidate = calling((0..100).collect());
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

/// Interrupted once so many candidates were tried.
struct Impatient(Cell<usize>);

impl Control for Impatient {
    fn is_over(&mut self, _statistics: &Statistics) -> bool {
        false
    }

    fn is_interrupted(&self) -> bool {
        self.0.get() == 0
    }

    fn tried(&self, _tries: usize, _transactions: usize) {
        self.0.set(self.0.get() - 1);
    }
}

#[test]
fn an_interrupt_or_the_last_try_ends_it_with_the_best_so_far() {
    let text = "schema = \"lockstep.scenario/1\"\nname = \"none\"\n".to_string();
    let scenario = from_text(text, "none", std::path::Path::new("")).expect("a scenario");
    let candidate = calling(vec![7; 131_072]);
    let surface = Surface::new(&scenario, &candidate);
    for tries in [12, super::TRIES_MAX + 1] {
        let mut asked = 0;
        let control = Impatient(Cell::new(tries));
        let least = minimise(&candidate, &surface, &control, |smaller: &Candidate| {
            asked += 1;
            let first = smaller.each().next();
            let input = first.and_then(|planned| input(&planned.action));
            input.is_some_and(|input| input.len() >= 65_536 && input.len().is_power_of_two())
        });
        assert_eq!(asked, tries.min(super::TRIES_MAX));
        let first = least.each().next().expect("the call");
        let left = input(&first.action).map(Vec::len);
        assert_eq!(left, Some(65_536), "the first half was left out");
    }
}
