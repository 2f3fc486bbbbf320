//! Compiled code kept in a directory between processes.
//!
//! Native code that is loaded is run, and nothing checks it any more, so a file counts only when
//! it was written by the same user's Lockstep for exactly the same key. Three things see to that.
//! The directory belongs to the user and nobody else can write to it. A random secret in it,
//! readable by the user only, keys a blake2b-256 over each file. And each file holds its whole
//! [`ArtifactKey`]: the code cache's key, the prepared module's hash, and the settings of compiler
//! and processor. A file that is cut short, changed or of another key is refused, reported,
//! removed and built again.
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
//! The directory only saves time: when it cannot be written, code is compiled each time.

mod directory;
mod file;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use lockstep_gas_meter::PreparedModule;
use lockstep_vm::CodeKey;
use thiserror::Error;

pub use self::file::RefusedFile;
pub(crate) use self::file::digest;

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

/// What was done with the directory so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiskCacheStatistics {
    /// How often the code was there.
    pub hits: u64,
    /// How often it was not.
    pub misses: u64,
    /// How many files were written.
    pub written: u64,
    /// Every file that was there and did not count, with the reason.
    pub refused: Vec<(PathBuf, RefusedFile)>,
    /// Every file that could not be written, with what the operating system said.
    pub unwritten: Vec<(PathBuf, String)>,
}

/// Everything that an artifact depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtifactKey {
    bytes: Vec<u8>,
}

impl ArtifactKey {
    /// The key of what a compiler makes of `module`, which the code cache knows by `key`.
    /// `settings` stands for the compiler's settings and the processor that it compiles for.
    ///
    /// Its bytes: code hash (32), protocol version (u32 LE), schedule hash (32), instrumenter
    /// version (u32 LE), engine and engine version (u64 LE length and text each), the blake2b-256
    /// of the prepared module (32), and the settings (32). The prepared module follows from what
    /// stands before it but for probes, with which code is prepared for profiling.
    pub fn new(key: &CodeKey, module: &PreparedModule, settings: [u8; 32]) -> ArtifactKey {
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&key.code.0);
        bytes.extend_from_slice(&key.protocol_version.to_le_bytes());
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
        format!("{}.code", hex::encode(digest(&self.bytes)))
    }
}

/// A directory of compiled code.
#[derive(Debug)]
pub struct DiskCodeCache {
    directory: PathBuf,
    secret: [u8; 32],
    statistics: Mutex<DiskCacheStatistics>,
}

impl DiskCodeCache {
    /// Opens a directory, and makes it and its secret when they are not there.
    ///
    /// # Errors
    /// [`DiskCacheError`]; also when the directory or the secret is not the user's alone.
    pub fn open(directory: &Path) -> Result<DiskCodeCache, DiskCacheError> {
        let owner = directory::make_private(directory)?;
        Ok(DiskCodeCache {
            directory: directory.to_path_buf(),
            secret: directory::secret(directory, owner)?,
            statistics: Mutex::default(),
        })
    }

    /// What was done so far.
    pub fn statistics(&self) -> DiskCacheStatistics {
        self.note(|statistics| statistics.clone())
    }

    /// The artifact of a key, if there is a file that was written for it here. A file that does
    /// not count is noted and removed.
    pub fn load(&self, key: &ArtifactKey) -> Option<Vec<u8>> {
        let path = self.path(key);
        let Ok(bytes) = std::fs::read(&path) else {
            self.note(|statistics| statistics.misses += 1);
            return None;
        };
        match file::open(bytes, &key.bytes, &self.secret) {
            Ok(artifact) => {
                self.note(|statistics| statistics.hits += 1);
                Some(artifact)
            }
            Err(reason) => {
                self.refuse(key, reason);
                None
            }
        }
    }

    /// Notes that a key's file does not count, and removes it.
    pub fn refuse(&self, key: &ArtifactKey, reason: RefusedFile) {
        let path = self.path(key);
        // When it cannot be removed it is refused again the next time.
        let _ = std::fs::remove_file(&path);
        self.note(|statistics| {
            statistics.misses += 1;
            statistics.refused.push((path, reason));
        });
    }

    /// Keeps the artifact of a key. That it could not be written is noted and nothing else.
    pub fn store(&self, key: &ArtifactKey, artifact: &[u8]) {
        let path = self.path(key);
        let bytes = file::seal(artifact, &key.bytes, &self.secret);
        let written = directory::write_private(&path, &bytes);
        self.note(|statistics| match written {
            Ok(()) => statistics.written += 1,
            Err(error) => statistics.unwritten.push((path, error.to_string())),
        });
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
