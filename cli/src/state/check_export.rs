//! An export checked without making a state of it: the root is computed in memory.

use std::path::Path;

use lockstep_state_trie::{Digest, MemoryStore, Trie, TrieError};

use super::export_file::ExportFile;
use crate::problem::Failure;

/// Reads an export to its end and returns its root, which its entries lead to.
///
/// # Errors
/// When the file cannot be read or is damaged.
pub fn check_export(path: &Path) -> Result<Digest, Failure> {
    let mut file = ExportFile::open(path)?;
    let mut trie = Trie::new(MemoryStore::new());
    trie.load(&mut file).map_err(|error| match error {
        TrieError::NotAscending { index } => {
            file.damaged(&format!("entry {index} is not greater than the one before"))
        }
        other => file.damaged(&format!("its entries are not those of a state: {other}")),
    })?;
    let root = file.root;
    let damaged = file.damaged("its entries lead to another root");
    file.finish()?;
    match trie.root() == root {
        true => Ok(root),
        false => Err(damaged),
    }
}
