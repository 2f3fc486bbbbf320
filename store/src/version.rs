//! A version that can be read, by the frames that made it.

use std::collections::BTreeMap;

use lockstep_state_trie::{Digest, EMPTY_ROOT, Link};

use crate::address::Address;
use crate::frame::{Frame, Released};

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

    /// How many frames, from the first on, lie in segments in which the version has no node of its own
    /// any more when a frame at `place` drops these bytes. None in the segment of that frame. What
    /// they have made stale still counts as long as an older version is kept.
    pub(crate) fn spent_frames(&self, place: Address, dropped: &Released) -> usize {
        let frames = &self.frames;
        let mut left: BTreeMap<u32, u64> = BTreeMap::new();
        for frame in frames {
            *left.entry(frame.place.segment()).or_default() += frame.needed_node_bytes();
        }
        let dropped = frames.iter().flat_map(|f| &f.ledger.dropped).chain(dropped);
        for (segment, bytes) in dropped {
            if let Some(left) = left.get_mut(segment) {
                *left = left.saturating_sub(*bytes);
            }
        }
        let is_spent = |segment| segment < place.segment() && left.get(&segment) == Some(&0);
        let spent = frames.iter().take_while(|f| is_spent(f.place.segment()));
        spent.count()
    }
}
