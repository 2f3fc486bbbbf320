//! The contract's storage, and the transient storage that ends with the transaction.
//!
//! Keys and values are bounded by the limits. Reading an empty key finds nothing; writing one
//! traps. The scan functions look at the storage as it stands, so a contract that writes while
//! it scans sees its own changes.

use lockstep_abi::{AccountId, LENGTH_ABSENT};

use super::{Answer, HostCall, Stop};
use crate::state::State;
use crate::status::Status;

/// `-1` as an `i32`, which is how a missing value answers.
fn absent() -> u64 {
    u64::from(LENGTH_ABSENT.cast_unsigned())
}

/// Where a key lies in the guest's memory: pointer and length.
type KeyRange = (u32, u32);

impl HostCall<'_, '_, '_> {
    pub(super) fn storage_read(&mut self) -> Answer {
        let key = self.key_and_room()?;
        let (state, contract, key) = self.at(key)?;
        let value = state.storage_get(contract, key)?;
        self.hand_out(value)
    }

    pub(super) fn storage_write(&mut self) -> Answer {
        let (key, value) = self.key_and_value()?;
        let (state, contract, key) = self.at(key)?;
        state.storage_set(contract, key, value)?;
        Ok(None)
    }

    pub(super) fn storage_remove(&mut self) -> Answer {
        let key = self.key()?;
        let (state, contract, key) = self.at(key)?;
        let removed = state.storage_remove(contract, key)?;
        Ok(Some(u64::from(removed)))
    }

    pub(super) fn storage_length(&mut self) -> Answer {
        let key = self.key()?;
        let (state, contract, key) = self.at(key)?;
        match state.storage_length(contract, key)? {
            Some(length) => super::result::length(length),
            None => Ok(Some(absent())),
        }
    }

    pub(super) fn storage_next(&mut self) -> Answer {
        let from = self.key_and_room()?;
        let (state, contract, from) = self.at(from)?;
        let found = state.storage_next(contract, from)?;
        self.hand_out(found)
    }

    pub(super) fn storage_previous(&mut self) -> Answer {
        let before = self.key_and_room()?;
        let (state, contract, before) = self.at(before)?;
        let before = Some(before).filter(|before| !before.is_empty());
        let found = state.storage_previous(contract, before)?;
        self.hand_out(found)
    }

    pub(super) fn transient_read(&mut self) -> Answer {
        let key = self.key_and_room()?;
        let (state, contract, key) = self.at(key)?;
        let value = state.transient_get(contract, key);
        self.hand_out(value)
    }

    pub(super) fn transient_write(&mut self) -> Answer {
        let (key, value) = self.key_and_value()?;
        let (state, contract, key) = self.at(key)?;
        state.transient_set(contract, key, value);
        Ok(None)
    }

    pub(super) fn transient_remove(&mut self) -> Answer {
        let key = self.key()?;
        let (state, contract, key) = self.at(key)?;
        let removed = state.transient_remove(contract, key);
        Ok(Some(u64::from(removed)))
    }

    /// Checks the key that the first two arguments name, and shows it to the observer.
    fn key(&mut self) -> Result<KeyRange, Stop> {
        let key = self.range_within(0, "storage_key_bytes", self.limits().storage_key_bytes_max)?;
        self.view(key.0, key.1)?;
        Ok(key)
    }

    /// The state, the contract whose storage is meant, and the key in a range that was checked.
    fn at(
        &mut self,
        (pointer, length): KeyRange,
    ) -> Result<(&mut dyn State, &AccountId, &[u8]), Stop> {
        let key = self.guest.range(pointer, length)?;
        let frame = &mut *self.frame;
        Ok((&mut *frame.session.state, &frame.context.contract, key))
    }

    /// The key. Behind it the room for the answer is checked, which the next two arguments name.
    fn key_and_room(&mut self) -> Result<KeyRange, Stop> {
        let (out, room) = (self.arg(2)?, self.arg(3)?);
        let key = self.key()?;
        self.check(out, room)?;
        Ok(key)
    }

    /// A key that is not empty and the value that the next two arguments name.
    fn key_and_value(&mut self) -> Result<(KeyRange, Vec<u8>), Stop> {
        let key = self.range_within(0, "storage_key_bytes", self.limits().storage_key_bytes_max)?;
        if key.1 == 0 {
            return Err(Status::KeyEmpty.into());
        }
        let value = self.range_within(
            2,
            "storage_value_bytes",
            self.limits().storage_value_bytes_max,
        )?;
        self.view(key.0, key.1)?;
        let value = self.read(value.0, value.1)?;
        Ok((key, value))
    }

    /// Charges what was found, copies what fits into the room, and answers its length.
    fn hand_out(&mut self, found: Option<Vec<u8>>) -> Answer {
        let Some(bytes) = found else {
            return Ok(Some(absent()));
        };
        self.charge_output(&bytes)?;
        let (out, room) = (self.arg(2)?, self.arg(3)?);
        let length = self.write_capped(out, room, &bytes)?;
        Ok(Some(u64::from(length)))
    }
}
