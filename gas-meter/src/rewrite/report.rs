//! Reports of probes, in modules for profiling.

use wasm_encoder::{Encode, Instruction, InstructionSink};

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

/// Tells the machine that a segment begins: hands it 0 and the probe's number.
pub(super) fn report_segment(
    probe: Option<ProbeCall>,
    number: u32,
    sink: &mut Vec<u8>,
) -> Result<(), InternalError> {
    Instruction::I32Const(0).encode(sink);
    report(probe, number, sink)?;
    Instruction::Drop.encode(sink);
    Ok(())
}

/// Hands the halves of the `i64` on top of the operand stack to the machine, the lower one with this
/// number and the upper one with the next. The local keeps it meanwhile.
pub(super) fn report_wide(
    probe: Option<ProbeCall>,
    number: u32,
    local: u32,
    sink: &mut Vec<u8>,
) -> Result<(), InternalError> {
    let next = number
        .checked_add(1)
        .ok_or_else(|| InternalError::new("more than 2^32 probes"))?;
    InstructionSink::new(sink).local_tee(local).i32_wrap_i64();
    report(probe, number, sink)?;
    InstructionSink::new(sink)
        .drop()
        .local_get(local)
        .i64_const(32)
        .i64_shr_u()
        .i32_wrap_i64();
    report(probe, next, sink)?;
    InstructionSink::new(sink).drop().local_get(local);
    Ok(())
}
