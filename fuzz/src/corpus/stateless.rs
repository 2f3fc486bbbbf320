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
use crate::oracles::truth::proved_trie;

/// Keys that the seeds of proofs are about, in order. The second is absent.
pub(crate) const KEYS: [&[u8]; 3] = [&[7, 217], &[7, 218], &[9, 23]];

/// Valid inputs for each of these decoders. Those of proofs are of one trie, of more and of less
/// than one may be asked for: present and absent keys, several keys, ranges and their beginnings.
pub(super) fn seeds() -> Vec<Seed> {
    let trie = proved_trie();
    let [first, absent, last] = KEYS;
    let one = [first, absent].map(|key| ("proof", trie.prove(key).map(|proof| proof.to_bytes())));
    let whole = (Bound::Included(first), Bound::Excluded(last));
    let narrow = (Bound::Included(first), Bound::Excluded(absent));
    let state = trie.snapshot();
    let several = [
        ("multiproof", state.prove_keys(KEYS)),
        ("multiproof", state.prove_keys([first])),
        ("multiproof", state.prove_keys([absent, last])),
        ("range", state.prove_range(whole, None)),
        ("range", state.prove_range(whole, Some(1))),
        ("range", state.prove_range(narrow, None)),
        ("witness", state.witness(KEYS)),
        ("witness", state.witness([first, &[8, 248], last])),
        ("witness", state.witness([first])),
    ];
    let several = several.map(|(oracle, proof)| (oracle, proof.map(|proof| proof.to_bytes())));
    let proofs = one.into_iter().chain(several);
    let mut seeds: Vec<Seed> = proofs
        .map(|(oracle, bytes)| Seed {
            oracle,
            bytes: bytes.expect("a memory store does not fail"),
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
    .expect("it is small")
}
