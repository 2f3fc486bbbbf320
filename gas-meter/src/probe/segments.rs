//! What each probe stands for: the operators of every segment with their offsets and prices.
//!
//! The analysis knows where segments begin and what they cost together. Here the operators are
//! gone through once more and divided among the segments: an operator belongs to the segment that
//! began last, unless control cannot get to it. The sums must come out the same.

use std::iter::Peekable;
use std::slice::Iter;

use wasmparser::FunctionBody;

use super::{OperatorPrice, Probe, ProbeKind, Segment, SegmentStart};
use crate::analysis::{Analysis, Event, Point};
use crate::operator::{Class, Decision, decide};
use crate::plan::entry_price;
use crate::prepared::InternalError;
use crate::schedule::Schedule;
use crate::validate::ValidModule;

/// See [`probes`](super::probes).
pub(super) fn probes(module: &ValidModule<'_>) -> Result<Vec<Probe>, InternalError> {
    let mut all = Vec::new();
    let bodies = module.facts.bodies.iter().zip(module.analyses.iter());
    for (position, (body, analysis)) in bodies.enumerate() {
        let function = Function {
            index: module.facts.defined_index(position),
            analysis,
            schedule: &module.protocol.schedule,
            points: analysis.points.iter().peekable(),
            segment: None,
            called: None,
        };
        function.collect(body, &mut all)?;
    }
    Ok(all)
}

/// The state while going through one function.
struct Function<'m> {
    index: u32,
    analysis: Analysis<'m>,
    schedule: &'m Schedule,
    /// The points that are still ahead.
    points: Peekable<Iter<'m, Point>>,
    /// The segment that the next operator belongs to, as a position among all probes.
    segment: Option<usize>,
    /// The segment that has just ended with a call.
    called: Option<usize>,
}

impl Function<'_> {
    fn collect(
        mut self,
        body: &FunctionBody<'_>,
        all: &mut Vec<Probe>,
    ) -> Result<(), InternalError> {
        let first = all.len();
        let mut reader = body.get_operators_reader().map_err(InternalError::parse)?;
        while !reader.eof() {
            let at = reader.original_position();
            let operator = reader.read().map_err(InternalError::parse)?;
            let Decision::Accepted(class) = decide(&operator) else {
                return Err(InternalError::new("a refused operator passed the scan"));
            };
            self.begin_at(at, all)?;
            self.price(at, self.schedule.wasm.of(class), all)?;
            self.called = None;
            match class {
                Class::Call | Class::CallIndirect => self.called = self.segment,
                Class::Branch | Class::BranchTable | Class::Return | Class::Unreachable => {
                    self.segment = None;
                }
                _ => {}
            }
        }
        self.check(all.get(first..).unwrap_or_default())
    }

    /// Takes what is to be known in front of the operator at `at`: the segment that begins there, and
    /// the operand that it is priced by.
    fn begin_at(&mut self, at: usize, all: &mut Vec<Probe>) -> Result<(), InternalError> {
        while let Some(point) = self.points.next_if(|point| taken_at(point) <= at) {
            match point.event {
                event if event.begins_segment() => {
                    self.segment = Some(all.len());
                    let start = self.start(event)?;
                    let prices = Vec::new();
                    self.push(ProbeKind::Segment(Segment { start, prices }), all);
                    if event == Event::Entry {
                        self.price(at, entry_price(&self.analysis, self.schedule)?, all)?;
                    }
                }
                Event::Pages => {
                    let price = self.schedule.wasm.memory_grow_per_page;
                    let offset = offset(at)?;
                    self.push(ProbeKind::Operand { offset, price }, all);
                }
                Event::Bytes { paid: None } => {
                    let price = self.schedule.wasm.bulk_per_byte;
                    let offset = offset(at)?;
                    self.push(ProbeKind::Operand { offset, price }, all);
                }
                Event::Bytes { paid: Some(length) } => {
                    let price = self.schedule.wasm.bulk_per_byte;
                    self.price(at, price.saturating_mul(length.into()), all)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn start(&self, event: Event) -> Result<SegmentStart, InternalError> {
        match event {
            Event::Entry => Ok(SegmentStart::Entry),
            Event::Call(_) => self
                .called
                .and_then(|waiting| u32::try_from(waiting).ok())
                .map(|waiting| SegmentStart::AfterCall { waiting })
                .ok_or_else(|| InternalError::new("a segment follows a call that is missing")),
            Event::Open(_) | Event::Else | Event::End { .. } | Event::BranchIf(_) => {
                Ok(SegmentStart::Within)
            }
            _ => Err(InternalError::new("a segment begins behind nothing")),
        }
    }

    fn push(&self, kind: ProbeKind, all: &mut Vec<Probe>) {
        let function = self.index;
        all.push(Probe { function, kind });
    }

    /// Adds gas at `at` to the current segment.
    fn price(&self, at: usize, gas: u64, all: &mut [Probe]) -> Result<(), InternalError> {
        let Some(segment) = self.segment.filter(|_| gas > 0) else {
            return Ok(());
        };
        match all.get_mut(segment).map(|probe| &mut probe.kind) {
            Some(ProbeKind::Segment(segment)) => {
                let offset = offset(at)?;
                segment.prices.push(OperatorPrice { offset, gas });
                Ok(())
            }
            _ => Err(InternalError::new("a segment is missing")),
        }
    }

    /// The sums are those of the analysis.
    fn check(&self, found: &[Probe]) -> Result<(), InternalError> {
        let mut entry = entry_price(&self.analysis, self.schedule)?;
        let points = self.analysis.points.iter();
        let begins = points.filter(|point| point.event.begins_segment());
        let expected = begins.map(|point| point.cost);
        let actual = found.iter().filter_map(|probe| match &probe.kind {
            ProbeKind::Segment(segment) => Some(segment.gas()),
            ProbeKind::Operand { .. } => None,
        });
        // The entry is the first segment and costs more than its operators.
        let expected = expected.map(|cost| cost.saturating_add(std::mem::take(&mut entry)));
        match expected.eq(actual) {
            true => Ok(()),
            false => Err(InternalError::new("a segment's prices do not add up")),
        }
    }
}

/// Where a point is taken: in front of its operator if that is priced by an operand, or else behind
/// it.
fn taken_at(point: &Point) -> usize {
    match point.event {
        Event::Pages | Event::Bytes { .. } => point.at,
        _ => point.behind,
    }
}

/// An offset as it is handed out.
fn offset(at: usize) -> Result<u64, InternalError> {
    u64::try_from(at).map_err(|_| InternalError::new("an offset over 2^64"))
}
