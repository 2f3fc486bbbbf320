//! Whatever blocks do, a bundle of them replays to the same receipts and roots without the state.

use lockstep_abi::AccountId;
use lockstep_state_trie::{Digest, MultiProof, ProofError};
use lockstep_vm::{
    Action, Bundle, BundleBlock, BundleError, BundleFault, Difference, NoObserver, Receipt,
    ReplayError, SignedTransaction, StateKey, Status, replay,
};
use proptest::prelude::*;

use crate::conservation::{LIMIT, action};
use crate::dry_run_keys;
use crate::script::{self, Step};
use crate::world::{COLLECTOR, SIGNERS, World, account, environment, machine, signer, transaction};

/// Builds a block of whatever of these can be included.
pub(crate) fn build(world: &mut World, actions: Vec<(u8, Action)>) -> BundleBlock {
    let mut nonces: Vec<u64> = (0..SIGNERS)
        .map(|number| world.account(account(number)).nonce)
        .collect();
    let mut builder = world.chain.begin(environment(world.height));
    let mut transactions: Vec<(SignedTransaction, Receipt)> = Vec::new();
    for (number, action) in actions {
        let nonce = &mut nonces[usize::from(number)];
        let mut transaction = transaction(number, *nonce, action);
        transaction.gas_limit = LIMIT;
        let signed = signer(number).sign(transaction);
        if let Ok(report) = builder.push(&signed, &mut NoObserver).unwrap() {
            *nonce += 1;
            transactions.push((signed, report.receipt));
        }
    }
    let block = builder.finish().unwrap();
    world.height += 1;
    BundleBlock {
        environment: block.environment,
        transactions,
        state_root: block.state_root,
    }
}

/// Bundles blocks that began at a root.
pub(crate) fn bundle(world: &World, before: Digest, blocks: Vec<BundleBlock>) -> Bundle {
    let trie = world.chain.trie();
    Bundle::record(trie, before, blocks, &mut machine(), &mut NoObserver).unwrap()
}

/// The actions of one block and the sender of each.
fn actions() -> impl Strategy<Value = Vec<(u8, Action)>> {
    let upload = prop_oneof![1 => Just(script::upload())];
    let action = prop_oneof![12 => action(), 1 => upload];
    prop::collection::vec((0..SIGNERS, action), 0..7)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_bundle_replays_to_what_the_chain_came_to(
        blocks in prop::collection::vec(actions(), 1..5),
        skipped in 0..3_usize,
        with_contracts in any::<bool>(),
    ) {
        let mut world = World::new();
        if with_contracts {
            (world, _) = World::with_script(1_000);
            world.instantiate(1, 1_000);
            world.instantiate(2, 1_000);
        }
        let mut roots = vec![world.chain.state_root()];
        let mut built = Vec::new();
        for actions in blocks {
            built.push(build(&mut world, actions));
            roots.push(world.chain.state_root());
        }
        let first = skipped.min(built.len() - 1);
        let made = bundle(&world, roots[first], built.split_off(first));

        let bytes = made.to_bytes().unwrap();
        let read = Bundle::from_bytes(&bytes).unwrap();
        prop_assert_eq!(&read, &made);
        prop_assert_eq!(read.to_bytes(), Ok(bytes));
        let mut machine = machine();
        // The second time the machine has all code ready.
        for _ in 0..2 {
            let replayed = replay(&read, &mut machine, &mut NoObserver).unwrap();
            prop_assert_eq!(replayed.state_root, world.chain.state_root());
            prop_assert_eq!(replayed.blocks.len(), made.blocks.len());
            for (block, claimed) in replayed.blocks.iter().zip(&made.blocks) {
                let receipts = claimed.transactions.iter().map(|(_, receipt)| receipt);
                prop_assert!(block.receipts.iter().eq(receipts));
                prop_assert_eq!(block.state_root, claimed.state_root);
            }
        }
    }
}

fn run(contract: AccountId, program: &[Step]) -> (u8, Action) {
    (0, script::call(contract, program))
}

/// A block whose iteration crosses keys that the block before has removed, so that the witness of
/// the first block's state must show what took their places.
#[test]
fn a_removal_in_one_block_shows_in_the_witness_for_the_next() {
    let (mut world, contract) = World::with_script(0);
    let keys = 1..60_u8;
    for chunk in keys.clone().collect::<Vec<_>>().chunks(20) {
        let program: Vec<Step> = chunk
            .iter()
            .map(|key| Step::Write {
                key: *key,
                length: 9,
            })
            .collect();
        build(&mut world, vec![run(contract, &program)]);
    }
    let before = world.chain.state_root();
    let removals: Vec<Step> = (10..30).map(|key| Step::Remove { key }).collect();
    let walk = [
        Step::Previous { before: 29 },
        Step::RemoveNext { from: 12 },
        Step::RemoveNext { from: 12 },
    ];
    let blocks = vec![
        build(&mut world, vec![run(contract, &removals)]),
        build(&mut world, vec![run(contract, &walk)]),
    ];
    let found: Vec<&[u8]> = blocks[1].transactions[0]
        .1
        .events
        .iter()
        .map(|event| event.data.as_slice())
        .collect();
    assert_eq!(found, [[9_u8].as_slice(), &[30], &[31]]);
    let made = bundle(&world, before, blocks);
    let replayed = replay(&made, &mut machine(), &mut NoObserver).unwrap();
    assert_eq!(replayed.state_root, world.chain.state_root());
}

