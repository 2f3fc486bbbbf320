//! Ed25519 under the rules of ZIP-215: verification for transactions and contracts, and signing
//! for tools and tests.
//!
//! ZIP-215 fixes exactly which signatures are valid: non-canonical encodings of points are
//! accepted, the scalar must be canonical, and the equation is checked with the cofactor. Other
//! libraries differ in these corners, and a difference would split the chain.
//!
//! One rule is added for senders of transactions: a key of small order controls no account. Under
//! ZIP-215 one signature is valid for such a key and every message, so anybody could send for it;
//! and one of these keys is zero, the account that means nobody.

use ed25519_zebra::{SigningKey, VerificationKey, VerificationKeyBytes};
use lockstep_abi::AccountId;

use crate::transaction::{SignedTransaction, Transaction};

/// Whether `signature` over `message` is valid for `public_key`. A key that is no point of the
/// curve has no valid signature.
pub(crate) fn ed25519_verify(public_key: &[u8; 32], signature: &[u8; 64], message: &[u8]) -> bool {
    VerificationKey::try_from(*public_key)
        .and_then(|key| key.verify(&(*signature).into(), message))
        .is_ok()
}

/// The y-coordinates of the points of small order, encoded as ZIP-215 accepts them: little-endian,
/// not always reduced, and without the sign of x, which stands in the highest bit.
const SMALL_ORDER: [[u8; 32]; 7] = [
    ends(0x00, 0x00, 0x00),
    ends(0x01, 0x00, 0x00),
    ends(0xec, 0xff, 0x7f),
    ends(0xed, 0xff, 0x7f),
    ends(0xee, 0xff, 0x7f),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
];

/// Bytes of which the first and the last differ from those between.
const fn ends(first: u8, between: u8, last: u8) -> [u8; 32] {
    let mut bytes = [between; 32];
    bytes[0] = first;
    bytes[31] = last;
    bytes
}

/// Whether a public key is one of the points of small order, in any encoding.
pub(crate) fn is_of_small_order(public_key: &[u8; 32]) -> bool {
    let mut without_sign = *public_key;
    if let Some(last) = without_sign.last_mut() {
        *last &= 0x7f;
    }
    SMALL_ORDER.contains(&without_sign)
}

/// An ed25519 key that can send transactions.
#[derive(Clone)]
pub struct Signer {
    key: SigningKey,
}

impl Signer {
    /// The key of a 32-byte secret seed, as RFC 8032 derives it.
    pub fn from_seed(seed: [u8; 32]) -> Signer {
        Signer {
            key: SigningKey::from(seed),
        }
    }

    /// The account that this key controls: its public key.
    pub fn account(&self) -> AccountId {
        AccountId(VerificationKeyBytes::from(&self.key).into())
    }

    /// Signs a transaction. The result is only valid when its sender is [`Signer::account`].
    pub fn sign(&self, transaction: Transaction) -> SignedTransaction {
        let signature = self.key.sign(&transaction.signing_bytes()).into();
        SignedTransaction {
            transaction,
            signature,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ed25519_verify, is_of_small_order};

    /// The eight points of small order, then the six encodings of them that are not canonical.
    const ENCODINGS: [&str; 14] = [
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

    fn is_valid(key: &str, r: &str, s: &str) -> bool {
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&bytes(r));
        signature[32..].copy_from_slice(&bytes(s));
        ed25519_verify(&bytes(key), &signature, b"whatever")
    }

    #[test]
    fn points_of_small_order_are_accepted_in_every_encoding() {
        let zero = "00".repeat(32);
        for key in ENCODINGS {
            for r in ENCODINGS {
                assert!(is_valid(key, r, &zero), "key {key}, R {r}");
            }
        }
    }

    #[test]
    fn exactly_they_are_known_as_such() {
        for key in ENCODINGS {
            assert!(is_of_small_order(&bytes(key)), "{key}");
            for position in 0..256 {
                let mut other = bytes(key);
                other[position / 8] ^= 1 << (position % 8);
                let listed = ENCODINGS.iter().any(|key| bytes(key) == other);
                assert_eq!(is_of_small_order(&other), listed, "{key}, bit {position}");
            }
        }
    }

    #[test]
    fn a_scalar_that_is_not_reduced_is_refused() {
        assert!(!is_valid(ENCODINGS[0], ENCODINGS[0], ORDER));
    }

    #[test]
    fn bytes_that_are_no_point_are_refused() {
        let no_point = format!("02{}", "00".repeat(31));
        let zero = "00".repeat(32);
        assert!(!is_valid(&no_point, ENCODINGS[0], &zero));
        assert!(!is_valid(ENCODINGS[0], &no_point, &zero));
    }
}
