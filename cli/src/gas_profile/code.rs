//! What there is to know about one module: its probes, and the names and lines of its code.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use lockstep_gas_meter::{Probe, ProbeKind, Protocol, SegmentStart, probes, validate};

use super::stacks::SourceLine;
use crate::debug_info::{DebugInfo, Frame, Sections, demangled, find};
use crate::problem::Failure;
use crate::scenario::Code;

/// Files in these folders are not the contract's own: the compiler's library, packages from a
/// registry, and the SDK.
const FOREIGN: [&str; 6] = [
    "/rust/library/",
    "/rustc/",
    "/registry/",
    "/contracts/sdk/src/",
    "/contracts/sdk-macros/src/",
    "/contracts/abi/src/",
];

/// A module whose code runs.
#[derive(Debug, Default)]
pub(crate) struct CodeMap {
    /// What the probes stand for.
    pub(crate) probes: Vec<Probe>,
    /// The gas of reaching each of them once, and of each unit of its operand.
    prices: Vec<(u64, u64)>,
    /// The first probe of each function, and how many there are.
    ranges: BTreeMap<u32, (usize, usize)>,
    names: BTreeMap<u32, Arc<str>>,
    /// Where the contents of the code section begin in the file.
    code_start: u64,
    debug: Option<DebugInfo>,
    /// What people should know about names and lines.
    pub(crate) remark: Option<String>,
    /// Whether there is a sidecar, and it is of other code.
    pub(crate) has_wrong_sidecar: bool,
}

impl CodeMap {
    /// Reads a module, which messages call `shown`.
    ///
    /// # Errors
    /// When its sidecar is damaged, or the module is not what ran.
    pub(crate) fn new(
        code: &Code,
        shown: &str,
        sidecar: Option<&Path>,
    ) -> Result<CodeMap, Failure> {
        let protocol = Protocol::v1();
        let valid = validate(&code.bytes, &protocol).map_err(Failure::bug)?;
        let probes = probes(&valid).map_err(Failure::bug)?;
        let sections = Sections::read(&code.bytes).map_err(Failure::bug)?;
        let found = find(&code.bytes, shown, &code.folder, sidecar)?;
        let mut names = names(&sections);
        if let Some(info) = &found.info {
            names.extend(info.functions.iter().cloned());
        }
        let mut ranges: BTreeMap<u32, (usize, usize)> = BTreeMap::new();
        for (number, probe) in probes.iter().enumerate() {
            ranges.entry(probe.function).or_insert((number, 0)).1 += 1;
        }
        Ok(CodeMap {
            prices: probes.iter().map(price).collect(),
            probes,
            ranges,
            names,
            code_start: u64::try_from(sections.code.start).unwrap_or(u64::MAX),
            debug: found.info,
            remark: found.remark,
            has_wrong_sidecar: found.is_wrong,
        })
    }

    /// The gas of reaching a probe so often, with operands of this sum.
    pub(super) fn gas(&self, number: usize, runs: u64, units: u64) -> u64 {
        let (price, per_unit) = self.prices[number];
        let fixed = price.saturating_mul(runs);
        fixed.saturating_add(per_unit.saturating_mul(units))
    }

    /// The first probe of a function, and how many it has.
    pub(super) fn range(&self, function: u32) -> (usize, usize) {
        self.ranges.get(&function).copied().unwrap_or_default()
    }

    /// The call that ends the segment with this number, as an offset in the file.
    pub(super) fn call_site(&self, segment: u32) -> Option<u64> {
        match &self.probes.get(usize::try_from(segment).ok()?)?.kind {
            ProbeKind::Segment(segment) => segment.prices.last().map(|price| price.offset),
            ProbeKind::Operand { .. } => None,
        }
    }

    /// How control gets to a segment; nothing for an operand.
    pub(super) fn start(&self, number: usize) -> Option<SegmentStart> {
        match &self.probes.get(number)?.kind {
            ProbeKind::Segment(segment) => Some(segment.start),
            ProbeKind::Operand { .. } => None,
        }
    }

    /// A function's name, or its index in the form `function[12]`.
    pub(crate) fn name(&self, function: u32) -> Arc<str> {
        let name = self.names.get(&function).filter(|name| !name.is_empty());
        name.map_or_else(|| format!("function[{function}]").into(), Arc::clone)
    }

    /// A function's name, if it has one. An empty name shows nothing, so it is none.
    pub(crate) fn known_name(&self, function: u32) -> Option<&str> {
        let name = self.names.get(&function).map(|name| &**name);
        name.filter(|name| !name.is_empty())
    }

    /// What the operator at this offset of the file stands for, outermost first.
    fn frames(&self, offset: u64) -> Vec<&Frame> {
        let offset = offset.checked_sub(self.code_start);
        let offset = offset.and_then(|offset| u32::try_from(offset).ok());
        match (&self.debug, offset) {
            (Some(debug), Some(offset)) => debug.frames(offset),
            _ => Vec::new(),
        }
    }

    /// The functions that are inlined around an operator, outermost first.
    pub(super) fn inlined(&self, offset: u64) -> impl Iterator<Item = Arc<str>> {
        let inlined = self.frames(offset).into_iter().skip(1);
        inlined.map(|frame| {
            let name = frame.function.clone().filter(|name| !name.is_empty());
            name.unwrap_or_else(|| "inlined function".into())
        })
    }

    /// The line of an operator.
    pub(crate) fn line(&self, offset: u64) -> Option<SourceLine> {
        self.frames(offset).last().copied().and_then(source_line)
    }

    /// The line of the contract's own code that an operator belongs to: its own, or that from
    /// which inlined library code was called.
    pub(crate) fn own_line(&self, offset: u64) -> Option<SourceLine> {
        let lines = self.frames(offset).into_iter().rev();
        let mut own = lines
            .filter_map(source_line)
            .filter(|line| !FOREIGN.iter().any(|path| line.file.contains(path)));
        own.next()
    }
}

/// Whether a function is called by its index, which is another function's in every other code.
pub(super) fn is_index(name: &str) -> bool {
    let index = name.strip_prefix("function[");
    let index = index.and_then(|rest| rest.strip_suffix(']'));
    index.is_some_and(|index| index.parse::<u32>().is_ok())
}

fn source_line(frame: &Frame) -> Option<SourceLine> {
    let file = frame.file.clone()?;
    (frame.line > 0).then_some(SourceLine {
        file,
        line: frame.line,
    })
}

/// The gas of a probe and of a unit of its operand.
fn price(probe: &Probe) -> (u64, u64) {
    match &probe.kind {
        ProbeKind::Segment(segment) => (segment.gas(), 0),
        ProbeKind::Operand { price, .. } => (0, *price),
    }
}

/// The names in the module itself: of the name section, else of exports.
fn names(sections: &Sections<'_>) -> BTreeMap<u32, Arc<str>> {
    let exports = sections.exports.iter();
    let mut names: BTreeMap<u32, Arc<str>> = exports
        .map(|(index, name)| (*index, (*name).into()))
        .collect();
    let named = sections.names.iter();
    names.extend(named.map(|(index, name)| (*index, demangled(name).into())));
    names
}
