//! Bundles that were altered: refused with the reason, and never confirmed with another outcome.

use blake2::{Blake2b256, Digest as _};
use lockstep_state_trie::{Digest, MemoryStore, Trie};
use lockstep_vm::{
    Action, Bundle, BundleFault, Difference, Divergence, InvalidTransaction, Machine, NoObserver,
    ReplayError, Replayed, StateKey, Status, replay,
};

use crate::bundles::{build, bundle};
use crate::script::{self, Step};
use crate::world::{World, account, machine};

/// Two blocks with a transfer, calls that write, remove and iterate, and one that reverts.
fn sample() -> Bundle {
    let (mut world, contract) = World::with_script(0);
    let call = |program: &[Step]| script::call(contract, program);
    let write = |key| Step::Write { key, length: 3 };
    build(&mut world, vec![(0, call(&[write(1), write(2), write(5)]))]);
    let before = world.chain.state_root();
    let transfer = Action::Transfer {
        to: account(1),
        value: 7,
    };
    let blocks = vec![
        build(
            &mut world,
            vec![
                (0, transfer),
                (0, call(&[Step::RemoveNext { from: 2 }, Step::Event(9)])),
            ],
        ),
        build(
            &mut world,
            vec![
                (2, call(&[write(9), Step::Revert(3)])),
                (0, call(&[Step::Previous { before: 4 }, write(2)])),
            ],
        ),
    ];
    let statuses = blocks.iter().flat_map(|block| &block.transactions);
    let statuses: Vec<Status> = statuses.map(|(_, receipt)| receipt.status).collect();
    assert_eq!(
        statuses,
        [
            Status::Success,
            Status::Success,
            Status::Reverted,
            Status::Success
        ]
    );
    bundle(&world, before, blocks)
}

/// The bytes with the checksum that they should have.
fn sealed(content: &[u8]) -> Vec<u8> {
    let mut bytes = content.to_vec();
    bytes.extend_from_slice(&Blake2b256::digest(content));
    bytes
}

fn replayed(bundle: &Bundle, machine: &mut Machine) -> Result<Replayed, ReplayError> {
    replay(bundle, machine, &mut NoObserver)
}

