//! The scenario of a contract that is given as a module alone.

use std::path::Path;

/// How a call in such a scenario names the contract.
pub(crate) const TARGET: &str = "target";

/// How such a scenario names the contract's code.
const MODULE: &str = "module";

/// The text of a scenario in whose first block `alice` uploads a module and makes one contract of
/// it, [`TARGET`], with these arguments as a scenario writes them, or with an input in bytes, which
/// begins with `0x`. `alice` and `bob` have enough for whatever follows.
pub(crate) fn contract_text(file: &Path, init: Option<&str>) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let name = toml::Value::from(name.into_owned());
    let init = init.map(|text| match text.starts_with("0x") {
        true => format!("input = {}\n", toml::Value::from(text)),
        false => format!("args = {}\n", table(text)),
    });
    format!(
        "schema = \"lockstep.scenario/1\"\nname = {name}\n\
         [accounts]\nalice = \"1_000_000_000_000_000_000\"\nbob = \"1_000_000_000_000_000_000\"\n\
         [code]\n{MODULE} = {name}\n\
         [[block]]\n\
         [[block.transaction]]\nfrom = \"@alice\"\nupload = \"{MODULE}\"\n\
         [[block.transaction]]\nfrom = \"@alice\"\ninstantiate = \"{MODULE}\"\nas = \"{TARGET}\"\n{}",
        init.unwrap_or_default()
    )
}

/// The arguments as a table, if they are one and nothing more; else as text, which no `init` takes.
fn table(text: &str) -> String {
    let table = format!("{{ {text} }}");
    match is_one_value(&table) {
        true => table,
        false => toml::Value::from(text).to_string(),
    }
}

/// Whether the text is one value of TOML, as it stands.
pub(crate) fn is_one_value(text: &str) -> bool {
    let table = format!("outer = {{ inner = {text} }}").parse::<toml::Table>();
    let outer = table.ok().and_then(|mut table| table.remove("outer"));
    let inner = outer.as_ref().and_then(toml::Value::as_table);
    inner.is_some_and(|inner| inner.len() == 1) && !text.contains('\n')
}
