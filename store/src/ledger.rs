//! Which versions are kept, and how many bytes of each segment somebody still needs.
//!
//! The ledger learns everything from frames, by [`Ledger::absorb`]: right after a frame was
//! written, and again from the same frame when the store is opened after a crash. So there is one
//! set of rules, and nothing but frames and checkpoints to persist.
//!
//! A segment's count rises by a frame's bytes when the frame comes, and falls
//!
//! - by what a version no longer needs of the one before it (the frame's `stale` bytes), when that
//!   one is given up;
//! - by a frame's header, ledger part and record, when its version is given up;
//! - by all that is left of a frame, when its version is abandoned by a rollback.
//!
//! When a version takes the place of the one before it (a part of a bulk load, a step of a
//! compaction), what only that one needed falls at once (`dropped`), and the new version answers
//! for the frames of both.

use std::collections::{BTreeMap, VecDeque};

use lockstep_state_trie::{Digest, EMPTY_ROOT, Link};

use crate::address::Address;
use crate::frame::{Frame, FrameKind, Released, SweepState};

/// A version that is kept.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    /// How many batches led to it, those not counted that replaced a version.
    pub(crate) number: u64,
    pub(crate) root: Digest,
    pub(crate) top: Option<Link>,
    pub(crate) entries: u64,
    /// The frames that made it out of the version before. The last one has the record. Empty for
    /// the version 0, which has no entries.
    pub(crate) frames: Vec<Frame>,
}

impl Version {
    /// The version with which every store begins.
    pub(crate) fn zero() -> Version {
        Version {
            number: 0,
            root: EMPTY_ROOT,
            top: None,
            entries: 0,
            frames: Vec::new(),
        }
    }

    /// The version that these frames made; `None` without frames.
    pub(crate) fn of(frames: Vec<Frame>) -> Option<Version> {
        let header = &frames.last()?.header;
        Some(Version {
            number: header.version,
            root: header.after,
            top: header.top,
            entries: header.entries,
            frames,
        })
    }

    /// Where its first frame begins: what is before is of older versions.
    pub(crate) fn start(&self) -> Address {
        self.frames
            .first()
            .map_or(Address::START, |frame| frame.place)
    }
}

/// See the module's description.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    /// Oldest first, without gaps in their numbers, never empty.
    versions: VecDeque<Version>,
    last: Version,
    /// The latest version with each root.
    roots: BTreeMap<Digest, u64>,
    /// Bytes that are needed, by segment.
    pub(crate) live: BTreeMap<u32, u64>,
    /// Whether the counts have been found wrong: then nothing is deleted any more, and no checkpoint
    /// is written, so that the same frames show it again at the next opening.
    pub(crate) miscounted: bool,
    /// How many frames there have been.
    pub(crate) sequence: u64,
    /// Place and checksum of the last frame.
    pub(crate) last_frame: (Address, u64),
    pub(crate) sweep: Option<SweepState>,
}

impl Ledger {
    /// The ledger at a checkpoint; `versions` oldest first and the last one apart.
    pub(crate) fn new(older: Vec<Version>, last: Version, live: BTreeMap<u32, u64>) -> Ledger {
        let mut ledger = Ledger {
            versions: older.into(),
            last,
            roots: BTreeMap::new(),
            live,
            miscounted: false,
            sequence: 0,
            last_frame: (Address::START, 0),
            sweep: None,
        };
        ledger.index_roots();
        ledger
    }

    /// The last version.
    pub(crate) fn last(&self) -> &Version {
        &self.last
    }

    /// The number of the oldest version that is kept.
    pub(crate) fn oldest(&self) -> u64 {
        self.versions
            .front()
            .map_or(self.last.number, |oldest| oldest.number)
    }

    /// How many bytes of a segment are needed.
    pub(crate) fn live_in(&self, segment: u32) -> u64 {
        self.live.get(&segment).copied().unwrap_or_default()
    }

    /// The versions that are kept, oldest first.
    pub(crate) fn kept(&self) -> impl DoubleEndedIterator<Item = &Version> {
        self.versions.iter().chain([&self.last])
    }

    /// How many versions are kept.
    pub(crate) fn kept_count(&self) -> usize {
        self.versions.len() + 1
    }

    /// The version with a number, if it is kept.
    pub(crate) fn version(&self, number: u64) -> Option<&Version> {
        if number == self.last.number {
            return Some(&self.last);
        }
        let index = usize::try_from(number.checked_sub(self.oldest())?).ok()?;
        self.versions.get(index)
    }

    /// The latest kept version with a root.
    pub(crate) fn version_with(&self, root: &Digest) -> Option<&Version> {
        if *root == self.last.root {
            return Some(&self.last);
        }
        self.version(*self.roots.get(root)?)
    }

