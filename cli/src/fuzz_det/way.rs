//! The way of a transaction through the code, however long it is.
//!
//! A transaction may begin hundreds of millions of segments, which nobody can keep. So they are counted
//! off in stretches. A hash of each is kept, and the places of one of them, which is asked for. Where
//! two worlds part, the first stretch whose hashes differ says which one to ask for.

use blake2::{Blake2b256, Digest};
use lockstep_abi::CodeHash;
use serde::{Deserialize, Serialize};

use super::execution::Bytes;

/// How many places a stretch has.
const STRETCH: usize = 1 << 16;

/// A segment that was begun, or an operand or a result that was reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The code.
    pub code: CodeHash,
    /// The probe.
    pub number: u32,
    /// The operand or the result, 0 at the beginning of a segment.
    pub operand: u32,
    /// How many frames were waiting below.
    pub depth: u32,
    /// How many host calls of the transaction were over.
    pub calls_before: usize,
}

/// The segments that a transaction began, or the results that were reported, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// All of its stretches; none when nothing was watched, or the world does not tell.
    pub stretches: Vec<Stretch>,
    /// The position of the first of the places.
    pub first: usize,
    /// The places of the stretch that was asked for, and the ones before and behind it, because a
    /// result may take two places.
    pub places: Vec<Reached>,
}

/// A stretch of a way. All of a way have equally many places, but for the last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// A hash over its places, without the host calls before each.
    pub hash: Bytes,
    /// How many host calls of the transaction were over at its first place.
    pub calls_before: usize,
}

impl Way {
    /// Whether it tells nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.stretches.is_empty()
    }

    /// The place at a position, if it is one of those that were asked for.
    pub(super) fn at(&self, position: usize) -> Option<&Reached> {
        self.places.get(position.checked_sub(self.first)?)
    }

    /// The stretch in which the host call with this number, from 0, was made, or the last one.
    pub(super) fn stretch_before(&self, call: Option<usize>) -> Option<usize> {
        let call = call.unwrap_or(usize::MAX);
        let mut stretches = self.stretches.iter();
        stretches.rposition(|stretch| stretch.calls_before <= call)
    }

    /// The position of the last place before that call, or of the last one; nothing when the places
    /// of its stretch are not there.
    pub(super) fn last_before(&self, call: Option<usize>) -> Option<usize> {
        let stretch = self.stretch_before(call)?;
        let call = call.unwrap_or(usize::MAX);
        let mut places = self.places.iter();
        let last = places.rposition(|place| place.calls_before <= call);
        last.filter(|_| self.first == begin(stretch))
            .map(|last| self.first + last)
    }

    fn hash(&self, stretch: usize) -> Option<&Bytes> {
        self.stretches.get(stretch).map(|stretch| &stretch.hash)
    }
}

/// The first stretch in which two ways part; nothing when they are the same, or one is not told.
pub(super) fn stretch_apart(ours: &Way, theirs: &Way) -> Option<usize> {
    if ours.is_empty() || theirs.is_empty() {
        return None;
    }
    let most = ours.stretches.len().max(theirs.stretches.len());
    (0..most).find(|stretch| ours.hash(*stretch) != theirs.hash(*stretch))
}

/// The position of the first place at which two ways part; nothing when they do not, or the places
/// of the stretch in which they part are not there.
pub(super) fn first_apart(ours: &Way, theirs: &Way) -> Option<usize> {
    let begin = begin(stretch_apart(ours, theirs)?);
    if (ours.first, theirs.first) != (begin, begin) {
        return None;
    }
    let pairs = ours.places.iter().zip(&theirs.places);
    let alike = pairs
        .take_while(|(ours, theirs)| same(ours, theirs))
        .count();
    let most = ours.places.len().max(theirs.places.len());
    (alike < most).then_some(begin + alike)
}

fn same(ours: &Reached, theirs: &Reached) -> bool {
    (ours.code, ours.number, ours.operand, ours.depth)
        == (theirs.code, theirs.number, theirs.operand, theirs.depth)
}

/// The position of the first place that is kept of a stretch: the one before it, if there is one.
fn begin(stretch: usize) -> usize {
    stretch.saturating_mul(STRETCH).saturating_sub(1)
}

/// Records a way.
pub(super) struct WayRecord {
    way: Way,
    /// The position of the place behind the stretch whose places are kept.
    last: usize,
    /// How many places were reached.
    count: usize,
    hasher: Blake2b256,
}

