//! From bytes to a [`ValidModule`]: policy and limits, WebAssembly validation, and the analysis of
//! each function.
//!
//! One `walk` does all of that for a module that is accepted. One that is not is read again, to
//! report everything that is wrong with it, and there the order matters. The scan goes first and
//! names everything that the policy refuses; when it finds something, its list is the answer,
//! because the validator would stop at the first consequence of the same cause. Only what the scan
//! lets through is validated. Last come functions whose operand stack is too high.
//!
//! Both readings have to agree about every module; the test below and those in `agreement` hold them
//! against each other.

use std::collections::BTreeMap;

use wasmparser::Validator;

use crate::analysis::Analyses;
use crate::features::accepted_features;
use crate::function_names::function_names;
use crate::limits::Limits;
use crate::module_facts::ModuleFacts;
use crate::prepared::{InternalError, PrepareError};
use crate::protocol::Protocol;
use crate::scan::scan;
use crate::violation::{Finding, Refusal, Violations, parser_message};
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
    pub(crate) analyses: Analyses,
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
        let message = format!("the module is not valid: {}", parser_message(&error));
        let mut finding = Finding::new(ViolationCode::Invalid, error.offset(), message);
        if let Some(index) = facts.function_at(error.offset()) {
            finding = finding.in_function(index);
        }
        violations.push(finding);
    }
}

#[cfg(test)]
mod agreement;

#[cfg(test)]
mod tests {
    use super::read_again;
    use crate::protocol::Protocol;
    use crate::walk::{Stop, walk};

    /// A module in which most changes of a byte matter: a feature is used, an index is out of
    /// range, a limit is passed, a length does not fit.
    const SAMPLE: &str = r#"(module
        (import "lockstep" "return" (func $return (param i32 i32)))
        (type $binary (func (param i32 i32) (result i32)))
        (memory (export "memory") 1 2)
        (table 2 funcref)
        (global (mut i64) (i64.const 7))
        (elem (i32.const 0) $add)
        (data "later")
        (func $add (type $binary) (i32.add (local.get 0) (local.get 1)))
        (func (export "run") (local i32 i64)
            (loop (result i32)
                (br_if 0 (i32.lt_u (local.tee 0 (i32.const 5)) (i32.const 3)))
                (block (result i32) (br_table 0 0 (i32.const 4) (i32.const 1))))
            (if (then (i64.store8 offset=9 (i32.const 3) (global.get 0)) return))
            (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 1))
            (drop (call_indirect (type $binary) (i32.const 1) (i32.const 2) (i32.const 0)))
            (drop (select (i32.const 1) (memory.size) (i32.eqz (memory.grow (i32.const 0)))))
            (call $return (i32.const 0) (i32.const 1)))
        (func unreachable))"#;

    /// What a byte is changed by: nothing, each bit, and a few bits together.
    const CHANGES: [u8; 14] = [0, 1, 2, 4, 8, 16, 32, 64, 128, 3, 6, 0x0f, 0x7f, 0xff];

    #[test]
    fn both_readings_agree_about_every_changed_byte() {
        let protocol = Protocol::v1();
        let sample = wat::parse_str(SAMPLE).expect("the text is a module");
        let mut accepted = 0_u32;
        for position in 0..sample.len() {
            let mut changed = sample.clone();
            for change in CHANGES {
                let byte = sample[position] ^ change;
                changed[position] = byte;
                let first = match walk(&changed, &protocol) {
                    Ok(walked) => walked.too_high.is_empty(),
                    Err(Stop::Refused) => false,
                    Err(Stop::Internal(error)) => panic!("byte {position} as {byte}: {error}"),
                };
                let second = read_again(&changed, &protocol.limits).is_none();
                assert_eq!(first, second, "byte {position} as {byte}");
                accepted += u32::from(first);
            }
        }
        let unchanged = u32::try_from(sample.len()).expect("it is short");
        assert!(accepted > unchanged * 3 / 2, "only {accepted} are accepted");
    }
}
