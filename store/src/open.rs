//! Opening a directory: looking at what is there, taking the lock, reading the last checkpoint,
//! and taking note of what was written behind it.
//!
//! Nothing is changed before all of it is known to be good. Then an unfinished frame at the end
//! is cut off, files that an interrupted deletion has left are deleted, and the last frame is
//! written once more and synced, because it is not known whether its sync came to an end.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::address::Address;
use crate::checkpoint::Checkpoint;
use crate::create::{create, is_unfinished};
use crate::directory::{CHECKPOINT_NAME, LOCK_NAME, Listing, list, no_state, segment_path};
use crate::error::StoreError;
use crate::housekeeping::remove_all;
use crate::ledger::{Ledger, Version};
use crate::log::Log;
use crate::medium::{Medium, MediumFile, Mode};
use crate::report::Opening;
use crate::scan::{Tail, is_blank, scan};
use crate::segment::{Segment, check_left_over};
use crate::store::Access;

/// A store that is open, in parts.
pub(crate) struct Opened {
    pub(crate) log: Log,
    pub(crate) ledger: Ledger,
    pub(crate) lock: Arc<dyn MediumFile>,
    pub(crate) report: Opening,
    /// Where the log ended at the last checkpoint.
    pub(crate) checkpointed: Address,
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
            medium
                .create_directory(directory)
                .map_err(StoreError::io("create", directory))?;
            if let Some(parent) = directory.parent() {
                medium
                    .sync_directory(parent)
                    .map_err(StoreError::io("sync", parent))?;
            }
            Listing::default()
        }
        Err(StoreError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            return Err(no_state(directory, "there is no such directory"));
        }
        other => other?,
    };
    if listing.has_checkpoint && access == Access::Create {
        return Err(StoreError::AlreadyThere {
            directory: directory.to_path_buf(),
        });
    }
    let is_new = !listing.has_checkpoint;
    if is_new {
        check_creatable(&*medium, directory, creates, &listing)?;
    }
    let lock = lock(&*medium, directory, access)?;
    // Another process may have worked on it before the lock was ours.
    let listing = list(&*medium, directory)?;
    let created = is_new && !listing.has_checkpoint;
    if created {
        check_creatable(&*medium, directory, creates, &listing)?;
        create(&medium, directory)?;
    }
    let mut opened = recover(medium, directory, access, lock)?;
    opened.report.created = created;
    Ok(opened)
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

/// Takes the lock of a directory.
fn lock(
    medium: &dyn Medium,
    directory: &Path,
    access: Access,
) -> Result<Arc<dyn MediumFile>, StoreError> {
    let path = directory.join(LOCK_NAME);
    let reads = access == Access::Read;
    let mode = if reads {
        Mode::Read
    } else {
        Mode::WriteOrCreate
    };
    let file = medium
        .open(&path, mode)
        .map_err(StoreError::io("open", &path))?;
    let locked = file
        .try_lock(!reads)
        .map_err(StoreError::io("lock", &path))?;
    if locked {
        Ok(file)
    } else {
        Err(StoreError::Locked {
            directory: directory.to_path_buf(),
        })
    }
}

/// Reads the checkpoint and what was written behind it, and puts the end of the log in order.
fn recover(
    medium: Arc<dyn Medium>,
    directory: &Path,
    access: Access,
    lock: Arc<dyn MediumFile>,
) -> Result<Opened, StoreError> {
    let writes = access != Access::Read;
    let checkpoint = Checkpoint::read(&*medium, directory)?;
    let mut log = Log::new(Arc::clone(&medium), directory, checkpoint.identity);
    log.end = checkpoint.end;
    let mode = if writes { Mode::Write } else { Mode::Read };
    open_segments(&mut log, &checkpoint, mode)?;
    let mut ledger = ledger_at(&log, &checkpoint)?;
    let listing = list(&*medium, directory)?;
    let last = checkpoint.end.segment();
    let later: Vec<u32> = listing
        .segments
        .iter()
        .copied()
        .filter(|index| *index > last)
        .collect();
    let tail = scan(&mut log, &mut ledger, &later, mode)?;
    let left_over = left_over(&log, &listing, last)?;
    let mut report = Opening {
        frames_read: tail.frames,
        torn_tail: tail.torn.clone(),
        created: false,
    };
    if writes {
        remove_all(&*medium, directory, &left_over)?;
        settle(&mut log, &tail)?;
    } else {
        report.torn_tail = None;
    }
    Ok(Opened {
        log,
        ledger,
        lock,
        report,
        checkpointed: checkpoint.end,
    })
}