/// The first difference that the replay of an altered bundle meets.
fn difference(alter: impl FnOnce(&mut Bundle)) -> Divergence {
    let mut bundle = sample();
    alter(&mut bundle);
    let read = Bundle::from_bytes(&bundle.to_bytes().unwrap()).unwrap();
    match replayed(&read, &mut machine()) {
        Err(ReplayError::Diverged(divergence)) => *divergence,
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_changed_byte_is_confirmed_with_another_outcome() {
    let bundle = sample();
    let bytes = bundle.to_bytes().unwrap();
    let mut machine = machine();
    let outcome = |replayed: Replayed| {
        let receipts = replayed.blocks.into_iter().map(|block| block.receipts);
        (receipts.collect::<Vec<_>>(), replayed.state_root)
    };
    let expected = outcome(replayed(&bundle, &mut machine).unwrap());
    let content_length = bytes.len() - 32;
    let mut confirmed = 0;
    for offset in 0..bytes.len() {
        for mask in [0x01, 0x80] {
            let mut changed = bytes.clone();
            changed[offset] ^= mask;
            let error = Bundle::from_bytes(&changed).unwrap_err();
            assert!(error.offset <= content_length, "{error}");

            let Ok(read) = Bundle::from_bytes(&sealed(&changed[..content_length])) else {
                continue;
            };
            assert_eq!(read.to_bytes(), Ok(sealed(&changed[..content_length])));
            if let Ok(replayed) = replayed(&read, &mut machine) {
                confirmed += 1;
                assert_eq!(outcome(replayed), expected, "byte {offset}");
            }
        }
    }
    // Nothing reads the time of the blocks (8 bytes each), and the gas limit of a block (8 bytes)
    // may be another as long as it is enough. A changed checksum leaves the content as it is.
    let harmless = 2 * (2 * 8 + 2 * 8 + 32);
    assert!(confirmed <= harmless, "{confirmed}");
}

#[test]
fn no_shortened_bundle_is_read() {
    let bytes = sample().to_bytes().unwrap();
    for length in 0..bytes.len() {
        Bundle::from_bytes(&bytes[..length]).unwrap_err();
        if length < bytes.len() - 32 {
            let error = Bundle::from_bytes(&sealed(&bytes[..length])).unwrap_err();
            assert!(error.offset <= length, "{length}: {error}");
        }
    }
    let content = &bytes[..bytes.len() - 32];
    let longer = [content, &[0]].concat();
    let error = Bundle::from_bytes(&sealed(&longer)).unwrap_err();
    assert_eq!(error.fault, BundleFault::TrailingBytes { count: 1 });
    assert_eq!(error.offset, content.len());
}

/// Counts and lengths that promise more than there is cost nothing.
#[test]
fn counts_without_bytes_behind_them_are_refused() {
    let bundle = sample();
    let witness_at = 8 + 4 + 4 + 32 + 32;
    let blocks_at = witness_at + 4 + bundle.witness.to_bytes().len();
    let bytes = bundle.to_bytes().unwrap();
    for offset in [witness_at, blocks_at] {
        let huge = [&bytes[..offset], &[0xfe, 0xff, 0xff, 0xff]].concat();
        let error = Bundle::from_bytes(&sealed(&huge)).unwrap_err();
        assert!(
            matches!(error.fault, BundleFault::Truncated { .. }),
            "{error}"
        );
    }
}

#[test]
fn blocks_out_of_order_are_refused() {
    let fault = |alter: fn(&mut Bundle)| {
        let mut bundle = sample();
        alter(&mut bundle);
        Bundle::from_bytes(&bundle.to_bytes().unwrap())
            .unwrap_err()
            .fault
    };
    let is_height = |fault: &BundleFault| matches!(fault, BundleFault::Height { .. });
    assert!(is_height(&fault(|bundle| bundle.blocks.reverse())));
    let doubled = fault(|bundle| bundle.blocks.push(bundle.blocks[1].clone()));
    assert!(is_height(&doubled));
    let other_chain = fault(|bundle| bundle.blocks[1].environment.chain_id = 3);
    assert!(matches!(other_chain, BundleFault::ChainId { .. }));
    assert_eq!(fault(|bundle| bundle.blocks.clear()), BundleFault::NoBlocks);
}

#[test]
fn a_block_that_is_left_out_shows() {
    let found = difference(|bundle| {
        bundle.blocks.remove(0);
    });
    assert_eq!(found.place.transaction, Some(2));
}

#[test]
fn transactions_that_are_swapped_doubled_or_left_out_show() {
    let swapped = difference(|bundle| bundle.blocks[0].transactions.swap(0, 1));
    assert_eq!(swapped.place.transaction, Some(1));
    let doubled = difference(|bundle| {
        let first = bundle.blocks[0].transactions[0].clone();
        bundle.blocks[0].transactions.insert(1, first);
    });
    assert_eq!(doubled.place.transaction, Some(2));
    assert!(matches!(
        doubled.difference,
        Difference::NotIncluded(InvalidTransaction::WrongNonce { .. })
    ));
    let left_out = difference(|bundle| {
        bundle.blocks[0].transactions.pop();
    });
    assert_eq!(left_out.place.transaction, None);
    assert!(matches!(left_out.difference, Difference::StateRoot { .. }));
}

#[test]
fn claims_that_are_not_true_show() {
    let receipt = difference(|bundle| bundle.blocks[1].transactions[0].1.gas_used.wasm += 1);
    assert_eq!(
        (receipt.place.height, receipt.place.transaction),
        (5, Some(1))
    );
    assert!(matches!(receipt.difference, Difference::Receipt { .. }));
    let root = difference(|bundle| bundle.blocks[0].state_root = Digest([1; 32]));
    assert!(matches!(root.difference, Difference::StateRoot { .. }));
    let before = difference(|bundle| bundle.state_root = Digest([1; 32]));
    assert!(matches!(
        before.difference,
        Difference::WitnessRoot {
            expected: Digest([1, ..]),
            ..
        }
    ));
}

#[test]
fn a_bundle_of_other_rules_is_told_apart() {
    let mut bundle = sample();
    bundle.protocol_version = 2;
    let refused = replayed(&bundle, &mut machine());
    assert!(matches!(
        refused,
        Err(ReplayError::ProtocolVersion {
            bundle: 2,
            machine: 1
        })
    ));
    let mut bundle = sample();
    bundle.schedule_hash.0[0] ^= 1;
    let refused = replayed(&bundle, &mut machine());
    assert!(matches!(refused, Err(ReplayError::Schedule { .. })));
}

/// Keys bound how deep a witness is, so one with longer keys than a chain has is refused.
#[test]
fn keys_that_no_state_has_are_refused() {
    for (storage_key_bytes, is_refused) in [(256, false), (257, true)] {
        let key = StateKey::Storage(account(0), vec![0; storage_key_bytes]).to_bytes();
        let mut trie = Trie::new(MemoryStore::new());
        let entry = (key.clone(), Some(Vec::new()));
        let mut bundle = sample();
        bundle.state_root = trie.update([entry]).unwrap();
        bundle.witness = trie.snapshot().witness([&key[..key.len() - 1]]).unwrap();
        let refused = match replayed(&bundle, &mut machine()) {
            Err(ReplayError::KeyTooLong { length, length_max }) => Some((length, length_max)),
            _ => None,
        };
        let expected = is_refused.then_some((290, 289));
        assert_eq!(refused, expected, "{storage_key_bytes}");
    }
}

/// A made-up state with code under the name of other code must not get into a machine's cache.
#[test]
fn code_under_a_wrong_hash_is_refused() {
    let bundle = sample();
    let wasm = script::wasm();
    let bytes = bundle.to_bytes().unwrap();
    let at = bytes.windows(wasm.len()).position(|part| part == wasm);
    let mut changed = bytes[..bytes.len() - 32].to_vec();
    changed[at.unwrap() + wasm.len() - 1] ^= 1;
    let read = Bundle::from_bytes(&sealed(&changed)).unwrap();
    let refused = replayed(&read, &mut machine());
    assert!(matches!(refused, Err(ReplayError::Code { .. })));
}

/// A made-up state in which a contract's code is shown to be absent: what the machine has ready does
/// not stand in for it.
#[test]
fn code_that_is_absent_stops_a_replay_whatever_the_cache_holds() {
    let (mut world, contract) = World::with_script(0);
    let before = world.chain.trie().clone();
    let program = [Step::Write { key: 1, length: 3 }];
    let block = build(&mut world, vec![(0, script::call(contract, &program))]);
    let honest = bundle(&world, before.root(), vec![block]);
    let shown: Vec<Vec<u8>> = honest.witness.keys().map(<[u8]>::to_vec).collect();
    let code = StateKey::Code(lockstep_vm::code_hash(&script::wasm())).to_bytes();
    assert!(shown.contains(&code));

    let mut forged = honest.clone();
    let without = |mut trie: Trie<MemoryStore>| {
        trie.update([(code.clone(), None::<Vec<u8>>)]).unwrap();
        trie
    };
    let before = without(before);
    forged.state_root = before.root();
    forged.witness = before.snapshot().witness(&shown).unwrap();
    forged.blocks[0].state_root = without(world.chain.trie().clone()).root();

    let mut warm = machine();
    replayed(&honest, &mut warm).unwrap();
    for mut machine in [machine(), warm] {
        match replayed(&forged, &mut machine) {
            Err(ReplayError::Stopped { error, .. }) => assert_eq!(
                error.to_string(),
                "internal error, please report it: a contract's code is not in the state"
            ),
            other => panic!("{other:?}"),
        }
    }
}
