//! The real file system.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::{LockMode, Medium, MediumFile, Mode};

/// The file system of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Medium for Disk {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let names = fs::read_dir(path)?;
        names
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect()
    }

    fn open(&self, path: &Path, mode: Mode) -> io::Result<Arc<dyn MediumFile>> {
        let mut options = OpenOptions::new();
        options.read(true);
        match mode {
            Mode::Read => {}
            Mode::Write => {
                options.write(true);
            }
            Mode::WriteOrCreate => {
                options.write(true).create(true).truncate(false);
            }
            Mode::CreateNew => {
                options.write(true).create_new(true);
            }
        }
        Ok(Arc::new(DiskFile(options.open(path)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn is_regular(&self, path: &Path) -> io::Result<bool> {
        Ok(fs::symlink_metadata(path)?.is_file())
    }

    #[cfg(unix)]
    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        let path = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        File::open(path)?.sync_all()
    }

    /// Elsewhere a directory cannot be opened, and renaming is as durable as the system makes it.
    #[cfg(not(unix))]
    fn sync_directory(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Debug)]
struct DiskFile(File);

impl Drop for DiskFile {
    fn drop(&mut self) {
        // A lock that ends with the file would last longer: a process that another thread is starting has
        // the file, too, until it runs its program. Where there is no lock this does nothing.
        let _ = self.0.unlock();
    }
}

#[cfg(unix)]
impl DiskFile {
    fn read_some(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.0, buffer, offset)
    }

    fn write_some(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::write_at(&self.0, bytes, offset)
    }
}

#[cfg(windows)]
impl DiskFile {
    fn read_some(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&self.0, buffer, offset)
    }

    fn write_some(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_write(&self.0, bytes, offset)
    }
}

impl MediumFile for DiskFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let (mut done, mut rest, mut offset) = (0, buffer, offset);
        while !rest.is_empty() {
            match self.read_some(rest, offset) {
                Ok(0) => break,
                Ok(read) => {
                    done += read;
                    offset = offset.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
                    rest = rest.get_mut(read..).unwrap_or_default();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let (mut rest, mut offset) = (bytes, offset);
        while !rest.is_empty() {
            match self.write_some(rest, offset) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    offset = offset.saturating_add(u64::try_from(written).unwrap_or(u64::MAX));
                    rest = rest.get(written..).unwrap_or_default();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn try_lock(&self, mode: LockMode) -> io::Result<bool> {
        let result = match mode {
            LockMode::Alone => self.0.try_lock(),
            LockMode::Shared => self.0.try_lock_shared(),
        };
        match result {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    #[cfg(unix)]
    fn is_at(&self, path: &Path) -> io::Result<bool> {
        use std::os::unix::fs::MetadataExt;
        let there = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            other => other?,
        };
        let own = self.0.metadata()?;
        Ok((there.dev(), there.ino()) == (own.dev(), own.ino()))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::DiskFile;
    use crate::medium::{LockMode, MediumFile};

    #[test]
    fn a_lock_ends_with_its_holder_though_another_process_has_the_file() {
        let path = std::env::temp_dir().join(format!("lockstep-disk-{}", std::process::id()));
        let open = || DiskFile(File::create(&path).expect("a file"));
        let holder = open();
        // What a process has that is being started.
        let inherited = holder.0.try_clone().expect("the file once more");
        assert!(holder.try_lock(LockMode::Alone).expect("locks are there"));
        assert!(!open().try_lock(LockMode::Alone).expect("locks are there"));
        drop(holder);
        assert!(open().try_lock(LockMode::Alone).expect("locks are there"));
        drop(inherited);
        std::fs::remove_file(&path).expect("it can be removed");
    }
}
