//! Call data and results: the frame's input, the three ways to end it, and the debug log.

use super::{Answer, HostCall, Stop};
use crate::status::Status;

/// The part of `bytes` at `offset`, or `None` when it leaves them.
pub(super) fn part(bytes: &[u8], offset: u32, length: u32) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    let end = start.checked_add(usize::try_from(length).ok()?)?;
    bytes.get(start..end)
}

/// A length as a function's value.
pub(super) fn length(bytes: usize) -> Answer {
    let length = u64::try_from(bytes).map_err(|_| Status::LengthOverLimit)?;
    Ok(Some(length))
}

impl HostCall<'_, '_, '_> {
    pub(super) fn input_length(&mut self) -> Answer {
        length(self.frame.input.len())
    }

    pub(super) fn input_read(&mut self) -> Answer {
        let (out, offset, length) = (self.arg(0)?, self.arg(1)?, self.arg(2)?);
        let bytes = part(&self.frame.input, offset, length).ok_or(Status::InputOutOfRange)?;
        self.guest.write(self.frame.session.observer, out, bytes)?;
        Ok(None)
    }

    /// `return` and `revert`: ends the frame with the bytes given.
    pub(super) fn finish(&mut self, status: Status) -> Answer {
        let output = self.final_bytes()?;
        Err(Stop::Finished(status, output))
    }

    pub(super) fn panic(&mut self) -> Answer {
        let message = self.final_bytes()?;
        if std::str::from_utf8(&message).is_err() {
            return Err(Status::InvalidUtf8.into());
        }
        Err(Stop::Finished(Status::Panicked, message))
    }

    fn final_bytes(&mut self) -> Result<Vec<u8>, Stop> {
        let (pointer, length) =
            self.range_within(0, "output_bytes", self.limits().output_bytes_max)?;
        self.read(pointer, length)
    }

    /// The message should be UTF-8; a check would be an effect, so it is handed on as it is.
    pub(super) fn debug_log(&mut self) -> Answer {
        let (pointer, length) =
            self.range_within(0, "debug_log_bytes", self.limits().debug_log_bytes_max)?;
        let message = self.read(pointer, length)?;
        self.frame
            .session
            .observer
            .debug_log(&self.frame.context.contract, &message);
        Ok(None)
    }
}
