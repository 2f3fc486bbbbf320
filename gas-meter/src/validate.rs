//! From bytes to a [`ValidModule`]: policy and limits, WebAssembly validation, and the analysis of
//! each function.
//!
//! One `walk` does all of that for a module that is accepted. One that is not is read again, to
//! report everything that is wrong with it, and there the order matters. The scan goes first and
//! names everything that the policy refuses; when it finds something, its list is the answer,
//! because the validator would stop at the first consequence of the same cause. Only what the scan
//! lets through is validated. Last come functions whose operand stack is too high.
//!
//! Both readings have to agree about every module. Builds with debug assertions read accepted
//! modules twice, too, and fail when they do not.

use std::collections::BTreeMap;

use wasmparser::Validator;

use crate::analysis::Analysis;
use crate::features::accepted_features;
use crate::function_names::function_names;
use crate::limits::Limits;
use crate::module_facts::ModuleFacts;
use crate::prepared::{InternalError, PrepareError};
use crate::protocol::Protocol;
use crate::scan::scan;
use crate::violation::{Finding, Refusal, Violations};
use crate::violation_code::ViolationCode;
use crate::walk::{Stop, walk};

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
    let walked = match walk(bytes, protocol) {
        Ok(walked) => walked,
        Err(Stop::Internal(error)) => return Err(error.into()),
        Err(Stop::Refused) => {
            return Err(match read_again(bytes, limits) {
                Some(refusal) => refusal.into(),
                None => InternalError::new("nothing is wrong with a refused module").into(),
            });
        }
    };
    if cfg!(debug_assertions) && read_again(bytes, limits).is_some() {
        return Err(InternalError::new("something is wrong with an accepted module").into());
    }
    let names = function_names(bytes, &walked.facts);
    if !walked.too_high.is_empty() {
        return Err(walked.too_high.into_refusal(&names).into());
    }
    Ok(ValidModule {
        bytes,
        protocol,
        facts: walked.facts,
        names,
        analyses: walked.analyses,
    })
}

/// Everything that is wrong with a module, except operand stacks that are too high.
fn read_again(bytes: &[u8], limits: &Limits) -> Option<Refusal> {
    let mut scan = scan(bytes, limits);
    if scan.violations.is_empty() {
        validate_rules(bytes, &scan.facts, &mut scan.violations);
    }
    if scan.violations.is_empty() {
        return None;
    }
    let names = function_names(bytes, &scan.facts);
    Some(scan.violations.into_refusal(&names))
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
