//! Decoding is total: random and damaged bytes give an error or the canonical thing, never a panic
//! and never an allocation that the bytes do not back.

use lockstep_state_trie::{
    Digest, EncodingFault, KEY_BYTES_MAX, Leaf, Page, Proof, ProofError, verify,
};
use parity_scale_codec::{Compact, Decode, DecodeAll, Encode};
use proptest::collection::vec;
use proptest::prelude::*;

/// Bytes that often begin like a proof, a page or a leaf.
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
    fn random_bytes_decode_to_nothing_else_than_what_they_encode(bytes in likely_bytes()) {
        if let Some(leaf) = Leaf::from_bytes(&bytes[..]) {
            prop_assert_eq!(leaf.as_bytes(), &bytes);
            prop_assert_eq!(leaf.key().len() + leaf.value().len() + 2, bytes.len());
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

/// The bytes of a page with these slots, all links zeros and all digests the same.
fn page(half_byte: u16, slots: u32) -> Vec<u8> {
    let children = usize::try_from(slots.count_ones()).expect("few");
    let links = vec![0; children * (Page::child_bytes() - 32)];
    let rest = [links, vec![5; children * 32]].concat();
    [&half_byte.to_le_bytes()[..], &slots.to_le_bytes(), &rest].concat()
}

#[test]
fn pages_and_leaves_that_cannot_be_are_refused() {
    assert!(Page::from_bytes(&page(8_192, 0xffff_0001)).is_some());
    assert!(Page::from_bytes(&page(1, 0xffff)).is_some());
    for (half_byte, slots) in [(8_193, 3), (0, 3), (1, 0x1_0001), (1, 0), (1, 1)] {
        assert!(
            Page::from_bytes(&page(half_byte, slots)).is_none(),
            "{half_byte} {slots:x}"
        );
    }
    let mut new_link = page(1, 3);
    new_link[6] = 2;
    assert!(Page::from_bytes(&new_link).is_none());
    let whole = page(1, 3);
    assert!((0..whole.len()).all(|end| Page::from_bytes(&whole[..end]).is_none()));
    assert!(Page::from_bytes(&[&whole[..], &[0]].concat()).is_none());
    let page = Page::from_bytes(&whole).expect("a page");

    // A child in place of another: a link and a digest.
    let child = [&[4; 8][..], &[9; 32]].concat();
    let with = |indices, children: &[u8]| Page::from_bytes_and_children(&whole, indices, children);
    assert_eq!(with(0b10, &child[1..]), None);
    assert_eq!(with(0b100, &child), None);
    assert_eq!(with(0b11, &child), None);
    let new_link = [&[2; 8][..], &[9; 32]].concat();
    assert_eq!(with(0b10, &new_link), None);
    let before = page.digest();
    let page = with(0b10, &child).expect("a page");
    assert_ne!(page.digest(), before);
    let mut put = Vec::new();
    page.put_children(0b10, &mut put);
    assert_eq!(put, child);
    assert_eq!(Page::from_bytes(page.as_bytes()), Some(page));

    let leaf = |length: u16| [&length.to_le_bytes()[..], &[0; KEY_BYTES_MAX + 1]].concat();
    assert!(Leaf::from_bytes(&leaf(4_096)).is_some());
    assert!(Leaf::from_bytes(&leaf(4_097)).is_none());
    assert!(Leaf::from_bytes(&leaf(9)[..10]).is_none());
    assert!(Leaf::from_bytes(&[0][..]).is_none());
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
        "proof: the bytes end in the middle of it (bytes read: 3)"
    );
}
