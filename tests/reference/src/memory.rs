//! Linear memory: bounds, little-endian access, growth and the bulk operations.

use crate::stop::Stop;

/// The size of a Wasm page in bytes.
const PAGE_BYTES: usize = 65_536;

/// A linear memory, or the empty one of a module that has none.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    bytes: Vec<u8>,
    pages_max: u32,
}

impl Memory {
    /// A zeroed memory that can grow to `pages_max` pages.
    pub(crate) fn new(pages: u32, pages_max: u32) -> Memory {
        Memory {
            bytes: vec![0; pages as usize * PAGE_BYTES],
            pages_max,
        }
    }

    /// The whole content.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The whole content, to be written by a host function.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// The size in pages.
    pub(crate) fn pages(&self) -> u32 {
        (self.bytes.len() / PAGE_BYTES) as u32
    }

    /// `memory.grow`: the old size, or all ones when the maximum does not allow it.
    pub(crate) fn grow(&mut self, pages: u32) -> u32 {
        let old = self.pages();
        match old.checked_add(pages) {
            Some(new) if new <= self.pages_max => {
                self.bytes.resize(new as usize * PAGE_BYTES, 0);
                old
            }
            _ => u32::MAX,
        }
    }

    /// `count` little-endian bytes at `address + offset`.
    pub(crate) fn load(&self, address: u32, offset: u64, count: usize) -> Result<u64, Stop> {
        let start = effective(address, offset, count as u64, self.bytes.len())?;
        let mut word = [0; 8];
        word[..count].copy_from_slice(&self.bytes[start..start + count]);
        Ok(u64::from_le_bytes(word))
    }

    /// The lowest `count` bytes of `value` to `address + offset`.
    pub(crate) fn store(
        &mut self,
        address: u32,
        offset: u64,
        count: usize,
        value: u64,
    ) -> Result<(), Stop> {
        let start = effective(address, offset, count as u64, self.bytes.len())?;
        self.bytes[start..start + count].copy_from_slice(&value.to_le_bytes()[..count]);
        Ok(())
    }

    /// `memory.fill`.
    pub(crate) fn fill(&mut self, to: u32, value: u8, length: u32) -> Result<(), Stop> {
        let start = effective(to, 0, u64::from(length), self.bytes.len())?;
        self.bytes[start..start + length as usize].fill(value);
        Ok(())
    }

    /// `memory.copy`; the ranges may overlap.
    pub(crate) fn copy(&mut self, to: u32, from: u32, length: u32) -> Result<(), Stop> {
        let to = effective(to, 0, u64::from(length), self.bytes.len())?;
        let from = effective(from, 0, u64::from(length), self.bytes.len())?;
        self.bytes.copy_within(from..from + length as usize, to);
        Ok(())
    }

    /// `memory.init`: a part of a data segment.
    pub(crate) fn init(
        &mut self,
        to: u32,
        data: &[u8],
        from: u32,
        length: u32,
    ) -> Result<(), Stop> {
        let to = effective(to, 0, u64::from(length), self.bytes.len())?;
        let from = effective(from, 0, u64::from(length), data.len())?;
        let length = length as usize;
        self.bytes[to..to + length].copy_from_slice(&data[from..from + length]);
        Ok(())
    }
}

/// The start of a range that must lie within `size` bytes.
fn effective(address: u32, offset: u64, length: u64, size: usize) -> Result<usize, Stop> {
    let start = u64::from(address) + offset;
    match start.checked_add(length) {
        Some(end) if end <= size as u64 => Ok(start as usize),
        _ => Err(Stop::MemoryOutOfBounds),
    }
}

#[cfg(test)]
mod tests {
    use super::Memory;
    use crate::stop::Stop;

    #[test]
    fn access_ends_exactly_at_the_last_byte() {
        let mut memory = Memory::new(1, 2);
        assert_eq!(memory.store(65_532, 0, 4, 0x0403_0201), Ok(()));
        assert_eq!(memory.load(65_530, 2, 4), Ok(0x0403_0201));
        assert_eq!(memory.load(65_533, 0, 4), Err(Stop::MemoryOutOfBounds));
        assert_eq!(
            memory.load(u32::MAX, u64::from(u32::MAX), 8),
            Err(Stop::MemoryOutOfBounds)
        );
        assert_eq!(memory.fill(65_536, 1, 0), Ok(()));
        assert_eq!(memory.fill(65_537, 1, 0), Err(Stop::MemoryOutOfBounds));
    }

    #[test]
    fn growth_stops_at_the_maximum() {
        let mut memory = Memory::new(1, 2);
        assert_eq!(memory.grow(2), u32::MAX);
        assert_eq!(memory.grow(1), 1);
        assert_eq!(memory.grow(u32::MAX), u32::MAX);
        assert_eq!(memory.pages(), 2);
    }
}
