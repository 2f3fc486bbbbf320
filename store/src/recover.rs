//! What opening does once the lock is there: it reads the last checkpoint, takes note of what was
//! written behind it, and puts the end of the log in order.
//!
//! Nothing is changed before all of that is known to be good, with the node at which the last
//! version begins. What other nodes hold is found out when they are read. Then the directory is
//! synced, and the folder that it is in, because the process before may have ended between giving a
//! file or the directory its name and making the name durable; an unfinished frame at the end is cut
//! off, and the last frame is written once more and synced, because it is not known whether its sync
//! came to an end.
//!
//! If the process before saw a sync of the directory fail, names may not be durable, and to sync again
//! does not make up for that. So nothing is built on a name that nobody has built on:
//!
//! - A last segment that the checkpoint does not have, and of which the file has a header and nothing else,
//!   is deleted, and made anew by the next change that needs one. Whoever writes there makes the file longer
//!   or writes to the write-ahead log first, when its name is durable.
//! - A write-ahead log that is empty is made anew (`wal.rs`).
//! - If there was no change yet, the first writes the checkpoint once more (`change.rs`).
//! - Files that an interrupted deletion has left are deleted after the next checkpoint.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lockstep_state_trie::Link;

use crate::address::Address;
use crate::checkpoint::Checkpoint;
use crate::create::sync_name_there;
use crate::directory::{Listing, list, segment_path};
use crate::error::StoreError;
use crate::housekeeping::remove_all;
use crate::ledger::Ledger;
use crate::lock::Lock;
use crate::log::Log;
use crate::medium::{Medium, Mode};
use crate::node::Node;
use crate::open::Opened;
use crate::report::Opening;
use crate::scan::{Tail, is_blank, scan};
use crate::segment::{Segment, check_left_over};
use crate::store::Access;
use crate::version::Version;
use crate::wal::{self, Found};

/// Reads the checkpoint and what was written behind it, and puts the end of the log in order.
pub(crate) fn recover(
    medium: Arc<dyn Medium>,
    directory: &Path,
    access: Access,
    lock: Lock,
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
    let mut tail = scan(&mut log, &mut ledger, &later, mode)?;
    let left_over = left_over(&log, &listing, last)?;
    check_top(&log, &ledger)?;
    let found = wal::read(&*medium, directory, &log.identity, log.end, log.seal)?;
    let report = Opening {
        frames_read: tail.frames,
        torn_tail: tail.torn.clone(),
        made_again: false,
        not_made: None,
        created: false,
    };
    if writes {
        // An import may have ended when it had given the directory its name.
        sync_name_there(&*medium, directory)?;
        // Before anything is built on a segment or a checkpoint.
        medium
            .sync_directory(directory)
            .map_err(StoreError::sync(directory))?;
        if found == Found::Nothing && log.end.segment() > last {
            tail.unfinished.extend(log.take_unused());
        }
        settle(&mut log, &tail)?;
    }
    Ok(Opened {
        log,
        ledger,
        lock,
        report,
        checkpointed: checkpoint.end,
        left_over,
        found,
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

/// Checks that the last version begins with the node that its root names.
fn check_top(log: &Log, ledger: &Ledger) -> Result<(), StoreError> {
    let last = ledger.last();
    let Some(Link::Page(number) | Link::Leaf(number)) = last.top else {
        return Ok(());
    };
    let place = Address::from_number(number);
    let digest = match log.read_node(place)? {
        Node::Page(page, _) => page.digest(),
        Node::Leaf(leaf) => leaf.digest(),
    };
    if digest != last.root {
        let what = format!("the node is not the one that the root {} names", last.root);
        return Err(log.damaged(place, what));
    }
    Ok(())
}

/// Takes away what is unfinished and makes sure that the last frame is durable.
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
                .map_err(StoreError::sync(&segment.path))?;
        }
    }
    Ok(())
}
