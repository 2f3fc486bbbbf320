//! Candidates and transactions with less in them, which may or may not show the same.

use std::sync::Arc;

use lockstep_vm::Action;

use crate::fuzz_det::candidate::{Candidate, Planned, PlannedBlock};

/// The candidate without the transactions from `start` to before `end`.
pub(super) fn without(candidate: &Candidate, start: usize, end: usize) -> Candidate {
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
pub(super) fn simpler(planned: &Planned) -> Vec<Planned> {
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
    add(&|planned| {
        let round = planned.gas_limit.checked_next_multiple_of(1_000_000);
        planned.gas_limit = round.unwrap_or(planned.gas_limit);
    });
    found
}

pub(super) fn input(action: &Action) -> Option<&Vec<u8>> {
    match action {
        Action::Call { input, .. }
        | Action::Instantiate { input, .. }
        | Action::Upgrade { input, .. } => Some(input),
        Action::Transfer { .. } | Action::Upload { .. } => None,
    }
}

pub(super) fn set_input(action: &mut Action, bytes: Vec<u8>) {
    if let Action::Call { input, .. }
    | Action::Instantiate { input, .. }
    | Action::Upgrade { input, .. } = action
    {
        *input = bytes;
    }
}

#[cfg(test)]
mod tests {
    use lockstep_abi::AccountId;
    use lockstep_vm::Action;

    use super::simpler;
    use crate::fuzz_det::candidate::Planned;

    #[test]
    fn a_gas_limit_becomes_round_unless_that_is_no_number_any_more() {
        let limits = |gas_limit: u64| {
            let planned = Planned {
                sender: 0,
                action: Action::Transfer {
                    to: AccountId([1; 32]),
                    value: 0,
                },
                gas_limit,
                gas_price: 1,
                deposit_limit: u128::MAX,
                nonce: None,
                chain_id: 1,
                corrupt_signature: false,
            };
            let found = simpler(&planned).into_iter();
            found.map(|planned| planned.gas_limit).collect::<Vec<u64>>()
        };
        assert_eq!(limits(1_000_001), [2_000_000]);
        assert!(limits(u64::MAX).is_empty());
    }
}
