//! Fields that hold one value.

use core::marker::PhantomData;

use parity_scale_codec::{Decode, Encode};

use super::{StorageField, read_value};
use crate::host;

/// One stored value, or none. A value over 128 bytes is read in two host calls, and paid twice.
#[derive(Debug)]
pub struct Item<T> {
    name: &'static str,
    value: PhantomData<T>,
}

impl<T> StorageField for Item<T> {
    fn named(name: &'static str) -> Self {
        Item {
            name,
            value: PhantomData,
        }
    }
}

impl<T: Encode + Decode> Item<T> {
    /// The value, if there is one.
    pub fn get(&self) -> Option<T> {
        read_value(self.name, |out| {
            host::storage_read(self.name.as_bytes(), out)
        })
    }

    /// The value, or the type's default when there is none.
    pub fn get_or_default(&self) -> T
    where
        T: Default,
    {
        self.get().unwrap_or_default()
    }

    /// Whether there is a value.
    pub fn exists(&self) -> bool {
        host::storage_length(self.name.as_bytes()) >= 0
    }

    /// Stores a value in place of what was there. The frame traps when it is over 65,536 bytes.
    pub fn set(&mut self, value: &T) {
        value.using_encoded(|value| host::storage_write(self.name.as_bytes(), value));
    }

    /// Removes the value; whether there was one.
    pub fn remove(&mut self) -> bool {
        host::storage_remove(self.name.as_bytes()) != 0
    }
}

/// One value that is forgotten at the end of the transaction. It lives outside the state: it
/// costs no deposit and is not part of the state root. One over 128 bytes is read, and paid, twice.
#[derive(Debug)]
pub struct Transient<T> {
    name: &'static str,
    value: PhantomData<T>,
}

impl<T> StorageField for Transient<T> {
    fn named(name: &'static str) -> Self {
        Transient {
            name,
            value: PhantomData,
        }
    }
}

impl<T: Encode + Decode> Transient<T> {
    /// The value, if this transaction set one.
    pub fn get(&self) -> Option<T> {
        read_value(self.name, |out| {
            host::transient_read(self.name.as_bytes(), out)
        })
    }

    /// Sets the value until the end of the transaction. The frame traps when it is over 65,536 bytes.
    pub fn set(&mut self, value: &T) {
        value.using_encoded(|value| host::transient_write(self.name.as_bytes(), value));
    }

    /// Removes the value; whether there was one.
    pub fn remove(&mut self) -> bool {
        host::transient_remove(self.name.as_bytes()) != 0
    }

    /// The value, or the type's default when this transaction set none.
    pub fn get_or_default(&self) -> T
    where
        T: Default,
    {
        self.get().unwrap_or_default()
    }

    /// Whether this transaction set a value. It decodes nothing, and is paid as a read of the whole
    /// value: the machine tells the length of a transient value in no other way.
    pub fn exists(&self) -> bool {
        host::transient_read(self.name.as_bytes(), &mut []) >= 0
    }
}
