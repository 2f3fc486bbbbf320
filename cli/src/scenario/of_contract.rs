//! The scenario of a contract that is given as a module alone.

use std::path::Path;

use super::document::SCHEMA;
use crate::exit::Exit;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;

/// How a call in such a scenario names the contract.
pub(crate) const TARGET: &str = "target";

/// How such a scenario names the contract's code.
const MODULE: &str = "module";

/// The text of a scenario in whose first block `alice` uploads a module and makes one contract of
/// it, [`TARGET`], with these [`arguments`], or with an input in bytes, which begins with `0x`. `alice`
/// and `bob` have enough for whatever follows.
///
/// # Errors
/// When the arguments are none.
pub(crate) fn contract_text(file: &Path, init: Option<&str>) -> Result<String, Failure> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let name = toml::Value::from(name.into_owned());
    let init = match init {
        None => String::new(),
        Some(text) if text.starts_with("0x") => format!("input = {}\n", toml::Value::from(text)),
        Some(text) => format!("args = {}\n", arguments("init", text)?),
    };
    Ok(format!(
        "schema = \"{SCHEMA}\"\nname = {name}\n\
         [accounts]\nalice = \"1_000_000_000_000_000_000\"\nbob = \"1_000_000_000_000_000_000\"\n\
         [code]\n{MODULE} = {name}\n\
         [[block]]\n\
         [[block.transaction]]\nfrom = \"@alice\"\nupload = \"{MODULE}\"\n\
         [[block.transaction]]\nfrom = \"@alice\"\ninstantiate = \"{MODULE}\"\nas = \"{TARGET}\"\n{init}",
    ))
}

/// The arguments of a method as a scenario writes them: a table, which needs no braces, or a list.
///
/// # Errors
/// When the text is neither, or more than that.
pub(crate) fn arguments(method: &str, text: &str) -> Result<String, Failure> {
    let table = format!("{{ {text} }}");
    if is_one_value(&table) {
        return Ok(table);
    }
    let text = text.trim();
    if text.starts_with(['{', '[']) && is_one_value(text) {
        return Ok(text.to_string());
    }
    let message = format!("the arguments of {method} are no table and no list: {text}");
    let help = "write NAME = VALUE, .. as in a scenario, with text and @NAME in double quotes: to = \
                \"@bob\", amount = 5; or a list in brackets: [\"@bob\", 5]";
    let problem = Problem::new(ProblemCode::ScenarioArgument, message, help);
    Err(Failure::new(Exit::Usage, problem))
}

/// Whether the text is one value of TOML, as it stands.
pub(crate) fn is_one_value(text: &str) -> bool {
    let table = format!("outer = {{ inner = {text} }}").parse::<toml::Table>();
    let outer = table.ok().and_then(|mut table| table.remove("outer"));
    let inner = outer.as_ref().and_then(toml::Value::as_table);
    inner.is_some_and(|inner| inner.len() == 1) && !text.contains('\n')
}
