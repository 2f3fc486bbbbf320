//! What `lockstep check` says about a module's ABI, and where the module is not what it says.

use std::fmt::Write as _;

use lockstep_gas_meter::{Export, ExportKind};
use serde::Serialize;

use crate::abi_section::{AbiSection, several};
use crate::value::type_name;

/// The ABI of an accepted module.
#[derive(Serialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub(super) enum AbiReport {
    Missing,
    Unreadable {
        reason: String,
    },
    /// Of two contracts at least.
    Several {
        contracts: [String; 2],
    },
    Found {
        contract: String,
        methods: Vec<String>,
        /// Methods that no call can reach.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        not_exported: Vec<String>,
    },
}

impl AbiReport {
    /// The ABI beside what the module exports.
    pub(super) fn new(abi: AbiSection, exports: &[Export]) -> AbiReport {
        match abi {
            AbiSection::Missing => AbiReport::Missing,
            AbiSection::Unreadable(reason) => AbiReport::Unreadable { reason },
            AbiSection::Several(contracts) => AbiReport::Several { contracts },
            AbiSection::Found(abi) => AbiReport::Found {
                methods: abi.methods.iter().map(signature).collect(),
                not_exported: abi
                    .methods
                    .iter()
                    .filter(|method| !is_exported(&method.name, exports))
                    .map(|method| method.name.clone())
                    .collect(),
                contract: abi.name,
            },
        }
    }

    /// What stderr says about a module that is accepted and is hardly what its author wanted.
    pub(super) fn warnings(&self) -> String {
        match self {
            AbiReport::Several { contracts } => {
                let (message, help) = several(contracts);
                format!("warning: {message}\nhelp: {help}\n")
            }
            AbiReport::Found { not_exported, .. } if !not_exported.is_empty() => {
                let names: Vec<String> = not_exported
                    .iter()
                    .map(|name| format!("`{}`", name.escape_default()))
                    .collect();
                format!(
                    "warning: the ABI has methods that the module does not export: {}\nhelp: a name that the compiler's library has as well (`round`, `memcpy`) is lost in linking: choose another\n",
                    names.join(", ")
                )
            }
            _ => String::new(),
        }
    }

    /// The last rows of the description.
    pub(super) fn render(&self, out: &mut String) -> std::fmt::Result {
        match self {
            AbiReport::Missing => writeln!(out, "abi           none"),
            AbiReport::Unreadable { reason } => writeln!(out, "abi           unreadable: {reason}"),
            AbiReport::Several {
                contracts: [first, second],
            } => {
                let (first, second) = (first.escape_default(), second.escape_default());
                writeln!(out, "abi           of two contracts: {first}, {second}")
            }
            AbiReport::Found {
                contract, methods, ..
            } => {
                writeln!(out, "abi           {}", contract.escape_default())?;
                let mut methods = methods.iter();
                methods.try_for_each(|method| writeln!(out, "  {}", method.escape_default()))
            }
        }
    }
}

/// Whether the module exports a method of that name.
fn is_exported(name: &str, exports: &[Export]) -> bool {
    exports.iter().any(|export| {
        let is_method = match &export.kind {
            ExportKind::Function { function_type, .. } => function_type.is_method(),
            _ => false,
        };
        is_method && export.name == name
    })
}

/// `transfer(to: AccountId, amount: u128) -> (), error TokenError`.
fn signature(method: &lockstep_abi::Method) -> String {
    let params: Vec<String> = method
        .params
        .iter()
        .map(|param| format!("{}: {}", param.name, type_name(&param.ty)))
        .collect();
    let error = method
        .error
        .as_ref()
        .map(|error| format!(", error {}", type_name(error)));
    let output = type_name(&method.output);
    format!(
        "{}({}) -> {output}{}",
        method.name,
        params.join(", "),
        error.unwrap_or_default()
    )
}
