//! What compiled a module, as far as it is recorded.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::abi_section::{custom_section, leb128};
use crate::module_file::{MODULE_BYTES_MAX, read_if_there};
use crate::problem::Failure;

/// The record that `contracts/build.sh` writes beside the modules it makes.
const RECORD: &str = "CHECKSUMS";
/// What stands in front of the compiler there.
const COMPILER_MARK: &str = "# compiler: ";
/// What stands for the compiler of a module of which nothing is recorded.
const NOT_RECORDED: &str = "not recorded";

/// What compiled the module in `path`: from the record beside it, if that has this file with
/// this content, or else from the module's own `producers` section, or `not recorded`.
pub(super) fn compiler_of(path: &Path, module: &[u8]) -> Result<String, Failure> {
    let record = record_beside(path);
    let text = read_if_there(&record, &record.to_string_lossy(), MODULE_BYTES_MAX)?;
    let text = text.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let recorded = text.and_then(|text| recorded(&text, &name, module));
    let known = recorded.or_else(|| processed_by(custom_section(module, "producers")?));
    Ok(known.unwrap_or_else(|| NOT_RECORDED.to_string()))
}

/// The record that belongs to a module, whether it is there or not.
pub(super) fn record_beside(module: &Path) -> PathBuf {
    module.with_file_name(RECORD)
}

/// Whether what a snapshot has for a compiler, quoted, names one.
pub(super) fn is_recorded(quoted: &str) -> bool {
    quoted != "\"\"" && quoted.trim_matches('"') != NOT_RECORDED
}

/// The record's compiler, if the record is of this module.
fn recorded(record: &str, name: &str, module: &[u8]) -> Option<String> {
    let digest = hex::encode(Sha256::digest(module));
    let is_listed = record.lines().any(|line| {
        let mut words = line.split_whitespace();
        (words.next(), words.next(), words.next()) == (Some(&digest), Some(name), None)
    });
    let compiler = record
        .lines()
        .find_map(|line| line.strip_prefix(COMPILER_MARK))?;
    is_listed.then(|| compiler.trim().to_string())
}

/// The field `processed-by` of a `producers` section: names with versions.
fn processed_by(section: &[u8]) -> Option<String> {
    let (fields, mut rest) = leb128(section)?;
    for _ in 0..fields {
        let (field, after) = text(rest)?;
        let (count, mut after) = leb128(after)?;
        let mut tools = Vec::new();
        for _ in 0..count {
            let (tool, version) = text(after)?;
            let (version, following) = text(version)?;
            tools.push(format!("{tool} {version}"));
            after = following;
        }
        rest = after;
        if field == "processed-by" {
            return Some(tools.join(", "));
        }
    }
    None
}

/// A text with its length in front, and what follows it.
fn text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = leb128(bytes)?;
    let (text, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    Some((std::str::from_utf8(text).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::{is_recorded, processed_by, recorded};
    use sha2::{Digest, Sha256};

    #[test]
    fn the_record_counts_for_the_content_that_it_lists() {
        let digest = hex::encode(Sha256::digest(b"module"));
        let record = format!("# compiler: rustc 1.2.3, recipe 2\n# x\n{digest}  a.wasm\n");
        let compiler = Some("rustc 1.2.3, recipe 2".to_string());
        assert_eq!(recorded(&record, "a.wasm", b"module"), compiler);
        assert_eq!(recorded(&record, "b.wasm", b"module"), None);
        assert_eq!(recorded(&record, "a.wasm", b"another"), None);
    }

    #[test]
    fn nothing_and_no_record_are_no_compilers() {
        assert!(is_recorded("\"rustc 1.2.3\""));
        assert!(!is_recorded("\"not recorded\""));
        assert!(!is_recorded("\"\""));
    }

    #[test]
    fn producers_are_read() {
        let section = b"\x02\x08language\x01\x04Rust\x042021\x0cprocessed-by\x02\x05rustc\x061.95.0\x03lld\x0222";
        assert_eq!(
            processed_by(section),
            Some("rustc 1.95.0, lld 22".to_string())
        );
        assert_eq!(processed_by(&section[..30]), None);
        assert_eq!(processed_by(b""), None);
    }
}
