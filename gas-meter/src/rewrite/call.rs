//! Calls, with indices in as few bytes as they need.

use wasm_encoder::InstructionSink;

use crate::analysis::Callee;

/// Writes a call.
pub(super) fn call(callee: Callee, sink: &mut Vec<u8>) {
    let mut code = InstructionSink::new(sink);
    match callee {
        Callee::Function(index) => code.call(index),
        // There is no other table.
        Callee::Type(index) => code.call_indirect(0, index),
    };
}
