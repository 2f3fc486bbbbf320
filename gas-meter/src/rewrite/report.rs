//! Reports of probes, in modules for profiling.

use wasm_encoder::{Encode, Instruction};

use super::ProbeCall;
use crate::prepared::InternalError;

/// Hands the number on top of the operand stack and the probe's own to the machine, which gives the
/// first one back.
pub(super) fn report(
    probe: Option<ProbeCall>,
    number: u32,
    sink: &mut Vec<u8>,
) -> Result<(), InternalError> {
    let ProbeCall { type_index, table } =
        probe.ok_or_else(|| InternalError::new("a probe in a module that has none"))?;
    Instruction::I32Const(number.cast_signed()).encode(sink);
    Instruction::I32Const(0).encode(sink);
    Instruction::CallIndirect {
        type_index,
        table_index: table,
    }
    .encode(sink);
    Ok(())
}
