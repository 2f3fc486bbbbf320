//! Seeds for the decoders of what lets somebody work without the state.

use std::collections::BTreeMap;
use std::ops::Bound;

use blake2::{Blake2b256, Digest as _};
use lockstep_abi::AccountId;
use lockstep_gas_meter::Protocol;
use lockstep_state_trie::{MemoryStore, Trie};
use lockstep_vm::{
    Action, BlockEnvironment, Bundle, BundleBlock, Chain, Machine, NoObserver, Signer, Transaction,
    WasmiEngine,
};

use super::Seed;

/// Keys that the seeds of proofs are about, in order. The second is absent.
pub(crate) const KEYS: [&[u8]; 3] = [&[7, 217], &[7, 218], &[9, 23]];

/// A valid input for each of these decoders.
pub(super) fn seeds() -> Vec<Seed> {
    let mut trie = Trie::new(MemoryStore::new());
    let entries = (0..100_u8).map(|n| (vec![n, n.wrapping_mul(31)], Some(vec![n; 9])));
    trie.update(entries).expect("a memory store does not fail");
    let range = (Bound::Included(KEYS[0]), Bound::Excluded(KEYS[2]));
    let state = trie.snapshot();
    let proofs = [
        ("multiproof", state.prove_keys(KEYS)),
        ("range", state.prove_range(range, None)),
        ("witness", state.witness(KEYS)),
    ];
    let mut seeds: Vec<Seed> = proofs
        .into_iter()
        .map(|(oracle, proof)| Seed {
            oracle,
            bytes: proof.expect("a memory store does not fail").to_bytes(),
        })
        .collect();
    seeds.push(Seed {
        oracle: "bundle",
        bytes: bundle(),
    });
    seeds
}

/// The bytes of a bundle without its checksum, with the checksum that fits.
pub(crate) fn sealed(content: &[u8]) -> Vec<u8> {
    let mut bytes = content.to_vec();
    bytes.extend_from_slice(&Blake2b256::digest(content));
    bytes
}

/// A bundle of one block with one transfer.
fn bundle() -> Vec<u8> {
    let machine = || Machine::new(Protocol::v1(), Box::new(WasmiEngine::new()));
    let signer = Signer::from_seed([7; 32]);
    let mut chain = Chain::new(Trie::new(MemoryStore::new()), machine());
    let balances = BTreeMap::from([(signer.account(), 1 << 60), (AccountId([3; 32]), 5)]);
    let before = chain.genesis(&balances).expect("an empty state");
    let signed = signer.sign(Transaction {
        chain_id: 1,
        sender: signer.account(),
        nonce: 0,
        gas_limit: 1_000_000,
        gas_price: 2,
        deposit_limit: 500,
        action: Action::Transfer {
            to: AccountId([3; 32]),
            value: 20,
        },
    });
    let environment = BlockEnvironment {
        chain_id: 1,
        height: 1,
        timestamp_ms: 1_767_225_600_000,
        fee_collector: AccountId([4; 32]),
        gas_limit: u64::MAX,
    };
    let executed = chain.execute_block(environment, std::slice::from_ref(&signed), &mut NoObserver);
    let (block, mut reports) = executed.expect("a valid block");
    let receipt = reports.pop().expect("one report").receipt;
    let blocks = vec![BundleBlock {
        environment: block.environment,
        transactions: vec![(signed, receipt)],
        state_root: block.state_root,
    }];
    Bundle::record(
        chain.trie(),
        before,
        blocks,
        &mut machine(),
        &mut NoObserver,
    )
    .expect("the same comes out")
    .to_bytes()
}
