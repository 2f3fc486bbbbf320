//! Writing an export of a state (`export_file`), entry by entry.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use blake2::{Blake2b256, Digest as _};
use lockstep_state_trie::Digest;

use super::export_file::{EXPORT_MAGIC, EXPORT_VERSION, RECORD_BYTES_MAX, VALUE_BYTES_MAX};
use crate::durable_name::{Unwritten, rename_durably};
use crate::exit::Exit;
use crate::output_file::{make_file_beside, unwritable};
use crate::output_place::destination;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;

/// An export that is being written, under another name until it is whole.
pub(crate) struct ExportWriter {
    file: BufWriter<File>,
    hasher: Blake2b256,
    /// What the user calls it.
    path: PathBuf,
    /// The name that it will have.
    target: PathBuf,
    temporary: PathBuf,
    finished: bool,
    /// How many bytes it has.
    pub(crate) bytes: u64,
}

impl ExportWriter {
    /// Begins an export of so many entries.
    ///
    /// # Errors
    /// As [`destination`], and when the file cannot be written, or the record is longer than an export
    /// may have.
    pub(crate) fn new(
        path: &Path,
        root: Digest,
        entries: u64,
        record: &[u8],
    ) -> Result<ExportWriter, Failure> {
        let target = destination(path)?;
        let record_bytes = checked_length(record, "the record of a block", RECORD_BYTES_MAX)?;
        let made = make_file_beside(&target);
        let (file, temporary) = made.map_err(|error| unwritable(path, &error))?;
        let mut writer = ExportWriter {
            file: BufWriter::with_capacity(1 << 20, file),
            hasher: Blake2b256::new(),
            path: path.to_path_buf(),
            target,
            temporary,
            finished: false,
            bytes: 0,
        };
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
    /// When the file cannot be written, or the value is longer than an export may have.
    pub(crate) fn entry(&mut self, key: &[u8], value: &[u8]) -> Result<(), Failure> {
        let key_bytes = u16::try_from(key.len()).unwrap_or(u16::MAX);
        checked_length(value, "a value", VALUE_BYTES_MAX)?;
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
            .map_err(Unwritten::Refused)
            .and_then(|()| rename_durably(&self.temporary, &self.target));
        self.finished = !matches!(done, Err(Unwritten::Refused(_)));
        done.map_err(|unwritten| unwritten.failure(&self.path))?;
        Ok(self.bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.hasher.update(bytes);
        self.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let written = self.file.write_all(bytes);
        written.map_err(|error| unwritable(&self.path, &error))
    }
}

/// The length of bytes, unless they are more than an import takes.
fn checked_length(bytes: &[u8], what: &str, limit: u64) -> Result<u64, Failure> {
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if length <= limit {
        return Ok(length);
    }
    let message = format!("{what} is longer than an export may have");
    let help = "copy the state's directory instead, while nothing works on it";
    let problem = Problem::new(ProblemCode::FileUnwritable, message, help);
    Err(Failure::new(Exit::Usage, problem.beyond(limit, length)))
}

impl Drop for ExportWriter {
    fn drop(&mut self) {
        if !self.finished {
            let _ = fs::remove_file(&self.temporary);
        }
    }
}
