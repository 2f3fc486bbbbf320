//! What an ordered search reads of the trie beside what its price pays for.
//!
//! A key that is given pays for the path to it by its length. A search that is given a short one can
//! come to a long one, and go down to another before, to find that it lies on the other side: its base
//! price pays for that.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lockstep_abi::{AccountId, CodeHash, HostFunction};
use lockstep_gas_meter::Protocol;
use lockstep_state_trie::{Digest, Leaf, Link, MemoryStore, NodeChanges, NodeStore, Page, Trie};
use lockstep_vm::{Account, ContractRecord, Journal, State};

use crate::contract;

/// A store that counts the pages that are read.
struct Counting {
    store: MemoryStore,
    pages: Arc<AtomicU64>,
}

impl NodeStore for Counting {
    type Error = <MemoryStore as NodeStore>::Error;
    type Ref<'s, T: 's> = &'s T;

    fn root(&self, root: &Digest) -> Result<Option<Link>, Self::Error> {
        self.store.root(root)
    }

    fn page(&self, number: u64) -> Result<Option<&Page>, Self::Error> {
        self.pages.fetch_add(1, Ordering::Relaxed);
        self.store.page(number)
    }

    fn leaf(&self, number: u64) -> Result<Option<&Leaf>, Self::Error> {
        self.store.leaf(number)
    }

    fn apply(&mut self, changes: NodeChanges) -> Result<(), Self::Error> {
        self.store.apply(changes)
    }
}

/// Keys that make the path to the one of 256 equal bytes branch at every bit behind the first ones.
fn deep_keys(byte: u8, first_bit: usize) -> Vec<Vec<u8>> {
    let key = vec![byte; 256];
    let siblings = (first_bit..8 * key.len()).map(|bit| {
        let mut sibling = key[..=bit / 8].to_vec();
        sibling[bit / 8] ^= 0x80 >> (bit % 8);
        sibling
    });
    siblings.chain([key.clone()]).collect()
}

/// The price of a call with a key, and what it answers.
fn price(function: HostFunction, given: &[u8], found: usize) -> u64 {
    let price = Protocol::v1().schedule.host.of(function);
    let bytes = |length: usize| u64::try_from(length).unwrap();
    price.base + price.per_input_byte * bytes(given.len()) + price.per_output_byte * bytes(found)
}

#[test]
fn an_ordered_search_pays_for_the_pages_that_it_reads() {
    use HostFunction::{StorageNext, StoragePrevious, StorageRead};

    let pages = Arc::new(AtomicU64::new(0));
    let mut trie = Trie::new(Counting {
        store: MemoryStore::new(),
        pages: Arc::clone(&pages),
    });
    let (empty, low, high, above) = (contract(2), contract(3), contract(0x60), contract(0x90));
    let mut journal = Journal::new(&mut trie);
    for (id, keys) in [
        (empty, Vec::new()),
        (low, deep_keys(0, 0)),
        (high, deep_keys(0xff, 0)),
        (above, deep_keys(0, 8)),
    ] {
        let record = ContractRecord::new(CodeHash([9; 32]), AccountId([8; 32]));
        let account = Account {
            contract: Some(record),
            ..Account::default()
        };
        journal.set_account(&id, account).unwrap();
        for key in keys {
            journal.storage_set(&id, &key, vec![1]).unwrap();
        }
    }
    journal.end_transaction().unwrap();
    journal.commit().unwrap();

    let mut read = |id: AccountId, function: HostFunction, key: &[u8]| {
        let before = pages.load(Ordering::Relaxed);
        let mut journal = Journal::new(&mut trie);
        let found = match function {
            StorageNext => journal.storage_next(&id, key).unwrap(),
            StoragePrevious => {
                let before = (!key.is_empty()).then_some(key);
                journal.storage_previous(&id, before).unwrap()
            }
            _ => journal.storage_get(&id, key).unwrap(),
        };
        let gas = price(function, key, found.as_ref().map_or(0, Vec::len));
        (
            found.map(|found| found.len()),
            gas,
            pages.load(Ordering::Relaxed) - before,
        )
    };
    let (value, read_gas, read_pages) = read(low, StorageRead, &[0; 256]);
    assert_eq!(value, Some(1));
    assert!(read_pages > 500, "{read_pages}");
    for (what, id, function, key, found) in [
        ("from the key", low, StorageNext, &[0; 256][..], Some(256)),
        ("from nothing", low, StorageNext, &[], Some(256)),
        ("from the end", high, StoragePrevious, &[], Some(256)),
        ("of no keys", empty, StorageNext, &[], None),
        ("behind all keys", above, StorageNext, &[1], None),
    ] {
        let (length, gas, pages) = read(id, function, key);
        assert_eq!(length, found, "{what}");
        assert!(pages > 500, "{what}: {pages} pages");
        // At least a sixth of what the read of a key pays for each.
        assert!(
            gas * 6 * read_pages >= read_gas * pages,
            "{what}: {pages} pages for {gas} gas, and {read_pages} for {read_gas}"
        );
    }
}
