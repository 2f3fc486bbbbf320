//! The trie's verifier, compiled to Wasm and run by the machine, on proofs of a real state.
//!
//! The state is that of a chain with some hundred accounts and a token; the light client of
//! `contracts/examples/light-client` is a contract of the same chain. It gets proofs of several
//! keys and of ranges, good and damaged ones, and must say of each exactly what the native verifier
//! says: there is one source, but two compilers' backends and an interpreter between them.

mod claims;
mod world;

use lockstep_state_trie::Digest;
use lockstep_vm::StateKey;
use parity_scale_codec::Encode;

use claims::{Claim, KeyRange, RangeEnd, Refused, holds, lists};
use world::{ACCOUNTS, World, account};

/// Damaged forms of a proof: bits flipped all over it, cut off, with a byte more, with two of its
/// parts exchanged, and with a part twice.
fn damaged(proof: &[u8]) -> Vec<Vec<u8>> {
    let length = proof.len();
    let step = length / 60 + 1;
    let mut damaged = Vec::new();
    for place in (0..length).step_by(step) {
        let mut flipped = proof.to_vec();
        flipped[place] ^= 1 << (place % 8);
        damaged.push(flipped);
        damaged.push(proof[..place].to_vec());
    }
    let (front, back) = proof.split_at(length / 2);
    damaged.push([proof, &[0]].concat());
    damaged.push([&proof[..1], back, &front[1..]].concat());
    damaged.push([front, &front[front.len() - 32..], back].concat());
    damaged
}

/// A root that is not that of the chain.
const OTHER_ROOT: Digest = Digest([9; 32]);

/// Balances in the token, accounts, some that are not there, and a contract's record.
#[test]
fn proofs_of_several_keys_are_verified_in_a_contract() {
    let mut world = World::new();
    let root = world.chain.state_root();
    let mut keys: Vec<Vec<u8>> = world
        .entries(&world.storage())
        .into_iter()
        .step_by(3)
        .map(|(key, _)| key)
        .collect();
    let accounts = (ACCOUNTS - 20..ACCOUNTS + 5).map(|number| StateKey::Account(account(number)));
    keys.extend(accounts.map(|key| key.to_bytes()));
    keys.push(StateKey::Account(world.token).to_bytes());
    keys.sort();
    let trie = world.chain.trie();
    let proof = trie.snapshot().prove_keys(&keys).unwrap().to_bytes();
    let claims: Vec<Claim> = keys
        .iter()
        .map(|key| (key.clone(), trie.get(key).unwrap()))
        .collect();
    let present = claims.iter().filter(|(_, value)| value.is_some()).count();
    assert!(present >= 30 && claims.len() == present + 5);

    let with = |change: &dyn Fn(&mut Vec<Claim>)| {
        let mut claims = claims.clone();
        change(&mut claims);
        claims
    };
    let mut said = vec![
        (claims.clone(), proof.clone()),
        (with(&|claims| claims[3].1 = None), proof.clone()),
        (with(&|claims| claims[3].1 = Some(vec![1])), proof.clone()),
        (with(&|claims| claims.swap(2, 3)), proof.clone()),
        (
            with(&|claims| claims.insert(2, claims[2].clone())),
            proof.clone(),
        ),
        (with(&|claims| drop(claims.remove(5))), proof.clone()),
        (with(&|claims| claims.clear()), proof.clone()),
        (
            with(&|claims| claims.insert(0, (vec![0], None))),
            proof.clone(),
        ),
        (
            with(&|claims| claims.insert(0, (vec![0; 4_097], None))),
            proof.clone(),
        ),
    ];
    said.extend(damaged(&proof).into_iter().map(|bad| (claims.clone(), bad)));
    let believed: Vec<bool> = said
        .iter()
        .map(|(claims, proof)| holds(&root, claims, proof).is_ok())
        .collect();
    assert_eq!(believed.iter().position(|is| *is), Some(0));
    assert_eq!(believed.iter().filter(|is| **is).count(), 1);
    let mut cases: Vec<_> = said
        .iter()
        .map(|(claims, proof)| {
            (
                (root.0, claims, proof).encode(),
                holds(&root, claims, proof),
            )
        })
        .collect();
    let expected = holds(&OTHER_ROOT, &claims, &proof);
    assert!(matches!(expected, Err(Refused::OtherRoot { computed }) if computed == root.0));
    cases.push(((OTHER_ROOT.0, &claims, &proof).encode(), expected));
    world.check("hold", cases);
}

