//! The internal nodes that wait to be hashed, in all pages of a batch.
//!
//! Nodes with the same bit do not depend on each other and are hashed side by side, those with the
//! greatest bit first. A node's preimage is written here once, with the digests of those children
//! that are known; the others come in when they have been computed.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use blake2b_simd::many::{HashManyJob, hash_many};

use crate::digest::{
    DIGEST_BYTES, Digest, EMPTY_ROOT, INTERNAL_PREIMAGE_BYTES, digest_from, hash_parameters,
    internal_preimage,
};
use crate::slots::PLACES;

/// How many hashes are prepared at a time, so that what is prepared stays in the cache.
const JOBS_AT_A_TIME: usize = 32;

/// How many half bytes keep their memory for more nodes.
const LEVELS_KEPT_MAX: usize = 64;

/// Where the digest of the right child begins in a preimage. That of the left ends there.
const RIGHT_START: usize = INTERNAL_PREIMAGE_BYTES - DIGEST_BYTES;

/// A child of a node.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Side {
    /// It is not new, and this is its digest.
    Known(Digest),
    /// It is new, and its digest has this number.
    New(usize),
}

/// A node to hash.
#[derive(Clone, Debug)]
struct Task {
    preimage: [u8; INTERNAL_PREIMAGE_BYTES],
    left: Option<usize>,
    right: Option<usize>,
    number: usize,
}

/// See the module's description.
#[derive(Clone, Debug, Default)]
pub(crate) struct ForkBatch {
    /// By the half bytes of their bits.
    levels: BTreeMap<u16, Level>,
}

/// The nodes with their bits in one half byte.
#[derive(Clone, Debug, Default)]
pub(crate) struct Level {
    /// By the places of their bits.
    places: [Vec<Task>; PLACES],
}

impl ForkBatch {
    /// The nodes of a half byte, to add some.
    pub(crate) fn level(&mut self, half_byte: u16) -> &mut Level {
        self.levels.entry(half_byte).or_default()
    }

    /// Hashes all nodes, puts each digest at its number, and leaves the batch empty. `None` if a
    /// number has no place, or a child's digest is not there when its parent's turn comes.
    pub(crate) fn finish(&mut self, digests: &mut [Digest]) -> Option<()> {
        for level in self.levels.values_mut().rev() {
            for tasks in &mut level.places {
                for tasks in tasks.chunks_mut(JOBS_AT_A_TIME) {
                    hash(tasks, digests)?;
                }
                tasks.clear();
            }
        }
        // Few levels come again and again; those of long keys come once, and are not kept.
        if self.levels.len() > LEVELS_KEPT_MAX {
            self.levels.clear();
        }
        Some(())
    }
}

impl Level {
    /// Adds the node with a bit, at a place of the half byte, whose digest gets a number. `None` if
    /// a half byte has no such place.
    pub(crate) fn push(
        &mut self,
        place: u32,
        bit: u16,
        left: Side,
        right: Side,
        number: usize,
    ) -> Option<()> {
        let split = |side| match side {
            Side::Known(digest) => (digest, None),
            Side::New(number) => (EMPTY_ROOT, Some(number)),
        };
        let ((left, left_number), (right, right_number)) = (split(left), split(right));
        let tasks = self.places.get_mut(usize::try_from(place).ok()?)?;
        tasks.push(Task {
            preimage: internal_preimage(bit, &left, &right),
            left: left_number,
            right: right_number,
            number,
        });
        Some(())
    }
}

/// Hashes nodes that do not depend on each other.
fn hash(tasks: &mut [Task], digests: &mut [Digest]) -> Option<()> {
    for task in tasks.iter_mut() {
        let digest = |number: usize| {
            let digest = digests.get(number);
            digest.filter(|digest| **digest != EMPTY_ROOT)
        };
        let (front, right) = task.preimage.split_at_mut(RIGHT_START);
        if let Some(number) = task.right {
            right.copy_from_slice(&digest(number)?.0);
        }
        let (_, left) = front.split_at_mut(RIGHT_START.saturating_sub(DIGEST_BYTES));
        if let Some(number) = task.left {
            left.copy_from_slice(&digest(number)?.0);
        }
    }
    let parameters = hash_parameters();
    let jobs = tasks
        .iter()
        .map(|task| HashManyJob::new(&parameters, &task.preimage));
    let mut jobs: Vec<_> = jobs.collect();
    hash_many(&mut jobs);
    for (task, job) in tasks.iter().zip(&jobs) {
        *digests.get_mut(task.number)? = digest_from(&job.to_hash());
    }
    Some(())
}
