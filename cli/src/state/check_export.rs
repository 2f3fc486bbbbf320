//! An export checked without making a state of it: the root is computed in memory.

use std::path::Path;

use lockstep_state_trie::{Digest, MemoryStore, Trie};

use super::export_file::ExportFile;
use crate::problem::Failure;

/// Reads an export to its end and returns its root, which its entries lead to.
///
/// # Errors
/// When the file cannot be read or is damaged.
pub fn check_export(path: &Path) -> Result<Digest, Failure> {
    let mut file = ExportFile::open(path)?;
    let mut trie = Trie::new(MemoryStore::new());
    trie.load(&mut file).map_err(Failure::bug)?;
    file.finish(trie.root())?;
    Ok(trie.root())
}
