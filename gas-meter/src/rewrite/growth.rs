//! The function through which code grows its memory.
//!
//! In wasmi 2.0.0, as a stable compiler builds it, `memory.grow` does not end in a tail call: each
//! one that is executed keeps some 180 bytes of the native stack until the run ends. A loop
//! around one that asks for no pages, or for too many, would use up any stack, and the process would
//! end. So the pass appends a function, and code calls it in place of `memory.grow`; in it, that is
//! executed only where the memory becomes larger, so at most as often as it may have pages.
//!
//! ```text
//! $grow (pages) -> (result):
//!   if pages - 1 >= maximum - memory.size, unsigned       none, or more than there is room for
//!     return pages ? -1 : memory.size
//!   end
//!   memory.grow(pages)
//! ```
//!
//! That is what `memory.grow` does where growing within the maximum succeeds, which it does here
//! (`docs/gas.md`). Needed until the pinned engine is one that ends it in a tail call.

use wasm_encoder::{BlockType, Encode, InstructionSink};

/// Writes the body, without its length, for a memory that may have `pages_max` pages.
pub(super) fn growth_body(pages_max: u32, sink: &mut Vec<u8>) {
    0_u32.encode(sink);
    InstructionSink::new(sink)
        .local_get(0)
        .i32_const(1)
        .i32_sub()
        .i32_const(pages_max.cast_signed())
        .memory_size(0)
        .i32_sub()
        .i32_ge_u()
        .if_(BlockType::Empty)
        .i32_const(-1)
        .memory_size(0)
        .local_get(0)
        .select()
        .return_()
        .end()
        .local_get(0)
        .memory_grow(0)
        .end();
}
