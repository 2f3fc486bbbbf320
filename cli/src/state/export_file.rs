//! The file that `lockstep state export` writes: all entries of one version in order, with its root
//! and its record, and a hash over everything. `docs/store.md` has the bytes.
//!
//! Both directions work entry by entry, so that a state of any size needs little memory, and a
//! reader never makes room for more than the file has.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use blake2::{Blake2b256, Digest as _};
use lockstep_state_trie::{Digest, Entry, KEY_BYTES_MAX};
use lockstep_store::Disk;

use crate::exit::Exit;
use crate::module_file::reason;
use crate::output_file::{rename_durably, temporary_path, unwritable};
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::value::counted;

/// What an export begins with.
const EXPORT_MAGIC: [u8; 8] = *b"LKSEXPRT";
/// The version of the format.
const EXPORT_VERSION: u32 = 1;
/// Bytes of magic, version, zeros, root, number of entries and length of the record.
const HEADER_BYTES: u64 = 64;
/// Bytes of the hash at the end.
const HASH_BYTES: u64 = 32;

/// An export that is being written, under another name until it is whole.
pub(crate) struct ExportWriter {
    file: BufWriter<File>,
    hasher: Blake2b256,
    path: PathBuf,
    temporary: PathBuf,
    finished: bool,
    /// How many bytes it has.
    pub(crate) bytes: u64,
}

impl ExportWriter {
    /// Begins an export of so many entries.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn new(
        path: &Path,
        root: Digest,
        entries: u64,
        record: &[u8],
    ) -> Result<ExportWriter, Failure> {
        let temporary = temporary_path(path);
        let file = File::create(&temporary).map_err(|error| unwritable(path, &error))?;
        let mut writer = ExportWriter {
            file: BufWriter::with_capacity(1 << 20, file),
            hasher: Blake2b256::new(),
            path: path.to_path_buf(),
            temporary,
            finished: false,
            bytes: 0,
        };
        let record_bytes = u64::try_from(record.len()).unwrap_or(u64::MAX);
        writer.write(&EXPORT_MAGIC)?;
        writer.write(&EXPORT_VERSION.to_le_bytes())?;
        writer.write(&[0; 4])?;
        writer.write(&root.0)?;
        writer.write(&entries.to_le_bytes())?;
        writer.write(&record_bytes.to_le_bytes())?;
        writer.write(record)?;
        Ok(writer)
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn entry(&mut self, key: &[u8], value: &[u8]) -> Result<(), Failure> {
        let key_bytes = u16::try_from(key.len()).unwrap_or(u16::MAX);
        let value_bytes = u32::try_from(value.len()).unwrap_or(u32::MAX);
        self.write(&key_bytes.to_le_bytes())?;
        self.write(&value_bytes.to_le_bytes())?;
        self.write(key)?;
        self.write(value)
    }

    /// Ends the export and gives the file its name, both durably. Returns its length in bytes.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn finish(mut self) -> Result<u64, Failure> {
        let hash = self.hasher.clone().finalize();
        self.write(&hash)?;
        let done = self
            .file
            .flush()
            .and_then(|()| self.file.get_ref().sync_all())
            .and_then(|()| rename_durably(&Disk, &self.temporary, &self.path));
        done.map_err(|error| unwritable(&self.path, &error))?;
        self.finished = true;
        Ok(self.bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.hasher.update(bytes);
        self.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let written = self.file.write_all(bytes);
        written.map_err(|error| unwritable(&self.path, &error))
    }
}

impl Drop for ExportWriter {
    fn drop(&mut self) {
        if !self.finished {
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// An export that is being read. As an iterator it gives the entries and ends early at the first
/// thing that is wrong, which [`ExportFile::finish`] then reports.
pub(crate) struct ExportFile {
    file: BufReader<File>,
    hasher: Blake2b256,
    shown: String,
    /// Bytes that are left before the hash.
    left: u64,
    read: u64,
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
        let unreadable = |reason: &str| {
            let message = format!("cannot read {shown}: {reason}");
            let help = "check the path and the permissions";
            Failure::new(
                Exit::Usage,
                Problem::new(ProblemCode::FileUnreadable, message, help),
            )
        };
        let failed = |error: io::Error| unreadable(reason(&error));
        let metadata = fs::metadata(path).map_err(failed)?;
        // A pipe would be waited for, and has no length.
        if !metadata.is_file() {
            return Err(unreadable("it is not a regular file"));
        }
        let file = File::open(path).map_err(failed)?;
        let bytes = metadata.len();
        let mut export = ExportFile {
            file: BufReader::with_capacity(1 << 20, file),
            hasher: Blake2b256::new(),
            left: bytes.saturating_sub(HASH_BYTES),
            read: 0,
            failure: None,
            root: Digest([0; 32]),
            entries: 0,
            entries_read: 0,
            record: Vec::new(),
            shown,
        };
        let magic: [u8; 8] = export
            .array()
            .map_err(|_| export.foreign("it ends before one would begin"))?;
        if magic != EXPORT_MAGIC {
            return Err(export.foreign("it does not begin like one"));
        }
        let version = u32::from_le_bytes(export.array()?);
        if version != EXPORT_VERSION {
            let what = format!("its format is {version}; this program reads {EXPORT_VERSION}");
            return Err(export.damaged(&what));
        }
        let _: [u8; 4] = export.array()?;
        export.root = Digest(export.array()?);
        export.entries = u64::from_le_bytes(export.array()?);
        let record_bytes = u64::from_le_bytes(export.array()?);
        debug_assert_eq!(export.read, HEADER_BYTES);
        export.record = export.bytes(record_bytes)?;
        Ok(export)
    }

    /// Checks that everything was read, as many entries as stated, and that the hash matches.
    ///
    /// # Errors
    /// When something is wrong with the file.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
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
        let read = self.file.read_exact(&mut found);
        if read.is_err() || found != *hash {
            return Err(self.damaged("its hash does not match"));
        }
        Ok(())
    }

    fn entry(&mut self) -> Result<Entry, Failure> {
        let key_bytes = u16::from_le_bytes(self.array()?);
        if usize::from(key_bytes) > KEY_BYTES_MAX {
            return Err(self.damaged("a key is longer than a key can be"));
        }
        let value_bytes = u32::from_le_bytes(self.array()?);
        let key = self.bytes(u64::from(key_bytes))?;
        Ok((key, self.bytes(u64::from(value_bytes))?))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Failure> {
        let mut array = [0; N];
        self.fill(&mut array)?;
        Ok(array)
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
        let length = u64::try_from(into.len()).unwrap_or(u64::MAX);
        if length > self.left || self.file.read_exact(into).is_err() {
            return Err(self.damaged("it is cut off"));
        }
        self.left -= length;
        self.read += length;
        self.hasher.update(&*into);
        Ok(())
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

    /// That the file is wrong where reading has come to.
    pub(crate) fn damaged(&self, what: &str) -> Failure {
        let message = format!("{} is damaged at byte {}: {what}", self.shown, self.read);
        let help = "export the state again";
        Failure::new(
            Exit::Usage,
            Problem::new(ProblemCode::ExportDamaged, message, help),
        )
    }
}

impl Iterator for &mut ExportFile {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        if self.failure.is_some() || self.left == 0 {
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