    /// Takes note of a frame that has been written, whose checksum this is. Says what is wrong if
    /// the frame cannot come next.
    pub(crate) fn absorb(&mut self, frame: Frame, checksum: u64) -> Result<(), String> {
        let header = &frame.header;
        if (header.previous, header.previous_checksum) != self.last_frame {
            return Err("the frame does not follow the one before it".to_string());
        }
        if header.sequence != self.sequence || header.before != self.last.root {
            return Err("the frame was written in another place of the history".to_string());
        }
        let (place, first_kept) = (frame.place, header.first_kept);
        let sweep = frame.ledger.sweep.clone();
        match header.kind {
            FrameKind::Commit => self.commit(frame)?,
            FrameKind::Replace => self.replace(frame)?,
            FrameKind::Rollback => self.roll_back(header.version, header.after)?,
            FrameKind::Prune => {}
        }
        self.give_up_before(first_kept);
        self.sweep = sweep;
        self.sequence += 1;
        self.last_frame = (place, checksum);
        Ok(())
    }

    fn commit(&mut self, frame: Frame) -> Result<(), String> {
        if frame.header.version != self.last.number + 1 {
            return Err("the frame's version is not the next one".to_string());
        }
        self.add_frame(&frame);
        self.advance(vec![frame], true);
        Ok(())
    }

    fn replace(&mut self, frame: Frame) -> Result<(), String> {
        if frame.header.version != self.last.number {
            return Err("the frame's version is not the last one".to_string());
        }
        self.add_frame(&frame);
        self.release(&frame.ledger.dropped);
        if self.versions.is_empty() {
            // Nothing older is kept that could need what is stale, nor the frames before.
            self.release(&frame.ledger.stale);
            let frames = std::mem::take(&mut self.last.frames);
            self.release_overhead(&frames);
            self.advance(vec![frame], false);
        } else {
            let mut frames = std::mem::take(&mut self.last.frames);
            frames.push(frame);
            self.advance(frames, false);
        }
        self.index_roots();
        Ok(())
    }

    /// Makes the version of these frames the last one.
    fn advance(&mut self, frames: Vec<Frame>, keep: bool) {
        let Some(version) = Version::of(frames) else {
            return;
        };
        self.roots.insert(version.root, version.number);
        let before = std::mem::replace(&mut self.last, version);
        if keep {
            self.versions.push_back(before);
        }
    }

    fn roll_back(&mut self, number: u64, root: Digest) -> Result<(), String> {
        if self
            .version(number)
            .is_none_or(|target| target.root != root)
        {
            return Err("the frame rolls back to a version that is not kept".to_string());
        }
        while self.last.number > number {
            let Some(before) = self.versions.pop_back() else {
                break;
            };
            let abandoned = std::mem::replace(&mut self.last, before);
            // What a replaced part alone needed has been released before.
            for (segment, bytes) in abandoned.frames.iter().flat_map(|f| &f.ledger.dropped) {
                *self.live.entry(*segment).or_default() += bytes;
            }
            for frame in &abandoned.frames {
                let whole = frame.header.total_bytes;
                let rest = whole.saturating_sub(frame.ledger.waste_bytes);
                self.release(&vec![(frame.place.segment(), rest)]);
            }
        }
        self.index_roots();
        Ok(())
    }

    /// Gives up the versions before one, but never the last.
    fn give_up_before(&mut self, first_kept: u64) {
        while self.oldest() < first_kept
            && let Some(oldest) = self.versions.pop_front()
        {
            if self.roots.get(&oldest.root) == Some(&oldest.number) {
                self.roots.remove(&oldest.root);
            }
            let next = self.versions.front().unwrap_or(&self.last);
            let stale: Released = next
                .frames
                .iter()
                .flat_map(|f| f.ledger.stale.clone())
                .collect();
            self.release(&stale);
            self.release_overhead(&oldest.frames);
        }
    }

    fn add_frame(&mut self, frame: &Frame) {
        let bytes = frame
            .header
            .total_bytes
            .saturating_sub(frame.ledger.waste_bytes);
        *self.live.entry(frame.place.segment()).or_default() += bytes;
    }

    fn release_overhead(&mut self, frames: &[Frame]) {
        for frame in frames {
            self.release(&vec![(
                frame.place.segment(),
                frame.header.overhead_bytes(),
            )]);
        }
    }

    fn release(&mut self, released: &Released) {
        for (segment, bytes) in released {
            let live = self.live.entry(*segment).or_default();
            match live.checked_sub(*bytes) {
                Some(rest) => *live = rest,
                None => self.miscounted = true,
            }
        }
    }

    fn index_roots(&mut self) {
        let kept = self.versions.iter().chain([&self.last]);
        self.roots = kept.map(|version| (version.root, version.number)).collect();
    }
}
