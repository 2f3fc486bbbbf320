//! Reading the file that `lockstep state export` writes: all entries of one version in order, with
//! its root and its record, and a hash over everything. `docs/store.md` has the bytes.
//!
//! It is read entry by entry, and never is room made for more than the file has, nor for a record or
//! value that no chain has: a file may be sparse and state any length. A trie that is loaded takes some
//! MiB of entries at a time (`Trie::load`), so a state of any size needs little memory beside its
//! store. `export_writer` is the other direction.

use std::fs::{self, File};
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::Path;

use blake2::{Blake2b256, Digest as _};
use lockstep_state_trie::{Digest, Entry, KEY_BYTES_MAX};
use lockstep_vm::BlockRecord;

use crate::exit::Exit;
use crate::module_file::reason;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::value::counted;

/// What an export begins with.
pub(super) const EXPORT_MAGIC: [u8; 8] = *b"LKSEXPRT";
/// The version of the format.
pub(super) const EXPORT_VERSION: u32 = 1;
/// The longest record in bytes: more than the receipts of any block that a machine gets through.
pub(super) const RECORD_BYTES_MAX: u64 = 256 << 20;
/// The longest value in bytes. A chain's longest is a contract's code, which may have 1 MiB.
pub(super) const VALUE_BYTES_MAX: u64 = 16 << 20;
/// Where the root stands: behind magic, version and zeros.
const ROOT_PLACE: u64 = 16;
/// Bytes of the hash at the end.
const HASH_BYTES: u64 = 32;

/// An export that is being read. As an iterator it gives the entries and ends early at the first
/// thing that is wrong, which [`ExportFile::finish`] then reports.
pub(crate) struct ExportFile {
    file: Box<dyn Read>,
    hasher: Blake2b256,
    shown: String,
    /// Bytes that are left before the hash.
    left: u64,
    read: u64,
    /// Where what is read begins: an entry, or a part of what stands before them.
    place: u64,
    /// The key that was read last.
    last_key: Option<Vec<u8>>,
    failure: Option<Failure>,
    /// The root that the file states.
    pub(crate) root: Digest,
    /// The number of entries that the file states.
    pub(crate) entries: u64,
    entries_read: u64,
    /// The record of the version.
    pub(crate) record: Vec<u8>,
}

impl ExportFile {
    /// Opens an export and reads what stands before the entries.
    ///
    /// # Errors
    /// When the file cannot be read or is no export.
    pub(crate) fn open(path: &Path) -> Result<ExportFile, Failure> {
        let shown = path.display().to_string();
        let failed = |error: io::Error| unreadable(&shown, &reason(&error));
        let metadata = fs::metadata(path).map_err(failed)?;
        // A pipe would be waited for, and has no length.
        if !metadata.is_file() {
            return Err(unreadable(&shown, "it is not a regular file"));
        }
        let file = File::open(path).map_err(failed)?;
        let file = BufReader::with_capacity(1 << 20, file);
        ExportFile::begun(Box::new(file), metadata.len(), shown)
    }

    /// Reads what stands before the entries of a file of so many bytes.
    fn begun(file: Box<dyn Read>, bytes: u64, shown: String) -> Result<ExportFile, Failure> {
        let mut export = ExportFile {
            file,
            hasher: Blake2b256::new(),
            left: bytes.saturating_sub(HASH_BYTES),
            read: 0,
            place: 0,
            last_key: None,
            failure: None,
            root: Digest([0; 32]),
            entries: 0,
            entries_read: 0,
            record: Vec::new(),
            shown,
        };
        export.header()?;
        Ok(export)
    }

    /// Reads what stands before the entries.
    fn header(&mut self) -> Result<(), Failure> {
        if self.left < length_of(&EXPORT_MAGIC) {
            return Err(self.foreign("it ends before one would begin"));
        }
        let magic: [u8; 8] = self.array()?;
        if magic != EXPORT_MAGIC {
            return Err(self.foreign("it does not begin like one"));
        }
        self.begin();
        let version = u32::from_le_bytes(self.array()?);
        if version != EXPORT_VERSION {
            let what = format!("its format is {version}; this program reads {EXPORT_VERSION}");
            return Err(self.damaged(&what));
        }
        self.begin();
        if self.array()? != [0; 4] {
            return Err(self.damaged("four bytes that are zero in an export are not"));
        }
        debug_assert_eq!(self.read, ROOT_PLACE);
        self.begin();
        self.root = Digest(self.array()?);
        self.begin();
        self.entries = u64::from_le_bytes(self.array()?);
        self.begin();
        let record_bytes = u64::from_le_bytes(self.array()?);
        let too_long = "its record is longer than that of any block";
        self.record = self.bounded(record_bytes, RECORD_BYTES_MAX, too_long)?;
        if !self.record.is_empty() && BlockRecord::from_bytes(&self.record).is_err() {
            return Err(self.damaged("its record is not that of a block"));
        }
        Ok(())
    }

