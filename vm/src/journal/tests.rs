//! How much a journal holds, which nobody outside sees.

use lockstep_abi::{AccountId, CodeHash};
use lockstep_state_trie::{EMPTY_ROOT, MemoryStore, Trie, Witness};

use super::{Journal, Undo};
use crate::account::{Account, ContractRecord};
use crate::state::State;
use crate::state_key::StateKey;

const ID: AccountId = AccountId([1; 32]);

/// A journal in which [`ID`] is a contract, at the beginning of a transaction.
fn journal() -> Journal<Trie<MemoryStore>> {
    let mut journal = Journal::new(Trie::new(MemoryStore::new()));
    let record = ContractRecord::new(CodeHash([2; 32]), ID);
    let account = Account {
        contract: Some(record),
        ..Account::default()
    };
    journal.set_account(&ID, account).unwrap();
    journal.end_transaction().unwrap();
    journal
}

/// Changes storage, transient storage and an account, each in a way of its own.
fn rewrite(journal: &mut Journal<Trie<MemoryStore>>, number: u8) {
    let value = vec![number; usize::from(number)];
    journal.storage_set(&ID, b"key", value.clone()).unwrap();
    journal.storage_remove(&ID, b"key").unwrap();
    journal.storage_set(&ID, b"key", value.clone()).unwrap();
    journal.transient_set(&ID, b"key", value.clone());
    assert!(journal.transient_remove(&ID, b"key"));
    assert!(!journal.transient_remove(&ID, b"key"));
    journal.transient_set(&ID, b"key", value);
    let mut account = journal.account(&ID).unwrap();
    account.balance = u128::from(number);
    journal.set_account(&ID, account).unwrap();
}

#[test]
fn rewriting_a_key_does_not_make_the_log_longer() {
    let mut journal = journal();
    rewrite(&mut journal, 1);
    assert_eq!(journal.undo.len(), 3);
    for number in 2..100 {
        rewrite(&mut journal, number);
    }
    assert_eq!(journal.undo.len(), 3);

    let checkpoint = journal.checkpoint();
    for number in 0..100 {
        rewrite(&mut journal, number);
    }
    assert_eq!(journal.undo.len(), 6, "once more behind a checkpoint");
    journal.revert(checkpoint);
    assert_eq!(journal.undo.len(), 3);
    assert_eq!(
        journal.storage_get(&ID, b"key").unwrap(),
        Some(vec![99; 99])
    );
    assert_eq!(journal.transient_get(&ID, b"key"), Some(vec![99; 99]));
    assert_eq!(journal.account(&ID).unwrap().balance, 99);

    rewrite(&mut journal, 5);
    assert_eq!(
        journal.undo.len(),
        6,
        "the checkpoint can be gone back to again"
    );
    journal.revert(checkpoint);
    assert_eq!(journal.transient_get(&ID, b"key"), Some(vec![99; 99]));
}

/// A key that was removed and written again behind checkpoints of their own is undone step by step, by
/// way of not being there.
#[test]
fn what_was_removed_and_written_again_comes_back() {
    let mut journal = journal();
    let set = |journal: &mut Journal<_>, value: u8| {
        journal.transient_set(&ID, b"key", vec![value]);
        journal.storage_set(&ID, b"key", vec![value]).unwrap();
    };
    let get = |journal: &mut Journal<_>| {
        let stored = journal.storage_get(&ID, b"key").unwrap();
        assert_eq!(journal.transient_get(&ID, b"key"), stored);
        stored
    };
    let first = journal.checkpoint();
    set(&mut journal, 1);
    let second = journal.checkpoint();
    assert!(journal.transient_remove(&ID, b"key"));
    assert!(journal.storage_remove(&ID, b"key").unwrap());
    journal.checkpoint();
    set(&mut journal, 2);
    journal.revert(second);
    assert_eq!(get(&mut journal), Some(vec![1]));
    set(&mut journal, 3);
    journal.revert(second);
    assert_eq!(get(&mut journal), Some(vec![1]));
    journal.revert(first);
    assert_eq!(get(&mut journal), None);
    assert!(journal.transient.is_empty());
}

