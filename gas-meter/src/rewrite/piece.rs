//! Short pieces of code, encoded once or on the way, and written at a stretch.
//!
//! A module has thousands of charges, each of a few instructions with a few bytes. A piece is
//! copied whole, whatever of it is used, and what is not is cut off behind: a copy of a fixed length
//! is one store, where one of two or three bytes would be a call.

use super::opcode;

/// The most bytes of a piece: four operators, two of which name a global at any index.
const BYTES_MAX: u32 = 16;

/// A piece of code, of at most [`BYTES_MAX`] bytes. What would be too much is left out; the tests
/// of those who make pieces have the longest there are.
///
/// The bytes are kept as a number, the first one lowest, and put together in it: they are never in
/// memory one by one, from where they could not be loaded at once right away.
#[derive(Clone, Copy, Default)]
pub(super) struct Piece {
    bytes: u128,
    length: u32,
}

impl Piece {
    /// An operator that pushes this `i64`.
    #[inline(always)]
    pub(super) fn i64_const(value: i64) -> Piece {
        Piece::default().operator(opcode::I64_CONST).signed(value)
    }

    /// An operator that pushes this `i32`.
    #[inline(always)]
    pub(super) fn i32_const(value: i32) -> Piece {
        Piece::default()
            .operator(opcode::I32_CONST)
            .signed(value.into())
    }

    /// The piece with an operator without immediates behind it.
    #[inline(always)]
    pub(super) fn operator(mut self, opcode: u8) -> Piece {
        self.push(opcode);
        self
    }

    /// The piece with an operator behind it that has a number as its immediate.
    #[inline(always)]
    pub(super) fn indexed(mut self, opcode: u8, index: u32) -> Piece {
        self.push(opcode);
        self.unsigned(index)
    }

    /// The piece with an unsigned number behind it.
    #[inline(always)]
    pub(super) fn unsigned(mut self, number: u32) -> Piece {
        let mut rest = number;
        while rest >= 0x80 {
            let [low, ..] = rest.to_le_bytes();
            self.push(low | 0x80);
            rest >>= 7;
        }
        let [low, ..] = rest.to_le_bytes();
        self.push(low);
        self
    }

    /// The piece with a signed number behind it.
    #[inline(always)]
    fn signed(mut self, value: i64) -> Piece {
        let mut rest = value;
        // Most prices take one byte or two.
        if (-0x2000..-0x40).contains(&value) || (0x40..0x2000).contains(&value) {
            let [low, ..] = rest.to_le_bytes();
            rest >>= 7;
            let [high, ..] = rest.to_le_bytes();
            self.append(u16::from_le_bytes([low | 0x80, high & 0x7f]).into(), 2);
            return self;
        }
        while !(-0x40..0x40).contains(&rest) {
            let [low, ..] = rest.to_le_bytes();
            self.push(low | 0x80);
            rest >>= 7;
        }
        let [low, ..] = rest.to_le_bytes();
        self.push(low & 0x7f);
        self
    }

    #[inline(always)]
    fn push(&mut self, byte: u8) {
        self.append(byte.into(), 1);
    }

    /// Appends the lowest bytes of a number, all others of which are 0.
    #[inline(always)]
    fn append(&mut self, bytes: u128, length: u32) {
        let end = self.length.saturating_add(length);
        if end <= BYTES_MAX {
            self.bytes |= bytes.unbounded_shl(self.length.saturating_mul(u8::BITS));
            self.length = end;
        }
    }

    /// The bytes of the piece.
    pub(super) fn bytes(self) -> impl Iterator<Item = u8> {
        let length = usize::try_from(self.length).unwrap_or(0);
        self.bytes.to_le_bytes().into_iter().take(length)
    }

    /// Writes the piece.
    #[inline(always)]
    pub(super) fn write(&self, sink: &mut Vec<u8>) {
        let length = usize::try_from(self.length).unwrap_or(0);
        let end = sink.len().saturating_add(length);
        sink.extend_from_slice(&self.bytes.to_le_bytes());
        sink.truncate(end);
    }

    /// Writes pieces one behind the other.
    #[inline(always)]
    pub(super) fn write_all<const COUNT: usize>(pieces: [Piece; COUNT], sink: &mut Vec<u8>) {
        for piece in pieces {
            piece.write(sink);
        }
    }
}
