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
        false => format!("args = {{ {text} }}\n"),
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
