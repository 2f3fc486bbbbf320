//! Instances that are used again, for every engine that can set one back.
//!
//! Making an instance costs more than a short call: functions and imports are linked, memory is
//! taken from the machine and zeroed. So an engine may keep an instance whose run is over in its
//! [`IdleInstances`], after setting it back to what a fresh one is. What a run can change is the
//! memory, which a [`MemoryPicture`] sets back, the two counters, which every run sets before it
//! begins, and the mutable globals, which the metering pass exports. An instance that changed
//! anything else (see [`PreparedModule::is_resettable`]), that grew its memory, or whose run ended
//! in a failure of the engine, must be dropped.
//!
//! [`PreparedModule::is_resettable`]: lockstep_gas_meter::PreparedModule::is_resettable

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Enough for the contracts that a busy node calls again and again, and their nested calls.
const INSTANCES_MAX: usize = 64;

/// The parts in which memory is compared. Wasm pages are a multiple of it.
const PART_BYTES: usize = 1 << 12;

/// The pieces in which a part that differs is set back.
const PIECE_BYTES: usize = 1 << 9;

/// A part of a memory that nothing was written to.
const ZEROS: [u8; PART_BYTES] = [0; PART_BYTES];

/// The largest memory that has a picture. A larger one is as quickly made as compared.
const MEMORY_BYTES_MAX: usize = 1 << 20;

/// The instances of one engine that no run uses, kept for the next run of their module.
///
/// All modules of the engine share the list, so what it holds is bounded whatever their number: at
/// most 64 instances, each with a memory of at most 1 MiB. The one that has waited longest makes
/// room for another. Clones are the same list.
pub struct IdleInstances<I> {
    waiting: Arc<Mutex<Waiting<I>>>,
}

/// The list, and the number that the next module gets.
struct Waiting<I> {
    /// The one that came last stands last. Boxed, because they are large and come and go.
    instances: VecDeque<(u64, Box<I>)>,
    modules: u64,
    /// How many instances were taken out again.
    taken: u64,
}

impl<I> Clone for IdleInstances<I> {
    fn clone(&self) -> Self {
        IdleInstances {
            waiting: Arc::clone(&self.waiting),
        }
    }
}

impl<I> Default for IdleInstances<I> {
    fn default() -> Self {
        let waiting = Waiting {
            instances: VecDeque::new(),
            modules: 0,
            taken: 0,
        };
        IdleInstances {
            waiting: Arc::new(Mutex::new(waiting)),
        }
    }
}

impl<I> IdleInstances<I> {
    /// The list. It is whole also after a panic elsewhere, because nothing that holds the lock
    /// stops halfway through a change.
    fn lock(&self) -> MutexGuard<'_, Waiting<I>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number for a module, which no other module of this engine has.
    pub fn next_module(&self) -> u64 {
        let mut waiting = self.lock();
        waiting.modules = waiting.modules.saturating_add(1);
        waiting.modules
    }

    /// An instance of a module, if one waits.
    pub fn take(&self, module: u64) -> Option<Box<I>> {
        let mut waiting = self.lock();
        let mut places = waiting.instances.iter();
        let place = places.rposition(|(of, _)| *of == module)?;
        let (_, instance) = waiting.instances.remove(place)?;
        waiting.taken = waiting.taken.saturating_add(1);
        Some(instance)
    }

    /// How many instances were taken out for another run so far.
    pub fn taken(&self) -> u64 {
        self.lock().taken
    }

    /// Keeps an instance that was set back.
    pub fn put(&self, module: u64, instance: Box<I>) {
        let mut waiting = self.lock();
        let oldest = match waiting.instances.len() >= INSTANCES_MAX {
            true => waiting.instances.pop_front(),
            false => None,
        };
        waiting.instances.push_back((module, instance));
        // What may take long is not done under the lock.
        drop(waiting);
        drop(oldest);
    }

