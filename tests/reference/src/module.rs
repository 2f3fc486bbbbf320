//! A decoded module: what [`decode`](crate::decode) makes of the bytes.

use std::collections::BTreeMap;

use wasmparser::ValType;

use crate::op::Step;
use crate::price::DynamicPrices;

/// A function type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionType {
    /// The parameters in order.
    pub params: Vec<ValType>,
    /// The results in order.
    pub results: Vec<ValType>,
}

/// An imported function.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    pub(crate) name: String,
}

/// A function with a body, in flat form.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) params: usize,
    pub(crate) results: usize,
    /// The declared locals, parameters not counted.
    pub(crate) locals: usize,
    pub(crate) steps: Vec<Step>,
    /// What it holds of the stack bound while it runs.
    pub(crate) frame_slots: u64,
    /// What the functions of its cycle need without another recursive call.
    pub(crate) reserve: u64,
    /// Per step, whether it is a recursive call.
    pub(crate) recursive: Vec<bool>,
    /// What a call is charged before its first segment.
    pub(crate) entry_price: u64,
}

/// An element segment. All are active: nothing in the accepted subset could use another.
#[derive(Clone, Debug)]
pub(crate) struct Elements {
    /// The first table entry that it fills.
    pub(crate) offset: u32,
    pub(crate) functions: Vec<u32>,
}

/// A data segment.
#[derive(Clone, Debug)]
pub(crate) struct Data {
    /// Where an active segment goes; `None` for a passive one.
    pub(crate) offset: Option<u32>,
    pub(crate) bytes: Vec<u8>,
}

/// The size of the memory in pages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MemorySize {
    pub(crate) initial: u32,
    pub(crate) max: Option<u32>,
}

/// What an export names.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Export {
    Function(u32),
    Global(u32),
    Other,
}

/// A module in the form that the interpreter executes, with its prices.
#[derive(Debug, Default)]
pub struct Module {
    pub(crate) types: Vec<FunctionType>,
    pub(crate) imports: Vec<Import>,
    /// The type of every function, imports first.
    pub(crate) function_types: Vec<u32>,
    pub(crate) functions: Vec<Function>,
    pub(crate) table_size: Option<u32>,
    pub(crate) memory: Option<MemorySize>,
    /// The initial values of the globals.
    pub(crate) globals: Vec<u64>,
    /// The indices of the globals that code can set, in ascending order.
    pub(crate) mutable_globals: Vec<u32>,
    pub(crate) exports: BTreeMap<String, Export>,
    pub(crate) elements: Vec<Elements>,
    pub(crate) data: Vec<Data>,
    pub(crate) dynamic: DynamicPrices,
}

impl Module {
    /// The type of the function with this index, imports counted first.
    pub(crate) fn type_of(&self, function: u32) -> &FunctionType {
        let index = self.function_types[function as usize];
        &self.types[index as usize]
    }

    /// The type of the exported function `name`; `None` when there is no such function.
    pub fn exported_function(&self, name: &str) -> Option<&FunctionType> {
        match self.exports.get(name) {
            Some(Export::Function(index)) => Some(self.type_of(*index)),
            _ => None,
        }
    }

    /// The names of the exported functions, in byte order.
    pub fn exported_functions(&self) -> impl Iterator<Item = &str> {
        self.exports
            .iter()
            .filter(|(_, export)| matches!(export, Export::Function(_)))
            .map(|(name, _)| name.as_str())
    }

    /// How many functions have a body.
    pub fn function_count(&self) -> usize {
        self.functions.len()
    }

    /// What the `index`th function with a body holds of the stack bound, in slots.
    ///
    /// # Panics
    /// When there is no such function.
    pub fn frame_slots(&self, index: usize) -> u64 {
        self.functions[index].frame_slots
    }
}
