//! From segments to a place in the code: where two executions of a transaction part.
//!
//! Where the ways through the code part, it is the first operator that only one of them reaches.
//! Where they do not, the difference is in what an operator computes or a host call does, and the
//! place is the last operator of the segment that makes the first host call that differs, which is
//! that call, or of the last segment that ran. A process that ended, or does not know the question,
//! does not tell its way.

use std::fmt;

use serde::Serialize;

use super::divergence::Divergence;
use super::report::Segments;
use super::way::{Reached, first_apart, stretch_apart};
use crate::gas_profile::code::CodeMap;
use crate::scenario::Scenario;
use crate::value::counted;
use lockstep_gas_meter::ProbeKind;

/// How the ways of two worlds through the code relate at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ways {
    /// Here they part: only one of them goes on with this operator.
    Part,
    /// They are the same, and here the difference shows.
    Same,
    /// The other world does not tell its way, and here the difference shows.
    Unknown,
}

/// A place in a contract's code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SegmentPlace {
    /// How the worlds' ways through the code relate here.
    pub ways: Ways,
    /// The code, as the scenario names it.
    pub code: String,
    /// The function's name or index.
    pub function: String,
    /// The offset of the operator in the uploaded file, in bytes.
    pub offset: Option<u64>,
    /// The source line, where there is a sidecar with lines.
    pub line: Option<String>,
    /// How many segments ran before in this transaction.
    pub segments_before: usize,
}

impl fmt::Display for SegmentPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.ways {
            Ways::Part => "first instruction that only one of them reaches",
            Ways::Same => "both take the same way through the code; it shows at",
            Ways::Unknown => "that world does not tell its way through the code; it shows at",
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

/// Where two executions of a transaction part; nothing when no segment is known, or the worlds did
/// not go the same ways once more.
pub(super) fn locate(
    scenario: &Scenario,
    divergence: &Divergence,
    (ours, theirs): &Segments,
) -> Option<SegmentPlace> {
    let (position, ways) = match (stretch_apart(ours, theirs), theirs.is_empty()) {
        (Some(_), _) => (first_apart(ours, theirs)?, Ways::Part),
        (None, is_untold) => {
            let call = divergence.call.as_ref().map(|call| call.position);
            let ways = match is_untold {
                true => Ways::Unknown,
                false => Ways::Same,
            };
            (ours.last_before(call)?, ways)
        }
    };
    let reached = ours.at(position).or_else(|| theirs.at(position))?;
    place(scenario, reached, (position, ways))
}

fn place(
    scenario: &Scenario,
    reached: &Reached,
    (segments_before, ways): (usize, Ways),
) -> Option<SegmentPlace> {
    let code = scenario.codes.get(&reached.code)?;
    let shown = scenario.names.show_code(&reached.code);
    let map = CodeMap::new(code, &shown, None).ok()?;
    let probe = map.probes.get(usize::try_from(reached.number).ok()?)?;
    let offset = match &probe.kind {
        ProbeKind::Segment(segment) => {
            let operator = match ways {
                Ways::Part => segment.prices.first(),
                // A segment that makes a call ends with it.
                Ways::Same | Ways::Unknown => segment.prices.last(),
            };
            operator.map(|price| price.offset)
        }
        ProbeKind::Operand { offset, .. } => Some(*offset),
    };
    let line = offset.and_then(|offset| map.own_line(offset).or_else(|| map.line(offset)));
    Some(SegmentPlace {
        ways,
        code: shown,
        function: map.name(probe.function).to_string(),
        offset,
        line: line.map(|line| format!("{}:{}", line.file, line.line)),
        segments_before,
    })
}
