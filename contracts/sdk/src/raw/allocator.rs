//! The allocator of a contract: it hands out memory from the end of the static data upwards and
//! grows the memory when it must.
//!
//! An instance lives for one call, so memory is not reused, with one exception that is cheap and
//! covers what contracts do most: the block allocated last can grow, shrink and be freed in
//! place.

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

const PAGE: usize = 65_536;

unsafe extern "C" {
    /// Placed by the linker behind the stack and the static data.
    static __heap_base: u8;
}

struct Bump {
    /// The first free address; 0 before the first allocation. An instance has one thread: the
    /// atomic is here because a static must be `Sync`, and costs nothing on this target.
    next: AtomicUsize,
}

#[global_allocator]
static ALLOCATOR: Bump = Bump {
    next: AtomicUsize::new(0),
};

impl Bump {
    fn first_free(&self) -> usize {
        match self.next.load(Relaxed) {
            0 => (&raw const __heap_base).addr(),
            next => next,
        }
    }

    /// Makes the memory reach to `end` and takes it. Ends the frame when it cannot.
    fn take_up_to(&self, end: Option<usize>) {
        let present = memory_size(0) * PAGE;
        let Some(end) = end else { out_of_memory() };
        if end > present && memory_grow(0, (end - present).div_ceil(PAGE)) == usize::MAX {
            out_of_memory();
        }
        self.next.store(end, Relaxed);
    }

    fn is_last(&self, pointer: *mut u8, layout: Layout) -> bool {
        pointer.addr() + layout.size() == self.next.load(Relaxed)
    }
}

/// The code that calls an allocator for nothing but a null pointer would format a message about it.
fn out_of_memory() -> ! {
    super::panic(b"out of memory")
}

// SAFETY: a block starts at or after the first free address, rounded up to its alignment, and the
// first free address is moved to its end, so that blocks do not overlap each other, the static
// data or the stack; memory below it exists, since `take_up_to` grew it first. Freeing or
// resizing moves the first free address only when it is the end of that very block.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let start = self.first_free().checked_next_multiple_of(layout.align());
        let start = start.unwrap_or_else(|| out_of_memory());
        self.take_up_to(start.checked_add(layout.size()));
        core::ptr::with_exposed_provenance_mut(start)
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if self.is_last(pointer, layout) {
            self.next.store(pointer.addr(), Relaxed);
        }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if self.is_last(pointer, layout) {
            self.take_up_to(pointer.addr().checked_add(new_size));
            return pointer;
        }
        if new_size <= layout.size() {
            return pointer;
        }
        // SAFETY: the caller promises that `layout` is the block's and that `new_size` with its
        // alignment is a layout; the two blocks do not overlap, and the old one is shorter.
        unsafe {
            let moved = self.alloc(Layout::from_size_align_unchecked(new_size, layout.align()));
            core::ptr::copy_nonoverlapping(pointer, moved, layout.size());
            moved
        }
    }
}
