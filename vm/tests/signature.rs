//! Who can sign transactions, and what a signature covers. The corners in which implementations of
//! ed25519 differ are tested in `vm/src/signature.rs`.

use lockstep_abi::AccountId;
use lockstep_vm::{Action, SignedTransaction, Signer, Transaction};

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

/// With a key and an R of small order and s = 0 the equation holds for every message.
#[test]
fn nobody_signs_for_a_key_of_small_order() {
    let identity = format!("01{}", "00".repeat(31));
    for (key, what) in [
        ("00".repeat(32), "zero"),
        (identity.clone(), "the identity"),
        (
            format!("ec{}ff", "ff".repeat(30)),
            "of order 2, with the sign of x",
        ),
    ] {
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&bytes(&identity));
        let signed = SignedTransaction {
            transaction: transaction(bytes(&key)),
            signature,
        };
        assert!(!signed.signature_is_valid(), "{what}");
    }
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