    /// Drops the instances of a module that is gone.
    pub fn forget(&self, module: u64) {
        let mut waiting = self.lock();
        let all = std::mem::take(&mut waiting.instances);
        let (gone, kept) = all.into_iter().partition(|(of, _)| *of == module);
        waiting.instances = kept;
        drop(waiting);
        drop::<VecDeque<_>>(gone);
    }
}

/// What the memory of an instance looked like when it was made, and the way back to that.
pub struct MemoryPicture {
    /// One for each part; `None` is a part of zeros.
    parts: Vec<Option<Box<[u8]>>>,
}

impl MemoryPicture {
    /// The picture of a fresh instance's memory, empty for none. `None` when the memory is larger
    /// than 1 MiB.
    pub fn new(memory: &[u8]) -> Option<MemoryPicture> {
        if memory.len() > MEMORY_BYTES_MAX {
            return None;
        }
        let parts = memory
            .chunks_exact(PART_BYTES)
            .map(|part| (part != ZEROS).then(|| part.into()));
        Some(MemoryPicture {
            parts: parts.collect(),
        })
    }

    /// Makes a memory look like the picture again. What a run did not touch is read and not
    /// written. False, with nothing done, when the memory has grown since.
    #[must_use]
    pub fn restore(&self, memory: &mut [u8]) -> bool {
        if memory.len() != self.parts.len().saturating_mul(PART_BYTES) {
            return false;
        }
        for (part, original) in memory.chunks_exact_mut(PART_BYTES).zip(&self.parts) {
            let original = original.as_deref().unwrap_or(&ZEROS);
            if part != original {
                restore_part(part, original);
            }
        }
        true
    }
}

/// Sets a part back where it differs: most of what a short call writes lies in few places.
fn restore_part(part: &mut [u8], original: &[u8]) {
    let pieces = part.chunks_exact_mut(PIECE_BYTES);
    for (piece, original) in pieces.zip(original.chunks_exact(PIECE_BYTES)) {
        if piece != original {
            piece.copy_from_slice(original);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{INSTANCES_MAX, IdleInstances, MEMORY_BYTES_MAX, MemoryPicture, PART_BYTES};

    #[test]
    fn instances_come_back_to_their_own_module_and_the_oldest_makes_room() {
        let idle = IdleInstances::default();
        let (first, second) = (idle.next_module(), idle.next_module());
        assert_ne!(first, second);
        idle.put(first, Box::new(1));
        idle.put(second, Box::new(2));
        assert_eq!(idle.clone().take(second), Some(Box::new(2)));
        assert_eq!(idle.take(second), None);
        assert_eq!(idle.taken(), 1, "what was not there was not taken");
        for number in 0..INSTANCES_MAX {
            idle.put(second, Box::new(number));
        }
        assert_eq!(idle.take(first), None, "it made room");
        assert_eq!(idle.take(second), Some(Box::new(INSTANCES_MAX - 1)));
        idle.forget(second);
        assert_eq!(idle.take(second), None);
    }

    #[test]
    fn a_memory_is_set_back_unless_it_has_grown() {
        let mut original = vec![0; 4 * PART_BYTES];
        original[PART_BYTES - 1] = 7;
        let picture = MemoryPicture::new(&original).expect("it is small");
        let mut memory = original.clone();
        memory[PART_BYTES - 1] = 0;
        memory[3 * PART_BYTES] = 1;
        assert!(picture.restore(&mut memory));
        assert_eq!(memory, original);
        memory.resize(8 * PART_BYTES, 0);
        assert!(!picture.restore(&mut memory));
    }

    #[test]
    fn a_large_memory_has_no_picture() {
        assert!(MemoryPicture::new(&vec![0; MEMORY_BYTES_MAX]).is_some());
        assert!(MemoryPicture::new(&vec![0; MEMORY_BYTES_MAX + 1]).is_none());
        assert!(
            MemoryPicture::new(&[])
                .expect("it is small")
                .restore(&mut [])
        );
    }
}
