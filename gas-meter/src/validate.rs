//! From bytes to a [`ValidModule`]: policy and limits, then WebAssembly validation, then the
//! analysis of each function.
//!
//! The order matters for what is reported. The scan goes first and names everything that the
//! policy refuses; when it finds something, its list is the answer, because the validator would
//! stop at the first consequence of the same cause. Only what the scan lets through is validated.

use std::collections::BTreeMap;

use wasmparser::Validator;

use crate::analysis::{Analysis, analyse};
use crate::features::accepted_features;
use crate::function_names::function_names;
use crate::limits::Limits;
use crate::module_facts::ModuleFacts;
use crate::prepared::PrepareError;
use crate::protocol::Protocol;
use crate::scan::scan;
use crate::violation::{Finding, Violations};
use crate::violation_code::ViolationCode;

/// A module that the policy accepts and that is valid, with what instrumentation needs to know.
/// Only [`validate`] makes one.
pub struct ValidModule<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) protocol: &'a Protocol,
    pub(crate) facts: ModuleFacts<'a>,
    pub(crate) names: BTreeMap<u32, String>,
    /// One per defined function, in order.
    pub(crate) analyses: Vec<Analysis>,
}

/// Checks `bytes` against the policy, the limits and the rules of WebAssembly.
///
/// # Errors
/// [`PrepareError::Refused`] lists every violation; [`PrepareError::Internal`] is a mistake in
/// this crate.
pub fn validate<'a>(
    bytes: &'a [u8],
    protocol: &'a Protocol,
) -> Result<ValidModule<'a>, PrepareError> {
    let limits = &protocol.limits;
    check_length(bytes, limits)?;
    let mut scan = scan(bytes, limits);
    if scan.violations.is_empty() {
        validate_rules(bytes, &scan.facts, &mut scan.violations);
    }
    let names = function_names(bytes, &scan.facts);
    if !scan.violations.is_empty() {
        return Err(scan.violations.into_refusal(&names).into());
    }
    let facts = scan.facts;
    let mut violations = Violations::new(limits.violations_reported_max);
    let mut analyses = Vec::with_capacity(facts.bodies.len());
    for (position, body) in facts.bodies.iter().enumerate() {
        let index = facts.defined_index(position);
        let analysis = analyse(body, index, &facts, &protocol.schedule)?;
        check_height(&analysis, index, limits, &mut violations);
        analyses.push(analysis);
    }
    if !violations.is_empty() {
        return Err(violations.into_refusal(&names).into());
    }
    Ok(ValidModule {
        bytes,
        protocol,
        facts,
        names,
        analyses,
    })
}

/// Compares the length of the file with its limit, before anything is read.
fn check_length(bytes: &[u8], limits: &Limits) -> Result<(), PrepareError> {
    let actual = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let limit = u64::from(limits.module_bytes_max);
    if actual <= limit {
        return Ok(());
    }
    let mut violations = Violations::new(1);
    let finding = Finding::new(
        ViolationCode::ModuleBytes,
        0,
        "too many bytes in the module",
    );
    violations.push(finding.over(limit, actual));
    Err(violations.into_refusal(&BTreeMap::new()).into())
}

/// Runs the parser's validator with the accepted features.
fn validate_rules(bytes: &[u8], facts: &ModuleFacts<'_>, violations: &mut Violations) {
    let outcome = Validator::new_with_features(accepted_features()).validate_all(bytes);
    if let Err(error) = outcome {
        let message = format!("the module is not valid: {}", error.message());
        let mut finding = Finding::new(ViolationCode::Invalid, error.offset(), message);
        if let Some(index) = facts.function_at(error.offset()) {
            finding = finding.in_function(index);
        }
        violations.push(finding);
    }
}

/// Compares a function's operand height with its limit.
fn check_height(analysis: &Analysis, index: u32, limits: &Limits, violations: &mut Violations) {
    let limit = u64::from(limits.operand_height_max);
    let actual = u64::from(analysis.operand_height);
    if actual > limit {
        let message = "too many values on the operand stack";
        let finding = Finding::new(
            ViolationCode::OperandHeight,
            analysis.height_offset,
            message,
        );
        violations.push(finding.in_function(index).over(limit, actual));
    }
}
