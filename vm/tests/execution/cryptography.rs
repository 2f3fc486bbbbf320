//! Known answers for hashes and signatures, through the guest's memory.

use lockstep_abi::HostFunction;
use sha2::{Digest, Sha256};

use crate::script::{OUT, Script};
use crate::world::run_script;

fn hex(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

/// RFC 8032, section 7.1, test 2: key, signature, message.
pub(crate) fn ed25519_case() -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    (
        hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
        hex(concat!(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da",
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        )),
        hex("72"),
    )
}

/// A signature of the secret key 1, whose public key is the curve's generator: digest, and r, s,
/// recovery id.
pub(crate) fn secp256k1_case() -> (Vec<u8>, Vec<u8>) {
    let mut secret = [0_u8; 32];
    secret[31] = 1;
    let key = k256::ecdsa::SigningKey::from_slice(&secret).unwrap();
    let digest = Sha256::digest(b"message").to_vec();
    let (signature, recovery_id) = key.sign_prehash_recoverable(&digest);
    let mut bytes = signature.to_bytes().to_vec();
    bytes.push(recovery_id.to_byte());
    (digest, bytes)
}

/// RFC 6979, appendix A.2.5, "sample" with SHA-256: digest, signature, key.
pub(crate) fn p256_case() -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    (
        Sha256::digest(b"sample").to_vec(),
        hex(concat!(
            "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
            "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
        )),
        hex(concat!(
            "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
            "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
        )),
    )
}

/// The public key of the secp256k1 secret key 1.
pub(crate) fn secp256k1_generator() -> Vec<u8> {
    hex(concat!(
        "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
        "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
    ))
}

/// The order of secp256k1.
fn secp256k1_order() -> Vec<u8> {
    hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")
}

fn subtract(left: &[u8], right: &[u8]) -> Vec<u8> {
    let mut borrow = 0_i16;
    let mut bytes = vec![0_u8; left.len()];
    for position in (0..left.len()).rev() {
        let difference = i16::from(left[position]) - i16::from(right[position]) - borrow;
        borrow = i16::from(difference < 0);
        bytes[position] = (difference + 256 * borrow) as u8;
    }
    assert_eq!(borrow, 0);
    bytes
}

fn hash(function: HostFunction, message: &[u8], length: u32) -> Vec<u8> {
    let script = Script::new()
        .data(0, message)
        .call(function, &[0, message.len() as u64, OUT.into()])
        .give(OUT, length);
    run_script(script, &[]).bytes().to_vec()
}

