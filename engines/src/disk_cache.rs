//! Compiled code kept in a directory between processes.
//!
//! Native code that is loaded is run, and nothing checks it any more, so a file counts only when
//! it was written by the same user's Lockstep for exactly the same key. Four things see to that.
//! The directory belongs to the user and nobody else can write to it. A random secret in it,
//! readable by the user only, keys a blake2b-256 over each file. (Who owns what and who may use it is
//! known on Unix only; elsewhere the secret alone must do.) Each file holds its whole
//! [`ArtifactKey`]: the code cache's key, the prepared module's hash, and the settings of compiler
//! and processor. And whoever uses this crate can open a directory and read its statistics, but not
//! say what is in it: only the crate's own engines load and store. A file that is cut short, changed
//! or of another key is refused, reported, removed and built again.
//!
//! ```text
//! lockstep.code/1\n   16 bytes
//! key length          u64 LE
//! key                 see ArtifactKey
//! artifact length     u64 LE
//! artifact            what the compiler made
//! authenticator       32 bytes: blake2b-256, keyed, over all of the above
//! ```
//!
//! The directory only saves time: when it cannot be written, code is compiled each time. Files of
//! code are not synced, since one that a power failure left torn is refused as any other, and they
//! take at most a given number of bytes together: those that were written longest ago make room.

mod directory;
mod file;
mod room;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use lockstep_gas_meter::PreparedModule;
use lockstep_vm::CodeKey;
use thiserror::Error;

pub use self::file::RefusedFile;
pub(crate) use self::file::digest;

/// What the files of code may take together unless somebody asks for something else: 1 GiB.
const DEFAULT_BYTES_MAX: u64 = 1 << 30;

/// Why a directory cannot keep compiled code.
#[derive(Debug, Error)]
pub enum DiskCacheError {
    /// The operating system does not let us.
    #[error("cannot use {path} for compiled code: {reason}")]
    Unusable {
        /// The directory or file.
        path: PathBuf,
        /// What the operating system said.
        reason: std::io::Error,
    },
    /// Others could put code there that would be run.
    #[error("{path} {reason}; native code is only loaded from a directory that is yours alone")]
    Unsafe {
        /// The directory or file.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// How many files are named one by one. A node that runs for long may see any number of them.
const NAMED_MAX: usize = 64;

/// What was done with the directory so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiskCacheStatistics {
    /// How often the code was there, and the engine took it.
    pub hits: u64,
    /// How often it was not there, or its file did not count.
    pub misses: u64,
    /// How many files were written.
    pub written: u64,
    /// How many files were removed to make room.
    pub removed: u64,
    /// How many files were there and did not count.
    pub refused_count: u64,
    /// The first 64 of these, with the reason.
    pub refused: Vec<(PathBuf, RefusedFile)>,
    /// How many files could not be written.
    pub unwritten_count: u64,
    /// The first 64 of these, with what the operating system said.
    pub unwritten: Vec<(PathBuf, String)>,
}

/// Adds to a list that has no more than the first.
fn push_one_of_the_first<T>(list: &mut Vec<T>, item: T) {
    if list.len() < NAMED_MAX {
        list.push(item);
    }
}

/// Everything that an artifact depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ArtifactKey {
    bytes: Vec<u8>,
}

impl ArtifactKey {
    /// The key of what a compiler makes of `module`, which the code cache knows by `key`.
    /// `settings` stands for the compiler's settings and the processor that it compiles for.
    ///
    /// Its bytes: code hash (32), protocol version (u32 LE), limits hash (32), schedule hash (32),
    /// instrumenter version (u32 LE), engine and engine version (u64 LE length and text each), the
    /// blake2b-256 of the prepared module (32), and the settings (32). The prepared module follows
    /// from what stands before it but for probes, with which code is prepared for profiling.
    pub(crate) fn new(key: &CodeKey, module: &PreparedModule, settings: [u8; 32]) -> ArtifactKey {
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&key.code.0);
        bytes.extend_from_slice(&key.protocol_version.to_le_bytes());
        bytes.extend_from_slice(&key.limits.0);
        bytes.extend_from_slice(&key.schedule.0);
        bytes.extend_from_slice(&key.instrumenter_version.to_le_bytes());
        for text in [key.engine.name, key.engine.version] {
            bytes.extend_from_slice(&file::length(text.as_bytes()).to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        bytes.extend_from_slice(&digest(module.bytes()));
        bytes.extend_from_slice(&settings);
        ArtifactKey { bytes }
    }

    /// The name of its file: the hexadecimal blake2b-256 of the key.
    fn file_name(&self) -> String {
        format!("{}.{}", hex::encode(digest(&self.bytes)), room::EXTENSION)
    }
}

/// A directory of compiled code.
pub struct DiskCodeCache {
    directory: PathBuf,
    /// Never shown: whoever knows it can write files that count.
    secret: [u8; 32],
    bytes_max: u64,
    /// What the files of code take. Another process may write to the directory too, so it is taken
    /// anew whenever it is over the bound.
    bytes: Mutex<u64>,
    statistics: Mutex<DiskCacheStatistics>,
}

impl DiskCodeCache {
    /// Opens a directory, and makes it and its secret when they are not there. Removes what processes
    /// left that were killed while they wrote code. Its code takes at most 1 GiB.
    ///
    /// # Errors
    /// [`DiskCacheError`]; also when the directory or the secret is not the user's alone.
    pub fn open(directory: &Path) -> Result<DiskCodeCache, DiskCacheError> {
        let owner = directory::make_private(directory)?;
        Ok(DiskCodeCache {
            directory: directory.to_path_buf(),
            secret: directory::secret(directory, owner)?,
            bytes_max: DEFAULT_BYTES_MAX,
            bytes: Mutex::new(room::without_leftovers(directory)),
            statistics: Mutex::default(),
        })
    }

