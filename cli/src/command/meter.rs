//! `lockstep meter`: writes the instrumented module.

use std::path::Path;

use lockstep_gas_meter::{INSTRUMENTER_VERSION, PrepareError, Protocol, Refusal, prepare};
use serde::Serialize;

use super::check::{length, refused_remark};
use crate::answer::Answer;
use crate::exit::Exit;
use crate::module_file::read_module;
use crate::output_file::write_atomically;
use crate::output_place::refuse_overwriting;
use crate::problem::Failure;
use crate::value::grouped;

/// The document of this command.
#[derive(Serialize)]
struct MeterReport {
    schema: &'static str,
    accepted: bool,
    protocol_version: u32,
    instrumenter_version: u32,
    schedule_hash: String,
    input_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<Refusal>,
}

/// Instruments the module in `input` and writes it to `output`.
pub fn meter(input: &Path, output: &Path, json: bool) -> Answer {
    match execute(input, output) {
        Ok(report) => answer(json, &report),
        Err(failure) => Answer::failure(json, &failure),
    }
}

fn execute(input: &Path, output: &Path) -> Result<MeterReport, Failure> {
    refuse_overwriting([output], [input])?;
    let bytes = read_module(input, &input.to_string_lossy())?;
    let protocol = Protocol::v1();
    let mut report = MeterReport {
        schema: "lockstep.meter/1",
        accepted: false,
        protocol_version: protocol.version,
        instrumenter_version: INSTRUMENTER_VERSION,
        schedule_hash: protocol.schedule.hash().to_string(),
        input_bytes: length(&bytes),
        output_bytes: None,
        refusal: None,
    };
    match prepare(&bytes, &protocol) {
        Ok(module) => {
            write_atomically(output, module.bytes())?;
            report.accepted = true;
            report.output_bytes = Some(length(module.bytes()));
        }
        Err(PrepareError::Refused(refusal)) => report.refusal = Some(refusal),
        Err(PrepareError::Internal(error)) => return Err(Failure::bug(error)),
    }
    Ok(report)
}

fn answer(json: bool, report: &MeterReport) -> Answer {
    match (&report.refusal, report.output_bytes) {
        (None, Some(bytes)) => {
            let (before, after) = (grouped(report.input_bytes), grouped(bytes));
            let text = format!("metered: {before} bytes became {after}\n");
            Answer::new(json, report, text, Exit::Success)
        }
        (refusal, _) => {
            let text = refusal
                .as_ref()
                .map(|refusal| format!("refused\n{refusal}\n"));
            let remark = refusal.as_ref().map(refused_remark);
            Answer::new(json, report, text.unwrap_or_default(), Exit::Refused)
                .remark(remark.unwrap_or_default())
        }
    }
}
