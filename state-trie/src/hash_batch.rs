//! Many hashes at once.
//!
//! Where the machine has wide vectors, several hashes are computed in their lanes side by side,
//! each with the digest that it would have alone. All that is asked for is that the preimages do
//! not depend on each other. What is pushed is copied into one buffer; [`HashBatch::finish`] hands
//! the digests out in the order of the pushes.

use alloc::vec::Vec;

use blake2b_simd::many::{HashManyJob, hash_many};

use crate::digest::{Digest, digest_from, hash_parameters};

/// How many hashes are prepared at a time, so that what is prepared stays in the cache.
const JOBS_AT_A_TIME: usize = 64;

/// Preimages that wait to be hashed.
#[derive(Debug, Default)]
pub(crate) struct HashBatch {
    bytes: Vec<u8>,
    /// The end of each preimage in `bytes`.
    ends: Vec<usize>,
}

impl HashBatch {
    /// Adds a preimage that is the join of some parts.
    pub(crate) fn push(&mut self, parts: &[&[u8]]) {
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
        self.ends.push(self.bytes.len());
    }

    /// How many bytes wait.
    pub(crate) fn byte_count(&self) -> usize {
        self.bytes.len()
    }

    /// Hashes what was pushed, gives each digest to `on_digest` with its place from 0, and leaves
    /// the batch empty.
    pub(crate) fn finish(&mut self, mut on_digest: impl FnMut(usize, Digest)) {
        let parameters = hash_parameters();
        let mut jobs = Vec::with_capacity(JOBS_AT_A_TIME.min(self.ends.len()));
        let (mut start, mut place) = (0, 0_usize);
        for ends in self.ends.chunks(JOBS_AT_A_TIME) {
            jobs.clear();
            for end in ends {
                // `push` has put the bytes there and noted where they end.
                let preimage = self.bytes.get(start..*end).unwrap_or_default();
                jobs.push(HashManyJob::new(&parameters, preimage));
                start = *end;
            }
            hash_many(&mut jobs);
            for job in &jobs {
                on_digest(place, digest_from(&job.to_hash()));
                place = place.saturating_add(1);
            }
        }
        drop(jobs);
        self.bytes.clear();
        self.ends.clear();
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use blake2::{Blake2b256, Digest as _};

    use super::HashBatch;
    use crate::digest::Digest;

    #[test]
    fn lanes_compute_what_the_other_implementation_computes() {
        let mut batch = HashBatch::default();
        for count in [0, 1, 3, 4, 7, 64, 150] {
            let preimages = (0..count).map(|n| vec![n as u8; (n * 37) % 400]);
            let expected: Vec<_> = preimages
                .clone()
                .map(|bytes| Digest(Blake2b256::digest(bytes).into()))
                .collect();
            for bytes in preimages {
                let (front, back) = bytes.split_at(bytes.len() / 3);
                batch.push(&[front, back]);
            }
            let mut digests = Vec::new();
            batch.finish(|place, digest| {
                assert_eq!(place, digests.len());
                digests.push(digest);
            });
            assert_eq!(digests, expected);
            assert_eq!(batch.byte_count(), 0);
        }
    }
}
