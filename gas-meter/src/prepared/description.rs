//! What is told about a module besides its code: exports and functions.

use lockstep_abi::ValueType;
use wasmparser::ExternalKind;

use crate::module_facts::{ExportFacts, FunctionType, ModuleFacts};
use crate::prepared::InternalError;

/// What an export is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportKind {
    /// A function, its index (imports counted) and its type.
    Function {
        /// The function's index.
        index: u32,
        /// The function's type.
        function_type: FunctionType,
    },
    /// The memory.
    Memory,
    /// The table.
    Table,
    /// An immutable global of this type.
    Global(ValueType),
}

/// One export of the module as it was uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The export's name.
    pub name: String,
    /// What it is.
    pub kind: ExportKind,
}

/// What is known about one function that the module defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionFacts {
    /// The function's index, imports counted.
    pub index: u32,
    /// Its name, if it has one in the name section, else that of its first export.
    pub name: Option<String>,
    /// The slots that it takes from the metered stack while it runs.
    pub frame_slots: u32,
    /// Where its body begins in the uploaded file, in bytes.
    pub body_offset: u64,
    /// How many bytes its body has in the uploaded file.
    pub body_bytes: u64,
}

/// What is told about an export.
pub(super) fn described(export: &ExportFacts<'_>, facts: &ModuleFacts<'_>) -> Result<Export, InternalError> {
    let missing = || InternalError::new("what is exported is missing");
    let kind = match export.kind {
        ExternalKind::Func => ExportKind::Function {
            index: export.index,
            function_type: facts
                .type_of_function(export.index)
                .cloned()
                .ok_or_else(missing)?,
        },
        ExternalKind::Memory => ExportKind::Memory,
        ExternalKind::Table => ExportKind::Table,
        ExternalKind::Global => {
            let position = usize::try_from(export.index).map_err(|_| missing())?;
            let global = facts.globals.get(position).copied().flatten();
            ExportKind::Global(global.ok_or_else(missing)?.value_type)
        }
        ExternalKind::Tag => return Err(InternalError::new("a tag is exported")),
    };
    Ok(Export {
        name: export.name.to_owned(),
        kind,
    })
}
