//! What `lockstep call CONTRACT -- --help` shows: the methods, as calls of them are written.

use lockstep_abi::{ContractAbi, Method, Type};

use super::callee::Callee;
use super::words::{find, shape};
use crate::exit::Exit;
use crate::printable::printable;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::value::type_name;

/// All methods of the contract, or one.
///
/// # Errors
/// When the contract has no ABI, or no such method.
pub(crate) fn help(callee: &Callee, method: Option<&str>) -> Result<String, Failure> {
    let Some(abi) = &callee.abi else {
        let message = format!(
            "the code {} has no ABI that says what it offers",
            callee.code
        );
        let help = "`lockstep check MODULE` lists its exports; write -- METHOD --input 0x..";
        let problem = Problem::new(ProblemCode::CallArguments, message, help);
        return Err(Failure::new(Exit::Usage, problem));
    };
    match method {
        Some(name) => Ok(one(find(abi, name)?)),
        None => Ok(contract(callee, abi)),
    }
}

fn contract(callee: &Callee, abi: &ContractAbi) -> String {
    let mut text = format!("@{}, a {} of {}\n", callee.contract, abi.name, callee.code);
    text.push_str(&indented(&abi.docs));
    let callable = abi
        .methods
        .iter()
        .filter(|method| method.kind.is_callable());
    for method in callable {
        text.push('\n');
        text.push_str(&one(method));
    }
    text
}

fn one(method: &Method) -> String {
    let error = method.error.as_ref();
    let error = error.map_or_else(String::new, |error| format!(" or {}", type_name(error)));
    let output = match (&method.output, error.is_empty()) {
        (Type::Unit, true) => String::new(),
        (output, _) => format!(" -> {}{error}", type_name(output)),
    };
    let reads = match method.mutates {
        true => "",
        false => "  (only reads)",
    };
    let payable = match method.payable {
        true => "  (takes a value)",
        false => "",
    };
    format!(
        "{}{output}{reads}{payable}\n{}",
        shape(method),
        indented(&method.docs)
    )
}

/// Each line with four spaces in front.
fn indented(docs: &str) -> String {
    let lines = docs
        .lines()
        .map(|line| format!("    {}\n", printable(line.trim())));
    lines.collect()
}
