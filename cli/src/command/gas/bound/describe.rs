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
    let shared = shared_causes(module);
    for export in &module.exports {
        let calls = if export.calls_contracts {
            ", plus what called contracts use"
        } else {
            ""
        };
        let headline = headline(&export.bound);
        let name = shown_name(export);
        let _ = writeln!(out, "{name:width$}  {headline}{calls}");
        let _ = writeln!(out, "    succ: {}", self::headline(&export.on_success.bound));
        for line in details(&export.on_success.bound, module, &[]) {
            let _ = writeln!(out, "    S   {line}");
        }
        for line in details(&export.bound, module, &shared) {
            let _ = writeln!(out, "    {line}");
        }
    }
    if !shared.is_empty() {
        let _ = writeln!(out, "\ncauses of several exports");
        for (position, cause) in shared.iter().enumerate() {
            let _ = writeln!(out, "  [{}] {cause}", position + 1);
        }
    }
    out
}

/// The causes that more than one export has, in the order in which they come.
fn shared_causes(module: &ModuleBounds) -> Vec<String> {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut shared = Vec::new();
    for export in &module.exports {
        for cause in causes(&export.bound, module) {
            let count = counts.entry(cause.clone()).or_default();
            *count += 1;
            if *count == 2 {
                shared.push(cause);
            }
        }
    }
    shared
}

fn causes(bound: &Bound, module: &ModuleBounds) -> Vec<String> {
    match bound {
        Bound::Unbounded { causes, .. } => {
            causes.iter().map(|cause| of_cause(cause, module)).collect()
        }
        _ => Vec::new(),
    }
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
        Bound::Fails => "never succeeds".to_string(),
        Bound::Traps => "always traps: uses all gas that it was given".to_string(),
    }
}

/// The terms or the causes of a bound. Of causes that are listed apart, their numbers.
fn details(bound: &Bound, module: &ModuleBounds, shared: &[String]) -> Vec<String> {
    match bound {
        Bound::Linear { terms, .. } => terms.iter().map(|term| of_term(term, module)).collect(),
        Bound::Unbounded { omitted, .. } => {
            let (mut lines, mut numbers) = (Vec::new(), Vec::new());
            for cause in causes(bound, module) {
                match shared.iter().position(|known| *known == cause) {
                    Some(position) => numbers.push(format!("[{}]", position + 1)),
                    None => lines.push(cause),
                }
            }
            if !numbers.is_empty() {
                lines.push(format!("causes below: {}", numbers.join(" ")));
            }
            if *omitted > 0 {
                lines.push(format!("and {omitted} more"));
            }
            lines
        }
        Bound::Exact { .. } | Bound::AtMost { .. } | Bound::Traps | Bound::Fails => Vec::new(),
    }
}

fn of_term(term: &Term, module: &ModuleBounds) -> String {
    format!(
        "{} for each {} (at most {})",
        grouped(term.per_unit),
        unit(term.quantity, module),
        grouped(term.quantity_max)
    )
}

/// `function 12 core::fmt::write`.
fn function(index: u32, module: &ModuleBounds) -> String {
    match module.functions.get(&index) {
        Some(name) => format!("function {index} `{}`", name.escape_default()),
        None => format!("function {index}"),
    }
}

fn at(place: Place, module: &ModuleBounds) -> String {
    format!(
        "at {} in {}",
        offset(place.offset, module),
        function(place.function, module)
    )
}

/// `0x36cf (src/lib.rs:12)`.
fn offset(offset: u64, module: &ModuleBounds) -> String {
    match module.lines.get(&offset) {
        Some(line) => format!("0x{offset:x} ({})", line.escape_default()),
        None => format!("0x{offset:x}"),
    }
}

/// One unit of a quantity.
fn unit(quantity: Quantity, module: &ModuleBounds) -> String {
    match quantity {
        Quantity::InputLength => "byte of the call's input".to_string(),
        Quantity::ReturnedLength { place } => {
            format!("byte that returned_length tells {}", at(place, module))
        }
        Quantity::Parameter { index } => format!("unit of parameter {index}"),
        Quantity::Repeats { place } => format!("repeat of the loop {}", at(place, module)),
        Quantity::Pages { place } => {
            format!("page that memory.grow {} asks for", at(place, module))
        }
        Quantity::BulkBytes { place } => {
            format!("byte of the bulk operator {}", at(place, module))
        }
        Quantity::HostBytes { function, place } => {
            format!("byte of {} {}", function.name(), at(place, module))
        }
    }
}

fn of_cause(cause: &Cause, module: &ModuleBounds) -> String {
    match cause {
        Cause::Loop { place, why } => {
            format!("loop {}: {}", at(*place, module), reason(*why, module))
        }
        Cause::Recursion { functions, place } => {
            let circle: Vec<String> = functions
                .iter()
                .chain(functions.first())
                .map(|index| function(*index, module))
                .collect();
            format!(
                "recursion: {}, closed by the call at {}",
                circle.join(" calls "),
                offset(place.offset, module)
            )
        }
        Cause::CallDepth { place } => {
            format!("call {}: nested too deeply to follow", at(*place, module))
        }
        Cause::TooComplex { place } => {
            format!("too complex: the analysis gave up {}", at(*place, module))
        }
        Cause::Amount { quantity } => {
            format!("too much for each {}", unit(*quantity, module))
        }
    }
}

/// Why a loop has no bound.
fn reason(why: Why, module: &ModuleBounds) -> String {
    match why {
        Why::NoCondition => "nothing that is compared ends it".to_string(),
        Why::Depends { source } => {
            format!("how often it repeats depends on {}", origin(source, module))
        }
        Why::MayMissEnd { local } => {
            format!("local {local} counts, but may step past its end and start again")
        }
        Why::EndChanges { source } => {
            format!(
                "the end that it counts to changes; it is {}",
                origin(source, module)
            )
        }
        Why::TooMany {
            repeats: Some(repeats),
        } => format!("as many as {} repeats", grouped(repeats)),
        Why::TooMany { repeats: None } => "many repeats, within another loop".to_string(),
    }
}

/// Where a number comes from.
fn origin(source: Source, module: &ModuleBounds) -> String {
    match source {
        Source::Constant => "a constant".to_string(),
        Source::Computed => "a computed value".to_string(),
        Source::Changing { local } => format!("local {local}, which the loop changes"),
        Source::Parameter { index } => format!("parameter {index} of the function"),
        Source::Global { index } => format!("global {index}"),
        Source::Memory { offset: at } => {
            format!("a value from memory, loaded at {}", offset(at, module))
        }
        Source::Host {
            function,
            offset: at,
        } => {
            format!("what {} answers at {}", function.name(), offset(at, module))
        }
        Source::Call { offset: at } => {
            format!("what the call at {} gives back", offset(at, module))
        }
    }
}