#[test]
fn each_transaction_writes_down_what_it_changes() {
    let mut journal = journal();
    for number in 1..5 {
        rewrite(&mut journal, number);
        assert_eq!(journal.undo.len(), 3);
        let (_, changes) = journal.end_transaction().unwrap();
        assert_eq!(changes.len(), 2, "the account and the storage");
    }
}

/// How many entries there are: accounts, bytes, and accounts that were only looked at.
fn held(journal: &Journal<Trie<MemoryStore>>) -> (usize, usize, usize) {
    let (accounts, bytes) = (journal.accounts.len(), journal.bytes.len());
    (accounts, bytes, journal.seen.len())
}

#[test]
fn what_is_only_looked_at_leaves_with_the_transaction() {
    let mut journal = journal();
    for number in 10..20 {
        let id = AccountId([number; 32]);
        assert_eq!(journal.account(&id).unwrap(), Account::default());
        journal.set_account(&id, Account::default()).unwrap();
        assert!(!journal.storage_remove(&ID, &[number]).unwrap());
    }
    assert_eq!(held(&journal), (1, 0, 10));
    journal.end_transaction().unwrap();
    assert_eq!(held(&journal), (1, 0, 0));
}

#[test]
fn what_was_changed_back_leaves_with_the_transaction() {
    let other = AccountId([9; 32]);
    let with = |balance| Account {
        balance,
        ..Account::default()
    };
    let mut journal = journal();
    let change = |journal: &mut Journal<_>, balance: u128, value: &[u8]| {
        journal.set_account(&other, with(balance)).unwrap();
        journal.storage_set(&ID, b"key", value.to_vec()).unwrap();
    };
    // Within a transaction, by hand and by a revert behind changes that stay in the log.
    change(&mut journal, 1, b"one");
    journal.set_account(&other, with(0)).unwrap();
    journal.storage_remove(&ID, b"key").unwrap();
    let checkpoint = journal.checkpoint();
    change(&mut journal, 2, b"two");
    journal.revert(checkpoint);
    assert_eq!(held(&journal), (2, 1, 0));
    assert_eq!(journal.end_transaction().unwrap().1, []);
    assert_eq!(held(&journal), (1, 0, 0));

    // By a revert alone.
    let checkpoint = journal.checkpoint();
    change(&mut journal, 1, b"one");
    journal.revert(checkpoint);
    assert_eq!(held(&journal), (1, 0, 0), "nothing in the log names them");

    // By a later transaction, which tells of it.
    change(&mut journal, 1, b"one");
    assert_eq!(journal.end_transaction().unwrap().1.len(), 3);
    assert_eq!(held(&journal), (2, 1, 0));
    journal.set_account(&other, with(0)).unwrap();
    journal.storage_remove(&ID, b"key").unwrap();
    assert_eq!(journal.end_transaction().unwrap().1.len(), 3);
    assert_eq!(held(&journal), (1, 0, 0));
}

/// Else a contract could have a long run of them walked over again by every search.
#[test]
fn a_run_of_removed_keys_is_remembered_from_either_side() {
    for upwards in [true, false] {
        let mut journal = journal();
        for number in 0..20 {
            journal.storage_set(&ID, &[number], vec![1]).unwrap();
        }
        for number in 1..19 {
            assert!(journal.storage_remove(&ID, &[number]).unwrap());
        }
        let key = |number: u8| StateKey::Storage(ID, vec![number]).to_bytes();
        assert_eq!(journal.vacant.end_around(&key(1)), None);
        if upwards {
            let found = journal.storage_next(&ID, &[1]).unwrap();
            assert_eq!(found, Some(vec![19]));
            assert_eq!(journal.vacant.end_around(&key(1)), Some(&key(19)));
        } else {
            let found = journal.storage_previous(&ID, Some(&[19])).unwrap();
            assert_eq!(found, Some(vec![0]));
            let after_first = [&key(0)[..], &[0]].concat();
            assert_eq!(journal.vacant.start_below(&key(19)), Some(&after_first));
        }
    }
}

