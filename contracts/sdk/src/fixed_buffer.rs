//! Encoding onto the stack. An allocation costs a contract more than the bytes do, so what has a
//! known greatest length is written into an array.

use parity_scale_codec::Output;

/// The first `N` bytes of what was written, and how many there were.
pub struct FixedBuffer<const N: usize> {
    bytes: [u8; N],
    /// All bytes that were written, also those that found no room.
    written: usize,
}

impl<const N: usize> FixedBuffer<N> {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        FixedBuffer {
            bytes: [0; N],
            written: 0,
        }
    }

    /// How many bytes were written.
    pub(crate) fn written(&self) -> usize {
        self.written
    }

    /// What was written; `None` when it found no room.
    pub(crate) fn as_slice(&self) -> Option<&[u8]> {
        self.bytes.get(..self.written)
    }

    /// What was written, to be changed; `None` when it found no room.
    pub(crate) fn as_mut_slice(&mut self) -> Option<&mut [u8]> {
        self.bytes.get_mut(..self.written)
    }

    /// All `N` bytes: what was written and zeros; `None` when it found no room.
    pub(crate) fn filled_with_zeros(self) -> Option<[u8; N]> {
        (self.written <= N).then_some(self.bytes)
    }
}

impl<const N: usize> Output for FixedBuffer<N> {
    #[inline(always)]
    fn write(&mut self, bytes: &[u8]) {
        let room = self.bytes.get_mut(self.written..);
        if let Some(room) = room.and_then(|rest| rest.get_mut(..bytes.len())) {
            room.copy_from_slice(bytes);
        }
        self.written = self.written.saturating_add(bytes.len());
    }
}
