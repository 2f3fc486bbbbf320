//! Hash functions and signature checks: pure functions of the bytes given.
//!
//! ECDSA over secp256k1 accepts only signatures whose s is in the lower half of the order, so
//! that nobody but the signer can make a second valid signature. ECDSA over P-256 accepts both,
//! as its users (passkeys) produce both. A malformed key or signature is an invalid one, never a
//! trap.

use k256::ecdsa::RecoveryId;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use sha2::{Digest, Sha256};
use sha3::{Keccak256, Sha3_256};

use super::{Answer, HostCall};
use crate::{identity, signature};

pub(super) fn sha2_256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

pub(super) fn sha3_256(bytes: &[u8]) -> [u8; 32] {
    Sha3_256::digest(bytes).into()
}

pub(super) fn keccak_256(bytes: &[u8]) -> [u8; 32] {
    Keccak256::digest(bytes).into()
}

pub(super) fn blake2b_256(bytes: &[u8]) -> [u8; 32] {
    identity::blake2b(&[bytes])
}

pub(super) fn blake2b_128(bytes: &[u8]) -> [u8; 16] {
    identity::blake2b(&[bytes])
}

/// The public key (x, y) that made the signature (r, s, recovery id) over a digest.
fn secp256k1_recover(digest: &[u8; 32], signature: &[u8; 65]) -> Option<[u8; 64]> {
    let (recovery_id, scalars) = signature.split_last()?;
    let recovery_id = RecoveryId::from_byte(*recovery_id)?;
    let signature = k256::ecdsa::Signature::from_slice(scalars).ok()?;
    if signature.normalize_s() != signature {
        return None;
    }
    let key = k256::ecdsa::VerifyingKey::recover_from_prehash(digest, &signature, recovery_id);
    let point = key.ok()?.to_sec1_point(false);
    point.as_bytes().get(1..)?.try_into().ok()
}

/// Whether the signature (r, s) over a digest is valid for the public key (x, y).
fn p256_verify(digest: &[u8; 32], signature: &[u8; 64], public_key: &[u8; 64]) -> bool {
    let mut point = [4_u8; 65];
    if let Some(coordinates) = point.get_mut(1..) {
        coordinates.copy_from_slice(public_key);
    }
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&point);
    let signature = p256::ecdsa::Signature::from_slice(signature);
    match (key, signature) {
        (Ok(key), Ok(signature)) => key.verify_prehash(digest, &signature).is_ok(),
        _ => false,
    }
}

impl HostCall<'_, '_, '_> {
    /// `hash_*(ptr, length, out)`.
    pub(super) fn hash<const N: usize>(&mut self, hash: fn(&[u8]) -> [u8; N]) -> Answer {
        let (pointer, length, out) = (self.arg(0)?, self.arg(1)?, self.arg(2)?);
        let digest = hash(self.view(pointer, length)?);
        self.write(out, &digest)?;
        Ok(None)
    }

    pub(super) fn ed25519_verify(&mut self) -> Answer {
        let public_key = self.arg(0)?;
        let (signature, message, length) = (self.arg(1)?, self.arg(2)?, self.arg(3)?);
        let public_key = self.read_array(public_key)?;
        let signature = self.read_array(signature)?;
        let message = self.view(message, length)?;
        let valid = signature::ed25519_verify(&public_key, &signature, message);
        Ok(Some(u64::from(valid)))
    }

    pub(super) fn secp256k1_recover(&mut self) -> Answer {
        let (digest, signature, out) = (self.arg(0)?, self.arg(1)?, self.arg(2)?);
        let digest = self.read_array(digest)?;
        let signature = self.read_array(signature)?;
        self.check(out, 64)?;
        let Some(key) = secp256k1_recover(&digest, &signature) else {
            return Ok(Some(0));
        };
        self.write(out, &key)?;
        Ok(Some(1))
    }

    pub(super) fn p256_verify(&mut self) -> Answer {
        let (digest, signature, public_key) = (self.arg(0)?, self.arg(1)?, self.arg(2)?);
        let digest = self.read_array(digest)?;
        let signature = self.read_array(signature)?;
        let public_key = self.read_array(public_key)?;
        Ok(Some(u64::from(p256_verify(
            &digest,
            &signature,
            &public_key,
        ))))
    }
}
