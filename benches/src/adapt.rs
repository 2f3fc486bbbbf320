//! Contracts of other chains, changed so far that the policy accepts them.
//!
//! They import functions that are unknown here. Each import becomes a function of its own that
//! traps; imports come first in the index space, so nothing has to be renumbered, and the code
//! that is measured is the contract's, byte for byte. Custom sections and start functions go.

use wasm_encoder::{Encode, Module, RawSection};
use wasmparser::{Parser, Payload, TypeRef};

/// The body of a function that traps: no locals, `unreachable`, `end`.
const TRAPPING_BODY: [u8; 4] = [3, 0, 0x00, 0x0b];

/// The contract without imports. `None` when it imports something else than functions or cannot
/// be read.
pub fn without_imports(code: &[u8]) -> Option<Vec<u8>> {
    let mut imported: Vec<u32> = Vec::new();
    let mut output = Module::new();
    for payload in Parser::new(0).parse_all(code) {
        match payload.ok()? {
            Payload::ImportSection(section) => {
                for import in section {
                    let TypeRef::Func(type_index) = import.ok()?.ty else {
                        return None;
                    };
                    imported.push(type_index);
                }
            }
            Payload::FunctionSection(section) => {
                let mut added = Vec::new();
                for type_index in &imported {
                    type_index.encode(&mut added);
                }
                let items = code.get(section.original_position()..section.range().end)?;
                list(
                    &mut output,
                    3,
                    (imported.len(), &added),
                    (section.count(), items),
                );
            }
            Payload::CodeSectionStart { count, range, .. } => {
                let added = TRAPPING_BODY.repeat(imported.len());
                let items = code.get(range)?;
                let digits = leb_length(items);
                let items = items.get(digits..)?;
                list(&mut output, 10, (imported.len(), &added), (count, items));
            }
            Payload::CustomSection(_) | Payload::StartSection { .. } => {}
            other => {
                if let Some((id, range)) = other.as_section() {
                    let data = code.get(range)?;
                    output.section(&RawSection { id, data });
                }
            }
        }
    }
    Some(output.finish())
}

/// How many bytes the count at the start of a section takes.
fn leb_length(section: &[u8]) -> usize {
    let more = section.iter().take_while(|byte| **byte >= 0x80).count();
    more + 1
}

/// Adds a section whose items are the added ones and then its own.
fn list(output: &mut Module, id: u8, added: (usize, &[u8]), own: (u32, &[u8])) {
    let mut data = Vec::new();
    (added.0 + own.0 as usize).encode(&mut data);
    data.extend_from_slice(added.1);
    data.extend_from_slice(own.1);
    output.section(&RawSection { id, data: &data });
}

#[cfg(test)]
mod tests {
    use lockstep_gas_meter::{Protocol, prepare};

    use super::without_imports;

    #[test]
    fn an_import_becomes_a_function_that_traps() {
        let text = r#"(module
            (import "env" "db_read" (func $read (param i32) (result i32)))
            (func (export "run") (result i32) (call $read (i32.const 1))))"#;
        let code = wat::parse_str(text).expect("a module");
        assert!(prepare(&code, &Protocol::v1()).is_err());
        let adapted = without_imports(&code).expect("it imports functions only");
        let prepared = prepare(&adapted, &Protocol::v1()).expect("accepted");
        assert_eq!(prepared.functions().len(), 2);
    }
}