/// Its place counts from the beginning of the bundle.
#[test]
fn a_witness_that_does_not_decode_is_told_with_its_fault() {
    let mut world = World::new();
    let before = world.chain.state_root();
    let to = account(1);
    let blocks = vec![build(
        &mut world,
        vec![(0, Action::Transfer { to, value: 1 })],
    )];
    let made = bundle(&world, before, blocks);
    let (mut bytes, mut witness) = (made.to_bytes().unwrap(), made.witness.to_bytes());
    let start = bytes
        .windows(witness.len())
        .position(|part| *part == witness);
    let start = start.unwrap();
    for byte in [&mut bytes[start], &mut witness[0]] {
        *byte = 0xff;
    }
    let Err(ProofError::Encoding { offset, fault }) = MultiProof::from_bytes(&witness) else {
        panic!("{witness:?}");
    };
    let expected = BundleError {
        offset: start + offset,
        fault: BundleFault::Witness(fault),
    };
    assert_eq!(Bundle::from_bytes(&bytes), Err(expected));
}

/// Iteration shows that a key is there, and not its value: a kilobyte that nobody reads stays out.
#[test]
fn iteration_does_not_carry_values() {
    let (mut world, contract) = World::with_script(0);
    let large = Step::Write {
        key: 7,
        length: 255,
    };
    build(&mut world, vec![run(contract, &[large])]);
    let before = world.chain.state_root();
    let looked = build(
        &mut world,
        vec![run(contract, &[Step::Previous { before: 9 }])],
    );
    assert_eq!(looked.transactions[0].1.events[0].data, [7]);
    let made = bundle(&world, before, vec![looked]);
    replay(&made, &mut machine(), &mut NoObserver).unwrap();
    let key = StateKey::Storage(contract, vec![7]).to_bytes();
    assert!(made.witness.entries().all(|(shown, _)| shown != key));
}

/// A call that cannot pay for its code takes no more of a witness than the code's length.
#[test]
fn code_that_is_not_paid_for_is_in_no_witness() {
    let (mut world, contract) = World::with_script(0);
    let paid = world.receipt(0, script::call(contract, &[]));
    let before = world.chain.state_root();
    let nonce = world.account(account(0)).nonce;
    let mut unpaid = transaction(0, nonce, script::call(contract, &[]));
    unpaid.gas_limit = paid.gas_used.intrinsic + 1;
    let signed = signer(0).sign(unpaid);
    let mut builder = world.chain.begin(environment(world.height));
    let report = builder.push(&signed, &mut NoObserver).unwrap().unwrap();
    assert_eq!(report.receipt.status, Status::OutOfGas);
    let block = builder.finish().unwrap();
    let block = BundleBlock {
        environment: block.environment,
        transactions: vec![(signed, report.receipt)],
        state_root: block.state_root,
    };
    let made = bundle(&world, before, vec![block]);
    replay(&made, &mut machine(), &mut NoObserver).unwrap();
    let code = lockstep_vm::code_hash(&script::wasm());
    let shows = |key: StateKey| {
        made.witness
            .entries()
            .any(|(shown, _)| shown == key.to_bytes())
    };
    assert!(shows(StateKey::CodeLength(code)));
    assert!(!shows(StateKey::Code(code)));
}

/// Each entry of the witness of a transfer is needed, also the code that the machine has ready.
#[test]
fn a_witness_without_an_entry_names_its_key() {
    let (mut world, contract) = World::with_script(0);
    build(
        &mut world,
        vec![run(contract, &[Step::Write { key: 1, length: 1 }])],
    );
    let before = world.chain.state_root();
    let block = build(
        &mut world,
        vec![run(contract, &[Step::Write { key: 1, length: 2 }])],
    );
    let made = bundle(&world, before, vec![block]);
    let keys: Vec<Vec<u8>> = made
        .witness
        .entries()
        .map(|(key, _)| key.to_vec())
        .collect();
    let code = lockstep_vm::code_hash(&script::wasm());
    let mut expected = [
        StateKey::Account(account(0)),
        StateKey::Account(COLLECTOR),
        StateKey::Account(contract),
        StateKey::Storage(contract, vec![1]),
        StateKey::Code(code),
        StateKey::CodeLength(code),
    ]
    .map(|key| key.to_bytes());
    expected.sort();
    assert_eq!(keys, expected);

    let mut machine = machine();
    replay(&made, &mut machine, &mut NoObserver).unwrap();
    for missing in &keys {
        let mut damaged = made.clone();
        let rest = keys.iter().filter(|key| *key != missing);
        damaged.witness = world.chain.trie().at(before).witness(rest).unwrap();
        match replay(&damaged, &mut machine, &mut NoObserver) {
            Err(ReplayError::Diverged(divergence)) => assert_eq!(
                divergence.difference,
                Difference::NotInWitness {
                    key: missing.clone()
                }
            ),
            other => panic!("{other:?}"),
        }
    }
}

/// What a method asks of the state is in the witness, also when the machine has its code ready.
#[test]
fn a_bundle_that_is_recorded_with_the_code_ready_is_the_same() {
    for method in ["length", "read", "next_far", "previous"] {
        let (mut world, contract) = dry_run_keys::world();
        let call = |method: &str| Action::Call {
            contract,
            method: method.to_owned(),
            input: Vec::new(),
            value: 0,
        };
        build(&mut world, vec![(0, call("write_far"))]);
        let before = world.chain.state_root();
        let blocks = vec![build(&mut world, vec![(0, call(method))])];
        assert!(blocks[0].transactions[0].1.status.is_success(), "{method}");
        let mut machine = machine();
        let trie = world.chain.trie();
        let mut record =
            || Bundle::record(trie, before, blocks.clone(), &mut machine, &mut NoObserver);
        let (cold, warm) = (record().unwrap(), record().unwrap());
        assert_eq!(cold, warm, "{method}");
        replay(&warm, &mut machine, &mut NoObserver).unwrap();
    }
}
