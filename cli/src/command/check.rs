//! `lockstep check`: every reason why a module is refused, or what there is to know about it.

mod abi;

use std::fmt::Write as _;
use std::path::Path;

use lockstep_gas_meter::{
    ExportKind, GAS_EXPORT, PrepareError, PreparedModule, Protocol, Refusal, Violation,
    ViolationCode, prepare,
};
use lockstep_vm::code_hash;
use serde::Serialize;

use crate::abi_section::AbiSection;
use crate::answer::Answer;
use crate::exit::Exit;
use crate::module_file::read_module;
use crate::problem::Failure;
use crate::value::{counted, grouped};

use abi::AbiReport;

/// The document of this command.
#[derive(Serialize)]
struct CheckReport {
    schema: &'static str,
    accepted: bool,
    bytes: u64,
    code_hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<Refusal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<ModuleReport>,
}

/// An accepted module.
#[derive(Serialize)]
struct ModuleReport {
    prepared_bytes: u64,
    functions: u64,
    frame_slots_max: u32,
    largest_frame: Option<String>,
    memory_pages_initial: u32,
    memory_pages_max: u32,
    instantiation_gas: u64,
    imports: Vec<&'static str>,
    exports: Vec<ExportReport>,
    abi: AbiReport,
}

#[derive(Serialize)]
struct ExportReport {
    name: String,
    kind: &'static str,
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    ty: String,
    method: bool,
}

/// Checks the module in `path`.
pub fn check(path: &Path, json: bool) -> Answer {
    let bytes = match read_module(path, &path.to_string_lossy()) {
        Ok(bytes) => bytes,
        Err(failure) => return Answer::failure(json, &failure),
    };
    let mut report = CheckReport {
        schema: "lockstep.check/1",
        accepted: false,
        bytes: length(&bytes),
        code_hash: code_hash(&bytes).to_string(),
        refusal: None,
        module: None,
    };
    match prepare(&bytes, &Protocol::v1()) {
        Ok(module) => {
            report.accepted = true;
            let described = describe(&module, AbiSection::of(&bytes));
            let warnings = no_method(&described.exports) + &described.abi.warnings();
            report.module = Some(described);
            Answer::new(json, &report, render(&report), Exit::Success).remark(warnings)
        }
        Err(PrepareError::Refused(refusal)) => {
            let remark = refused_remark(&refusal);
            report.refusal = Some(refusal);
            Answer::new(json, &report, render(&report), Exit::Refused).remark(remark)
        }
        Err(PrepareError::Internal(error)) => Answer::failure(json, &Failure::bug(error)),
    }
}

/// What stderr says about a module without a method that a call can name.
fn no_method(exports: &[ExportReport]) -> String {
    let is_callable = |it: &ExportReport| it.method && it.name != "init" && it.name != "upgraded";
    match exports.iter().any(is_callable) {
        true => String::new(),
        false => "warning: the module has no method that can be called\nhelp: in Rust, put `#[contract]` above the `impl` of the contract, whose methods are `pub`; elsewhere, export functions without parameters and results\n".to_string(),
    }
}

/// What stderr says about a refusal.
pub(super) fn refused_remark(refusal: &Refusal) -> String {
    let count = length(&refusal.violations).saturating_add(refusal.omitted);
    let example = refusal
        .violations
        .first()
        .map(|first| first.code.to_string());
    let example = example.unwrap_or_default();
    let reasons = counted(count, "reason");
    let is_counter = |it: &Violation| {
        it.code == ViolationCode::ReservedExport && it.message.contains(GAS_EXPORT)
    };
    if refusal.violations.iter().any(is_counter) {
        return format!(
            "error: the module is refused for {reasons}: it is metered already\nhelp: upload the original module; the machine meters what is uploaded\n"
        );
    }
    format!(
        "error: the module is refused for {reasons}\nhelp: `lockstep explain {example}` says why there is such a rule\n"
    )
}

pub(super) fn length<T>(items: &[T]) -> u64 {
    u64::try_from(items.len()).unwrap_or(u64::MAX)
}

fn describe(module: &PreparedModule, abi: AbiSection) -> ModuleReport {
    let largest = module
        .functions()
        .iter()
        .max_by_key(|function| function.frame_slots);
    ModuleReport {
        prepared_bytes: length(module.bytes()),
        functions: length(module.functions()),
        frame_slots_max: module.frame_slots_max(),
        largest_frame: largest.map(|function| match &function.name {
            Some(name) => format!("{} `{}`", function.index, name.escape_default()),
            None => function.index.to_string(),
        }),
        memory_pages_initial: module.memory_pages_initial(),
        memory_pages_max: module.memory_pages_maximum(),
        instantiation_gas: module.instantiation_gas(),
        imports: module
            .imports()
            .iter()
            .map(|function| function.name())
            .collect(),
        exports: module.exports().iter().map(export).collect(),
        abi: AbiReport::new(abi, module.exports()),
    }
}

fn export(export: &lockstep_gas_meter::Export) -> ExportReport {
    let (kind, ty, method) = match &export.kind {
        ExportKind::Function { function_type, .. } => (
            "function",
            function_type.to_string(),
            function_type.is_method(),
        ),
        ExportKind::Memory => ("memory", String::new(), false),
        ExportKind::Table => ("table", String::new(), false),
        ExportKind::Global(ty) => ("global", format!("{ty:?}").to_lowercase(), false),
    };
    ExportReport {
        name: export.name.clone(),
        kind,
        ty,
        method,
    }
}

fn render(report: &CheckReport) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    if let Some(refusal) = &report.refusal {
        let _ = writeln!(out, "refused\n{refusal}");
    }
    if let Some(module) = &report.module {
        let _ = render_module(&mut out, report, module);
    }
    out
}

fn render_module(
    out: &mut String,
    report: &CheckReport,
    module: &ModuleReport,
) -> std::fmt::Result {
    writeln!(out, "accepted")?;
    writeln!(out, "code hash     0x{}", report.code_hash)?;
    let (bytes, prepared) = (grouped(report.bytes), grouped(module.prepared_bytes));
    writeln!(out, "size          {bytes} bytes, {prepared} with metering")?;
    let largest = module.largest_frame.as_deref().unwrap_or("none");
    let slots = counted(module.frame_slots_max, "slot");
    let functions = grouped(module.functions);
    writeln!(
        out,
        "functions     {functions}, largest frame {slots} (function {largest})"
    )?;
    let (initial, max) = (module.memory_pages_initial, module.memory_pages_max);
    let pages = counted(initial, "page");
    writeln!(out, "memory        {pages}, at most {max}")?;
    writeln!(
        out,
        "instantiation {} gas",
        grouped(module.instantiation_gas)
    )?;
    writeln!(
        out,
        "imports       {}",
        listed(module.imports.iter().map(ToString::to_string))
    )?;
    let others = module.exports.iter().filter(|export| !export.method);
    let others = others.map(|export| match export.ty.as_str() {
        "" => format!("{} ({})", export.name.escape_default(), export.kind),
        ty => format!("{} ({} {ty})", export.name.escape_default(), export.kind),
    });
    let methods = module.exports.iter().filter(|export| export.method);
    writeln!(
        out,
        "methods       {}",
        listed(methods.map(|it| it.name.escape_default().to_string()))
    )?;
    writeln!(out, "other exports {}", listed(others))?;
    module.abi.render(out)
}

fn listed(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    if names.is_empty() {
        "none".to_string()
    } else {
        names.join(", ")
    }
}
