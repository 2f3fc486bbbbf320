//! The only place where the guest's memory is read or written.
//!
//! A range is a pointer and a length, both unsigned 32-bit; it must end at or before the
//! memory's end, also when it is empty, and cannot wrap because it is added up in 64 bits. A
//! range that does not fit traps the frame with [`Status::PointerOutOfBounds`]. What is read is
//! used or copied before anything is written, so ranges may overlap. The observer sees every byte.

use lockstep_abi::AccountId;

use super::{HostCall, Stop};
use crate::observer::Observer;
use crate::status::Status;

/// Bytes of a Wasm page.
const PAGE_BYTES: usize = 1 << 16;

/// The guest's memory during one host call.
pub(super) struct Guest<'m> {
    memory: &'m mut [u8],
}

impl<'m> Guest<'m> {
    pub(super) fn new(memory: &'m mut [u8]) -> Guest<'m> {
        Guest { memory }
    }

    /// The size of the memory in pages.
    pub(super) fn pages(&self) -> u32 {
        u32::try_from(self.memory.len().div_euclid(PAGE_BYTES)).unwrap_or(u32::MAX)
    }

    /// The bytes of a range.
    pub(super) fn range(&mut self, pointer: u32, length: u32) -> Result<&mut [u8], Stop> {
        let start = u64::from(pointer);
        let end = start.saturating_add(u64::from(length));
        let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
        range
            .and_then(|(start, end)| self.memory.get_mut(start..end))
            .ok_or(Stop::Trapped(Status::PointerOutOfBounds))
    }

    fn read(
        &mut self,
        observer: &mut dyn Observer,
        pointer: u32,
        length: u32,
    ) -> Result<&[u8], Stop> {
        let bytes = self.range(pointer, length)?;
        observer.guest_read(pointer, bytes);
        Ok(bytes)
    }

    pub(super) fn write(
        &mut self,
        observer: &mut dyn Observer,
        pointer: u32,
        bytes: &[u8],
    ) -> Result<(), Stop> {
        let length = u32::try_from(bytes.len()).map_err(|_| Status::PointerOutOfBounds)?;
        self.range(pointer, length)?.copy_from_slice(bytes);
        observer.guest_write(pointer, bytes);
        Ok(())
    }
}

impl HostCall<'_, '_, '_> {
    /// Traps unless the range lies in the guest's memory.
    pub(super) fn check(&mut self, pointer: u32, length: u32) -> Result<(), Stop> {
        self.guest.range(pointer, length).map(|_| ())
    }

    /// The bytes of a range, still in the guest's memory.
    pub(super) fn view(&mut self, pointer: u32, length: u32) -> Result<&[u8], Stop> {
        self.guest
            .read(self.frame.session.observer, pointer, length)
    }

    /// A copy of the bytes of a range.
    pub(super) fn read(&mut self, pointer: u32, length: u32) -> Result<Vec<u8>, Stop> {
        self.view(pointer, length).map(<[u8]>::to_vec)
    }

    /// `N` bytes at a pointer; `N` is small.
    pub(super) fn read_array<const N: usize>(&mut self, pointer: u32) -> Result<[u8; N], Stop> {
        let length = u32::try_from(N).map_err(|_| Status::PointerOutOfBounds)?;
        let bytes = self.view(pointer, length)?;
        Ok(<[u8; N]>::try_from(bytes).map_err(|_| Status::PointerOutOfBounds)?)
    }

    /// The account id at a pointer.
    pub(super) fn read_account(&mut self, pointer: u32) -> Result<AccountId, Stop> {
        self.read_array(pointer).map(AccountId)
    }

    /// The balance (16 bytes, little-endian) at a pointer.
    pub(super) fn read_balance(&mut self, pointer: u32) -> Result<u128, Stop> {
        self.read_array(pointer).map(u128::from_le_bytes)
    }

    /// Copies bytes into the guest's memory.
    pub(super) fn write(&mut self, pointer: u32, bytes: &[u8]) -> Result<(), Stop> {
        self.guest
            .write(self.frame.session.observer, pointer, bytes)
    }

    /// Copies as much of `bytes` as fits into `room`, and gives back their full length.
    pub(super) fn write_capped(
        &mut self,
        pointer: u32,
        room: u32,
        bytes: &[u8],
    ) -> Result<u32, Stop> {
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let part = bytes.get(..room.min(bytes.len())).unwrap_or(bytes);
        self.write(pointer, part)?;
        Ok(u32::try_from(bytes.len()).map_err(|_| Status::LengthOverLimit)?)
    }
}
