//! What `panic!`, a checked overflow or an index out of bounds does in a contract: it ends the frame
//! through the host function `panic`, with the message and the place in the source. The frame's
//! changes are undone and the gas that is left goes back.
//!
//! Only a message that is one text is given as it is. To put values into a message takes the
//! formatting code of the standard library, about 3 KB, which every transaction that loads the
//! contract would pay for, and whose loops have no bound that can be told beforehand.

use core::panic::PanicInfo;

use parity_scale_codec::Output;

use crate::fixed_buffer::FixedBuffer;
use crate::host;

/// The longest message with its place, in bytes.
const MESSAGE_BYTES_MAX: usize = 256;

/// Stands for a message with values in it, as of an index out of bounds.
const WITH_VALUES: &str = "a panic whose message holds values";

#[panic_handler]
fn on_panic(info: &PanicInfo) -> ! {
    let text = info.message().as_str().unwrap_or(WITH_VALUES);
    let Some(place) = info.location() else {
        host::panic(text.as_bytes());
    };
    let mut message = FixedBuffer::<MESSAGE_BYTES_MAX>::new();
    for part in [text, ", ", place.file(), ":"] {
        message.write(part.as_bytes());
    }
    write_decimal(place.line(), &mut message);
    host::panic(message.as_slice().unwrap_or(text.as_bytes()))
}

/// What each of the decimal digits of a `u32` counts.
const UNITS: [u32; 10] = [
    1_000_000_000,
    100_000_000,
    10_000_000,
    1_000_000,
    100_000,
    10_000,
    1_000,
    100,
    10,
    1,
];

/// Writes a number in decimal digits.
fn write_decimal(number: u32, out: &mut FixedBuffer<MESSAGE_BYTES_MAX>) {
    for unit in UNITS {
        if number >= unit || unit == 1 {
            let digits = number.checked_div(unit).unwrap_or_default();
            out.write(&[b'0' + (digits % 10) as u8]);
        }
    }
}
