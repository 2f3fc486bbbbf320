//! The policy: one permissive pass over the bytes that finds everything there is to refuse.
//!
//! A module that is accepted is read by `walk`, which has the same checks made for each section
//! and for each operator that shapes the code. The pass here is for the others: it says all that
//! is wrong. The parser runs with every proposal switched on, so that a refused feature is read and
//! named instead of ending the pass. Each count is compared with its limit before the items are
//! read, and no item is read twice, so that the pass takes time in proportion to the bytes. What
//! the pass lets through is not yet valid: types of operands, indices and the order of sections are
//! left to the validator that runs afterwards.

mod block;
mod body;
mod constant;
mod declarations;
mod imports;
mod segments;
mod value_type;

use wasmparser::{
    BinaryReaderError, Encoding, FromReader, Parser, Payload, SectionLimited, WasmFeatures,
};

use crate::limits::Limits;
use crate::module_facts::{ModuleFacts, SectionPlace};
use crate::violation::{Finding, Violations, parser_message};
use crate::violation_code::ViolationCode;

/// The state of the pass.
pub(crate) struct Scan<'a, 'l> {
    bytes: &'a [u8],
    limits: &'l Limits,
    /// What was learnt.
    pub(crate) facts: ModuleFacts<'a>,
    /// What was found to refuse.
    pub(crate) violations: Violations,
    custom_sections: u32,
    bodies_seen: u32,
    tables: u32,
}

/// Scans a whole file.
pub(crate) fn scan<'a, 'l>(bytes: &'a [u8], limits: &'l Limits) -> Scan<'a, 'l> {
    let mut scan = Scan::new(bytes, limits);
    let mut parser = Parser::new(0);
    parser.set_features(WasmFeatures::all());
    for payload in parser.parse_all(bytes) {
        match payload {
            Ok(payload) => {
                if scan.payload(payload).is_break() {
                    break;
                }
            }
            Err(error) => scan.malformed(&error, None),
        }
    }
    scan
}

impl<'a, 'l> Scan<'a, 'l> {
    /// A scan that has seen nothing.
    pub(crate) fn new(bytes: &'a [u8], limits: &'l Limits) -> Scan<'a, 'l> {
        Scan {
            bytes,
            limits,
            facts: ModuleFacts::default(),
            violations: Violations::new(limits.violations_reported_max),
            custom_sections: 0,
            bodies_seen: 0,
            tables: 0,
        }
    }
}

impl<'a> Scan<'a, '_> {
    /// Looks at one part of the module. Breaks when the rest makes no sense.
    pub(crate) fn payload(&mut self, payload: Payload<'a>) -> std::ops::ControlFlow<()> {
        use std::ops::ControlFlow::{Break, Continue};
        match payload {
            Payload::Version {
                num,
                encoding,
                range,
            } => {
                if encoding != Encoding::Module || num != 1 {
                    self.find(
                        ViolationCode::NotAModule,
                        range.start,
                        "the file is not a core WebAssembly module of version 1",
                    );
                    return Break(());
                }
            }
            Payload::TypeSection(section) => self.types(section),
            Payload::ImportSection(section) => self.imports(section),
            Payload::FunctionSection(section) => self.functions(section),
            Payload::TableSection(section) => self.tables(section),
            Payload::MemorySection(section) => self.memories(section),
            Payload::TagSection(section) => self.tags(&section),
            Payload::GlobalSection(section) => self.globals(section),
            Payload::ExportSection(section) => self.exports(section),
            Payload::StartSection { range, .. } => self.find(
                ViolationCode::StartSection,
                range.start,
                "the module has a start function",
            ),
            Payload::ElementSection(section) => self.elements(section),
            Payload::DataCountSection { count, range } => {
                self.place(12, range.clone(), range.start, count);
            }
            Payload::DataSection(section) => self.data(section),
            Payload::CodeSectionStart { count, range, .. } => self.code_start(count, range),
            Payload::CodeSectionEntry(body) => self.code_entry(body),
            Payload::CustomSection(section) => {
                if section.name() == "name" && self.facts.name_section.is_none() {
                    self.facts.name_section = Some(section.range());
                    self.facts.name_section_data = section.data_offset();
                }
                self.custom(section.range().start);
            }
            Payload::UnknownSection { id, range, .. } => self.find(
                ViolationCode::UnknownSection,
                range.start,
                format!("section id {id} is not known"),
            ),
            Payload::End(_) => {}
            _ => return Break(()),
        }
        Continue(())
    }

    /// Counts a custom section; the first one too many is a violation.
    fn custom(&mut self, offset: usize) {
        let limit = self.limits.custom_sections_max;
        if self.custom_sections == limit {
            let actual = u64::from(limit).saturating_add(1);
            let finding = Finding::new(
                ViolationCode::CustomSectionCount,
                offset,
                "too many custom sections",
            );
            self.violations.push(finding.over(u64::from(limit), actual));
        }
        self.custom_sections = self.custom_sections.saturating_add(1);
    }

    /// Adds a violation outside functions.
    fn find(&mut self, code: ViolationCode, offset: usize, message: impl AsRef<str>) {
        self.violations.push(Finding::new(code, offset, message));
    }

    /// Adds what the reader could not read, in `function` if it was in one.
    fn malformed(&mut self, error: &BinaryReaderError, function: Option<u32>) {
        let code = if is_unknown_opcode(error) {
            ViolationCode::UnknownOperator
        } else {
            ViolationCode::Malformed
        };
        let message = format!("the module cannot be read: {}", parser_message(error));
        let mut finding = Finding::new(code, error.offset(), message);
        if let Some(index) = function {
            finding = finding.in_function(index);
        }
        self.violations.push(finding);
    }

    /// Compares a section's count with its limit, before anything in it is read. Returns whether
    /// it is within.
    fn within(
        &mut self,
        code: ViolationCode,
        offset: usize,
        what: &str,
        limit: u32,
        actual: u64,
    ) -> bool {
        let within = actual <= u64::from(limit);
        if !within {
            let finding = Finding::new(code, offset, format!("too many {what}"));
            self.violations.push(finding.over(u64::from(limit), actual));
        }
        within
    }

    /// Remembers where a section lies.
    fn place(&mut self, id: u8, content: std::ops::Range<usize>, items_start: usize, count: u32) {
        self.facts.sections.entry(id).or_insert(SectionPlace {
            content,
            items_start,
            count,
        });
    }

    /// Remembers where a section lies and yields its items with their offsets; an item that
    /// cannot be read is a violation and ends them.
    fn items<T: FromReader<'a>>(
        &mut self,
        id: u8,
        section: SectionLimited<'a, T>,
        mut each: impl FnMut(&mut Self, usize, T),
    ) {
        let items_start = section.original_position();
        self.place(id, section.range(), items_start, section.count());
        for item in section.into_iter_with_offsets() {
            match item {
                Ok((offset, item)) => each(self, offset, item),
                Err(error) => {
                    self.malformed(&error, None);
                    return;
                }
            }
        }
    }
}

/// Whether the reader met an opcode that it does not know, as opposed to broken bytes. The parser
/// has no other way to tell; its version is pinned, and a test watches the texts.
fn is_unknown_opcode(error: &BinaryReaderError) -> bool {
    let message = error.message();
    message.starts_with("illegal opcode") || message.contains("subopcode")
}
