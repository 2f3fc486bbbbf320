//! The types of locals and globals, by index.

use lockstep_abi::ValueType;
use wasmparser::{FunctionBody, ValType};

use super::Stop;
use super::row::{GLOBALS, LOCALS, MUTABLE_GLOBALS};
use super::values::{I32, I64, bits_of};
use crate::module_facts::GlobalFacts;

/// More locals than this are never valid.
const LOCALS_MAX: usize = 50_000;

/// How many entries each part of the table has: one for each byte that may follow an opcode.
const PART: usize = 256;
/// One more than there are kinds of variables, so that it is a power of two.
const PARTS: usize = 4;

/// An index of more than one byte begins with one of at least this: the table has none.
const LONG: usize = 0x80;

/// The types of variables. No bits stand for one that there is not.
pub(super) struct Variables {
    /// The first of each part: locals, globals, and mutable globals.
    table: [u8; PARTS * PART],
    /// All locals.
    locals: Vec<u8>,
    globals: Vec<u8>,
    mutable_globals: Vec<u8>,
}

impl Variables {
    /// The variables of a module without functions.
    pub(super) fn new(globals: &[Option<GlobalFacts>]) -> Variables {
        let of = |global: &Option<GlobalFacts>| global.map_or(0, |of| bits_of(of.value_type));
        let if_mutable = |global: &Option<GlobalFacts>| of(&global.filter(|of| of.mutable));
        let mut variables = Variables {
            table: [0; PARTS * PART],
            locals: Vec::new(),
            globals: globals.iter().map(of).collect(),
            mutable_globals: globals.iter().map(if_mutable).collect(),
        };
        fill(&mut variables.table, GLOBALS, &variables.globals);
        fill(
            &mut variables.table,
            MUTABLE_GLOBALS,
            &variables.mutable_globals,
        );
        variables
    }

    /// Begins a function with these parameters. Yields how many locals its body declares, which
    /// the policy accepts, and where its code begins.
    pub(super) fn enter(
        &mut self,
        params: &[ValueType],
        body: &FunctionBody<'_>,
    ) -> Result<(u32, usize), Stop> {
        self.locals.clear();
        self.locals.extend(params.iter().map(|of| bits_of(*of)));
        let mut groups = body.get_locals_reader()?;
        let mut declared = 0_u32;
        for _ in 0..groups.get_count() {
            let (count, of) = groups.read()?;
            let of = match of {
                ValType::I32 => I32,
                ValType::I64 => I64,
                _ => return Err(Stop::Refused),
            };
            declared = declared.checked_add(count).ok_or(Stop::Refused)?;
            let more = usize::try_from(count).map_err(|_| Stop::Refused)?;
            let length = self.locals.len().checked_add(more);
            let length = length.filter(|length| *length <= LOCALS_MAX);
            self.locals.resize(length.ok_or(Stop::Refused)?, of);
        }
        fill(&mut self.table, LOCALS, &self.locals);
        Ok((declared, groups.original_position()))
    }

    /// The type of the variable at an index of one byte.
    #[inline(always)]
    pub(super) fn short(&self, part: u8, index: u8) -> u8 {
        let place = usize::from(part).wrapping_mul(PART) | usize::from(index);
        let entry = self.table.get(place & (PARTS * PART - 1));
        entry.copied().unwrap_or(0)
    }

    /// The type of the variable at any index.
    pub(super) fn at(&self, part: u8, index: u32) -> Option<u8> {
        let all = match part {
            LOCALS => &self.locals,
            GLOBALS => &self.globals,
            _ => &self.mutable_globals,
        };
        let of = all.get(usize::try_from(index).ok()?).copied()?;
        (of != 0).then_some(of)
    }
}

/// Fills a part of the table.
fn fill(table: &mut [u8; PARTS * PART], part: u8, all: &[u8]) {
    let start = usize::from(part).saturating_mul(PART);
    let end = start.saturating_add(LONG);
    let entries = table.get_mut(start..end).unwrap_or_default();
    entries.fill(0);
    for (entry, of) in entries.iter_mut().zip(all) {
        *entry = *of;
    }
}
