//! What is in the files of a failing disk, now and durably.

use crate::entries::Numbers;

/// What is written or lost as a whole: so much of a file, from a multiple of it on.
const SECTOR_BYTES: usize = 512;

/// Something that is not durable yet.
#[derive(Clone, Debug)]
enum Pending {
    /// A sector as it has become by a write, also what the write left as it was.
    Sector {
        start: usize,
        bytes: Vec<u8>,
    },
    Length(usize),
}

impl Pending {
    fn happen_to(&self, file: &mut Vec<u8>) {
        match self {
            Pending::Length(length) => file.resize(*length, 0),
            Pending::Sector { start, bytes } => {
                file.resize(file.len().max(start + bytes.len()), 0);
                file[*start..start + bytes.len()].copy_from_slice(bytes);
            }
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Contents {
    pub(super) now: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Pending>,
    pub(super) locked_alone: bool,
    pub(super) locked_together: u32,
}

impl Contents {
    /// A file with these bytes, durably.
    pub(super) fn durable(bytes: Vec<u8>) -> Contents {
        Contents {
            now: bytes.clone(),
            durable: bytes,
            ..Contents::default()
        }
    }

    /// Has these bytes in place of others, durably.
    pub(super) fn put(&mut self, bytes: Vec<u8>) {
        self.now.clone_from(&bytes);
        self.durable = bytes;
        self.pending.clear();
    }

    pub(super) fn write(&mut self, offset: usize, bytes: &[u8]) {
        let end = offset + bytes.len();
        self.now.resize(self.now.len().max(end), 0);
        self.now[offset..end].copy_from_slice(bytes);
        let first = offset / SECTOR_BYTES * SECTOR_BYTES;
        for start in (first..end).step_by(SECTOR_BYTES) {
            let sector = &self.now[start..self.now.len().min(start + SECTOR_BYTES)];
            self.pending.push(Pending::Sector {
                start,
                bytes: sector.to_vec(),
            });
        }
    }

    pub(super) fn set_length(&mut self, length: usize) {
        self.now.resize(length, 0);
        self.pending.push(Pending::Length(length));
    }

    pub(super) fn sync(&mut self) {
        for pending in std::mem::take(&mut self.pending) {
            pending.happen_to(&mut self.durable);
        }
    }

    /// Forgets what was to become durable.
    pub(super) fn drop_pending(&mut self) {
        self.pending.clear();
    }

    /// What is found after the machine has stopped.
    pub(super) fn after_stop(&self, numbers: &mut Numbers) -> Vec<u8> {
        let mut found = self.durable.clone();
        // Often all or nothing, for these are the likely cases.
        let mood = numbers.below(4);
        let mut survives = || mood == 0 || (mood != 1 && numbers.below(2) == 0);
        for pending in &self.pending {
            if !survives() {
                continue;
            }
            pending.happen_to(&mut found);
        }
        found
    }
}
