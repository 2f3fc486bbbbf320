//! `lockstep strip`: makes a module ready to be deployed, and keeps what a profile needs.

use std::fs;
use std::path::Path;

use serde::Serialize;

use super::check::length;
use crate::answer::Answer;
use crate::debug_info::{DebugInfo, Stripped, folder_of, strip_module};
use crate::exit::Exit;
use crate::module_file::read_module;
use crate::output_file::{unwritable_folder, write_atomically};
use crate::output_place::{refuse_overwriting, refuse_unwritable_file};
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::state::refuse_folder_of_state;
use crate::value::{counted, grouped};

/// The document of this command.
#[derive(Serialize)]
struct StripReport {
    schema: &'static str,
    input_bytes: u64,
    output_bytes: u64,
    code_section: String,
    sidecar: String,
    /// Whether the sidecar was there before and the module had nothing to add to it.
    sidecar_kept: bool,
    functions: usize,
    rows: usize,
    /// How many functions and rows the sidecar has now.
    #[serde(skip)]
    written: (usize, usize),
}

/// Strips the module in `input` into `output`, and writes names and lines into the folder
/// `debug`, or into `debug` beside the output.
pub fn strip(input: &Path, output: &Path, debug: Option<&Path>, json: bool) -> Answer {
    match execute(input, output, debug) {
        Ok(report) => {
            let (before, after) = (grouped(report.input_bytes), grouped(report.output_bytes));
            let beside = match report.sidecar_kept {
                true => "kept as it was: the module has no more names and lines".to_string(),
                false => format!(
                    "{}, {}",
                    counted(report.written.0, "function"),
                    counted(report.written.1, "row")
                ),
            };
            let sidecar = &report.sidecar;
            let text = format!("stripped: {before} bytes became {after}\n{sidecar}: {beside}\n");
            let answer = Answer::new(json, &report, text, Exit::Success);
            match report.rows {
                0 => answer.remark(
                    "remark: the module has no source lines; build it with debug = \"line-tables-only\" and strip = \"none\" in the release profile\n",
                ),
                _ => answer,
            }
        }
        Err(failure) => Answer::failure(json, &failure),
    }
}

fn execute(input: &Path, output: &Path, debug: Option<&Path>) -> Result<StripReport, Failure> {
    refuse_unwritable_file(output)?;
    let shown = input.to_string_lossy();
    let bytes = read_module(input, &shown)?;
    let Stripped {
        module,
        sidecar,
        code_section,
        functions,
        rows,
    } = strip_module(&bytes).map_err(|reason| {
        let message = format!("{shown} cannot be stripped: {reason}");
        let help = "name a binary module as the compiler made it; `lockstep check` says more";
        let problem = Problem::new(ProblemCode::ModuleUnreadable, message, help);
        Failure::new(Exit::Refused, problem)
    })?;
    let folder = match debug {
        Some(folder) => folder.to_path_buf(),
        None => folder_of(output).join("debug"),
    };
    let code_section = hex::encode(code_section);
    let file = folder.join(format!("{code_section}.debug"));
    refuse_overwriting([output, &file], [input])?;
    refuse_overwriting([output, &folder], [])?;
    make_folder(&folder)?;
    let (sidecar, written, sidecar_kept) = with_what_was_there(&file, sidecar);
    if !sidecar_kept {
        write_atomically(&file, &sidecar)?;
    }
    write_atomically(output, &module)?;
    Ok(StripReport {
        schema: "lockstep.strip/1",
        input_bytes: length(&bytes),
        output_bytes: length(&module),
        code_section,
        sidecar: file.display().to_string(),
        sidecar_kept,
        functions,
        rows,
        written,
    })
}

/// The sidecar to write, how many functions and rows it has, and whether it is the one that is in
/// its place already. Whoever strips a module again must not lose its names, so that of the two the
/// longer list of functions and the longer list of rows stay.
fn with_what_was_there(file: &Path, sidecar: Vec<u8>) -> (Vec<u8>, (usize, usize), bool) {
    let read = |bytes: &[u8]| DebugInfo::from_bytes(bytes).unwrap_or_default();
    let mut info = read(&sidecar);
    let before = fs::read(file).unwrap_or_default();
    let earlier = read(&before);
    if earlier.code_section == info.code_section {
        if earlier.functions.len() > info.functions.len() {
            info.functions = earlier.functions;
        }
        if earlier.rows.len() > info.rows.len() {
            info.rows = earlier.rows;
        }
    }
    let written = (info.functions.len(), info.rows.len());
    let bytes = info.to_bytes();
    let kept = bytes == before;
    (bytes, written, kept)
}

fn make_folder(folder: &Path) -> Result<(), Failure> {
    refuse_folder_of_state(folder)?;
    fs::create_dir_all(folder).map_err(|error| unwritable_folder(folder, &error))
}
