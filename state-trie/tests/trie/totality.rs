//! Decoding is total: random and damaged bytes give an error or the canonical thing, never a panic
//! and never an allocation that the bytes do not back.

use lockstep_state_trie::{
    BIT_INDEX_MAX, Digest, EncodingFault, KEY_BYTES_MAX, Node, Proof, ProofError, verify,
};
use parity_scale_codec::{Compact, Decode, DecodeAll, Encode};
use proptest::collection::vec;
use proptest::prelude::*;

fn nodes() -> impl Strategy<Value = Node> {
    let digest = || any::<[u8; 32]>().prop_map(Digest);
    prop_oneof![
        (vec(any::<u8>(), 0..80), digest()).prop_map(|(key, value)| Node::Leaf { key, value }),
        (0..=BIT_INDEX_MAX, digest(), digest()).prop_map(|(bit, left, right)| Node::Internal {
            bit,
            left,
            right
        }),
    ]
}

/// Bytes that often begin like a proof or a node.
fn likely_bytes() -> impl Strategy<Value = Vec<u8>> {
    let start = vec(prop_oneof![3 => 0_u8..5, 1 => any::<u8>()], 0..4);
    (start, vec(any::<u8>(), 0..200)).prop_map(|(start, rest)| [start, rest].concat())
}

fn fault(bytes: &[u8]) -> EncodingFault {
    match Proof::from_bytes(bytes) {
        Err(ProofError::Encoding { fault, .. }) => {
            assert!(Proof::decode_all(&mut &bytes[..]).is_err());
            fault
        }
        other => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn nodes_survive(node in nodes(), extra in any::<u8>()) {
        let mut bytes = node.encode();
        prop_assert_eq!(Node::decode_all(&mut &bytes[..]), Ok(node));
        for end in 0..bytes.len() {
            prop_assert!(Node::decode_all(&mut &bytes[..end]).is_err());
        }
        bytes.push(extra);
        prop_assert!(Node::decode_all(&mut &bytes[..]).is_err());
    }

    #[test]
    fn random_bytes_decode_to_nothing_else_than_what_they_encode(bytes in likely_bytes()) {
        let mut rest = &bytes[..];
        if let Ok(node) = Node::decode(&mut rest) {
            prop_assert_eq!(node.encode(), &bytes[..bytes.len() - rest.len()]);
        }
        let mut rest = &bytes[..];
        if let Ok(proof) = Proof::decode(&mut rest) {
            let read = &bytes[..bytes.len() - rest.len()];
            prop_assert_eq!(proof.encode(), read);
            prop_assert_eq!(Proof::from_bytes(read), Ok(proof.clone()));
            prop_assert!(verify(&Digest([1; 32]), b"key", &proof).is_err());
        }
    }
}

#[test]
fn nodes_past_the_limits_are_refused() {
    let node = |length| Node::Leaf {
        key: vec![0; length],
        value: Digest([0; 32]),
    };
    assert!(Node::decode_all(&mut &node(KEY_BYTES_MAX).encode()[..]).is_ok());
    assert!(Node::decode_all(&mut &node(KEY_BYTES_MAX + 1).encode()[..]).is_err());
    let node = |bit| Node::Internal {
        bit,
        left: Digest([0; 32]),
        right: Digest([0; 32]),
    };
    assert!(Node::decode_all(&mut &node(BIT_INDEX_MAX).encode()[..]).is_ok());
    assert!(Node::decode_all(&mut &node(BIT_INDEX_MAX + 1).encode()[..]).is_err());
}

#[test]
fn each_fault_of_an_encoding_is_named() {
    let count = |count: u32| Compact(count).encode();
    assert_eq!(fault(&[]), EncodingFault::Truncated);
    assert_eq!(fault(&[4]), EncodingFault::UnknownKind);
    assert_eq!(fault(&[0, 0]), EncodingFault::TrailingBytes);
    assert_eq!(fault(&[3, 0, 0]), EncodingFault::TrailingBytes);
    assert_eq!(fault(&[2, 0x01, 0x00, 0]), EncodingFault::Length);
    assert_eq!(fault(&[2, 0, 0x13, 0, 0, 0, 0, 1]), EncodingFault::Length);
    assert_eq!(
        fault(&[&[3][..], &count(36_866)].concat()),
        EncodingFault::TooManySteps
    );
    assert_eq!(
        fault(&[&[3][..], &count(36_865)].concat()),
        EncodingFault::Truncated
    );
    assert_eq!(fault(&[3, 4, 0, 0, 0]), EncodingFault::BitOutOfRange);
    assert_eq!(
        fault(&[&[3, 4, 0x88][..], &[0; 32]].concat()),
        EncodingFault::Padding
    );
    let other = [&[1, 0][..], &[0; 32], &count(4_097), &[0; 4_097]].concat();
    assert_eq!(fault(&other), EncodingFault::OtherKeyTooLong);
}

/// A length of four gigabytes with nothing behind it is refused without reserving them.
#[test]
fn lengths_without_bytes_behind_them_cost_nothing() {
    assert_eq!(
        fault(&[2, 0, 0x03, 0xff, 0xff, 0xff, 0xff]),
        EncodingFault::Truncated
    );
    assert_eq!(
        fault(&[2, 0, 0x03, 0xff, 0xff, 0xff, 0xff, 7, 7]),
        EncodingFault::Truncated
    );
    let error = Proof::from_bytes(&[2, 0, 8, 7]).expect_err("truncated");
    assert_eq!(
        error.to_string(),
        "proof: the bytes end in the middle of it (at byte 3)"
    );
}
