//! Imports: host functions with their exact type, and nothing else.

use lockstep_abi::{HOST_MODULE, HostFunction};
use wasmparser::{Import, ImportSectionReader, TypeRef};

use super::Scan;
use crate::module_facts::FunctionType;
use crate::violation_code::ViolationCode;

impl<'a> Scan<'a, '_> {
    /// The import section.
    pub(super) fn imports(&mut self, section: ImportSectionReader<'a>) {
        let (offset, count) = (section.range().start, u64::from(section.count()));
        let limit = self.limits.imports_max;
        if self.within(ViolationCode::ImportCount, offset, "imports", limit, count) {
            self.items(2, section, Self::import);
        }
    }

    /// One import.
    fn import(&mut self, offset: usize, import: Import<'a>) {
        self.name_length(offset, "an import's module name", import.module);
        self.name_length(offset, "an import's name", import.name);
        let mut refuse = |what: &str, code| {
            let message = format!("the {what} {} is imported", quoted(&import));
            self.find(code, offset, message);
        };
        let type_index = match import.ty {
            TypeRef::Func(type_index) => type_index,
            TypeRef::Memory(_) => return refuse("memory", ViolationCode::ImportedMemory),
            TypeRef::Table(_) => return refuse("table", ViolationCode::ImportedTable),
            TypeRef::Global(_) => return refuse("global", ViolationCode::ImportedGlobal),
            TypeRef::Tag(_) => return refuse("tag", ViolationCode::ImportedTag),
        };
        self.facts.imported_functions = self.facts.imported_functions.saturating_add(1);
        self.facts.function_types.push(type_index);
        let host_function = (import.module == HOST_MODULE)
            .then(|| HostFunction::from_name(import.name))
            .flatten();
        match host_function {
            Some(function) => self.host_function(offset, function, type_index),
            None => self.find(
                ViolationCode::UnknownImport,
                offset,
                format!("the import {} is not a host function", quoted(&import)),
            ),
        }
    }

    /// Compares the type under which a host function is imported with the one it has.
    fn host_function(&mut self, offset: usize, function: HostFunction, type_index: u32) {
        self.facts.imports.push(function);
        let signature = function.signature();
        let expected = FunctionType {
            params: signature.params.to_vec(),
            results: signature.result.into_iter().collect(),
        };
        let message = match self.facts.type_at(type_index) {
            Some(given) if *given == expected => return,
            Some(given) => format!(
                "the host function `{}` is imported as {given}; its type is {expected}",
                function.name()
            ),
            None => format!(
                "the host function `{}` is imported with the unknown type {type_index}",
                function.name()
            ),
        };
        self.find(ViolationCode::ImportType, offset, message);
    }

    /// Compares the length of a name with its limit.
    pub(super) fn name_length(&mut self, offset: usize, what: &str, name: &str) {
        let actual = u64::try_from(name.len()).unwrap_or(u64::MAX);
        let limit = self.limits.name_bytes_max;
        self.within(
            ViolationCode::NameBytes,
            offset,
            &format!("bytes in {what}"),
            limit,
            actual,
        );
    }
}

/// Both names of an import, for a message: escaped, and cut to a length that can be read.
fn quoted(import: &Import<'_>) -> String {
    format!("`{}` `{}`", shown(import.module), shown(import.name))
}

/// A name for a message: at most 64 characters, control characters escaped.
pub(super) fn shown(name: &str) -> String {
    name.chars().take(64).flat_map(char::escape_debug).collect()
}
