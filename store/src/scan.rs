//! Reading what was written behind the last checkpoint, and telling a crash from damage.
//!
//! Frames are written one after the other, each synced before the next. So a crash can spoil the
//! last one only, and nothing comes after it but zeros, where the file was made longer in advance.
//! Where no whole frame begins and more than zeros follow, the rest of the log is searched for one:
//! if there is one, then what stands before it was whole once, and the log is refused as damaged; if
//! there is none, the rest is the unfinished frame of a crash.

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
use crate::segment::{SEGMENT_HEADER_BYTES, Segment};

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
    scan_segment(log, ledger, &mut tail)?;
    for index in later {
        let expected = log.end.segment() + 1;
        let is_torn = tail.torn.is_some();
        let segment = Segment::open(&*log.medium, &log.directory, &log.identity, *index, mode);
        let segment = match segment {
            Ok(segment) if !is_torn && *index == expected => segment,
            Err(StoreError::Io {
                action,
                path,
                source,
            }) => {
                return Err(StoreError::Io {
                    action,
                    path,
                    source,
                });
            }
            // What was made last and has nothing in it is what a crash leaves.
            other => {
                let bytes = file_bytes(log, *index)?;
                if bytes > SEGMENT_HEADER_BYTES || Some(index) != later.last() {
                    other?;
                    let place = Address::new(*index, 0);
                    return Err(log.damaged(place, "the segment before it is incomplete"));
                }
                tail.unfinished.push(segment_path(&log.directory, *index));
                continue;
            }
        };
        log.segments.insert(*index, segment);
        log.end = Address::new(*index, SEGMENT_HEADER_BYTES);
        scan_segment(log, ledger, &mut tail)?;
    }
    Ok(tail)
}

fn file_bytes(log: &Log, index: u32) -> Result<u64, StoreError> {
    let path = segment_path(&log.directory, index);
    let file = log
        .medium
        .open(&path, Mode::Read)
        .map_err(StoreError::io("open", &path))?;
    file.length().map_err(StoreError::io("measure", &path))
}

/// Takes note of the frames in the last segment, from the end of the log on.
fn scan_segment(log: &mut Log, ledger: &mut Ledger, tail: &mut Tail) -> Result<(), StoreError> {
    let bytes = log.segment(log.end)?.bytes;
    while log.end.offset() < bytes {
        let place = log.end;
        let (frame, checksum, whole) = match read_frame(log, place, bytes)? {
            Ok(found) => found,
            Err(why) => return end_at(log, place, bytes, why, tail),
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

/// Ends the log at a place where no whole frame begins, or refuses it as damaged.
fn end_at(
    log: &mut Log,
    place: Address,
    bytes: u64,
    why: &str,
    tail: &mut Tail,
) -> Result<(), StoreError> {
    if is_blank(log, place, bytes)? {
        return log.set_valid_end(place);
    }
    if let Some(next) = find_frame(log, place.plus(FRAME_ALIGNMENT), bytes)? {
        let what = format!("{why}, but there is another at byte {}", next.offset());
        return Err(log.damaged(place, what));
    }
    tail.torn = Some(TornTail {
        path: log.segment(place)?.path.clone(),
        offset: place.offset(),
        bytes: bytes.saturating_sub(place.offset()),
    });
    log.set_valid_end(place)
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
