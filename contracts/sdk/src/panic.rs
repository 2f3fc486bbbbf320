//! What `panic!`, an overflow or an index out of bounds does in a contract: it ends the frame
//! through the host function `panic`, with the message and the place in the source. The frame's
//! changes are undone and the gas that is left goes back.

use core::fmt::{self, Write};
use core::panic::PanicInfo;

use crate::host;

/// A message of bounded length, so that a panic needs no allocation.
struct Message {
    bytes: [u8; 256],
    length: usize,
}

impl Write for Message {
    /// Adds as many whole characters as there is room for.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.bytes.len() - self.length;
        let part = text
            .get(..text.floor_char_boundary(room))
            .unwrap_or_default();
        if let Some(target) = self.bytes.get_mut(self.length..self.length + part.len()) {
            target.copy_from_slice(part.as_bytes());
            self.length += part.len();
        }
        Ok(())
    }
}

#[panic_handler]
fn on_panic(info: &PanicInfo) -> ! {
    let mut message = Message {
        bytes: [0; 256],
        length: 0,
    };
    let mut written = write!(message, "{}", info.message());
    if let (Ok(()), Some(place)) = (written, info.location()) {
        written = write!(message, ", {}:{}", place.file(), place.line());
    }
    match (written, message.bytes.get(..message.length)) {
        (Ok(()), Some(text)) => host::panic(text),
        _ => host::panic(b"a panic whose message cannot be formatted"),
    }
}
