//! Making a store: one segment without frames, and a checkpoint that says so. The checkpoint
//! comes last; a directory without it is none of a store yet. Before that the directory itself is made
//! durable, with those above it that are made for it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::address::Address;
use crate::checkpoint::{Checkpoint, SegmentEntry, write_checkpoint};
use crate::checksum::IDENTITY_BYTES;
use crate::directory::{remove_if_there, segment_path};
use crate::error::StoreError;
use crate::log::Log;
use crate::medium::Medium;
use crate::segment::{SEGMENT_HEADER_BYTES, is_unfinished_first};

/// The index of a store's first segment.
const FIRST_SEGMENT: u32 = 1;

/// Makes a directory and those above it, each durable before there is anything in it, as far as that is
/// permitted.
pub(crate) fn make_directory(medium: &dyn Medium, directory: &Path) -> Result<(), StoreError> {
    let is_missing = |path: &&Path| {
        let is_named = !path.as_os_str().is_empty();
        let found = is_named.then(|| medium.list(path));
        matches!(found, Some(Err(error)) if error.kind() == io::ErrorKind::NotFound)
    };
    let missing: Vec<&Path> = directory.ancestors().take_while(is_missing).collect();
    if let Some(there) = directory.ancestors().nth(missing.len()) {
        sync_name_there(medium, there)?;
    }
    for directory in missing.into_iter().rev() {
        medium
            .create_directory(directory)
            .map_err(StoreError::io("create", directory))?;
        sync_name_there(medium, directory)?;
    }
    Ok(())
}

/// Makes the name of a directory durable that is there: we have made it, or an attempt that was stopped
/// may have left it. A folder that may be written to and not read cannot be synced, nor one of a file
/// system that does not know how to, and has its names as durable as the system makes them.
pub(crate) fn sync_name_there(medium: &dyn Medium, directory: &Path) -> Result<(), StoreError> {
    match sync_name(medium, directory) {
        Err(StoreError::Io { source, .. })
            if matches!(
                source.kind(),
                io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput
            ) =>
        {
            Ok(())
        }
        other => other,
    }
}

fn sync_name(medium: &dyn Medium, directory: &Path) -> Result<(), StoreError> {
    let Some(folder) = folder_of(directory) else {
        return Ok(());
    };
    medium
        .sync_directory(&folder)
        .map_err(StoreError::sync(&folder))
}

/// The folder in which a directory has its name. Of a path that ends in no name, as `.` does, that is not
/// what is written in front.
fn folder_of(directory: &Path) -> Option<PathBuf> {
    let parent = directory.parent()?;
    Some(match directory.file_name() {
        Some(_) => parent.to_path_buf(),
        None => directory.join(".."),
    })
}

/// Makes the files of an empty store. A first segment that an interrupted attempt has left is
/// replaced.
pub(crate) fn create(medium: &Arc<dyn Medium>, directory: &Path) -> Result<(), StoreError> {
    let first = segment_path(directory, FIRST_SEGMENT);
    remove_if_there(&**medium, &first)?;
    let mut identity = [0; IDENTITY_BYTES];
    medium
        .fill_identity(&mut identity)
        .map_err(StoreError::io("draw random bytes for", directory))?;
    let mut log = Log::new(Arc::clone(medium), directory, identity);
    log.begin_segment(FIRST_SEGMENT)?;
    let entry = SegmentEntry {
        bytes: SEGMENT_HEADER_BYTES,
        live: 0,
    };
    let checkpoint = Checkpoint {
        identity,
        end: log.end,
        sequence: 0,
        last_frame: (Address::START, 0),
        sweep: None,
        versions: vec![Vec::new()],
        segments: BTreeMap::from([(FIRST_SEGMENT, entry)]),
    };
    write_checkpoint(&**medium, directory, &checkpoint.to_bytes())
}

/// Whether a directory without a checkpoint is what an interrupted creation leaves: at most the
/// first segment, without frames.
pub(crate) fn is_unfinished(
    medium: &dyn Medium,
    directory: &Path,
    segments: &[u32],
) -> Result<bool, StoreError> {
    match segments {
        [] => Ok(true),
        [FIRST_SEGMENT] => is_unfinished_first(medium, &segment_path(directory, FIRST_SEGMENT)),
        _ => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::folder_of;

    #[test]
    fn a_directory_has_its_name_in_the_folder_above() {
        for (directory, folder) in [
            ("/chain/state", Some("/chain")),
            ("chain/state/", Some("chain")),
            ("state", Some("")),
            (".", Some("./..")),
            ("chain/..", Some("chain/../..")),
            ("/", None),
            ("", None),
        ] {
            let found = folder_of(Path::new(directory));
            assert_eq!(found, folder.map(PathBuf::from), "{directory}");
        }
    }
}
