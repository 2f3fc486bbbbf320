//! The file format of sidecars.
//!
//! A sidecar is the SCALE encoding of [`File`], which begins with 16 bytes that name format and
//! version. All numbers are compact. Everything is a list in which later parts name positions:
//! texts, locations, and rows that say which location begins at which offset of the code section.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use parity_scale_codec::{Compact, Decode, DecodeAll, Encode};
use thiserror::Error;

use super::chain::{Chain, Frame};
use crate::printable::at_most;

/// The first bytes of every sidecar.
const MAGIC: [u8; 16] = *b"lockstep.debug/1";

/// The most bytes of a text that are kept: each frame of a profile shows some.
pub(super) const TEXT_BYTES_MAX: usize = 2_048;

/// The contents of a sidecar.
#[derive(Encode, Decode)]
struct File {
    magic: [u8; 16],
    /// The blake2b-256 of the contents of the code section.
    code_section: [u8; 32],
    /// Names of functions and paths of files, each once.
    texts: Vec<String>,
    /// Index and name of each function, the name as a position among the texts.
    functions: Vec<(Compact<u32>, Compact<u32>)>,
    locations: Vec<Location>,
    rows: Vec<Row>,
}

/// A place in the sources. Positions are counted from 1, and 0 means that there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
struct Location {
    /// The location that called this one, when the call was inlined: an earlier location.
    caller: Compact<u32>,
    /// The function's name among the texts.
    function: Compact<u32>,
    /// The file's path among the texts.
    file: Compact<u32>,
    /// The line, from 1; 0 when unknown.
    line: Compact<u32>,
}

/// From here on the code has this location.
#[derive(Clone, Copy, Encode, Decode)]
struct Row {
    /// Bytes since the row before, or since the start of the code section.
    advance: Compact<u32>,
    /// The location, counted from 1; 0 when unknown.
    location: Compact<u32>,
}

/// Why a file is not a sidecar.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DebugInfoError {
    /// It begins with something else.
    #[error("it does not begin with `lockstep.debug/1`")]
    OtherFormat,
    /// It ends early, goes on after its end, or holds something that is not valid.
    #[error("it is cut short or damaged: {0}")]
    Damaged(String),
}

/// What a sidecar says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DebugInfo {
    /// The blake2b-256 of the contents of the code section it is about.
    pub code_section: [u8; 32],
    /// Names by function index, ascending.
    pub functions: Vec<(u32, Arc<str>)>,
    /// Offsets in the code section, ascending, each with the frames of the code from there on:
    /// the function itself first, then what was inlined into it. Empty when unknown.
    pub rows: Vec<(u32, Chain)>,
}

impl DebugInfo {
    /// The name of a function.
    pub fn function(&self, index: u32) -> Option<&str> {
        let found = self
            .functions
            .binary_search_by_key(&index, |(index, _)| *index);
        found.ok().map(|position| &*self.functions[position].1)
    }

    /// The frames of the operator at this offset of the code section, outermost first.
    pub fn frames(&self, offset: u32) -> Vec<&Frame> {
        let after = self.rows.partition_point(|(start, _)| *start <= offset);
        let row = after.checked_sub(1).and_then(|row| self.rows.get(row));
        row.map_or_else(Vec::new, |(_, chain)| chain.frames())
    }

    /// Reads a sidecar. Of texts that are very long it keeps the beginning.
    ///
    /// # Errors
    /// When the bytes are not exactly one whole sidecar.
    pub fn from_bytes(bytes: &[u8]) -> Result<DebugInfo, DebugInfoError> {
        if !bytes.starts_with(&MAGIC) {
            return Err(DebugInfoError::OtherFormat);
        }
        let file = File::decode_all(&mut &*bytes)
            .map_err(|error| DebugInfoError::Damaged(error.to_string()))?;
        file.resolve().ok_or_else(|| {
            DebugInfoError::Damaged("a position is out of range or out of order".to_string())
        })
    }

