//! Terms and causes of a bound in words.

use lockstep_gas_meter::{Cause, Place, Quantity, Source, Term, Why};

use super::ModuleBounds;
use crate::value::grouped;

/// What a quantity adds.
pub(super) fn of_term(term: &Term, module: &ModuleBounds) -> String {
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
        Quantity::Growth => "page by which the memory grows".to_string(),
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

/// What makes a bound impossible.
pub(super) fn of_cause(cause: &Cause, module: &ModuleBounds) -> String {
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
        Cause::GasLimit { gas_limit_max } => format!(
            "more than any transaction may use ({})",
            grouped(*gas_limit_max)
        ),
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
