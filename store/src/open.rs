//! Opening a directory: looking at what is there, taking the lock, and making a store if there is
//! none. `recover.rs` does the rest.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::address::Address;
use crate::create::{create, is_unfinished, make_directory, sync_name_there};
use crate::directory::{CHECKPOINT_NAME, Listing, list, no_state};
use crate::error::StoreError;
use crate::ledger::Ledger;
use crate::lock::Lock;
use crate::log::Log;
use crate::medium::Medium;
use crate::recover::recover;
use crate::report::Opening;
use crate::store::Access;
use crate::wal::Found;

/// A store that is open, in parts.
pub(crate) struct Opened {
    pub(crate) log: Log,
    pub(crate) ledger: Ledger,
    pub(crate) lock: Lock,
    pub(crate) report: Opening,
    /// Where the log ended at the last checkpoint.
    pub(crate) checkpointed: Address,
    /// Files of segments that an interrupted deletion has left.
    pub(crate) left_over: Vec<PathBuf>,
    /// What the write-ahead log has for the end of the log.
    pub(crate) found: Found,
}

/// Opens a directory.
pub(crate) fn open(
    medium: Arc<dyn Medium>,
    directory: &Path,
    access: Access,
) -> Result<Opened, StoreError> {
    let creates = matches!(access, Access::Create | Access::ChangeOrCreate);
    let listing = match list(&*medium, directory) {
        Err(StoreError::Io { source, .. })
            if creates && source.kind() == io::ErrorKind::NotFound =>
        {
            make_directory(&*medium, directory)?;
            Listing::default()
        }
        Err(StoreError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            return Err(no_state(directory, "there is no such directory"));
        }
        other => other?,
    };
    check_new(directory, access, &listing)?;
    let is_new = !listing.has_checkpoint;
    if is_new {
        check_creatable(&*medium, directory, creates, &listing)?;
    }
    let lock = Lock::take(&*medium, directory, access)?;
    // Another process may have worked on it before the lock was ours.
    let listing = list(&*medium, directory)?;
    check_new(directory, access, &listing)?;
    let created = is_new && !listing.has_checkpoint;
    if created {
        check_creatable(&*medium, directory, creates, &listing)?;
        sync_name_there(&*medium, directory)?;
        create(&medium, directory)?;
    }
    let mut opened = recover(medium, directory, access, lock)?;
    opened.report.created = created;
    Ok(opened)
}

/// Refuses a directory with a store in which a new one is to be made.
fn check_new(directory: &Path, access: Access, listing: &Listing) -> Result<(), StoreError> {
    match listing.has_checkpoint && access == Access::Create {
        true => Err(StoreError::AlreadyThere {
            directory: directory.to_path_buf(),
        }),
        false => Ok(()),
    }
}

/// Refuses a directory without a checkpoint in which no store can be made.
fn check_creatable(
    medium: &dyn Medium,
    directory: &Path,
    creates: bool,
    listing: &Listing,
) -> Result<(), StoreError> {
    if !is_unfinished(medium, directory, &listing.segments)? {
        return Err(StoreError::Damaged {
            path: directory.join(CHECKPOINT_NAME),
            offset: 0,
            what: "it is missing, but there is a log".to_string(),
        });
    }
    if !creates {
        return Err(no_state(directory, "there is no checkpoint"));
    }
    Ok(())
}
