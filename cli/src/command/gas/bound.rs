//! `lockstep gas bound`: the most gas that a call of an export can use, without running it.

mod describe;
mod places;
mod wording;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use lockstep_gas_meter::{ExportBound, Protocol, bounds, prepare, validate};
use serde::Serialize;

use self::describe::Described;
use self::places::Mentioned;
use super::refusal::{refusal_of, refused};
use crate::answer::Answer;
use crate::command::check::length;
use crate::debug_info::folder_of;
use crate::exit::Exit;
use crate::gas_profile::code::CodeMap;
use crate::module_file::read_module;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::scenario::Code;
use crate::suggest::did_you_mean;

/// The arguments of `lockstep gas bound`.
#[derive(Debug, Args)]
#[command(after_help = ABOUT)]
pub struct BoundArguments {
    /// The module, binary (.wasm) or text (.wat)
    module: PathBuf,
    /// Only this export; by default all exported functions
    export: Option<String>,
    /// A file with names and source lines, in place of that beside the module
    #[arg(long, value_name = "FILE")]
    debug: Option<PathBuf>,
    /// Tell the terms and causes of calls that fail as well
    #[arg(long)]
    failures: bool,
    /// Print one JSON document (schema lockstep.gas-bound/1)
    #[arg(long)]
    json: bool,
}

const ABOUT: &str = "\
A bound covers the Wasm and host gas of the frame itself. What called contracts use comes on top.\n\
A call succeeds when it returns, and fails when it reverts or panics. Where calls that fail may use\n\
more, or no bound of them is known, a line says so. A trap uses all gas that it was given.\n\
More than three terms are listed only for an export that is named.";

/// The document's schema.
const SCHEMA: &str = "lockstep.gas-bound/1";

/// The document of this command.
#[derive(Serialize)]
struct BoundDocument {
    schema: &'static str,
    accepted: bool,
    module: ModuleBounds,
}

/// The bounds of an accepted module.
#[derive(Serialize)]
struct ModuleBounds {
    /// The gas for loading the code, once per transaction.
    load_gas: u64,
    /// The gas for making the instance, once per frame.
    instantiation_gas: u64,
    exports: Vec<ExportBound>,
    /// The names of the functions that the bounds mention, by index.
    functions: BTreeMap<u32, String>,
    /// The source lines of the places that the bounds mention, by offset in the file.
    lines: BTreeMap<u64, String>,
}

/// Finds the bounds.
pub(super) fn bound(arguments: &BoundArguments) -> Answer {
    let json = arguments.json;
    execute(arguments).unwrap_or_else(|failure| Answer::failure(json, &failure))
}

fn execute(arguments: &BoundArguments) -> Result<Answer, Failure> {
    let shown = arguments.module.to_string_lossy();
    let bytes = read_module(&arguments.module, &shown)?;
    if let Some(refusal) = refusal_of(&bytes)? {
        return Ok(refused(arguments.json, SCHEMA, &refusal));
    }
    let code = Code {
        bytes,
        folder: folder_of(&arguments.module),
        abi: None,
        path: arguments.module.clone(),
    };
    let map = CodeMap::new(&code, &shown, arguments.debug.as_deref())?;
    let document = BoundDocument {
        schema: SCHEMA,
        accepted: true,
        module: module(&code.bytes, &map, arguments.export.as_deref())?,
    };
    let text = Described {
        module: &document.module,
        failures: arguments.failures,
        one: arguments.export.is_some(),
    }
    .text();
    let answer = Answer::new(arguments.json, &document, text, Exit::Success);
    // A bound is as good without lines, so that there is no sidecar is not told.
    let remark = map.remark.filter(|_| map.has_wrong_sidecar);
    Ok(answer.remark(remark.unwrap_or_default()))
}

fn module(bytes: &[u8], map: &CodeMap, export: Option<&str>) -> Result<ModuleBounds, Failure> {
    let protocol = Protocol::v1();
    let prepared = prepare(bytes, &protocol).map_err(Failure::bug)?;
    let valid = validate(bytes, &protocol).map_err(Failure::bug)?;
    let exports = chosen(bounds(&valid).map_err(Failure::bug)?, export)?;
    let mentioned = Mentioned::by(&exports);
    let price = &protocol.schedule.code;
    let per_bytes = price.load_per_byte.saturating_mul(length(bytes));
    Ok(ModuleBounds {
        load_gas: price.load_base.saturating_add(per_bytes),
        instantiation_gas: prepared.instantiation_gas(),
        functions: mentioned.functions(map),
        lines: mentioned.lines(map),
        exports,
    })
}

/// The export that was asked for, or all.
fn chosen(exports: Vec<ExportBound>, name: Option<&str>) -> Result<Vec<ExportBound>, Failure> {
    let Some(name) = name else {
        return Ok(exports);
    };
    let names: Vec<String> = exports.iter().map(|export| export.name.clone()).collect();
    let chosen: Vec<ExportBound> = exports
        .into_iter()
        .filter(|export| export.name == name)
        .collect();
    if !chosen.is_empty() {
        return Ok(chosen);
    }
    let shown = name.escape_default();
    let message = format!("the module exports no function \"{shown}\"");
    let problem = Problem::new(
        ProblemCode::UnknownExport,
        message,
        did_you_mean(name, &names),
    );
    Err(Failure::new(Exit::NothingMatched, problem))
}
