//! Bytes that are decoded from front to back.
//!
//! The codec reads from slices as well, but through a function of its own, and a call takes an
//! interpreter longer than the bytes that most reads ask for. Inlined, a read of a known length is
//! a comparison and a few loads.

use parity_scale_codec::{Error, Input};

/// What was not read yet.
pub(crate) struct Unread<'a>(pub(crate) &'a [u8]);

impl Unread<'_> {
    /// Whether everything was read.
    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Input for Unread<'_> {
    #[inline(always)]
    fn remaining_len(&mut self) -> Result<Option<usize>, Error> {
        Ok(Some(self.0.len()))
    }

    #[inline(always)]
    fn read(&mut self, into: &mut [u8]) -> Result<(), Error> {
        let Some((read, rest)) = self.0.split_at_checked(into.len()) else {
            return Err(Error::from("the input ends too early"));
        };
        into.copy_from_slice(read);
        self.0 = rest;
        Ok(())
    }
}
