//! A module that was instantiated: its memory, table, globals and data segments.

use std::rc::Rc;

use crate::host::Host;
use crate::machine::Machine;
use crate::memory::Memory;
use crate::meter::Meter;
use crate::module::{Export, Module};
use crate::stop::Stop;

/// An instance of a module.
#[derive(Debug)]
pub struct Instance {
    module: Rc<Module>,
    pub(crate) memory: Memory,
    pub(crate) table: Vec<Option<u32>>,
    pub(crate) globals: Vec<u64>,
    /// Which data segments were dropped.
    pub(crate) dropped: Vec<bool>,
}

impl Instance {
    /// Instantiates `module`. Its memory grows to no more than `pages_max` pages, whatever
    /// greater maximum it declares.
    ///
    /// # Errors
    /// [`Stop::MemoryOutOfBounds`] or [`Stop::TableOutOfBounds`] when an active segment does not
    /// fit.
    pub fn new(module: &Rc<Module>, pages_max: u32) -> Result<Instance, Stop> {
        let memory = match module.memory {
            Some(size) => {
                let max = size.max.unwrap_or(pages_max).min(pages_max);
                Memory::new(size.initial, max)
            }
            None => Memory::default(),
        };
        let mut instance = Instance {
            module: Rc::clone(module),
            memory,
            table: vec![None; module.table_size.unwrap_or(0) as usize],
            globals: module.globals.clone(),
            dropped: vec![false; module.data.len()],
        };
        instance.fill_table(module)?;
        instance.fill_memory(module)?;
        Ok(instance)
    }

    /// Copies the active element segments into the table.
    fn fill_table(&mut self, module: &Module) -> Result<(), Stop> {
        for segment in &module.elements {
            let start = segment.offset as usize;
            let entries = self
                .table
                .get_mut(start..start + segment.functions.len())
                .ok_or(Stop::TableOutOfBounds)?;
            for (entry, function) in entries.iter_mut().zip(&segment.functions) {
                *entry = Some(*function);
            }
        }
        Ok(())
    }

    /// Copies the active data segments into the memory, which drops them.
    fn fill_memory(&mut self, module: &Module) -> Result<(), Stop> {
        for (index, segment) in module.data.iter().enumerate() {
            let Some(start) = segment.offset else {
                continue;
            };
            self.memory
                .init(start, &segment.bytes, 0, segment.bytes.len() as u32)?;
            self.dropped[index] = true;
        }
        Ok(())
    }

    /// Calls the exported function `name` with raw 64-bit arguments.
    ///
    /// # Errors
    /// Why the call did not return.
    ///
    /// # Panics
    /// When there is no such export, when the arguments do not fit its type, or when the two gas
    /// counts differ (a bug of this crate).
    pub fn invoke(
        &mut self,
        name: &str,
        arguments: &[u64],
        meter: &mut Meter,
        host: &mut dyn Host,
    ) -> Result<Vec<u64>, Stop> {
        let module = Rc::clone(&self.module);
        let Some(Export::Function(index)) = module.exports.get(name) else {
            panic!("no exported function {name:?}");
        };
        assert_eq!(
            arguments.len(),
            module.type_of(*index).params.len(),
            "{name:?} takes another number of arguments"
        );
        let result = Machine::new(&module, self, meter, host).run(*index, arguments);
        meter.conclude(result)
    }

    /// The raw value of the exported global `name`.
    pub fn exported_global(&self, name: &str) -> Option<u64> {
        match self.module.exports.get(name) {
            Some(Export::Global(index)) => Some(self.globals[*index as usize]),
            _ => None,
        }
    }

    /// The index and the raw value of each mutable global, in ascending order.
    pub fn mutable_globals(&self) -> Vec<(u32, u64)> {
        let indices = self.module.mutable_globals.iter();
        indices
            .map(|index| (*index, self.globals[*index as usize]))
            .collect()
    }

    /// The memory's content; empty when there is none.
    pub fn memory(&self) -> &[u8] {
        self.memory.bytes()
    }
}
