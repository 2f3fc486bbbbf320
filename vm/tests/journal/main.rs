//! The journal against a model that copies everything at each checkpoint.

mod paths;
mod steps;
mod told;

use std::collections::BTreeMap;

use lockstep_abi::{AccountId, CodeHash};
use lockstep_state_trie::{MemoryStore, Trie};
use lockstep_vm::{Account, Checkpoint, ContractRecord, Event, Journal, State, StateKey};
use parity_scale_codec::Encode;
use proptest::prelude::*;

use steps::{Step, step, step_at_one_key};

const CONTRACTS: u8 = 3;
const KEYS: u8 = 12;

fn contract(number: u8) -> AccountId {
    AccountId([number; 32])
}

/// Keys of different lengths, some the beginning of others.
fn key(number: u8) -> Vec<u8> {
    let length = usize::from(number % 3) + 1;
    vec![number / 3; length]
}

type Slots = BTreeMap<(u8, Vec<u8>), Vec<u8>>;

#[derive(Clone, Default, PartialEq, Debug)]
struct Model {
    storage: Slots,
    transient: Slots,
    balances: BTreeMap<u8, u128>,
    events: Vec<u8>,
}

impl Model {
    fn balance(&self, number: u8) -> u128 {
        self.balances.get(&number).copied().unwrap_or(0)
    }

    fn account(&self, number: u8) -> Account {
        let mut record = ContractRecord::new(CodeHash([9; 32]), AccountId([8; 32]));
        for ((_, key), value) in self.storage.iter().filter(|((c, _), _)| *c == number) {
            record.storage_items += 1;
            record.storage_bytes += u64::try_from(key.len() + value.len()).unwrap();
        }
        Account {
            nonce: 0,
            balance: self.balance(number),
            contract: Some(record),
        }
    }

    fn next(&self, number: u8, from: &[u8]) -> Option<Vec<u8>> {
        let mut from_here = self.storage.range((number, from.to_vec())..);
        let ((found, key), _) = from_here.next()?;
        (*found == number).then(|| key.clone())
    }

    fn previous(&self, number: u8, before: Option<&[u8]>) -> Option<Vec<u8>> {
        let end = match before {
            Some(before) => (number, before.to_vec()),
            None => (number + 1, Vec::new()),
        };
        let ((found, key), _) = self.storage.range(..end).next_back()?;
        (*found == number).then(|| key.clone())
    }
}

fn event(number: u8) -> Event {
    Event {
        contract: contract(number),
        topics: vec![[number; 32]],
        data: vec![number],
    }
}

/// Runs a step on both; the stack holds the open checkpoints with the model's copies.
fn apply(
    step: &Step,
    journal: &mut Journal<&mut Trie<MemoryStore>>,
    model: &mut Model,
    stack: &mut Vec<(Checkpoint, Model)>,
) -> Result<(), TestCaseError> {
    match step {
        Step::Checkpoint => stack.push((journal.checkpoint(), model.clone())),
        Step::Revert => {
            if let Some((checkpoint, copy)) = stack.pop() {
                journal.revert(checkpoint);
                *model = copy;
            }
        }
        Step::Commit => {
            stack.pop();
        }
        Step::Set(c, k, value) => {
            journal
                .storage_set(&contract(*c), &key(*k), value.clone())
                .unwrap();
            model.storage.insert((*c, key(*k)), value.clone());
        }
        Step::Remove(c, k) => {
            let removed = journal.storage_remove(&contract(*c), &key(*k)).unwrap();
            prop_assert_eq!(removed, model.storage.remove(&(*c, key(*k))).is_some());
        }
        Step::TransientSet(c, k, value) => {
            journal.transient_set(&contract(*c), &key(*k), value.clone());
            model.transient.insert((*c, key(*k)), value.clone());
        }
        Step::TransientRemove(c, k) => {
            let removed = journal.transient_remove(&contract(*c), &key(*k));
            prop_assert_eq!(removed, model.transient.remove(&(*c, key(*k))).is_some());
        }
        Step::Balance(c, balance) => {
            let mut account = journal.account(&contract(*c)).unwrap();
            account.balance = *balance;
            journal.set_account(&contract(*c), account).unwrap();
            model.balances.insert(*c, *balance);
        }
        Step::Transfer(from, to, amount) => {
            let moved = journal
                .transfer(&contract(*from), &contract(*to), *amount)
                .unwrap();
            prop_assert_eq!(moved, *amount <= model.balance(*from));
            if moved {
                let rest = model.balance(*from) - amount;
                model.balances.insert(*from, rest);
                let sum = model.balance(*to) + amount;
                model.balances.insert(*to, sum);
            }
        }
        Step::Event(number) => {
            journal.push_event(event(*number));
            model.events.push(*number);
        }
        Step::EndTransaction => {
            let (events, _) = journal.end_transaction().unwrap();
            let of_model: Vec<_> = model.events.iter().map(|number| event(*number)).collect();
            prop_assert_eq!(events, of_model);
            model.events.clear();
            model.transient.clear();
            stack.clear();
        }
    }
    Ok(())
}

