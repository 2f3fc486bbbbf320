//! The input of a method: encoded by the ABI of the contract's code, or stated in bytes.

use std::ops::Range;

use lockstep_abi::{ContractAbi, Method, MethodKind};
use toml::Spanned;

use super::document::Transaction;
use super::plan::MethodTypes;
use super::resolve::Resolver;
use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::suggest::did_you_mean;
use crate::value::{Value, bytes_from_parts, encode_fields};

/// Which method an input is for, and how the contract's code describes it.
pub(super) struct WantedMethod<'a> {
    pub(super) kind: MethodKind,
    pub(super) name: &'a str,
    pub(super) abi: Option<ContractAbi>,
    /// Where to point when the method does not exist.
    pub(super) span: Range<usize>,
}

impl WantedMethod<'_> {
    /// Whether a call names a method that no transaction may call, whatever its input.
    fn is_reserved(&self) -> bool {
        self.kind == MethodKind::Call && matches!(self.name, "init" | "upgraded")
    }

    /// Whether a method of this kind can be the wanted one.
    fn fits(&self, kind: MethodKind) -> bool {
        kind == self.kind || (self.kind == MethodKind::Call && kind.is_callable())
    }
}

impl Resolver<'_> {
    /// The input of a method, and the types of its results if the ABI tells them.
    pub(super) fn input(
        &mut self,
        transaction: &Transaction,
        wanted: &WantedMethod<'_>,
    ) -> Option<(Vec<u8>, Option<MethodTypes>)> {
        let method = wanted.abi.as_ref().and_then(|abi| {
            abi.methods
                .iter()
                .find(|method| method.name == wanted.name && wanted.fits(method.kind))
        });
        let types = method.map(|method| MethodTypes {
            output: method.output.clone(),
            error: method.error.clone(),
        });
        let bytes = match (&transaction.input, &transaction.args) {
            (Some(input), None) => self.raw_input(input),
            (Some(_), Some(args)) => {
                let message = "both `args` and `input` are given";
                let help = "keep `args`, which are encoded by the ABI, or `input`, which are bytes";
                self.report(
                    args.span(),
                    Problem::new(ProblemCode::ScenarioArgument, message, help),
                );
                None
            }
            (None, args) => self.encoded_input(args.as_ref(), method, wanted),
        };
        Some((bytes?, types))
    }

    fn raw_input(&mut self, input: &Spanned<String>) -> Option<Vec<u8>> {
        match bytes_from_parts(input.get_ref(), &self.names) {
            Ok(bytes) => Some(bytes),
            Err(message) => {
                let help =
                    "write bytes as parts: \"0x\" and digits, @name, or text in double quotes";
                self.report(
                    input.span(),
                    Problem::new(ProblemCode::ScenarioHex, message, help),
                );
                None
            }
        }
    }

    /// The arguments of a method, encoded by its ABI.
    fn encoded_input(
        &mut self,
        args: Option<&Spanned<Value>>,
        method: Option<&Method>,
        wanted: &WantedMethod<'_>,
    ) -> Option<Vec<u8>> {
        match (args, method) {
            (Some(args), Some(method)) => {
                match encode_fields(&method.name, &method.params, args, &self.names) {
                    Ok(bytes) => Some(bytes),
                    Err(mismatches) => {
                        self.report_mismatches(mismatches);
                        None
                    }
                }
            }
            (None, Some(method)) => {
                let span = wanted.span.clone();
                let empty = Spanned::new(span, Value::Table(Vec::new()));
                self.encoded_input(Some(&empty), Some(method), wanted)
            }
            (None, None) if wanted.abi.is_none() || wanted.kind != MethodKind::Call => {
                Some(Vec::new())
            }
            (args, None) => {
                let problem = no_method(wanted);
                let span = match &wanted.abi {
                    None => args.map_or(wanted.span.clone(), Spanned::span),
                    Some(_) => wanted.span.clone(),
                };
                self.report(span, problem);
                None
            }
        }
    }
}

/// The contract's ABI does not have the method, or there is no ABI.
fn no_method(wanted: &WantedMethod<'_>) -> Problem {
    let Some(abi) = &wanted.abi else {
        let message = format!(
            "`args` for `{}`, but the contract's code has no ABI",
            wanted.name
        );
        let help = match wanted.is_reserved() {
            true => "no transaction can call it: it runs when the contract gets its code",
            false => "state the input in bytes: input = \"0x...\"",
        };
        return Problem::new(ProblemCode::ScenarioArgument, message, help);
    };
    let (message, suggestion) = unknown_method(abi, wanted.name, |kind| wanted.fits(kind));
    let help = match wanted.is_reserved() {
        true => suggestion,
        false => format!("{suggestion}; with input = \"0x...\" the ABI is not asked"),
    };
    Problem::new(ProblemCode::ScenarioUnknownName, message, help)
}

/// What is said of a method that the ABI does not have, or not of a kind that fits, and what to do.
pub(crate) fn unknown_method(
    abi: &ContractAbi,
    name: &str,
    fits: impl Fn(MethodKind) -> bool,
) -> (String, String) {
    let shown = name.escape_default();
    let message = match abi.methods.iter().any(|method| method.name == name) {
        true => format!("{shown} cannot be called: it runs when the contract gets this code"),
        false => format!("the contract {} has no method \"{shown}\"", abi.name),
    };
    let fitting = abi.methods.iter().filter(|method| fits(method.kind));
    let names: Vec<String> = fitting.map(|method| method.name.clone()).collect();
    (message, did_you_mean(name, &names))
}
