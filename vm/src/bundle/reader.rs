//! Reading items from bytes while keeping count of where they stand.

use parity_scale_codec::{Compact, Decode};

use super::{BundleError, BundleFault};

/// Bytes, and how many of them were read.
pub(super) struct Reader<'b> {
    bytes: &'b [u8],
    pub(super) offset: usize,
}

impl<'b> Reader<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Reader<'b> {
        Reader { bytes, offset: 0 }
    }

    /// What was not read yet.
    pub(super) fn rest(&self) -> &'b [u8] {
        self.bytes.get(self.offset..).unwrap_or_default()
    }

    /// A fault at the place that was reached.
    pub(super) fn fault(&self, fault: BundleFault) -> BundleError {
        BundleError {
            offset: self.offset,
            fault,
        }
    }

    /// The next `length` bytes.
    pub(super) fn take(&mut self, length: usize) -> Result<&'b [u8], BundleError> {
        let rest = self.rest();
        let taken = rest.get(..length).ok_or_else(|| {
            self.fault(BundleFault::Truncated {
                needed: length,
                left: rest.len(),
            })
        })?;
        self.offset = self.offset.saturating_add(length);
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], BundleError> {
        let bytes = self.take(N)?;
        let mut array = [0; N];
        array.copy_from_slice(bytes);
        Ok(array)
    }

    pub(super) fn u32(&mut self) -> Result<u32, BundleError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, BundleError> {
        self.array().map(u64::from_le_bytes)
    }

    /// A count or length in SCALE's compact form.
    pub(super) fn length(&mut self) -> Result<usize, BundleError> {
        let before = self.rest();
        let mut after = before;
        let number = Compact::<u32>::decode(&mut after).ok();
        let length = number.and_then(|Compact(number)| usize::try_from(number).ok());
        let length = length.ok_or_else(|| self.fault(BundleFault::Length))?;
        let read = before.len().saturating_sub(after.len());
        self.offset = self.offset.saturating_add(read);
        Ok(length)
    }

    /// Bytes with their length in front, and where they begin.
    pub(super) fn bytes(&mut self) -> Result<(usize, &'b [u8]), BundleError> {
        let length = self.length()?;
        let start = self.offset;
        Ok((start, self.take(length)?))
    }
}
