//! The code of a body that is still to be copied.

use wasmparser::FunctionBody;

use crate::prepared::InternalError;

/// How many bytes are copied at once. Mostly there are fewer between two insertions: then what is too
/// much is cut off behind, because a copy of a fixed length takes less than one of any length.
const CHUNK_BYTES: usize = 32;

/// The uploaded code of a body behind some offset in the file.
pub(super) struct Uncopied<'a> {
    /// The offset.
    from: usize,
    /// The code from there on.
    pub(super) rest: &'a [u8],
}

impl<'a> Uncopied<'a> {
    /// The code of a body from an offset in the file on.
    pub(super) fn of(body: &FunctionBody<'a>, from: usize) -> Result<Uncopied<'a>, InternalError> {
        let before = from.checked_sub(body.range().start);
        let rest = before.and_then(|before| body.as_bytes().get(before..));
        let rest = rest.ok_or_else(outside)?;
        Ok(Uncopied { from, rest })
    }

    /// Copies the code up to an offset in the file.
    #[inline]
    pub(super) fn copy_to(&mut self, to: usize, sink: &mut Vec<u8>) -> Result<(), InternalError> {
        let chunk = self.rest.first_chunk::<CHUNK_BYTES>();
        let code = self.take_to(to)?;
        match chunk {
            Some(chunk) if code.len() <= CHUNK_BYTES => {
                let end = sink.len().saturating_add(code.len());
                sink.extend_from_slice(chunk);
                sink.truncate(end);
            }
            _ => sink.extend_from_slice(code),
        }
        Ok(())
    }

    /// Leaves the code up to an offset in the file out.
    pub(super) fn skip_to(&mut self, to: usize) -> Result<(), InternalError> {
        self.take_to(to).map(|_| ())
    }

    /// Takes the code up to an offset in the file.
    #[inline]
    fn take_to(&mut self, to: usize) -> Result<&'a [u8], InternalError> {
        let length = to.checked_sub(self.from);
        let parts = length.and_then(|length| self.rest.split_at_checked(length));
        let (code, rest) = parts.ok_or_else(outside)?;
        *self = Uncopied { from: to, rest };
        Ok(code)
    }
}

/// The mistake of an offset outside of the body, or in front of what was copied.
#[cold]
fn outside() -> InternalError {
    InternalError::new("an insertion lies outside its function")
}