#[test]
fn hashes_have_their_known_values() {
    use HostFunction as F;
    for (function, message, digest) in [
        (
            F::HashSha2x256,
            "",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ),
        (
            F::HashSha2x256,
            "abc",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
        (
            F::HashSha3x256,
            "",
            "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a",
        ),
        (
            F::HashSha3x256,
            "abc",
            "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
        ),
        (
            F::HashKeccak256,
            "",
            "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
        ),
        (
            F::HashKeccak256,
            "abc",
            "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45",
        ),
        (
            F::HashBlake2b256,
            "",
            "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8",
        ),
        (
            F::HashBlake2b256,
            "abc",
            "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319",
        ),
        (F::HashBlake2b128, "", "cae66941d9efbd404e4d88758ea67670"),
        (F::HashBlake2b128, "abc", "cf4ab791c62b8d2b2109c90275287816"),
    ] {
        let length = digest.len() as u32 / 2;
        assert_eq!(
            hash(function, message.as_bytes(), length),
            hex(digest),
            "{function:?} {message}"
        );
    }
}

fn ed25519(key: &[u8], signature: &[u8], message: &[u8]) -> u64 {
    let script = Script::new()
        .data(0, key)
        .data(0x100, signature)
        .data(0x200, message);
    let args = [0, 0x100, 0x200, message.len() as u64];
    run_script(script.give_result(HostFunction::Ed25519Verify, &args), &[]).number()
}

#[test]
fn ed25519_follows_rfc_8032_and_zip_215() {
    let (key, signature, message) = ed25519_case();
    assert_eq!(ed25519(&key, &signature, &message), 1);
    assert_eq!(ed25519(&key, &signature, b"r+1"), 0);
    for position in [0, 31, 32, 63] {
        let mut broken = signature.clone();
        broken[position] ^= 1;
        assert_eq!(ed25519(&key, &broken, &message), 0, "byte {position}");
    }
    // The identity, of small order, signs everything with s = 0: accepted by ZIP-215, refused by
    // stricter rules. With p + 1 as another encoding of the same point likewise.
    let mut identity = vec![0_u8; 32];
    identity[0] = 1;
    let mut zero = identity.clone();
    zero.resize(64, 0);
    assert_eq!(ed25519(&identity, &zero, b"anything"), 1);
    let mut uncanonical = vec![0xff_u8; 32];
    uncanonical[0] = 0xee;
    uncanonical[31] = 0x7f;
    assert_eq!(ed25519(&uncanonical, &zero, b"anything"), 1);
    // No point has this y.
    let mut nowhere = vec![0_u8; 32];
    nowhere[0] = 2;
    assert_eq!(ed25519(&nowhere, &signature, &message), 0);
}

fn recover(digest: &[u8], signature: &[u8]) -> Option<Vec<u8>> {
    let script = Script::new()
        .data(0, digest)
        .data(0x100, signature)
        .keep(
            HostFunction::Secp256k1Recover,
            &[0, 0x100, OUT.into()],
            OUT + 64,
        )
        .give(OUT, 72);
    let ran = run_script(script, &[]);
    let (key, found) = ran.bytes().split_at(64);
    match found {
        [1, 0, 0, 0, 0, 0, 0, 0] => Some(key.to_vec()),
        [0, 0, 0, 0, 0, 0, 0, 0] => {
            assert_eq!(key, [0; 64], "nothing is written when nothing is found");
            None
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn secp256k1_recovers_the_signer_and_refuses_high_s() {
    let (digest, signature) = secp256k1_case();
    assert_eq!(recover(&digest, &signature), Some(secp256k1_generator()));

    let mut high = signature.clone();
    let negated = subtract(&secp256k1_order(), &signature[32..64]);
    high[32..64].copy_from_slice(&negated);
    high[64] ^= 1;
    assert_eq!(recover(&digest, &high), None, "the other half of the order");

    let mut other = signature.clone();
    other[64] ^= 1;
    let recovered = recover(&digest, &other);
    assert!(recovered.is_some() && recovered != Some(secp256k1_generator()));
    for recovery_id in [2, 3, 4, 27, 255] {
        other[64] = recovery_id;
        assert_eq!(recover(&digest, &other), None, "recovery id {recovery_id}");
    }
    let mut zero = signature.clone();
    zero[..32].fill(0);
    assert_eq!(recover(&digest, &zero), None, "r is 0");
    let mut order = signature;
    order[..32].copy_from_slice(&secp256k1_order());
    assert_eq!(recover(&digest, &order), None, "r is the order");
}

#[test]
fn secp256k1_recovers_a_published_key() {
    // From the documentation of ecrecover implementations: keccak-256 of "example message".
    let digest = hash(HostFunction::HashKeccak256, b"example message", 32);
    let mut signature = hex(concat!(
        "46c05b6368a44b8810d79859441d819b8e7cdc8bfd371e35c53196f4bcacdb51",
        "35c7facce2a97b95eacba8a586d87b7958aaf8368ab29cee481f76e871dbd9cb",
    ));
    signature.push(1);
    let key = recover(&digest, &signature).unwrap();
    let x = hex("00866db99873b09fc2fb1e3ba549b156e96d1a567e3284f5f0e859a83320cb8b");
    assert_eq!(key[..32], x);
    assert_eq!(key[63] & 1, 0, "y is even");
}

fn p256(digest: &[u8], signature: &[u8], key: &[u8]) -> u64 {
    let script = Script::new()
        .data(0, digest)
        .data(0x100, signature)
        .data(0x200, key);
    let script = script.give_result(HostFunction::P256Verify, &[0, 0x100, 0x200]);
    run_script(script, &[]).number()
}

#[test]
fn p256_follows_rfc_6979_and_takes_both_halves_of_s() {
    let (digest, signature, key) = p256_case();
    assert_eq!(p256(&digest, &signature, &key), 1);
    let order = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let mut other = signature.clone();
    let negated = subtract(&order, &signature[32..]);
    other[32..].copy_from_slice(&negated);
    assert_eq!(p256(&digest, &other, &key), 1);
    let mut broken = signature.clone();
    broken[0] ^= 1;
    assert_eq!(p256(&digest, &broken, &key), 0);
    assert_eq!(p256(&digest, &[0; 64], &key), 0);
    let mut off_curve = key;
    off_curve[63] ^= 1;
    assert_eq!(p256(&digest, &signature, &off_curve), 0);
}
