//! The files of a failing disk.

use std::io;
use std::path::Path;
use std::sync::Mutex;

use lockstep_store::{LockMode, MediumFile};

use super::FailingDisk;

#[derive(Debug)]
pub(super) struct FailingFile {
    disk: FailingDisk,
    id: usize,
    /// The lock that this handle holds.
    lock: Mutex<Option<LockMode>>,
}

impl FailingFile {
    pub(super) fn new(disk: FailingDisk, id: usize) -> FailingFile {
        FailingFile {
            disk,
            id,
            lock: Mutex::new(None),
        }
    }
}

impl MediumFile for FailingFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let state = self.disk.state();
        let now = &state.files[self.id].now;
        let start = usize::try_from(offset).expect("small").min(now.len());
        let length = buffer.len().min(now.len() - start);
        buffer[..length].copy_from_slice(&now[start..start + length]);
        Ok(length)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        let offset = usize::try_from(offset).expect("small");
        let grows = offset + bytes.len() > state.files[self.id].now.len();
        let result = state.step(grows);
        let done = match &result {
            Ok(()) => bytes.len(),
            // A write that fails has done part of its work.
            Err(_) => bytes.len() / 2,
        };
        state.files[self.id].write(offset, &bytes[..done]);
        result
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.disk.state().files[self.id].now.len() as u64)
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        let length = usize::try_from(length).expect("small");
        let grows = length > state.files[self.id].now.len();
        state.step(grows)?;
        state.files[self.id].set_length(length);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        let synced = state.step(false);
        let drops = state.drops_unsynced && !state.stopped;
        let file = &mut state.files[self.id];
        match &synced {
            Ok(()) => file.sync(),
            Err(_) if drops => file.drop_pending(),
            Err(_) => {}
        }
        synced
    }

    fn try_lock(&self, mode: LockMode) -> io::Result<bool> {
        let mut state = self.disk.state();
        let file = &mut state.files[self.id];
        match mode {
            _ if file.locked_alone => return Ok(false),
            LockMode::Alone if file.locked_together > 0 => return Ok(false),
            LockMode::Alone => file.locked_alone = true,
            LockMode::Shared => file.locked_together += 1,
        }
        *self.lock.lock().expect("a lock") = Some(mode);
        Ok(true)
    }

    fn is_at(&self, path: &Path) -> io::Result<bool> {
        Ok(self.disk.state().names.files.get(path) == Some(&self.id))
    }
}

impl Drop for FailingFile {
    fn drop(&mut self) {
        let mut state = self.disk.state();
        let file = &mut state.files[self.id];
        match self.lock.lock().expect("a lock").take() {
            Some(LockMode::Alone) => file.locked_alone = false,
            Some(LockMode::Shared) => file.locked_together -= 1,
            None => {}
        }
    }
}
