//! A file system in memory, for the store to open what a fuzzer has made of its files.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lockstep_store::{LockMode, Medium, MediumFile, Mode};

/// The bytes of a file, which several names or handles may share.
type Contents = Arc<Mutex<Vec<u8>>>;

/// Files by name. A clone shares them.
#[derive(Clone, Debug, Default)]
pub(crate) struct MemoryDisk {
    files: Arc<Mutex<BTreeMap<PathBuf, Contents>>>,
}

/// Locks; a thread that panicked with the lock has left whole bytes.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl MemoryDisk {
    /// Copies of all files.
    pub(crate) fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let files = lock(&self.files);
        let copies = files.iter();
        copies
            .map(|(path, contents)| (path.clone(), lock(contents).clone()))
            .collect()
    }

    /// A disk with these files.
    pub(crate) fn with_files(files: BTreeMap<PathBuf, Vec<u8>>) -> MemoryDisk {
        let files = files.into_iter();
        let contents = files.map(|(path, bytes)| (path, Arc::new(Mutex::new(bytes))));
        MemoryDisk {
            files: Arc::new(Mutex::new(contents.collect())),
        }
    }
}

impl Medium for MemoryDisk {
    fn create_directory(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let files = lock(&self.files);
        let inside = files.keys().filter(|file| file.parent() == Some(path));
        let names = inside.filter_map(|file| file.file_name());
        Ok(names
            .map(|name| name.to_string_lossy().into_owned())
            .collect())
    }

    fn open(&self, path: &Path, mode: Mode) -> io::Result<Arc<dyn MediumFile>> {
        let mut files = lock(&self.files);
        let contents = match (files.get(path), mode) {
            (Some(_), Mode::CreateNew) => return Err(io::ErrorKind::AlreadyExists.into()),
            (Some(contents), _) => Arc::clone(contents),
            (None, Mode::CreateNew | Mode::WriteOrCreate) => {
                let contents = Contents::default();
                files.insert(path.to_path_buf(), Arc::clone(&contents));
                contents
            }
            (None, Mode::Read | Mode::Write) => return Err(io::ErrorKind::NotFound.into()),
        };
        Ok(Arc::new(MemoryFile(contents)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut files = lock(&self.files);
        let contents = files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        files.insert(to.to_path_buf(), contents);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let removed = lock(&self.files).remove(path);
        removed.map(|_| ()).ok_or(io::ErrorKind::NotFound.into())
    }

    fn sync_directory(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    /// Always the same, so that a store that is made here has the same bytes in each process.
    fn fill_identity(&self, identity: &mut [u8]) -> io::Result<()> {
        identity.fill(0x1d);
        Ok(())
    }
}

#[derive(Debug)]
struct MemoryFile(Contents);

impl MediumFile for MemoryFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let contents = lock(&self.0);
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = contents.get(start..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut contents = lock(&self.0);
        let start = usize::try_from(offset).map_err(io::Error::other)?;
        let end = start + bytes.len();
        if contents.len() < end {
            contents.resize(end, 0);
        }
        contents[start..end].copy_from_slice(bytes);
        Ok(())
    }

    fn length(&self) -> io::Result<u64> {
        u64::try_from(lock(&self.0).len()).map_err(io::Error::other)
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).map_err(io::Error::other)?;
        lock(&self.0).resize(length, 0);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    fn try_lock(&self, _mode: LockMode) -> io::Result<bool> {
        Ok(true)
    }
}
