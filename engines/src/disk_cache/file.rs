//! One file of compiled code; see [`disk_cache`](crate::disk_cache) for its layout.

use blake2b_simd::{Hash, Params};
use thiserror::Error;

const MAGIC: &[u8; 16] = b"lockstep.code/1\n";
const AUTHENTICATOR_BYTES: usize = 32;

/// Why a file does not count.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RefusedFile {
    /// It does not begin as such a file does.
    #[error("it is no file of compiled code")]
    Foreign,
    /// It is shorter or longer than it says.
    #[error("it is cut short or too long")]
    Length,
    /// Something in it was changed, or it was written in another directory.
    #[error("its authenticator does not fit")]
    Changed,
    /// It was written for another key.
    #[error("it is of another key")]
    OtherKey,
    /// The engine does not take the artifact; the field has its reason.
    #[error("the engine refuses it: {0}")]
    Engine(String),
}

/// The blake2b-256 of bytes.
pub(crate) fn digest(bytes: &[u8]) -> [u8; 32] {
    let hash = Params::new().hash_length(32).hash(bytes);
    let mut digest = [0; 32];
    digest.copy_from_slice(hash.as_bytes());
    digest
}

/// A length as files state it.
pub(super) fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// The bytes of a file.
pub(super) fn seal(artifact: &[u8], key: &[u8], secret: &[u8; 32]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(artifact.len() + key.len() + 64);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&length(key).to_le_bytes());
    bytes.extend_from_slice(key);
    bytes.extend_from_slice(&length(artifact).to_le_bytes());
    bytes.extend_from_slice(artifact);
    let tag = authenticator(&bytes, secret);
    bytes.extend_from_slice(tag.as_bytes());
    bytes
}

/// The artifact in a file, when it was sealed with this secret for this key.
pub(super) fn open(
    mut bytes: Vec<u8>,
    key: &[u8],
    secret: &[u8; 32],
) -> Result<Vec<u8>, RefusedFile> {
    if !bytes.starts_with(MAGIC) {
        return Err(RefusedFile::Foreign);
    }
    let artifact_at = artifact_range(&bytes)?;
    let (sealed, tag) = bytes
        .split_at_checked(bytes.len() - AUTHENTICATOR_BYTES)
        .ok_or(RefusedFile::Length)?;
    // This comparison takes the same time wherever the difference is.
    if authenticator(sealed, secret) != *tag {
        return Err(RefusedFile::Changed);
    }
    let found = sealed.get(MAGIC.len() + 8..artifact_at.start - 8);
    if found != Some(key) {
        return Err(RefusedFile::OtherKey);
    }
    bytes.truncate(artifact_at.end);
    Ok(bytes.split_off(artifact_at.start))
}

/// Where the artifact is, when the lengths in the file are those of the file.
fn artifact_range(bytes: &[u8]) -> Result<std::ops::Range<usize>, RefusedFile> {
    let stated = |at: usize| {
        let field = bytes.get(at..)?.first_chunk::<8>()?;
        usize::try_from(u64::from_le_bytes(*field)).ok()
    };
    let range = || {
        let key_at = MAGIC.len() + 8;
        let artifact_length_at = key_at.checked_add(stated(MAGIC.len())?)?;
        let artifact_at = artifact_length_at.checked_add(8)?;
        let end = artifact_at.checked_add(stated(artifact_length_at)?)?;
        let whole = end.checked_add(AUTHENTICATOR_BYTES)? == bytes.len();
        whole.then_some(artifact_at..end)
    };
    range().ok_or(RefusedFile::Length)
}

fn authenticator(bytes: &[u8], secret: &[u8; 32]) -> Hash {
    Params::new()
        .hash_length(AUTHENTICATOR_BYTES)
        .key(secret)
        .hash(bytes)
}

#[cfg(test)]
mod tests {
    use super::{RefusedFile, open, seal};

    const SECRET: [u8; 32] = [7; 32];

    #[test]
    fn what_was_sealed_opens() {
        for artifact in [&b""[..], b"code", &[0; 5_000]] {
            let bytes = seal(artifact, b"key", &SECRET);
            assert_eq!(open(bytes, b"key", &SECRET).as_deref(), Ok(artifact));
        }
    }

    #[test]
    fn no_changed_byte_goes_unseen() {
        let bytes = seal(b"some code", b"a key", &SECRET);
        for position in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[position] ^= 1 << bit;
                assert!(
                    open(changed, b"a key", &SECRET).is_err(),
                    "{position}.{bit}"
                );
            }
        }
    }

    #[test]
    fn no_other_length_goes_unseen() {
        let bytes = seal(b"some code", b"a key", &SECRET);
        for length in 0..bytes.len() {
            assert!(open(bytes[..length].to_vec(), b"a key", &SECRET).is_err());
        }
        let longer = [bytes, vec![0]].concat();
        assert_eq!(open(longer, b"a key", &SECRET), Err(RefusedFile::Length));
    }

    #[test]
    fn the_reason_is_named() {
        let bytes = seal(b"code", b"key", &SECRET);
        let with = |key: &[u8], secret| open(bytes.clone(), key, &secret);
        assert_eq!(with(b"yek", SECRET), Err(RefusedFile::OtherKey));
        assert_eq!(with(b"key", [8; 32]), Err(RefusedFile::Changed));
        assert_eq!(
            open(b"ELF".to_vec(), b"key", &SECRET),
            Err(RefusedFile::Foreign)
        );
    }
}
