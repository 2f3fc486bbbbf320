//! What stands behind its length, written once.

use wasm_encoder::Encode;

use super::piece::Piece;
use crate::prepared::{InternalError, PrepareError};

/// Writes something behind its length. As much room is left for the length as one of `expected` bytes
/// takes; what is written is moved only if it takes more or less.
///
/// # Errors
/// Those of `write`, or what it writes is too long.
pub(super) fn behind_length(
    sink: &mut Vec<u8>,
    expected: usize,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), PrepareError>,
) -> Result<(), PrepareError> {
    let front = sink.len();
    expected.encode(sink);
    let start = sink.len();
    write(sink)?;
    let length = u32::try_from(sink.len().saturating_sub(start));
    let length = length.map_err(|_| InternalError::new("more than 2^32 bytes in a section"))?;
    sink.splice(front..start, Piece::default().unsigned(length).bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use wasm_encoder::Encode;

    use super::behind_length;

    #[test]
    fn the_length_is_that_of_what_was_written() {
        let lengths = [0, 1, 127, 128, 16_383, 16_384];
        for length in lengths {
            let content: Vec<u8> = (0..=255).cycle().take(length).collect();
            for expected in lengths {
                let mut sink = vec![7];
                behind_length(&mut sink, expected, |sink| {
                    sink.extend_from_slice(&content);
                    Ok(())
                })
                .expect("it is short");
                let mut wanted = vec![7];
                content.encode(&mut wanted);
                assert_eq!(sink, wanted, "{length} for {expected}");
            }
        }
    }
}
