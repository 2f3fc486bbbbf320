//! Names for functions, for people: from the name section, else from the exports.
//!
//! The name section is not validated and cannot fail a module; what cannot be read in it is left
//! out. Names never reach a receipt.

use std::collections::BTreeMap;

use wasmparser::{BinaryReader, ExternalKind, Name, NameSectionReader};

use crate::module_facts::ModuleFacts;

/// The longest name kept, in bytes; longer ones are cut at a character boundary.
const NAME_SHOWN_BYTES: usize = 128;

/// The functions' names by index, imports counted. `bytes` is the file that `facts` is about.
pub(crate) fn function_names(bytes: &[u8], facts: &ModuleFacts<'_>) -> BTreeMap<u32, String> {
    let mut names = BTreeMap::new();
    if let Some(section) = &facts.name_section
        && let Some(data) = bytes.get(facts.name_section_data..section.end)
    {
        let reader = BinaryReader::new(data, facts.name_section_data);
        read_name_section(NameSectionReader::new(reader), &mut names);
    }
    for export in &facts.exports {
        if export.kind == ExternalKind::Func {
            names
                .entry(export.index)
                .or_insert_with(|| shorten(export.name));
        }
    }
    names
}

/// Takes the function names out of a name section, up to the first thing that cannot be read.
fn read_name_section(section: NameSectionReader<'_>, names: &mut BTreeMap<u32, String>) {
    for subsection in section {
        let Ok(Name::Function(map)) = subsection else {
            continue;
        };
        for naming in map {
            let Ok(naming) = naming else {
                return;
            };
            names
                .entry(naming.index)
                .or_insert_with(|| shorten(naming.name));
        }
    }
}

/// Cuts a name to [`NAME_SHOWN_BYTES`].
fn shorten(name: &str) -> String {
    let end = name.floor_char_boundary(NAME_SHOWN_BYTES);
    name.get(..end).unwrap_or(name).to_owned()
}
