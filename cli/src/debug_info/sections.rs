//! The sections of a module that matter here: code, names and DWARF.

use std::collections::BTreeMap;
use std::ops::Range;

use blake2::{Blake2b256, Digest};
use wasmparser::{
    BinaryReaderError, ExternalKind, FunctionBody, KnownCustom, Name, NameSectionReader, Parser,
    Payload,
};

/// What was found in a module.
#[derive(Default)]
pub(crate) struct Sections<'a> {
    /// Where the contents of the code section lie in the file, without id and length.
    pub(crate) code: Range<usize>,
    /// Those contents.
    code_bytes: &'a [u8],
    /// The functions in order.
    pub(crate) bodies: Vec<FunctionBody<'a>>,
    /// Names by function index, as the compiler wrote them.
    pub(crate) names: BTreeMap<u32, &'a str>,
    /// The first name under which each exported function is exported, by index.
    pub(crate) exports: BTreeMap<u32, &'a str>,
    /// The sections whose names begin with `.debug_`.
    pub(crate) dwarf: BTreeMap<&'a str, &'a [u8]>,
}

impl<'a> Sections<'a> {
    /// Reads a binary module.
    ///
    /// # Errors
    /// When the bytes are not one. A name section that is broken is left out where it breaks.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Sections<'a>, BinaryReaderError> {
        let mut sections = Sections::default();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::ExportSection(exports) => {
                    for export in exports {
                        let export = export?;
                        if export.kind == ExternalKind::Func {
                            sections.exports.entry(export.index).or_insert(export.name);
                        }
                    }
                }
                Payload::CodeSectionStart { range, .. } => {
                    sections.code_bytes = bytes.get(range.clone()).unwrap_or_default();
                    sections.code = range;
                }
                Payload::CodeSectionEntry(body) => sections.bodies.push(body),
                Payload::CustomSection(custom) => {
                    if custom.name().starts_with(".debug_") {
                        sections.dwarf.insert(custom.name(), custom.data());
                    } else if let KnownCustom::Name(reader) = custom.as_known() {
                        sections.read_names(reader);
                    }
                }
                _ => {}
            }
        }
        Ok(sections)
    }

    fn read_names(&mut self, reader: NameSectionReader<'a>) {
        for subsection in reader {
            let Ok(Name::Function(map)) = subsection else {
                continue;
            };
            for naming in map.into_iter().map_while(Result::ok) {
                self.names.entry(naming.index).or_insert(naming.name);
            }
        }
    }

    /// The blake2b-256 of the code section's contents.
    pub(crate) fn code_hash(&self) -> [u8; 32] {
        Blake2b256::digest(self.code_bytes).into()
    }

    /// The offset in the file as an offset in the code section, as DWARF counts.
    pub(crate) fn in_code(&self, offset: usize) -> Option<u32> {
        u32::try_from(offset.checked_sub(self.code.start)?).ok()
    }
}
