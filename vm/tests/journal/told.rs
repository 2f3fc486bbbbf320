//! What a journal tells of a transaction: the accounts as they were before it, and its changes.

use lockstep_state_trie::{MemoryStore, Trie};
use lockstep_vm::{Journal, State, StateChange};
use proptest::prelude::*;

use crate::steps::{Step, step, step_at_one_key};
use crate::{CONTRACTS, Model, apply, compare, contract, initial, trie_of};

/// What must be told of a transaction that led from one to the other.
fn changes(before: &Model, after: &Model) -> Vec<StateChange> {
    let accounts = (0..CONTRACTS).map(|c| StateChange::Account {
        id: contract(c),
        before: before.account(c),
        after: after.account(c),
    });
    let mut slots: Vec<_> = before
        .storage
        .keys()
        .chain(after.storage.keys())
        .cloned()
        .collect();
    slots.sort();
    slots.dedup();
    let storage = slots.into_iter().map(|slot| StateChange::Storage {
        contract: contract(slot.0),
        key: slot.1.clone(),
        before: before.storage.get(&slot).cloned(),
        after: after.storage.get(&slot).cloned(),
    });
    let is_change = |change: &StateChange| match change {
        StateChange::Account { before, after, .. } => before != after,
        StateChange::Storage { before, after, .. } => before != after,
        StateChange::Code { .. } => true,
    };
    accounts.chain(storage).filter(is_change).collect()
}

/// Every account that the transaction changed is told as it was, in order, and others may be.
fn check_accounts_before(
    journal: &Journal<&mut Trie<MemoryStore>>,
    begun: &Model,
    model: &Model,
) -> Result<(), TestCaseError> {
    let told = journal.accounts_before();
    prop_assert!(told.is_sorted_by(|(one, _), (other, _)| one < other));
    for c in 0..CONTRACTS {
        let found = told.iter().find(|(id, _)| *id == contract(c));
        let before = begun.account(c);
        match found {
            Some((_, found)) => prop_assert_eq!(found, &before),
            None => prop_assert_eq!(model.account(c), before),
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Also when nobody looks in between, so that no scan has remembered anything.
    #[test]
    fn what_is_told_of_a_transaction_is_what_it_did(
        begin in initial(),
        steps in prop_oneof![
            prop::collection::vec((step(), prop::bool::weighted(0.2)), 1..60),
            prop::collection::vec((step_at_one_key(), prop::bool::weighted(0.2)), 1..60),
        ],
    ) {
        let mut trie = trie_of(&begin);
        let mut journal = Journal::new(&mut trie);
        let (mut begun, mut model, mut stack) = (begin.clone(), begin, Vec::new());
        let end = (Step::EndTransaction, true);
        for (step, looks) in steps.iter().chain([&end]) {
            check_accounts_before(&journal, &begun, &model)?;
            if matches!(step, Step::EndTransaction) {
                let (events, told) = journal.end_transaction().unwrap();
                prop_assert_eq!(events.len(), model.events.len());
                prop_assert_eq!(told, changes(&begun, &model));
                model.events.clear();
                model.transient.clear();
                stack.clear();
                begun = model.clone();
            } else {
                apply(step, &mut journal, &mut model, &mut stack)?;
            }
            if *looks {
                compare(&mut journal, &model)?;
            }
        }
        prop_assert_eq!(journal.commit().unwrap(), trie_of(&model).root());
    }
}