impl WayRecord {
    /// Records a way and keeps the places of this stretch, counted from 0.
    pub(super) fn keeping(stretch: usize) -> WayRecord {
        WayRecord {
            way: Way {
                first: begin(stretch),
                ..Way::default()
            },
            last: stretch.saturating_add(1).saturating_mul(STRETCH),
            count: 0,
            hasher: Blake2b256::new(),
        }
    }

    /// Takes the next place.
    pub(super) fn reach(&mut self, reached: Reached) {
        if self.count.is_multiple_of(STRETCH) {
            self.end_stretch();
            self.way.stretches.push(Stretch {
                hash: Bytes::default(),
                calls_before: reached.calls_before,
            });
        }
        self.hasher.update(reached.code.0);
        for number in [reached.number, reached.operand, reached.depth] {
            self.hasher.update(number.to_le_bytes());
        }
        if (self.way.first..=self.last).contains(&self.count) {
            self.way.places.push(reached);
        }
        self.count += 1;
    }

    /// The way, which is over.
    pub(super) fn over(mut self) -> Way {
        self.end_stretch();
        self.way
    }

    fn end_stretch(&mut self) {
        let hasher = std::mem::take(&mut self.hasher);
        if let Some(stretch) = self.way.stretches.last_mut() {
            stretch.hash = Bytes(hasher.finalize().to_vec());
        }
    }
}

#[cfg(test)]
mod tests {
    use lockstep_abi::CodeHash;

    use super::{Reached, STRETCH, Way, WayRecord, first_apart, stretch_apart};

    /// A way of so many places, of which one is another, and with a host call behind every hundred,
    /// with the places of a stretch.
    fn way(places: usize, other: Option<usize>, stretch: usize) -> Way {
        let mut record = WayRecord::keeping(stretch);
        for position in 0..places {
            record.reach(Reached {
                code: CodeHash([1; 32]),
                number: u32::try_from(position % 7).expect("small"),
                operand: u32::from(other == Some(position)),
                depth: 0,
                calls_before: position / 100,
            });
        }
        record.over()
    }

    #[test]
    fn two_ways_part_at_the_first_place_that_differs_wherever_it_is() {
        let places = 3 * STRETCH;
        for other in [0, 1, STRETCH - 1, STRETCH, 2 * STRETCH + 5, places - 1] {
            let stretch = stretch_apart(&way(places, None, 0), &way(places, Some(other), 0));
            assert_eq!(stretch, Some(other / STRETCH), "{other}");
            let asked = |other| way(places, other, stretch.unwrap_or_default());
            let (ours, theirs) = (asked(None), asked(Some(other)));
            assert_eq!(first_apart(&ours, &theirs), Some(other));
            assert_eq!(theirs.at(other).map(|place| place.operand), Some(1));
            // The other half of a result may be on either side.
            for beside in [other.checked_sub(1), other.checked_add(1)] {
                let beside = beside.filter(|beside| *beside < places);
                assert!(beside.is_none_or(|beside| ours.at(beside).is_some()));
            }
        }
        let (ours, theirs) = (way(places, None, 0), way(places, Some(places - 1), 0));
        assert_eq!(
            first_apart(&ours, &theirs),
            None,
            "its places are not there"
        );
    }

    #[test]
    fn a_way_that_goes_on_parts_behind_the_end_of_the_other() {
        for (ours, theirs) in [(STRETCH, STRETCH + 1), (2 * STRETCH + 3, 2 * STRETCH)] {
            let both = |stretch| (way(ours, None, stretch), way(theirs, None, stretch));
            let (our, their) = both(0);
            let stretch = stretch_apart(&our, &their).expect("one is longer");
            let (our, their) = both(stretch);
            assert_eq!(first_apart(&our, &their), Some(ours.min(theirs)));
        }
    }

    #[test]
    fn the_last_place_before_a_call_is_in_the_stretch_that_makes_it() {
        let whole = way(3 * STRETCH, None, 0);
        for (call, last) in [(0, 99), (1, 199), (1_000, 100_099)] {
            let stretch = whole.stretch_before(Some(call)).expect("there are some");
            assert_eq!(stretch, last / STRETCH);
            let asked = way(3 * STRETCH, None, stretch);
            assert_eq!(asked.last_before(Some(call)), Some(last));
        }
        assert_eq!(whole.stretch_before(None), Some(2));
        assert_eq!(whole.last_before(None), None, "its places are not there");
        let asked = way(3 * STRETCH, None, 2);
        assert_eq!(asked.last_before(None), Some(3 * STRETCH - 1));
        assert_eq!(Way::default().last_before(None), None);
        assert_eq!(stretch_apart(&whole, &Way::default()), None);
    }
}
