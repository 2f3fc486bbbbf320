//! Choosing one of the versions that a state directory keeps: by a block's height or by a root.

use lockstep_state_trie::Digest;
use lockstep_store::{KeptVersion, Store};
use lockstep_vm::BlockRecord;
use serde::Serialize;

use crate::exit::Exit;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::state_failure::store_failure;

/// A version for people and in documents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct VersionReport {
    /// How many batches led to it.
    pub(crate) version: u64,
    /// The height of the block that it is the state after; none for the state before the first
    /// block, and for one that was imported without.
    pub(crate) height: Option<u64>,
    /// The root, in hexadecimal digits.
    pub(crate) root: String,
    /// How many entries it has.
    pub(crate) entries: u64,
}

/// A version as it is shown.
///
/// # Errors
/// When the store fails.
pub(crate) fn version_report(
    store: &Store,
    version: KeptVersion,
) -> Result<VersionReport, Failure> {
    Ok(VersionReport {
        version: version.number,
        height: height(store, version)?,
        root: version.root.to_string(),
        entries: version.entries,
    })
}

/// The height of the block that led to a version, if it was one.
fn height(store: &Store, version: KeptVersion) -> Result<Option<u64>, Failure> {
    let record = store.record(version.number);
    let record = record.map_err(|error| store_failure(&error))?;
    let block = BlockRecord::from_bytes(&record).ok();
    Ok(block.map(|block| block.environment.height))
}

/// The version that the user means: a height or a root, or else the last one.
///
/// # Errors
/// When the text is neither, or no kept version is meant by it.
pub(crate) fn find_version(store: &Store, text: Option<&str>) -> Result<KeptVersion, Failure> {
    let Some(text) = text else {
        return Ok(store.last());
    };
    if let Some(root) = digest_in(text) {
        let found = store.versions().rev().find(|version| version.root == root);
        return found.ok_or_else(|| not_kept(&format!("the root 0x{root} is not kept")));
    }
    if let Ok(wanted) = text.parse() {
        for version in store.versions().rev() {
            if height(store, version)? == Some(wanted) {
                return Ok(version);
            }
        }
        return Err(not_kept(&format!("no block of height {wanted} is kept")));
    }
    let message = format!("`{text}` is neither a height nor a root");
    let help = "a height is a decimal number, a root 64 hexadecimal digits";
    Err(syntax_failure(message, help))
}

fn not_kept(message: &str) -> Failure {
    let help = "`lockstep state root DIRECTORY --all` lists the heights and roots that are kept";
    Failure::new(
        Exit::NothingMatched,
        Problem::new(ProblemCode::VersionNotKept, message, help),
    )
}

/// A root in hexadecimal, with or without `0x`.
///
/// # Errors
/// When the text is none.
pub(crate) fn digest(text: &str) -> Result<Digest, Failure> {
    digest_in(text).ok_or_else(|| {
        let message = format!("`{text}` is no root");
        let help =
            "a root is 64 hexadecimal digits; a height does not do, because no state is read";
        syntax_failure(message, help)
    })
}

fn digest_in(text: &str) -> Option<Digest> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let bytes = hex::decode(digits).ok()?;
    bytes.try_into().ok().map(Digest)
}

fn syntax_failure(message: String, help: &str) -> Failure {
    Failure::new(
        Exit::Usage,
        Problem::new(ProblemCode::StateKeySyntax, message, help),
    )
}
