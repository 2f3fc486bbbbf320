//! Reading what was written behind the last checkpoint, and telling a crash from damage.
//!
//! Frames are written one after the other, each synced before the next. So a crash can spoil the
//! last one only, and nothing comes after it but zeros, where the file was made longer in advance.
//! Where no whole frame begins and more than zeros follow, the rest of the log is searched for one:
//! if there is one, or another segment, then what stands before it was whole once, and the log is
//! refused as damaged; if there is none, the rest is the unfinished frame of a crash.

use std::path::PathBuf;

use crate::address::Address;
use crate::bytes::{in_memory, length};
use crate::directory::segment_path;
use crate::error::StoreError;
use crate::frame::{FRAME_ALIGNMENT, FRAME_HEADER_BYTES, Frame, FrameHeader};
use crate::ledger::Ledger;
use crate::log::Log;
use crate::medium::Mode;
use crate::report::TornTail;
use crate::segment::{SEGMENT_HEADER_BYTES, Segment, is_unfinished};

/// How much of a log is searched at a time, in bytes.
const SEARCH_BYTES: u64 = 1 << 20;

/// What was found behind a checkpoint.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    /// How many whole frames.
    pub(crate) frames: u64,
    /// The last of them.
    pub(crate) last_frame: Option<(Address, Vec<u8>)>,
    /// What a crash has left behind them.
    pub(crate) torn: Option<TornTail>,
    /// Segment files that a crash has left without a frame.
    pub(crate) unfinished: Vec<PathBuf>,
}

/// Takes note of all frames from the end of the log on, and moves the end behind them. `later` are
/// the segments that there are files of behind the last one.
pub(crate) fn scan(
    log: &mut Log,
    ledger: &mut Ledger,
    later: &[u32],
    mode: Mode,
) -> Result<Tail, StoreError> {
    let mut tail = Tail::default();
    scan_segment(log, ledger, &mut tail, later.is_empty())?;
    let mut waiting = later.iter();
    while let Some(index) = waiting.next() {
        let place = Address::new(*index, 0);
        if *index != log.end.segment() + 1 {
            return Err(log.damaged(place, "the segment before it is not there"));
        }
        let is_last = waiting.as_slice().is_empty();
        if is_last && is_unfinished(&*log.medium, &log.directory, &log.identity, *index)? {
            tail.unfinished.push(segment_path(&log.directory, *index));
            break;
        }
        let segment = Segment::open(&*log.medium, &log.directory, &log.identity, *index, mode)?;
        log.segments.insert(*index, segment);
        log.end = place.plus(SEGMENT_HEADER_BYTES);
        scan_segment(log, ledger, &mut tail, is_last)?;
    }
    Ok(tail)
}

/// Takes note of the frames in the last segment so far, from the end of the log on. `is_last` says
/// that there is no file of another behind it.
fn scan_segment(
    log: &mut Log,
    ledger: &mut Ledger,
    tail: &mut Tail,
    is_last: bool,
) -> Result<(), StoreError> {
    let bytes = log.segment(log.end)?.bytes;
    while log.end.offset() < bytes {
        let place = log.end;
        let (frame, checksum, whole) = match read_frame(log, place, bytes)? {
            Ok(found) => found,
            Err(why) => {
                tail.torn = end_at(log, place, bytes, why, is_last)?;
                return Ok(());
            }
        };
        let end = frame.end();
        ledger
            .absorb(frame, checksum)
            .map_err(|why| log.damaged(place, why))?;
        log.end = end;
        tail.frames += 1;
        tail.last_frame = Some((place, whole));
    }
    Ok(())
}

type Found = (Frame, u64, Vec<u8>);

/// The whole frame at a place, or why there is none.
fn read_frame(
    log: &Log,
    place: Address,
    bytes: u64,
) -> Result<Result<Found, &'static str>, StoreError> {
    let available = bytes.saturating_sub(place.offset());
    if available < FRAME_HEADER_BYTES {
        return Ok(Err("the file ends within the header of a frame"));
    }
    let header = log.read(place, FRAME_HEADER_BYTES)?;
    let Some(header) = FrameHeader::read(&header, place, log.seal) else {
        return Ok(Err("the header of a frame does not match its checksum"));
    };
    if header.total_bytes > available {
        return Ok(Err("the file ends within a frame"));
    }
    let whole = log.read(place, header.total_bytes)?;
    let read = Frame::read_whole(&whole, place, log.seal);
    Ok(read.map(|(frame, checksum)| (frame, checksum, whole)))
}

/// Ends the log at a place where no whole frame begins, or refuses it as damaged. Returns what a
/// crash has left there.
fn end_at(
    log: &mut Log,
    place: Address,
    bytes: u64,
    why: &str,
    is_last: bool,
) -> Result<Option<TornTail>, StoreError> {
    if is_blank(log, place, bytes)? {
        log.set_valid_end(place)?;
        return Ok(None);
    }
    if let Some(next) = find_frame(log, place.plus(FRAME_ALIGNMENT), bytes)? {
        let what = format!("{why}, but there is another at byte {}", next.offset());
        return Err(log.damaged(place, what));
    }
    // A segment is begun when the one before it is whole and durable.
    if !is_last {
        return Err(log.damaged(place, format!("{why}, but another segment follows")));
    }
    log.set_valid_end(place)?;
    Ok(Some(TornTail {
        path: log.segment(place)?.path.clone(),
        offset: place.offset(),
        bytes: bytes.saturating_sub(place.offset()),
    }))
}

/// Whether there are only zeros from `place` on: the file was made longer in advance.
pub(crate) fn is_blank(log: &Log, place: Address, bytes: u64) -> Result<bool, StoreError> {
    let mut start = place.offset();
    while start < bytes {
        let end = bytes.min(start.saturating_add(SEARCH_BYTES));
        let part = log.read(Address::new(place.segment(), start), end - start)?;
        if part.iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        start = end;
    }
    Ok(true)
}

/// The first place from `place` on at which a frame with a good header begins.
fn find_frame(log: &Log, place: Address, bytes: u64) -> Result<Option<Address>, StoreError> {
    let mut start = place.offset();
    while start.saturating_add(FRAME_HEADER_BYTES) <= bytes {
        let end = bytes.min(start + SEARCH_BYTES + FRAME_HEADER_BYTES);
        let from = Address::new(place.segment(), start);
        let part = log.read(from, end - start)?;
        let step = in_memory(FRAME_ALIGNMENT);
        for at in (0..part.len()).step_by(step) {
            let rest = part.get(at..at.saturating_add(in_memory(FRAME_HEADER_BYTES)));
            let offset = length(part.get(..at).unwrap_or_default());
            let found = from.plus(offset);
            if let Some(rest) = rest
                && FrameHeader::read(rest, found, log.seal).is_some()
            {
                return Ok(Some(found));
            }
        }
        start += SEARCH_BYTES;
    }
    Ok(None)
}
