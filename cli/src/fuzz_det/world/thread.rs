//! Worlds in other threads: with another native stack, several at once, or with a heap that lies
//! elsewhere.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread::Builder;

use super::{Answer, Cadence, EngineMaker, Variation, World, cache_for, fresh};
use crate::fuzz_det::divergence::compare;
use crate::fuzz_det::history::History;
use crate::fuzz_det::perform::{Manner, Performed};
use crate::fuzz_det::record::Watch;
use crate::problem::Failure;

/// A small native stack, into which the deepest nesting of frames does not fit.
const SMALL_STACK_BYTES: usize = 256 << 10;
/// A large one.
const LARGE_STACK_BYTES: usize = 64 << 20;
/// How many threads execute at once.
const COPIES: usize = 4;

/// How many ways there are to lay blocks on the heap.
const HEAPS: usize = 16;

/// The worlds of this file.
pub(super) fn worlds(engine: &EngineMaker) -> Vec<Box<dyn World>> {
    [
        Kind::Stack("stack-small", SMALL_STACK_BYTES),
        Kind::Stack("stack-large", LARGE_STACK_BYTES),
        Kind::Threads,
        Kind::Heap,
    ]
    .into_iter()
    .map(|kind| -> Box<dyn World> {
        Box::new(Threaded {
            engine: Arc::clone(engine),
            kind,
            heap: 0,
        })
    })
    .collect()
}

/// What is special about the thread.
#[derive(Clone, Copy)]
enum Kind {
    /// A native stack of so many bytes.
    Stack(&'static str, usize),
    /// Several threads at once.
    Threads,
    /// Blocks of odd sizes lie on the heap, and some are given back.
    Heap,
}

/// Executes in other threads.
struct Threaded {
    engine: EngineMaker,
    kind: Kind,
    /// Which blocks lie on the heap.
    heap: usize,
}

impl World for Threaded {
    fn name(&self) -> String {
        match self.kind {
            Kind::Stack(name, _) => name.to_string(),
            Kind::Threads => "threads".to_string(),
            Kind::Heap => "heap".to_string(),
        }
    }

    fn about(&self) -> String {
        match self.kind {
            Kind::Stack(_, bytes) => {
                let size = match bytes % (1 << 20) {
                    0 => format!("{} MiB", bytes >> 20),
                    _ => format!("{} KiB", bytes >> 10),
                };
                format!("a thread with a native stack of {size}")
            }
            Kind::Threads => format!("{COPIES} threads at once"),
            Kind::Heap => "a heap with blocks of odd sizes and holes".to_string(),
        }
    }

    fn cadence(&self) -> Cadence {
        match self.kind {
            Kind::Threads => Cadence::OneOf(32),
            Kind::Stack(..) | Kind::Heap => Cadence::OneOf(8),
        }
    }

    fn variations(&self) -> Vec<Variation> {
        let heaps = match self.kind {
            Kind::Stack(..) | Kind::Threads => 0,
            Kind::Heap => HEAPS,
        };
        let variation = |heap: usize| Variation {
            name: heap.to_string(),
            about: format!("the first has {} bytes", block_bytes(0, heap)),
        };
        (0..heaps).map(variation).collect()
    }

    fn vary(&mut self, round: usize) {
        self.heap = round % HEAPS;
    }

    fn execute(&mut self, history: &History, watch: Watch) -> Result<Answer, Failure> {
        let run = || {
            let cache = cache_for(watch, None);
            fresh(history, &self.engine, cache, (Manner::Observed, watch))
        };
        match self.kind {
            Kind::Stack(_, bytes) => Ok(spawn(bytes, 1, &run)?.into()),
            Kind::Threads => Ok(spawn(LARGE_STACK_BYTES / 8, COPIES, &run)?.into()),
            Kind::Heap => {
                let kept = disturb(self.heap);
                let performed = run();
                drop(kept);
                Ok(performed.into())
            }
        }
    }
}

/// Runs in so many threads at once and returns the first result, or one that differs from it.
fn spawn(
    stack_bytes: usize,
    copies: usize,
    run: &(impl Fn() -> Performed + Sync),
) -> Result<Performed, Failure> {
    std::thread::scope(|scope| {
        let threads: Result<Vec<_>, Failure> = (0..copies)
            .map(|_| {
                let builder = Builder::new().stack_size(stack_bytes);
                builder.spawn_scoped(scope, run).map_err(Failure::bug)
            })
            .collect();
        let mut results = Vec::with_capacity(copies);
        for thread in threads? {
            // A panic there is what this world comes to, as it is in any other.
            results.push(thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        let first = results.remove(0);
        let other = results
            .into_iter()
            .find(|other| compare(&first.execution, &other.execution).is_some());
        Ok(other.unwrap_or(first))
    })
}

/// The size of a block on the heap.
fn block_bytes(number: usize, heap: usize) -> usize {
    (number * 7919 + (heap + 1) * 104_729) % 70_001 + 1
}

/// Allocates blocks of odd sizes and frees every other one, filled with what no fresh memory
/// holds. What is returned keeps the rest.
fn disturb(heap: usize) -> Vec<Vec<u8>> {
    let mut blocks: Vec<Vec<u8>> = (0..97)
        .map(|number| vec![0xa5; block_bytes(number, heap)])
        .collect();
    let mut position = 0;
    blocks.retain(|_| {
        position += 1;
        position % 2 == 0
    });
    blocks
}
