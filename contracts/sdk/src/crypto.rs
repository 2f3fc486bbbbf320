//! Hash functions and signature checks of the machine, which cost a fraction of the same in Wasm.

use lockstep_abi::Hash;

use crate::host;

/// SHA2-256.
pub fn sha2_256(bytes: &[u8]) -> Hash {
    let mut digest = [0; 32];
    host::hash_sha2_256(bytes, &mut digest);
    Hash(digest)
}

/// SHA3-256.
pub fn sha3_256(bytes: &[u8]) -> Hash {
    let mut digest = [0; 32];
    host::hash_sha3_256(bytes, &mut digest);
    Hash(digest)
}

/// Keccak-256, as Ethereum uses it.
pub fn keccak_256(bytes: &[u8]) -> Hash {
    let mut digest = [0; 32];
    host::hash_keccak_256(bytes, &mut digest);
    Hash(digest)
}

/// BLAKE2b with a digest of 32 bytes.
pub fn blake2b_256(bytes: &[u8]) -> Hash {
    let mut digest = [0; 32];
    host::hash_blake2b_256(bytes, &mut digest);
    Hash(digest)
}

/// BLAKE2b with a digest of 16 bytes.
pub fn blake2b_128(bytes: &[u8]) -> [u8; 16] {
    let mut digest = [0; 16];
    host::hash_blake2b_128(bytes, &mut digest);
    digest
}

/// Whether the ed25519 signature is valid under the rules of ZIP-215.
pub fn ed25519_verify(public_key: &[u8; 32], signature: &[u8; 64], message: &[u8]) -> bool {
    host::ed25519_verify(public_key, signature, message) != 0
}

/// The public key (x, y; big-endian) that made this secp256k1 signature of a digest. The
/// signature is r, s (in the lower half of the order) and the recovery id 0 to 3.
pub fn secp256k1_recover(digest: &Hash, signature: &[u8; 65]) -> Option<[u8; 64]> {
    let mut public_key = [0; 64];
    let valid = host::secp256k1_recover(&digest.0, signature, &mut public_key) != 0;
    valid.then_some(public_key)
}

/// Whether the P-256 signature (r, s) of a digest is valid for the public key (x, y), all
/// big-endian.
pub fn p256_verify(digest: &Hash, signature: &[u8; 64], public_key: &[u8; 64]) -> bool {
    host::p256_verify(&digest.0, signature, public_key) != 0
}
