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
//! for the frames of both, but for those of which nothing else is left. These are given up, too: those
//! in whose segments the version has no node of its own any more, because the new frame repeats what
//! they have made stale, and all but the last when no older version is kept.

use std::collections::{BTreeMap, VecDeque};

use lockstep_state_trie::Digest;

use crate::address::Address;
use crate::frame::{Frame, FrameKind, Released, SweepState};
use crate::version::Version;

/// See the module's description.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    /// The kept versions before the last: oldest first, without gaps in their numbers. There may be
    /// none.
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
        if self.versions.is_empty() {
            let earlier = self.last.frames.len().saturating_sub(1);
            self.give_up_frames(earlier);
        }
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
            // Nothing older is kept that could need what is stale.
            self.release(&frame.ledger.stale);
        }
        if frame.header.ends_copying(frame.ledger.sweep.as_ref()) {
            let spent = self.last.spent_frames(frame.place, &frame.ledger.dropped);
            self.give_up_frames(spent);
        }
        let mut frames = std::mem::take(&mut self.last.frames);
        frames.push(frame);
        self.advance(frames, false);
        self.index_roots();
        Ok(())
    }

    /// What the first frames of the last version have made stale, if a version is kept that needs it.
    pub(crate) fn stale_of(&self, frames: usize) -> impl Iterator<Item = &(u32, u64)> {
        let frames = match self.versions.is_empty() {
            true => 0,
            false => frames,
        };
        let frames = self.last.frames.iter().take(frames);
        frames.flat_map(|frame| &frame.ledger.stale)
    }

    /// Gives up the first frames of the last version.
    fn give_up_frames(&mut self, count: usize) {
        let given_up: Vec<Frame> = self.last.frames.drain(..count).collect();
        self.release_overhead(&given_up);
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
            // What a replaced part alone needed has been released before, also that of frames that are
            // given up: they lie in the segments before.
            let first = abandoned.start().segment();
            let dropped = abandoned.frames.iter().flat_map(|f| &f.ledger.dropped);
            for (segment, bytes) in dropped.filter(|(segment, _)| *segment >= first) {
                *self.live.entry(*segment).or_default() += bytes;
            }
            for frame in &abandoned.frames {
                self.release(&[(frame.place.segment(), frame.needed_bytes())]);
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
        *self.live.entry(frame.place.segment()).or_default() += frame.needed_bytes();
    }

    fn release_overhead(&mut self, frames: &[Frame]) {
        for frame in frames {
            self.release(&[(frame.place.segment(), frame.header.overhead_bytes())]);
        }
    }

    fn release(&mut self, released: &[(u32, u64)]) {
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