    /// Checks that everything was read, as many entries as stated, that the hash matches, and that
    /// the entries lead to the root that is stated: `root` is what they lead to.
    ///
    /// # Errors
    /// When something is wrong with the file.
    pub(crate) fn finish(mut self, root: Digest) -> Result<(), Failure> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        self.begin();
        if self.entries_read != self.entries || self.left > 0 {
            let what = format!(
                "it states {} and has {}, with {} after them",
                counted(self.entries, "entry"),
                self.entries_read,
                counted(self.left, "byte")
            );
            return Err(self.damaged(&what));
        }
        let hash = self.hasher.clone().finalize();
        let mut found = [0; 32];
        self.take(&mut found)?;
        if found != *hash {
            return Err(self.damaged("its hash does not match"));
        }
        if root != self.root {
            self.place = ROOT_PLACE;
            let what = format!("its entries lead to root 0x{root}, not to 0x{}", self.root);
            return Err(self.damaged(&what));
        }
        Ok(())
    }

    /// What is read from here on is the next part, where its damage is reported.
    fn begin(&mut self) {
        self.place = self.read;
    }

    fn entry(&mut self) -> Result<Entry, Failure> {
        self.begin();
        let key_bytes = u16::from_le_bytes(self.array()?);
        if usize::from(key_bytes) > KEY_BYTES_MAX {
            return Err(self.damaged("a key is longer than a key can be"));
        }
        let value_bytes = u32::from_le_bytes(self.array()?);
        let key = self.bytes(u64::from(key_bytes))?;
        let too_long = "a value is longer than any of a chain";
        let value = self.bounded(u64::from(value_bytes), VALUE_BYTES_MAX, too_long)?;
        if self.last_key.as_ref().is_some_and(|last| *last >= key) {
            let index = self.entries_read;
            return Err(self.damaged(&format!("entry {index} is not greater than the one before")));
        }
        self.last_key = Some(key.clone());
        Ok((key, value))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Failure> {
        let mut array = [0; N];
        self.fill(&mut array)?;
        Ok(array)
    }

    /// The next bytes, unless there are more of them than a limit allows.
    fn bounded(&mut self, length: u64, limit: u64, too_long: &str) -> Result<Vec<u8>, Failure> {
        if length > limit && length <= self.left {
            let problem = self.damage(too_long).beyond(limit, length);
            return Err(Failure::new(Exit::Usage, problem));
        }
        self.bytes(length)
    }

    fn bytes(&mut self, length: u64) -> Result<Vec<u8>, Failure> {
        if length > self.left {
            return Err(self.damaged("it is cut off"));
        }
        let length = usize::try_from(length).map_err(|_| self.damaged("it is cut off"))?;
        let mut bytes = vec![0; length];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, into: &mut [u8]) -> Result<(), Failure> {
        let length = length_of(into);
        if length > self.left {
            return Err(self.damaged("it is cut off"));
        }
        self.take(into)?;
        self.left -= length;
        self.read += length;
        self.hasher.update(&*into);
        Ok(())
    }

    /// Reads from the file. One that ends before the length that it had is cut off; what else keeps it
    /// from being read says nothing about it.
    fn take(&mut self, into: &mut [u8]) -> Result<(), Failure> {
        self.file
            .read_exact(into)
            .map_err(|error| match error.kind() {
                ErrorKind::UnexpectedEof => self.damaged("it is cut off"),
                _ => unreadable(&self.shown, &reason(&error)),
            })
    }

    /// That the file is another file.
    fn foreign(&self, what: &str) -> Failure {
        let message = format!("{} is no export of a state: {what}", self.shown);
        let help = "name a file that `lockstep state export` has written";
        Failure::new(
            Exit::Usage,
            Problem::new(ProblemCode::ExportDamaged, message, help),
        )
    }

    /// That the part of the file is wrong that was begun last.
    fn damaged(&self, what: &str) -> Failure {
        Failure::new(Exit::Usage, self.damage(what))
    }

    fn damage(&self, what: &str) -> Problem {
        let message = format!("{} is damaged at byte {}: {what}", self.shown, self.place);
        let help = "export the state again";
        Problem::new(ProblemCode::ExportDamaged, message, help)
    }
}

/// That a file cannot be read, whatever is in it.
fn unreadable(shown: &str, reason: &str) -> Failure {
    let message = format!("cannot read {shown}: {reason}");
    let help = "check the path and the permissions";
    Failure::new(
        Exit::Usage,
        Problem::new(ProblemCode::FileUnreadable, message, help),
    )
}

/// A length as the file's are counted.
fn length_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

impl Iterator for &mut ExportFile {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        if self.failure.is_some() || self.left == 0 || self.entries_read == self.entries {
            return None;
        }
        match self.entry() {
            Ok(entry) => {
                self.entries_read += 1;
                Some(entry)
            }
            Err(failure) => {
                self.failure = Some(failure);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;