/// Compares everything that can be asked.
fn compare(
    journal: &mut Journal<&mut Trie<MemoryStore>>,
    model: &Model,
) -> Result<(), TestCaseError> {
    prop_assert_eq!(journal.event_count(), model.events.len());
    for c in 0..CONTRACTS {
        let id = contract(c);
        prop_assert_eq!(journal.account(&id).unwrap(), model.account(c));
        prop_assert_eq!(journal.storage_next(&id, &[]).unwrap(), model.next(c, &[]));
        prop_assert_eq!(
            journal.storage_previous(&id, None).unwrap(),
            model.previous(c, None)
        );
        for k in 0..KEYS {
            let key = key(k);
            let slot = (c, key.clone());
            prop_assert_eq!(
                journal.storage_get(&id, &key).unwrap(),
                model.storage.get(&slot).cloned()
            );
            prop_assert_eq!(
                journal.transient_get(&id, &key),
                model.transient.get(&slot).cloned()
            );
            prop_assert_eq!(
                journal.storage_next(&id, &key).unwrap(),
                model.next(c, &key)
            );
            prop_assert_eq!(
                journal.storage_previous(&id, Some(&key)).unwrap(),
                model.previous(c, Some(&key))
            );
        }
    }
    Ok(())
}

/// A trie that holds exactly what the model says.
fn trie_of(model: &Model) -> Trie<MemoryStore> {
    let mut trie = Trie::new(MemoryStore::new());
    let accounts = (0..CONTRACTS).map(|c| {
        let key = StateKey::Account(contract(c)).to_bytes();
        (key, Some(model.account(c).encode()))
    });
    let storage = model.storage.iter().map(|((c, key), value)| {
        let key = StateKey::Storage(contract(*c), key.clone()).to_bytes();
        (key, Some(value.clone()))
    });
    trie.update(accounts.chain(storage)).unwrap();
    trie
}

fn initial() -> impl Strategy<Value = Model> {
    let slot = (0..CONTRACTS, 0..KEYS).prop_map(|(c, k)| (c, key(k)));
    let value = prop::collection::vec(any::<u8>(), 0..4);
    prop::collection::btree_map(slot, value, 0..16).prop_map(|storage| Model {
        storage,
        ..Model::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_journal_behaves_like_copies(
        begin in initial(),
        steps in prop_oneof![
            prop::collection::vec(step(), 1..40),
            prop::collection::vec(step_at_one_key(), 1..40),
        ],
    ) {
        let mut trie = trie_of(&begin);
        let mut journal = Journal::new(&mut trie);
        let mut model = begin;
        let mut stack = Vec::new();
        for step in &steps {
            apply(step, &mut journal, &mut model, &mut stack)?;
            compare(&mut journal, &model)?;
        }
        let root = journal.commit().unwrap();
        prop_assert_eq!(root, trie_of(&model).root());
        prop_assert_eq!(root, trie.root());
    }

    #[test]
    fn a_revert_to_the_beginning_leaves_the_root(
        begin in initial(),
        steps in prop::collection::vec(step(), 1..30),
    ) {
        let mut trie = trie_of(&begin);
        let before = trie.root();
        let mut journal = Journal::new(&mut trie);
        let first = journal.checkpoint();
        let mut model = begin.clone();
        for step in steps.iter().filter(|step| !matches!(step, Step::Revert | Step::EndTransaction)) {
            apply(step, &mut journal, &mut model, &mut Vec::new())?;
        }
        journal.revert(first);
        compare(&mut journal, &begin)?;
        prop_assert_eq!(journal.commit().unwrap(), before);
    }
}

#[test]
fn a_dropped_journal_changes_nothing() {
    let mut trie = trie_of(&Model::default());
    let before = trie.root();
    let mut journal = Journal::new(&mut trie);
    journal.storage_set(&contract(0), b"key", vec![1]).unwrap();
    drop(journal);
    assert_eq!(trie.root(), before);
}

#[test]
fn storage_of_an_account_that_is_no_contract_is_an_internal_error() {
    let mut trie = Trie::new(MemoryStore::new());
    let mut journal = Journal::new(&mut trie);
    assert!(journal.storage_set(&contract(0), b"key", vec![1]).is_err());
}
