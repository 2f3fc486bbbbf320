//! Names and source lines of a module that the compiler wrote them into.
//!
//! Each operator is looked up in the DWARF sections; operators that stand for the same place in a
//! row are kept once. Line tables (`debug = "line-tables-only"` in a Cargo profile) are enough:
//! they tell inlined calls, too.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use addr2line::gimli::{self, EndianSlice, LittleEndian};
use addr2line::{Context, LookupResult};
use wasmparser::BinaryReaderError;

use super::chain::{Chain, Frame};
use super::sections::Sections;
use super::sidecar::{DebugInfo, TEXT_BYTES_MAX};
use crate::printable::at_most;

/// Where the build scripts map packages to.
const REGISTRY: &str = "/registry/";

type Reader<'a> = EndianSlice<'a, LittleEndian>;

/// Why a module's names and lines cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExtractError {
    #[error("the module cannot be read: {0}")]
    Module(#[from] BinaryReaderError),
    #[error("its DWARF sections cannot be read: {0}")]
    Dwarf(#[from] gimli::Error),
}

/// A name as the compiler wrote it in the form that people write. That may be far longer, since
/// parts of it can stand for earlier ones, so it is cut.
pub(crate) fn demangled(name: &str) -> String {
    at_most(
        format_args!("{:#}", rustc_demangle::demangle(name)),
        TEXT_BYTES_MAX,
    )
}

/// What the module tells about its code: function names, and lines if it has DWARF sections.
pub(super) fn extract(sections: &Sections<'_>) -> Result<DebugInfo, ExtractError> {
    let functions = sections.names.iter();
    Ok(DebugInfo {
        code_section: sections.code_hash(),
        functions: functions
            .map(|(index, name)| (*index, demangled(name).into()))
            .collect(),
        rows: rows(sections)?,
    })
}

fn rows(sections: &Sections<'_>) -> Result<Vec<(u32, Chain)>, ExtractError> {
    let mut rows: Vec<(u32, Chain)> = Vec::new();
    let mut known = Known::default();
    if sections.dwarf.is_empty() {
        return Ok(rows);
    }
    let dwarf = gimli::Dwarf::load(|id| -> Result<Reader<'_>, gimli::Error> {
        let data = sections.dwarf.get(id.name()).copied();
        Ok(EndianSlice::new(data.unwrap_or_default(), LittleEndian))
    })?;
    let context = Context::from_dwarf(dwarf)?;
    for body in &sections.bodies {
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            let offset = sections.in_code(reader.original_position());
            reader.read()?;
            let Some(offset) = offset else { continue };
            let chain = known.chain(frames(&context, offset)?);
            if rows.last().is_none_or(|(_, last)| *last != chain) {
                rows.push((offset, chain));
            }
        }
    }
    Ok(rows)
}

/// What operators had before: each text and each chain is kept once.
#[derive(Default)]
struct Known {
    texts: BTreeSet<Arc<str>>,
    /// By the chain that a frame is in, which its position among these stands for, and the frame.
    chains: BTreeMap<(usize, Frame), (usize, Chain)>,
}

impl Known {
    /// The chain of these frames, outermost first. Those further in than may be are left out.
    fn chain(&mut self, frames: Vec<Frame>) -> Chain {
        let (mut position, mut chain) = (0, Chain::default());
        for mut frame in frames {
            for text in [&mut frame.function, &mut frame.file].into_iter().flatten() {
                self.share(text);
            }
            let next = self.chains.len() + 1;
            let place = match self.chains.entry((position, frame)) {
                Entry::Occupied(known) => known.get().clone(),
                Entry::Vacant(free) => match chain.with(free.key().1.clone()) {
                    Some(longer) => free.insert((next, longer)).clone(),
                    None => break,
                },
            };
            (position, chain) = place;
        }
        chain
    }

    fn share(&mut self, text: &mut Arc<str>) {
        match self.texts.get(text) {
            Some(known) => *text = Arc::clone(known),
            None => {
                self.texts.insert(Arc::clone(text));
            }
        }
    }
}

/// The frames at an offset, outermost first.
fn frames(context: &Context<Reader<'_>>, offset: u32) -> Result<Vec<Frame>, gimli::Error> {
    // Split DWARF lies in other files, which a linked module does not need.
    let found = match context.find_frames(u64::from(offset)) {
        LookupResult::Output(found) => found,
        LookupResult::Load { .. } => return Ok(Vec::new()),
    };
    let mut found = found?;
    let mut frames = Vec::new();
    while let Some(frame) = found.next()? {
        let name = frame.function.and_then(|function| {
            let name = function.raw_name().ok()?;
            Some(demangled(&name).into())
        });
        let location = frame.location;
        frames.push(Frame {
            function: name,
            file: location
                .as_ref()
                .and_then(|location| location.file)
                .map(|file| at_most(portable(file), TEXT_BYTES_MAX).into()),
            line: location.and_then(|location| location.line).unwrap_or(0),
        });
    }
    frames.reverse();
    Ok(frames)
}

/// A path without the folder that cargo names after a registry: it depends on where packages are
/// downloaded from.
fn portable(file: &str) -> String {
    let package = file.strip_prefix(REGISTRY);
    match package.and_then(|package| package.split_once('/')) {
        Some((_, path)) => format!("{REGISTRY}{path}"),
        None => file.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{TEXT_BYTES_MAX, demangled, portable};

    #[test]
    fn paths_do_not_name_the_registry() {
        assert_eq!(
            portable("/registry/index-12ab/codec-3.7.5/src/codec.rs"),
            "/registry/codec-3.7.5/src/codec.rs"
        );
        assert_eq!(portable("/src/lib.rs"), "/src/lib.rs");
    }

    #[test]
    fn both_manglings_are_read_and_hashes_are_left_out() {
        assert_eq!(
            demangled("_ZN5token5Token8transfer17h0123456789abcdefE"),
            "token::Token::transfer"
        );
        assert_eq!(demangled("_RNvC5token8transfer"), "token::transfer");
        assert_eq!(demangled("transfer"), "transfer");
        assert_eq!(demangled(&"a".repeat(5_000)).len(), TEXT_BYTES_MAX);
    }
}