/// Opens the segments that a checkpoint names, and checks their lengths.
fn open_segments(log: &mut Log, checkpoint: &Checkpoint, mode: Mode) -> Result<(), StoreError> {
    let last = checkpoint.end.segment();
    for (index, entry) in &checkpoint.segments {
        let segment = Segment::open(&*log.medium, &log.directory, &log.identity, *index, mode);
        let segment = segment.map_err(|error| match error {
            StoreError::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                log.damaged(Address::new(*index, 0), "the file is not there")
            }
            other => other,
        })?;
        let found = segment.bytes;
        log.segments.insert(*index, segment);
        let end = Address::new(*index, entry.bytes);
        // That a file was cut off may have been lost. Behind the last frame are zeros then.
        let is_right = found == entry.bytes
            || found > entry.bytes && (*index == last || is_blank(log, end, found)?);
        if !is_right {
            let what = format!("it has {found} bytes and should have {}", entry.bytes);
            return Err(log.damaged(Address::new(*index, found.min(entry.bytes)), what));
        }
        if *index < last {
            log.set_valid_end(end)?;
        }
    }
    Ok(())
}

/// The segments that an interrupted deletion has left before the last one at the checkpoint.
fn left_over(log: &Log, listing: &Listing, last: u32) -> Result<Vec<PathBuf>, StoreError> {
    let unknown = listing.segments.iter();
    let unknown = unknown.filter(|index| **index < last && !log.segments.contains_key(index));
    unknown
        .map(|index| {
            check_left_over(&*log.medium, &log.directory, &log.identity, *index)?;
            Ok(segment_path(&log.directory, *index))
        })
        .collect()
}

/// The ledger at a checkpoint.
fn ledger_at(log: &Log, checkpoint: &Checkpoint) -> Result<Ledger, StoreError> {
    let mut versions = Vec::new();
    for places in &checkpoint.versions {
        let mut frames = Vec::new();
        for place in places {
            frames.push(log.read_frame(*place)?);
        }
        versions.push(Version::of(frames).unwrap_or_else(Version::zero));
    }
    let last = versions.pop().unwrap_or_else(Version::zero);
    let live: BTreeMap<u32, u64> = checkpoint
        .segments
        .iter()
        .map(|(index, segment)| (*index, segment.live))
        .collect();
    let mut ledger = Ledger::new(versions, last, live);
    ledger.sequence = checkpoint.sequence;
    ledger.last_frame = checkpoint.last_frame;
    ledger.sweep = checkpoint.sweep.clone();
    Ok(ledger)
}

/// Cuts off what is unfinished and makes sure that the last frame is durable.
fn settle(log: &mut Log, tail: &Tail) -> Result<(), StoreError> {
    remove_all(&*log.medium, &log.directory, &tail.unfinished)?;
    let end = log.end;
    if let Some(segment) = log.segments.get_mut(&end.segment()) {
        if tail.torn.is_some() {
            segment.cut_off()?;
        }
        if let Some((place, bytes)) = &tail.last_frame
            && place.segment() == end.segment()
        {
            segment
                .file
                .write_at(bytes, place.offset())
                .map_err(StoreError::io("write", &segment.path))?;
        }
        if tail.frames > 0 || tail.torn.is_some() {
            segment
                .file
                .sync()
                .map_err(StoreError::io("sync", &segment.path))?;
        }
    }
    Ok(())
}
