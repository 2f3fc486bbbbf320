//! Takes out of a module what its execution does not need and its length would be charged for.
//!
//! Custom sections that compilers and linkers write are dropped; all others, the contract's ABI
//! among them, and every section that is code or data are copied byte by byte. The code section
//! therefore keeps its hash, and the sidecar its key.

use std::ops::Range;

use wasmparser::{Parser, Payload};

use super::extract::{ExtractError, extract};
use super::sections::Sections;

/// Custom sections that are dropped; besides those that begin with `.debug_` or `reloc.`.
const DROPPED: [&str; 6] = [
    "name",
    "producers",
    "target_features",
    "linking",
    "sourceMappingURL",
    "external_debug_info",
];

/// A module without names and DWARF, and what they said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stripped {
    /// The module.
    pub module: Vec<u8>,
    /// The sidecar; see [`DebugInfo`](super::DebugInfo).
    pub sidecar: Vec<u8>,
    /// The blake2b-256 of the contents of the code section, by which the sidecar is found.
    pub code_section: [u8; 32],
    /// How many functions have a name.
    pub functions: usize,
    /// How many times the source line changes along the code; 0 without DWARF.
    pub rows: usize,
}

/// Strips a binary module.
///
/// # Errors
/// A sentence that says what cannot be read.
pub fn strip_module(bytes: &[u8]) -> Result<Stripped, String> {
    // The parser writes lists over several lines.
    strip(bytes).map_err(|error| {
        let message = error.to_string();
        let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
        line.replace("[ ", "[").replace(", ]", "]")
    })
}

fn strip(bytes: &[u8]) -> Result<Stripped, ExtractError> {
    let sections = Sections::read(bytes)?;
    let info = extract(&sections)?;
    let mut module = Vec::with_capacity(bytes.len());
    let mut kept = 0;
    for range in dropped(bytes)? {
        module.extend_from_slice(bytes.get(kept..range.start).unwrap_or_default());
        kept = range.end;
    }
    module.extend_from_slice(bytes.get(kept..).unwrap_or_default());
    Ok(Stripped {
        module,
        sidecar: info.to_bytes(),
        code_section: info.code_section,
        functions: info.functions.len(),
        rows: info.rows.len(),
    })
}

/// The sections to leave out, whole, in the order of the file.
fn dropped(bytes: &[u8]) -> Result<Vec<Range<usize>>, ExtractError> {
    let mut ranges = Vec::new();
    // Where the section that comes next begins: behind the magic number and the version first.
    let mut start = 8;
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        let Some((_, contents)) = payload.as_section() else {
            continue;
        };
        if let Payload::CustomSection(custom) = &payload
            && is_dropped(custom.name())
        {
            ranges.push(start..contents.end);
        }
        start = contents.end;
    }
    Ok(ranges)
}

fn is_dropped(name: &str) -> bool {
    DROPPED.contains(&name) || name.starts_with(".debug_") || name.starts_with("reloc.")
}

#[cfg(test)]
mod tests {
    use super::strip_module;
    use crate::debug_info::DebugInfo;

    const TEXT: &str = r#"(module
        (@custom "keep" "me")
        (@custom "producers" "x")
        (func $_ZN4demo3addE (export "add")))"#;

    #[test]
    fn names_go_and_other_sections_stay() {
        let bytes = wat::parse_str(TEXT).expect("a module");
        let stripped = strip_module(&bytes).expect("it can be stripped");
        let text = String::from_utf8_lossy(&stripped.module).into_owned();
        assert!(text.contains("keep"));
        assert!(!text.contains("producers") && !text.contains("demo"));
        assert_eq!(stripped.functions, 1);
        assert_eq!(stripped.rows, 0);
        let info = DebugInfo::from_bytes(&stripped.sidecar).expect("a sidecar");
        assert_eq!(info.function(0), Some("demo::add"));
        let again = strip_module(&stripped.module).expect("it can be stripped again");
        assert_eq!(again.module, stripped.module);
        assert_eq!(again.code_section, stripped.code_section);
    }

    #[test]
    fn what_is_no_module_cannot_be_stripped() {
        let error = strip_module(b"not a module").expect_err("it is none");
        assert!(!error.contains('\n'), "{error}");
        let bytes = wat::parse_str(TEXT).expect("a module");
        assert!(strip_module(&bytes[..bytes.len() - 1]).is_err());
    }
}