    /// The same directory with another bound on the bytes of its code. It may be exceeded by what
    /// other processes write to the directory at the same time.
    #[must_use]
    pub fn with_bytes_max(mut self, bytes_max: u64) -> DiskCodeCache {
        self.bytes_max = bytes_max;
        self
    }

    /// What was done so far.
    pub fn statistics(&self) -> DiskCacheStatistics {
        self.note(|statistics| statistics.clone())
    }

    /// What the engine makes with `take` of the artifact of a key, if there is a file that was written
    /// for it here. A file that does not count, or that the engine does not take for the reason that
    /// it gives, is noted and removed.
    pub(crate) fn load<C>(
        &self,
        key: &ArtifactKey,
        take: impl FnOnce(Vec<u8>) -> Result<C, String>,
    ) -> Option<C> {
        let Ok(bytes) = std::fs::read(self.path(key)) else {
            self.note(|statistics| statistics.misses += 1);
            return None;
        };
        let artifact = file::open(bytes, &key.bytes, &self.secret);
        match artifact.and_then(|artifact| take(artifact).map_err(RefusedFile::Engine)) {
            Ok(code) => {
                self.note(|statistics| statistics.hits += 1);
                Some(code)
            }
            Err(reason) => {
                self.refuse(key, reason);
                None
            }
        }
    }

    /// Notes that a key's file does not count, and removes it.
    fn refuse(&self, key: &ArtifactKey, reason: RefusedFile) {
        let path = self.path(key);
        // When it cannot be removed it is refused again the next time.
        let _ = std::fs::remove_file(&path);
        self.note(|statistics| {
            statistics.misses += 1;
            statistics.refused_count += 1;
            push_one_of_the_first(&mut statistics.refused, (path, reason));
        });
    }

    /// Keeps the artifact of a key, unless it is larger than all that may be kept. That it could not
    /// be written is noted and nothing else.
    pub(crate) fn store(&self, key: &ArtifactKey, artifact: &[u8]) {
        let path = self.path(key);
        let bytes = file::seal(artifact, &key.bytes, &self.secret);
        let length = file::length(&bytes);
        if length > self.bytes_max {
            return;
        }
        match directory::write_private(&path, &bytes) {
            Ok(()) => {
                let removed = self.make_room(&path, length);
                self.note(|statistics| {
                    statistics.written += 1;
                    statistics.removed += removed;
                });
            }
            Err(error) => {
                self.note(|statistics| {
                    statistics.unwritten_count += 1;
                    push_one_of_the_first(&mut statistics.unwritten, (path, error.to_string()));
                });
            }
        }
    }

    /// Counts a file that was written, and removes the oldest others when it is over the bound. Says
    /// how many.
    fn make_room(&self, written: &Path, length: u64) -> u64 {
        let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        *bytes = bytes.saturating_add(length);
        if *bytes <= self.bytes_max {
            return 0;
        }
        // Somewhat more than needed goes, so that not each file that follows reads the directory.
        let goal = self.bytes_max - self.bytes_max / 8;
        let (kept, removed) = room::without_oldest(&self.directory, written, goal);
        *bytes = kept;
        removed
    }

    fn path(&self, key: &ArtifactKey) -> PathBuf {
        self.directory.join(key.file_name())
    }

    fn note<R>(&self, change: impl FnOnce(&mut DiskCacheStatistics) -> R) -> R {
        // Numbers stay numbers when another thread has panicked.
        let guard = self.statistics.lock();
        change(&mut guard.unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for DiskCodeCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiskCodeCache")
            .field("directory", &self.directory)
            .field("bytes_max", &self.bytes_max)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
