//! From segments to a place in the code: where two executions of a transaction part.
//!
//! Where the segments themselves differ, it is the first that does. Where they do not, the worlds
//! agree about the way through the code, and the place is the segment in front of the first host
//! call that differs, or the last one that ran.

use std::fmt;

use serde::Serialize;

use super::divergence::Divergence;
use super::record::Reached;
use super::report::Segments;
use crate::gas_profile::code::CodeMap;
use crate::scenario::Scenario;
use crate::value::counted;
use lockstep_gas_meter::ProbeKind;

/// A place in a contract's code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SegmentPlace {
    /// Whether the two worlds take different ways from here on. Otherwise the ways are the same,
    /// and this is where the difference shows.
    pub ways_part: bool,
    /// The code, as the scenario names it.
    pub code: String,
    /// The function's name or index.
    pub function: String,
    /// The offset of the segment's first operator in the uploaded file, in bytes.
    pub offset: Option<u64>,
    /// The source line, where there is a sidecar with lines.
    pub line: Option<String>,
    /// How many segments ran before in this transaction.
    pub segments_before: usize,
}

impl fmt::Display for SegmentPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.ways_part {
            true => "first segment that differs",
            false => "same segments; it shows after",
        };
        write!(f, "{what}: {} {}", self.code, self.function)?;
        if let Some(offset) = self.offset {
            write!(f, " at offset {offset:#x}")?;
        }
        if let Some(line) = &self.line {
            write!(f, " ({line})")?;
        }
        write!(f, ", after {}", counted(self.segments_before, "segment"))
    }
}

/// Where two executions of a transaction part; nothing when no segment is known.
pub(super) fn locate(
    scenario: &Scenario,
    divergence: &Divergence,
    (ours, theirs): &Segments,
) -> Option<SegmentPlace> {
    let both = ours.len().min(theirs.len());
    let first = (0..both).find(|position| !same(&ours[*position], &theirs[*position]));
    let first = first.or_else(|| (both > 0 && ours.len() != theirs.len()).then_some(both));
    let (position, ways_part) = match (first, &divergence.call) {
        (Some(position), _) => (position, true),
        (None, Some(call)) => {
            let before = ours
                .iter()
                .rposition(|reached| reached.calls_before <= call.position);
            (before?, false)
        }
        (None, None) => (ours.len().checked_sub(1)?, false),
    };
    let reached = ours.get(position).or_else(|| theirs.get(position))?;
    place(scenario, reached, (position, ways_part))
}

fn same(ours: &Reached, theirs: &Reached) -> bool {
    (ours.code, ours.number, ours.operand, ours.depth)
        == (theirs.code, theirs.number, theirs.operand, theirs.depth)
}

fn place(
    scenario: &Scenario,
    reached: &Reached,
    (segments_before, ways_part): (usize, bool),
) -> Option<SegmentPlace> {
    let code = scenario.codes.get(&reached.code)?;
    let shown = scenario.names.show_code(&reached.code);
    let map = CodeMap::new(code, &shown, None).ok()?;
    let probe = map.probes.get(usize::try_from(reached.number).ok()?)?;
    let offset = match &probe.kind {
        ProbeKind::Segment(segment) => segment.prices.first().map(|price| price.offset),
        ProbeKind::Operand { offset, .. } => Some(*offset),
    };
    let line = offset.and_then(|offset| map.own_line(offset).or_else(|| map.line(offset)));
    Some(SegmentPlace {
        ways_part,
        code: shown,
        function: map.name(probe.function),
        offset,
        line: line.map(|line| format!("{}:{}", line.file, line.line)),
        segments_before,
    })
}
