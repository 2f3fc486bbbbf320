//! `lockstep gas bound`: the most gas that a call of an export can use, without running it.

mod describe;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use lockstep_gas_meter::{
    Bound, Cause, ExportBound, PrepareError, PreparedModule, Protocol, Quantity, Refusal, bounds,
    prepare, validate,
};
use serde::Serialize;

use crate::answer::Answer;
use crate::command::check::{length, refused_remark};
use crate::exit::Exit;
use crate::module_file::read_module;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::suggest::did_you_mean;

/// The arguments of `lockstep gas bound`.
#[derive(Debug, Args)]
#[command(after_help = ABOUT)]
pub struct BoundArguments {
    /// The module, binary (.wasm) or text (.wat)
    module: PathBuf,
    /// Only this export; by default all exported functions
    export: Option<String>,
    /// Print one JSON document (schema lockstep.gas-bound/1)
    #[arg(long)]
    json: bool,
}

const ABOUT: &str = "\
A bound is about calls that do not trap, and covers the Wasm and host gas of the frame itself.\n\
A trap uses all gas that it was given. What called contracts use comes on top.";

/// The document of this command.
#[derive(Serialize)]
struct BoundDocument {
    schema: &'static str,
    accepted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<Refusal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<ModuleBounds>,
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
}

/// Finds the bounds.
pub(super) fn bound(arguments: &BoundArguments) -> Answer {
    match document(arguments) {
        Ok(document) => answer(arguments.json, &document),
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn document(arguments: &BoundArguments) -> Result<BoundDocument, Failure> {
    let bytes = read_module(&arguments.module, &arguments.module.to_string_lossy())?;
    let protocol = Protocol::v1();
    let mut document = BoundDocument {
        schema: "lockstep.gas-bound/1",
        accepted: false,
        refusal: None,
        module: None,
    };
    let prepared = match prepare(&bytes, &protocol) {
        Ok(prepared) => prepared,
        Err(PrepareError::Refused(refusal)) => {
            document.refusal = Some(refusal);
            return Ok(document);
        }
        Err(PrepareError::Internal(error)) => return Err(Failure::bug(error)),
    };
    let valid = validate(&bytes, &protocol).map_err(Failure::bug)?;
    let exports = bounds(&valid).map_err(Failure::bug)?;
    let exports = chosen(exports, arguments.export.as_deref())?;
    let code = &protocol.schedule.code;
    document.accepted = true;
    document.module = Some(ModuleBounds {
        load_gas: code
            .load_base
            .saturating_add(code.load_per_byte.saturating_mul(length(&bytes))),
        instantiation_gas: prepared.instantiation_gas(),
        functions: names(&prepared, &exports),
        exports,
    });
    Ok(document)
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

/// The names of the functions that the bounds mention.
fn names(prepared: &PreparedModule, exports: &[ExportBound]) -> BTreeMap<u32, String> {
    let mut mentioned: Vec<u32> = Vec::new();
    for export in exports {
        match &export.bound {
            Bound::Unbounded { causes, .. } => {
                mentioned.extend(causes.iter().flat_map(mentioned_by));
            }
            Bound::Linear { terms, .. } => {
                let of_term = terms.iter().filter_map(|term| function_of(term.quantity));
                mentioned.extend(of_term);
            }
            Bound::Exact { .. } | Bound::AtMost { .. } | Bound::Traps => {}
        }
    }
    prepared
        .functions()
        .iter()
        .filter(|function| mentioned.contains(&function.index))
        .filter_map(|function| {
            let name = function.name.as_ref()?;
            let demangled = format!("{:#}", rustc_demangle::demangle(name));
            Some((function.index, demangled))
        })
        .collect()
}

/// The functions that a cause mentions.
fn mentioned_by(cause: &Cause) -> Vec<u32> {
    match cause {
        Cause::Recursion { functions, .. } => functions.clone(),
        Cause::Loop { place, .. } | Cause::CallDepth { place } | Cause::TooComplex { place } => {
            vec![place.function]
        }
        Cause::Amount { quantity } => function_of(*quantity).into_iter().collect(),
    }
}

/// The function that a quantity is in.
fn function_of(quantity: Quantity) -> Option<u32> {
    match quantity {
        Quantity::InputLength | Quantity::Parameter { .. } => None,
        Quantity::ReturnedLength { place }
        | Quantity::Repeats { place }
        | Quantity::Pages { place }
        | Quantity::BulkBytes { place }
        | Quantity::HostBytes { place, .. } => Some(place.function),
    }
}

fn answer(json: bool, document: &BoundDocument) -> Answer {
    match (&document.module, &document.refusal) {
        (Some(module), _) => {
            let text = describe::text(module);
            Answer::new(json, document, text, Exit::Success)
        }
        (None, refusal) => {
            let text = refusal
                .as_ref()
                .map(|refusal| format!("refused\n{refusal}\n"));
            let remark = refusal.as_ref().map(refused_remark);
            Answer::new(json, document, text.unwrap_or_default(), Exit::Refused)
                .remark(remark.unwrap_or_default())
        }
    }
}
