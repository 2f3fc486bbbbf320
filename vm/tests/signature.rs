//! The corners in which ed25519 implementations differ, as ZIP-215 decides them, and the first
//! test vector of RFC 8032.
//!
//! With a public key and an R of small order and s = 0 the equation holds for every message, so
//! each such pair signs any transaction.

use lockstep_abi::AccountId;
use lockstep_vm::{Action, SignedTransaction, Signer, Transaction};

/// The eight points of small order, then the six encodings of them that are not canonical.
const SMALL_ORDER: [&str; 14] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

/// The order of the base point: the smallest scalar that is not canonical, little-endian.
const ORDER: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

fn bytes(text: &str) -> [u8; 32] {
    hex::decode(text).unwrap().try_into().unwrap()
}

fn transaction(sender: [u8; 32]) -> Transaction {
    Transaction {
        chain_id: 1,
        sender: AccountId(sender),
        nonce: 0,
        gas_limit: 1,
        gas_price: 0,
        deposit_limit: 0,
        action: Action::Transfer {
            to: AccountId([0; 32]),
            value: 0,
        },
    }
}

fn is_valid(sender: &str, r: &str, s: &str) -> bool {
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&bytes(r));
    signature[32..].copy_from_slice(&bytes(s));
    let signed = SignedTransaction {
        transaction: transaction(bytes(sender)),
        signature,
    };
    signed.signature_is_valid()
}

#[test]
fn points_of_small_order_are_accepted_in_every_encoding() {
    let zero = "00".repeat(32);
    for key in SMALL_ORDER {
        for r in SMALL_ORDER {
            assert!(is_valid(key, r, &zero), "key {key}, R {r}");
        }
    }
}

#[test]
fn a_scalar_that_is_not_reduced_is_refused() {
    assert!(!is_valid(SMALL_ORDER[0], SMALL_ORDER[0], ORDER));
}

#[test]
fn bytes_that_are_no_point_are_refused() {
    let no_point = format!("02{}", "00".repeat(31));
    let zero = "00".repeat(32);
    assert!(!is_valid(&no_point, SMALL_ORDER[0], &zero));
    assert!(!is_valid(SMALL_ORDER[0], &no_point, &zero));
}

#[test]
fn keys_are_derived_as_in_rfc_8032() {
    let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    assert_eq!(
        Signer::from_seed(bytes(seed)).account(),
        AccountId(bytes(public))
    );
}

#[test]
fn a_signature_covers_every_field() {
    let signer = Signer::from_seed([5; 32]);
    let signed = signer.sign(transaction(signer.account().0));
    assert!(signed.signature_is_valid());

    let tampered = |change: fn(&mut SignedTransaction)| {
        let mut copy = signed.clone();
        change(&mut copy);
        copy.signature_is_valid()
    };
    assert!(!tampered(|signed| signed.transaction.chain_id += 1));
    assert!(!tampered(|signed| signed.transaction.sender.0[0] ^= 1));
    assert!(!tampered(|signed| signed.transaction.nonce += 1));
    assert!(!tampered(|signed| signed.transaction.gas_limit += 1));
    assert!(!tampered(|signed| signed.transaction.gas_price += 1));
    assert!(!tampered(|signed| signed.transaction.deposit_limit += 1));
    assert!(!tampered(|signed| {
        signed.transaction.action = Action::Transfer {
            to: AccountId([0; 32]),
            value: 1,
        };
    }));
    assert!(!tampered(|signed| signed.signature[40] ^= 1));
}