/// Ids are hashes, but no result may depend on that: runs of removed keys that meet between two
/// contracts lead a search in neither to the other.
#[test]
fn searches_stay_in_their_contract_where_removed_keys_meet() {
    let mut next = ID.0;
    next[31] += 1;
    let next = AccountId(next);
    let mut journal = journal();
    let record = journal.account(&ID).unwrap();
    journal.set_account(&next, record).unwrap();
    for (id, kept, removed) in [(ID, 1, 9), (next, 9, 1)] {
        for number in [kept, removed] {
            journal.storage_set(&id, &[number], vec![1]).unwrap();
        }
        assert!(journal.storage_remove(&id, &[removed]).unwrap());
    }
    // The first two searches learn of the runs, the others meet both as one.
    for _ in 0..2 {
        let mut after = |id, from| journal.storage_next(&id, &[from]).unwrap();
        assert_eq!((after(ID, 5), after(next, 0)), (None, Some(vec![9])));
        let mut before = |id, end| journal.storage_previous(&id, Some(&[end])).unwrap();
        assert_eq!((before(ID, 10), before(next, 5)), (Some(vec![1]), None));
    }
}

/// Code that is not read is there exactly when code that is read is.
#[test]
fn required_code_is_there_from_its_upload_until_that_is_undone() {
    let hash = CodeHash([3; 32]);
    let trie = Trie::new(MemoryStore::new());
    let witness = trie.snapshot().witness([StateKey::Code(hash).to_bytes()]);
    let mut witness = Witness::open(&EMPTY_ROOT, witness.unwrap()).unwrap();
    let mut journal = Journal::new(&mut witness);
    let is_there = |journal: &mut Journal<&mut Witness>| {
        let is_read = journal.code(&hash).unwrap().is_some();
        assert_eq!(journal.require_code(&hash).is_ok(), is_read);
        is_read
    };
    assert!(!is_there(&mut journal));
    let checkpoint = journal.checkpoint();
    journal.put_code(&hash, vec![1]).unwrap();
    assert!(is_there(&mut journal));
    journal.revert(checkpoint);
    assert!(!is_there(&mut journal));
    // Behind a change that stays, so that the undo log is not empty.
    let account = Account {
        balance: 1,
        ..Account::default()
    };
    journal.set_account(&ID, account).unwrap();
    let checkpoint = journal.checkpoint();
    journal.put_code(&hash, vec![1]).unwrap();
    journal.revert(checkpoint);
    assert!(!is_there(&mut journal));
    journal.end_transaction().unwrap();
    assert!(!is_there(&mut journal));
    journal.put_code(&hash, vec![1]).unwrap();
    journal.end_transaction().unwrap();
    assert!(is_there(&mut journal));
}

/// `docs/gas.md` counts on it, where it says what a transaction can make a node hold.
#[test]
fn a_value_that_was_there_before_is_held_twice_until_the_transaction_ends() {
    let mut before = journal();
    before.storage_set(&ID, b"key", vec![1; 9]).unwrap();
    before.end_transaction().unwrap();
    let (changes, mut ledger) = before.into_changes();
    ledger.update(changes).unwrap();

    let mut journal = Journal::new(ledger);
    let old = |journal: &Journal<_>| {
        let kept = journal.bytes.values().map(|entry| &entry.original);
        let logged = journal.undo.iter().filter_map(|record| match record {
            Undo::Bytes { before, .. } => Some(before),
            Undo::Account { .. } | Undo::Transient { .. } => None,
        });
        let held = kept.chain(logged).flatten();
        held.filter(|value| **value == [1; 9]).count()
    };
    journal.storage_set(&ID, b"key", vec![2; 9]).unwrap();
    journal.checkpoint();
    assert!(journal.storage_remove(&ID, b"key").unwrap());
    assert_eq!(old(&journal), 2);
    journal.end_transaction().unwrap();
    assert_eq!(old(&journal), 1);
}
