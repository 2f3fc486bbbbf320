//! Bounds as text: one line per export, and below it one for each term or cause.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use lockstep_gas_meter::{Bound, Cause, ExportBound, Place, Quantity, Source, Term, Why};

use super::ModuleBounds;
use crate::value::grouped;

/// The whole answer.
pub(super) fn text(module: &ModuleBounds) -> String {
    let mut out = String::new();
    let (load, instance) = (grouped(module.load_gas), grouped(module.instantiation_gas));
    let shown = module.exports.iter().map(shown_name);
    let width = shown.map(|name| name.chars().count()).max().unwrap_or(0);
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "before a call: load the code {load} (once per transaction), make the instance {instance}"
    );
    for export in &module.exports {
        let calls = if export.calls_contracts {
            ", plus what called contracts use"
        } else {
            ""
        };
        let headline = headline(&export.bound);
        let name = shown_name(export);
        let _ = writeln!(out, "{name:width$}  {headline}{calls}");
        for line in details(&export.bound, &module.functions) {
            let _ = writeln!(out, "    {line}");
        }
    }
    out
}

fn shown_name(export: &ExportBound) -> String {
    export.name.escape_default().to_string()
}

/// The bound in a few words.
fn headline(bound: &Bound) -> String {
    match bound {
        Bound::Exact { gas } => format!("exactly {}", grouped(*gas)),
        Bound::AtMost { gas } => format!("at most {}", grouped(*gas)),
        Bound::Linear { base, at_most, .. } => {
            let most = at_most.map(|most| format!("; in all at most {}", grouped(most)));
            format!(
                "linear: at most {} plus the following{}",
                grouped(*base),
                most.unwrap_or_default()
            )
        }
        Bound::Unbounded { .. } => "unbounded".to_string(),
        Bound::Traps => "always traps: uses all gas that it was given".to_string(),
    }
}

/// The terms or the causes of a bound.
fn details(bound: &Bound, names: &BTreeMap<u32, String>) -> Vec<String> {
    match bound {
        Bound::Linear { terms, .. } => terms.iter().map(|term| of_term(term, names)).collect(),
        Bound::Unbounded { causes, omitted } => {
            let mut lines: Vec<String> =
                causes.iter().map(|cause| of_cause(cause, names)).collect();
            if *omitted > 0 {
                lines.push(format!("and {omitted} more"));
            }
            lines
        }
        Bound::Exact { .. } | Bound::AtMost { .. } | Bound::Traps => Vec::new(),
    }
}

fn of_term(term: &Term, names: &BTreeMap<u32, String>) -> String {
    format!(
        "{} for each {} (at most {})",
        grouped(term.per_unit),
        unit(term.quantity, names),
        grouped(term.quantity_max)
    )
}

/// `function 12 core::fmt::write`.
fn function(index: u32, names: &BTreeMap<u32, String>) -> String {
    match names.get(&index) {
        Some(name) => format!("function {index} `{}`", name.escape_default()),
        None => format!("function {index}"),
    }
}

fn at(place: Place, names: &BTreeMap<u32, String>) -> String {
    format!(
        "at 0x{:x} in {}",
        place.offset,
        function(place.function, names)
    )
}

/// One unit of a quantity.
fn unit(quantity: Quantity, names: &BTreeMap<u32, String>) -> String {
    match quantity {
        Quantity::InputLength => "byte of the call's input".to_string(),
        Quantity::ReturnedLength { place } => {
            format!("byte that returned_length tells {}", at(place, names))
        }
        Quantity::Parameter { index } => format!("unit of parameter {index}"),
        Quantity::Repeats { place } => format!("repeat of the loop {}", at(place, names)),
        Quantity::Pages { place } => format!("page that memory.grow {} asks for", at(place, names)),
        Quantity::BulkBytes { place } => {
            format!("byte of the bulk operator {}", at(place, names))
        }
        Quantity::HostBytes { function, place } => {
            format!("byte of {} {}", function.name(), at(place, names))
        }
    }
}

fn of_cause(cause: &Cause, names: &BTreeMap<u32, String>) -> String {
    match cause {
        Cause::Loop { place, why } => format!("loop {}: {}", at(*place, names), reason(*why)),
        Cause::Recursion { functions, place } => {
            let circle: Vec<String> = functions
                .iter()
                .chain(functions.first())
                .map(|index| function(*index, names))
                .collect();
            format!(
                "recursion: {}, closed by the call at 0x{:x}",
                circle.join(" calls "),
                place.offset
            )
        }
        Cause::CallDepth { place } => {
            format!("call {}: nested too deeply to follow", at(*place, names))
        }
        Cause::TooComplex { place } => {
            format!("too complex: the analysis gave up {}", at(*place, names))
        }
        Cause::Amount { quantity } => {
            format!("too much for each {}", unit(*quantity, names))
        }
    }
}

/// Why a loop has no bound.
fn reason(why: Why) -> String {
    match why {
        Why::NoCondition => "nothing that is compared ends it".to_string(),
        Why::Depends { source } => format!("how often it repeats depends on {}", origin(source)),
        Why::MayMissEnd { local } => {
            format!("local {local} counts, but may step past its end and start again")
        }
        Why::EndChanges { source } => {
            format!(
                "the end that it counts to changes; it is {}",
                origin(source)
            )
        }
        Why::TooMany {
            repeats: Some(repeats),
        } => format!("as many as {} repeats", grouped(repeats)),
        Why::TooMany { repeats: None } => "many repeats, within another loop".to_string(),
    }
}

/// Where a number comes from.
fn origin(source: Source) -> String {
    match source {
        Source::Constant => "a constant".to_string(),
        Source::Computed => "a computed value".to_string(),
        Source::Changing { local } => format!("local {local}, which the loop changes"),
        Source::Parameter { index } => format!("parameter {index} of the function"),
        Source::Global { index } => format!("global {index}"),
        Source::Memory { offset } => format!("a value from memory (loaded at 0x{offset:x})"),
        Source::Host { function, offset } => {
            format!("what {} answers (at 0x{offset:x})", function.name())
        }
        Source::Call { offset } => format!("what the call at 0x{offset:x} gives back"),
    }
}
