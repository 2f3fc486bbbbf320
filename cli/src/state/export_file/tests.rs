//! What is said when an export cannot be read to its end.

use std::io::{self, Read};

use lockstep_state_trie::Digest;

use super::{EXPORT_MAGIC, EXPORT_VERSION, ExportFile};
use crate::problem::Failure;
use crate::problem_code::ProblemCode;

/// The bytes of an export: a header, one entry whose key and value have a byte each, and a hash.
const BYTES: usize = 64 + 8 + 32;

/// A file of [`BYTES`] bytes of which only the first can be read.
struct Readable {
    bytes: Vec<u8>,
    /// Whether the rest is gone, or the disk fails there.
    ends: bool,
}

impl Read for Readable {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = into.len().min(self.bytes.len());
        if count == 0 && !self.ends {
            return Err(io::Error::other("the disk fails"));
        }
        into[..count].copy_from_slice(&self.bytes[..count]);
        self.bytes.drain(..count);
        Ok(count)
    }
}

/// What is said of an export of which only the first bytes can be read.
fn failure(readable: usize, ends: bool) -> Failure {
    let mut bytes = EXPORT_MAGIC.to_vec();
    bytes.extend(EXPORT_VERSION.to_le_bytes());
    bytes.extend([0; 4 + 32]);
    bytes.extend(1_u64.to_le_bytes());
    bytes.extend(0_u64.to_le_bytes());
    bytes.extend([1, 0, 1, 0, 0, 0, 5, 6]);
    bytes.truncate(readable);
    let file = Box::new(Readable { bytes, ends });
    let length = u64::try_from(BYTES).expect("it is short");
    ExportFile::begun(file, length, "an export".to_string())
        .and_then(|mut export| {
            let entries = (&mut export).count();
            assert!(entries <= 1);
            export.finish(Digest([0; 32]))
        })
        .expect_err("it cannot be read to its end")
}

#[test]
fn a_disk_that_fails_is_not_told_as_damage_of_the_file() {
    for readable in [0, 5, 8, 20, 63, 65, 70, 72] {
        let problem = failure(readable, false).problems.remove(0);
        assert_eq!(problem.code, ProblemCode::FileUnreadable, "{readable}");
        let told = "cannot read an export: the operating system reports: the disk fails";
        assert_eq!(problem.message, told, "{readable}");
    }
}

#[test]
fn a_file_that_ends_early_is_told_as_damage() {
    for readable in [8, 20, 63, 65, 70, 72] {
        let problem = failure(readable, true).problems.remove(0);
        assert_eq!(problem.code, ProblemCode::ExportDamaged, "{readable}");
        assert!(problem.message.ends_with("it is cut off"), "{readable}");
    }
}
