//! Copying bytes, with the numbers among them padded.

use wasmparser::BinaryReader;

/// The most bytes of a number of 32 bits, and of 64. One of 33 bits has no more than one of 32.
const BYTES_MAX_32: u32 = 5;
const BYTES_MAX_64: u32 = 10;

/// Bytes that are copied from the front on.
pub(super) struct Copier<'m> {
    rest: &'m [u8],
    out: Vec<u8>,
}

impl<'m> Copier<'m> {
    /// Of these bytes nothing is copied yet.
    pub(super) fn of(bytes: &'m [u8]) -> Copier<'m> {
        let out = Vec::new();
        Copier { rest: bytes, out }
    }

    /// Whether all bytes are copied.
    pub(super) fn is_over(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next byte, which is not copied.
    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// What was written.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// Copies a byte.
    pub(super) fn byte(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.bytes(1)?;
        Some(byte)
    }

    /// Copies so many bytes.
    pub(super) fn bytes(&mut self, count: u32) -> Option<()> {
        let bytes = self.take(count)?;
        self.out.extend(bytes);
        Some(())
    }

    /// Copies what is left.
    pub(super) fn remainder(&mut self) {
        self.out.extend(std::mem::take(&mut self.rest));
    }

    /// Pads an unsigned number of 32 bits.
    pub(super) fn number(&mut self) -> Option<u32> {
        let number = self.read(|reader| reader.read_var_u32().ok())?;
        self.push(number.into(), BYTES_MAX_32);
        Some(number)
    }

    /// Pads so many of them.
    pub(super) fn numbers(&mut self, count: u32) -> Option<()> {
        (0..count).try_for_each(|_| self.number().map(drop))
    }

    /// Pads a signed number of 32 bits.
    pub(super) fn signed_32(&mut self) -> Option<()> {
        let number = self.read(|reader| reader.read_var_i32().ok())?;
        self.push(number.into(), BYTES_MAX_32);
        Some(())
    }

    /// Pads a signed number of 33 bits.
    pub(super) fn signed_33(&mut self) -> Option<()> {
        let number = self.read(|reader| reader.read_var_s33().ok())?;
        self.push(number, BYTES_MAX_32);
        Some(())
    }

    /// Pads a signed number of 64 bits.
    pub(super) fn signed_64(&mut self) -> Option<()> {
        let number = self.read(|reader| reader.read_var_i64().ok())?;
        self.push(number, BYTES_MAX_64);
        Some(())
    }

    /// Copies a count and so many items.
    pub(super) fn items(&mut self, item: fn(&mut Copier<'m>) -> Option<()>) -> Option<()> {
        let count = self.number()?;
        (0..count).try_for_each(|_| item(self))
    }

    /// Copies a length and so many bytes, which are copied by `content`.
    pub(super) fn sized(
        &mut self,
        content: impl FnOnce(&mut Copier<'m>) -> Option<()>,
    ) -> Option<()> {
        let length = self.read(|reader| reader.read_var_u32().ok())?;
        let mut copy = Copier::of(self.take(length)?);
        content(&mut copy)?;
        if !copy.is_over() {
            return None;
        }
        self.push(i64::try_from(copy.out.len()).ok()?, BYTES_MAX_32);
        self.out.extend(copy.out);
        Some(())
    }

    fn take(&mut self, count: u32) -> Option<&'m [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(usize::try_from(count).ok()?)?;
        self.rest = rest;
        Some(bytes)
    }

    fn read<T>(&mut self, read: impl FnOnce(&mut BinaryReader<'m>) -> Option<T>) -> Option<T> {
        let mut reader = BinaryReader::new(self.rest, 0);
        let number = read(&mut reader)?;
        self.rest = self.rest.get(reader.original_position()..)?;
        Some(number)
    }

    /// Writes a number in so many bytes; in a negative one, which is signed, the sign is repeated.
    fn push(&mut self, number: i64, length: u32) {
        for position in 0..length {
            let group = (number >> (7 * position)) & 0x7f;
            let more = if position + 1 < length { 0x80 } else { 0 };
            self.out
                .push(u8::try_from(group | more).unwrap_or_default());
        }
    }
}
