//! Probes behind operators: what each computes is reported.
//!
//! Where two engines go the same way through the code and still differ, one of them has computed
//! another value. A module with these probes reports the result of every operator that computes,
//! reads or decides one: arithmetic, comparisons, loads, `select`, `global.get`, the size of memory,
//! and the last result of a call. What is only named or copied (constants, locals) is not reported,
//! so that engines still see most of the pairs of operators that they join.
//!
//! As with the probes of [`super`], no loop is copied, what is charged up to a host call or the end
//! stays, and nothing is renumbered. An `i64`
//! is reported in two halves, the lower one first, from a local that is appended.

use wasmparser::{
    FuncToValidate, FunctionBody, Operator, Parser, ValType, ValidPayload, Validator,
    ValidatorResources,
};

use crate::features::accepted_features;
use crate::module_facts::ModuleFacts;
use crate::operator::{Class, Decision, decide};
use crate::plan::{Action, Insertion, PlanOptions, plan};
use crate::prepared::{InternalError, PrepareError, PreparedModule, assemble, instrument};
use crate::protocol::Protocol;
use crate::rewrite::Probing;
use crate::validate::{ValidModule, validate};

/// Which part of an operator's result a probe reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultPart {
    /// All of an `i32`.
    Whole,
    /// The lower 32 bits of an `i64`.
    Low,
    /// The upper 32 bits of the `i64` whose lower ones were reported just before.
    High,
}

/// What a probe behind an operator stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResultProbe {
    /// The index of the function it is in, imports counted.
    pub function: u32,
    /// The operator's offset in the uploaded file, in bytes.
    pub offset: u64,
    /// What it reports.
    pub part: ResultPart,
}

/// An operator whose result is reported.
struct Site {
    /// The operator's offset in the file.
    at: usize,
    /// The offset of the operator behind it.
    behind: usize,
    /// Whether the result is an `i64`.
    is_wide: bool,
}

/// Validates `bytes` and prepares them with a probe behind every operator that has a result.
///
/// # Errors
/// Exactly when [`prepare`](crate::prepare) fails, with the same refusal.
pub fn prepare_with_result_probes(
    bytes: &[u8],
    protocol: &Protocol,
) -> Result<PreparedModule, PrepareError> {
    let module = &validate(bytes, protocol)?;
    instrument(module)?;
    let mut plan = plan(module, PlanOptions { copy_loops: false })?;
    let mut next = 0;
    let sites = sites(module)?;
    let mut sites = sites.iter();
    plan.change_insertions(|insertions| {
        if let Some(sites) = sites.next() {
            report(insertions, sites, &mut next);
        }
    });
    assemble(module, &plan, Probing::On)
}

/// What the probes of [`prepare_with_result_probes`] stand for; the position is the number.
///
/// # Errors
/// [`InternalError`] is a mistake in this crate.
pub fn result_probes(module: &ValidModule<'_>) -> Result<Vec<ResultProbe>, InternalError> {
    let mut all = Vec::new();
    for (position, sites) in sites(module)?.iter().enumerate() {
        let function = module.facts.defined_index(position);
        for site in sites {
            let offset =
                u64::try_from(site.at).map_err(|_| InternalError::new("an offset over 2^64"))?;
            let parts: &[ResultPart] = match site.is_wide {
                true => &[ResultPart::Low, ResultPart::High],
                false => &[ResultPart::Whole],
            };
            all.extend(parts.iter().map(|part| ResultProbe {
                function,
                offset,
                part: *part,
            }));
        }
    }
    Ok(all)
}

/// Adds the reports of one function to its insertions, in front of everything else at the same place:
/// the result is on top of the operand stack there. `next` is the first free number.
fn report(insertions: &mut Vec<Insertion>, sites: &[Site], next: &mut u32) {
    let mut reports = Vec::with_capacity(insertions.len().saturating_add(sites.len()));
    for site in sites {
        let number = *next;
        let (action, count) = match site.is_wide {
            true => (Action::ReportWideResult(number), 2),
            false => (Action::ReportOperand(number), 1),
        };
        *next = next.saturating_add(count);
        reports.push(Insertion {
            at: site.behind,
            // A report never leaves the function.
            depth: 0,
            action,
        });
    }
    reports.append(insertions);
    // A stable sort: what was there stays in its order, behind the report.
    reports.sort_by_key(|insertion| insertion.at);
    *insertions = reports;
}

/// The operators whose results are reported, by defined function.
fn sites(module: &ValidModule<'_>) -> Result<Vec<Vec<Site>>, InternalError> {
    let mut rules = Validator::new_with_features(accepted_features());
    let mut parser = Parser::new(0);
    parser.set_features(accepted_features());
    let mut all = Vec::with_capacity(module.analyses.len());
    for payload in parser.parse_all(module.bytes) {
        let payload = payload.map_err(InternalError::parse)?;
        let valid = rules.payload(&payload).map_err(InternalError::parse)?;
        if let ValidPayload::Func(function, body) = valid {
            all.push(in_function(function, &body, &module.facts)?);
        }
    }
    Ok(all)
}

/// The same of one function.
fn in_function(
    function: FuncToValidate<ValidatorResources>,
    body: &FunctionBody<'_>,
    facts: &ModuleFacts<'_>,
) -> Result<Vec<Site>, InternalError> {
    let mut rules = function.into_validator(Default::default());
    let mut reader = body.get_binary_reader();
    rules
        .read_locals(&mut reader)
        .map_err(InternalError::parse)?;
    let mut sites = Vec::new();
    while !reader.eof() {
        let at = reader.original_position();
        let operator = reader.read_operator().map_err(InternalError::parse)?;
        rules.op(at, &operator).map_err(InternalError::parse)?;
        if !has_result(&operator, facts) {
            continue;
        }
        // Where control cannot get to, the type may not be known.
        let is_wide = match rules.get_operand_type(0).flatten() {
            Some(ValType::I32) => false,
            Some(ValType::I64) => true,
            _ => continue,
        };
        sites.push(Site {
            at,
            behind: reader.original_position(),
            is_wide,
        });
    }
    Ok(sites)
}

/// Whether an operator has a result that is reported.
fn has_result(operator: &Operator<'_>, facts: &ModuleFacts<'_>) -> bool {
    let Decision::Accepted(class) = decide(operator) else {
        return false;
    };
    match class {
        Class::Select
        | Class::GlobalGet
        | Class::Unary
        | Class::Bits
        | Class::Binary
        | Class::Multiply
        | Class::Divide
        | Class::Load
        | Class::MemorySize
        | Class::MemoryGrow => true,
        Class::Call | Class::CallIndirect => {
            let called = match operator {
                Operator::Call { function_index } => facts.type_of_function(*function_index),
                Operator::CallIndirect { type_index, .. } => facts.type_at(*type_index),
                _ => None,
            };
            called.is_some_and(|called| !called.results.is_empty())
        }
        Class::Structure
        | Class::Nop
        | Class::Unreachable
        | Class::Drop
        | Class::Constant
        | Class::LocalGet
        | Class::LocalSet
        | Class::LocalTee
        | Class::GlobalSet
        | Class::Store
        | Class::Branch
        | Class::BranchIf
        | Class::BranchTable
        | Class::Conditional
        | Class::Return
        | Class::Bulk
        | Class::DataDrop => false,
    }
}
