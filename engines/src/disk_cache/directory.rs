//! A directory that is the user's alone, and the secret in it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::DiskCacheError;
use super::room::TEMPORARY_EXTENSION;

/// The file of the secret.
const SECRET_NAME: &str = "secret";

/// The number of a user.
pub(super) type UserId = u32;

/// Makes the directory if it is not there, and sees that nobody else can write to it. Returns who
/// we are.
pub(super) fn make_private(directory: &Path) -> Result<UserId, DiskCacheError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(directory)
        .map_err(|error| unusable(directory, error))?;
    let owner = own_id(directory).map_err(|error| unusable(directory, error))?;
    require_private(directory, owner, 0o022, "can be written to by others")?;
    Ok(owner)
}

/// The secret of the directory, which is made when there is none.
pub(super) fn secret(directory: &Path, owner: UserId) -> Result<[u8; 32], DiskCacheError> {
    let path = directory.join(SECRET_NAME);
    if !path.exists() {
        make_secret(&path).map_err(|error| unusable(&path, error))?;
    }
    require_private(&path, owner, 0o077, "can be read by others")?;
    let bytes = fs::read(&path).map_err(|error| unusable(&path, error))?;
    <[u8; 32]>::try_from(bytes).map_err(|_| DiskCacheError::Unsafe {
        path,
        reason: "is no secret of 32 bytes",
    })
}

/// Writes a secret that nobody can guess. When another process was faster, its secret stays.
fn make_secret(path: &Path) -> io::Result<()> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(io::Error::other)?;
    let temporary = temporary_path(path)?;
    write_new(&temporary, &secret)?.sync_all()?;
    let linked = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Writes a file that only the user can read, so that it is either whole or not there, whatever
/// becomes of the process. It is not synced: should the machine fail, it may be torn.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = temporary_path(path)?;
    let written = write_new(&temporary, bytes).and_then(|_| fs::rename(&temporary, path));
    if written.is_err() {
        // The error that is reported is the first one; a leftover file goes at the next opening.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// A name beside the file that nothing else uses. It is drawn at random: the number of a process comes
/// again, in a container soon, and what a killed process left would be in the way.
fn temporary_path(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut number = [0; 16];
    getrandom::fill(&mut number).map_err(io::Error::other)?;
    let number = u128::from_le_bytes(number);
    Ok(path.with_file_name(format!(".{name}.{number:032x}.{TEMPORARY_EXTENSION}")))
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    Ok(file)
}

/// To whom a file that we make belongs.
#[cfg(unix)]
fn own_id(directory: &Path) -> io::Result<UserId> {
    use std::os::unix::fs::MetadataExt;

    let probe = temporary_path(&directory.join("owner"))?;
    write_new(&probe, &[])?;
    let metadata = fs::metadata(&probe);
    fs::remove_file(&probe)?;
    Ok(metadata?.uid())
}

#[cfg(not(unix))]
fn own_id(_directory: &Path) -> io::Result<UserId> {
    Ok(0)
}

/// Refuses what belongs to another user, and what has one of these permissions.
#[cfg(unix)]
fn require_private(
    path: &Path,
    owner: UserId,
    forbidden: u32,
    reason: &'static str,
) -> Result<(), DiskCacheError> {
    use std::os::unix::fs::MetadataExt;

    let metadata = fs::metadata(path).map_err(|error| unusable(path, error))?;
    let unsafe_because = |reason| {
        Err(DiskCacheError::Unsafe {
            path: path.to_path_buf(),
            reason,
        })
    };
    if metadata.uid() != owner {
        return unsafe_because("belongs to another user");
    }
    if metadata.mode() & forbidden != 0 {
        return unsafe_because(reason);
    }
    Ok(())
}

/// Only Unix says who may write; elsewhere the secret alone must do.
#[cfg(not(unix))]
fn require_private(
    _path: &Path,
    _owner: UserId,
    _forbidden: u32,
    _reason: &'static str,
) -> Result<(), DiskCacheError> {
    Ok(())
}

fn unusable(path: &Path, reason: io::Error) -> DiskCacheError {
    DiskCacheError::Unusable {
        path: path.to_path_buf(),
        reason,
    }
}