#[test]
fn proofs_of_ranges_are_verified_in_a_contract() {
    let mut world = World::new();
    let storage = world.storage();
    let all = world.entries(&storage);
    assert!(all.len() >= 42, "{}", all.len());
    let after_the_fifth = KeyRange {
        start: RangeEnd::Excluded(all[4].0.clone()),
        limit: Some(10),
        ..storage.clone()
    };
    let between = KeyRange {
        start: RangeEnd::Included(all[7].0.clone()),
        end: RangeEnd::Included(all[9].0.clone()),
        limit: None,
    };
    let empty = KeyRange {
        start: RangeEnd::Excluded([all[7].0.as_slice(), &[0]].concat()),
        end: RangeEnd::Excluded(all[8].0.clone()),
        limit: None,
    };
    let first = KeyRange {
        start: RangeEnd::Unbounded,
        end: RangeEnd::Unbounded,
        limit: Some(7),
    };
    for (range, count) in [
        (storage, all.len()),
        (after_the_fifth, 10),
        (between, 3),
        (empty, 0),
        (first, 7),
    ] {
        // Each check is a block, after which the state is another.
        let root = world.chain.state_root();
        let (entries, proof) = (world.entries(&range), world.prove_range(&range));
        assert_eq!(entries.len(), count);
        let mut said = vec![(entries.clone(), proof.clone())];
        // Not all of it, in another order, one twice, one too many, and another value.
        if count > 1 {
            said.push((entries[1..].to_vec(), proof.clone()));
            said.push((entries[..count - 1].to_vec(), proof.clone()));
            said.push((entries.iter().rev().cloned().collect(), proof.clone()));
            said.push(([&entries[..1], &entries].concat(), proof.clone()));
            let mut other = entries.clone();
            other[1].1.push(0);
            said.push((other, proof.clone()));
        }
        let more = (all[0].0.clone(), vec![1]);
        said.push(([entries.as_slice(), &[more]].concat(), proof.clone()));
        said.extend(
            damaged(&proof)
                .into_iter()
                .map(|bad| (entries.clone(), bad)),
        );
        let cases: Vec<_> = said
            .iter()
            .map(|(entries, proof)| {
                let input = (root.0, &range, entries, proof).encode();
                (input, lists(&root, &range, entries, proof))
            })
            .collect();
        let believed = cases.iter().filter(|(_, expected)| expected.is_ok());
        assert_eq!(believed.count(), 1, "{range:?}");
        world.check("list", cases);
    }
}

/// A proof of a part does not pass for one of more.
#[test]
fn what_a_proof_leaves_out_is_not_believed_to_be_absent() {
    let mut world = World::new();
    let root = world.chain.state_root();
    let storage = world.storage();
    let all = world.entries(&storage);
    let some = KeyRange {
        limit: Some(5),
        ..storage.clone()
    };
    let proof = world.prove_range(&some);
    let more = KeyRange {
        limit: Some(6),
        ..storage.clone()
    };
    let cases = [&storage, &more].map(|range| {
        let expected = lists(&root, range, &all[..5], &proof);
        assert_eq!(expected, Err(Refused::NotCovered));
        ((root.0, range, &all[..5], &proof).encode(), expected)
    });
    world.check("list", cases.into());

    let keys = [all[0].0.clone(), all[30].0.clone()];
    let trie = world.chain.trie();
    let proof = trie.snapshot().prove_keys(&keys[..1]).unwrap().to_bytes();
    let claims = [
        (keys[0].clone(), Some(all[0].1.clone())),
        (keys[1].clone(), None),
    ];
    let expected = holds(&root, &claims, &proof);
    assert_eq!(expected, Err(Refused::NotCovered));
    let input = (root.0, claims.to_vec(), &proof).encode();
    world.check("hold", vec![(input, expected)]);
}