    /// Writes a sidecar. The same contents give the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut tables = Tables::default();
        let functions = self.functions.iter();
        let functions = functions
            .map(|(index, name)| (Compact(*index), Compact(tables.text(name) - 1)))
            .collect();
        let mut rows = Vec::with_capacity(self.rows.len());
        let mut last = 0;
        for (offset, chain) in &self.rows {
            let location = tables.chain(chain);
            rows.push(Row {
                advance: Compact(offset.saturating_sub(last)),
                location: Compact(location),
            });
            last = *offset;
        }
        let file = File {
            magic: MAGIC,
            code_section: self.code_section,
            texts: tables.texts.in_order(),
            functions,
            locations: tables.locations.in_order(),
            rows,
        };
        file.encode()
    }
}

impl File {
    /// Replaces positions by what they name; `None` when one is out of range.
    fn resolve(self) -> Option<DebugInfo> {
        let texts: Vec<Arc<str>> = self.texts.into_iter().map(shortened).collect();
        let text = |position: Compact<u32>| -> Option<Option<Arc<str>>> {
            match usize::try_from(position.0).ok()?.checked_sub(1) {
                None => Some(None),
                Some(position) => texts.get(position).cloned().map(Some),
            }
        };
        let mut chains: Vec<Chain> = vec![Chain::default()];
        for location in &self.locations {
            let caller = usize::try_from(location.caller.0).ok()?;
            let frame = Frame {
                function: text(location.function)?,
                file: text(location.file)?,
                line: location.line.0,
            };
            chains.push(chains.get(caller)?.with(frame)?);
        }
        let mut offset = 0_u32;
        let mut rows = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            offset = offset.checked_add(row.advance.0)?;
            let location = usize::try_from(row.location.0).ok()?;
            rows.push((offset, chains.get(location)?.clone()));
        }
        let mut functions = Vec::with_capacity(self.functions.len());
        for (index, name) in &self.functions {
            let name = texts.get(usize::try_from(name.0).ok()?)?;
            functions.push((index.0, name.clone()));
        }
        let ascending = functions.is_sorted_by(|left, right| left.0 < right.0);
        ascending.then_some(DebugInfo {
            code_section: self.code_section,
            functions,
            rows,
        })
    }
}

fn shortened(text: String) -> Arc<str> {
    at_most(text, TEXT_BYTES_MAX).into()
}

/// Each item once, in the order of first use; positions count from 1.
struct Table<T>(BTreeMap<T, u32>);

impl<T> Default for Table<T> {
    fn default() -> Self {
        Table(BTreeMap::new())
    }
}

impl<T: Ord> Table<T> {
    fn position(&mut self, item: T) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.0.entry(item).or_insert(next.saturating_add(1))
    }

    fn in_order(self) -> Vec<T> {
        let mut items: Vec<(u32, T)> = self
            .0
            .into_iter()
            .map(|(item, position)| (position, item))
            .collect();
        items.sort_by_key(|(position, _)| *position);
        items.into_iter().map(|(_, item)| item).collect()
    }
}

/// The tables of a file that is being written.
#[derive(Default)]
struct Tables {
    texts: Table<String>,
    locations: Table<Location>,
}

impl Tables {
    fn text(&mut self, text: &str) -> u32 {
        self.texts.position(text.to_string())
    }

    fn optional(&mut self, text: Option<&str>) -> u32 {
        text.map_or(0, |text| self.text(text))
    }

    /// The position of the innermost frame's location; 0 without frames.
    fn chain(&mut self, chain: &Chain) -> u32 {
        let mut caller = 0;
        for frame in chain.frames() {
            let location = Location {
                caller: Compact(caller),
                function: Compact(self.optional(frame.function.as_deref())),
                file: Compact(self.optional(frame.file.as_deref())),
                line: Compact(frame.line),
            };
            caller = self.locations.position(location);
        }
        caller
    }
}
