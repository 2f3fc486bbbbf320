//! What bytes from strangers take in memory: at most a fixed number of times their length.
//!
//! The documents of the formats name the numbers (`docs/state-trie.md` and `docs/bundle.md` under
//! their decoders). Each is held here against the inputs that come closest to it: those with the
//! most items for each byte. An allocator that counts is installed for all of this program, so the
//! measurements take turns.

mod bundles;
mod proofs;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Counts the bytes that are allocated, and the most that were at once.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static TURN: Mutex<()> = Mutex::new(());

// SAFETY: every call goes to the system's allocator unchanged. `realloc` is left at its default: a
// new allocation and a copy, so both are counted at once.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.fetch_add(layout.size(), SeqCst) + layout.size();
        PEAK.fetch_max(live, SeqCst);
        // SAFETY: the caller keeps to the contract of `alloc`, which is the same there.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), SeqCst);
        // SAFETY: the place came from `alloc` with this layout, that is from the system's.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What does not grow with the input: a chunk of a value, an error, a few small lists.
const FIXED_BYTES: usize = 16 << 10;

/// Waits until no other test of this program runs. The harness allocates little meanwhile.
fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The result of some work, and the most bytes that it had allocated at once.
fn measured<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = LIVE.load(SeqCst);
    PEAK.store(before, SeqCst);
    let result = work();
    (result, PEAK.load(SeqCst) - before)
}

fn assert_bounded(what: &str, length: usize, peak: usize, factor: usize) {
    println!(
        "{what}: {length} bytes take {peak}, {} times",
        peak / length
    );
    assert!(
        peak <= factor * length + FIXED_BYTES,
        "{what}: {length} bytes take {peak}, over {factor} times"
    );
}
