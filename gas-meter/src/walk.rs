//! The one walk over the bytes of a module that is accepted.
//!
//! Reading a module is most of what preparing it takes, so it is read once: each operator is
//! decoded, validated, held against the policy and analysed before the next one is looked at. The
//! walk stops at the first thing that is wrong, without a word about it. The module is then read
//! again, by `scan` and by the parser's validator, to find all that there is to say (see
//! `validate`).
//!
//! What surrounds the code is read by the parser, validated by its [`Validator`] and held against
//! the policy by [`Scan`]. The code itself is validated here (see `body`), for the few types and
//! operators that the policy leaves, which takes a third of the time that the parser's validator
//! takes. What both accept has to be the same: tests in `validate` hold them against each other. Should
//! the walk accept what is not valid all the same, no engine would: each validates the instrumented
//! module.

mod body;
mod code;
mod control;
mod operands;
mod rare;
mod row;
mod step;
mod unusual;
mod usual;
mod values;
mod variables;

use wasmparser::{BinaryReaderError, FunctionBody, Parser, ValidPayload, Validator};

use crate::analysis::{Analyser, Analyses, FrameFacts};
use crate::features::accepted_features;
use crate::module_facts::ModuleFacts;
use crate::prepared::InternalError;
use crate::protocol::Protocol;
use crate::scan::Scan;
use crate::violation::{Finding, Violations};
use crate::violation_code::ViolationCode;

use body::{BodyWalk, Scratch};
use code::Code;
use variables::Variables;

/// What a walk that came to the end yields.
pub(crate) struct Walked<'a> {
    /// Everything about the module but its code.
    pub(crate) facts: ModuleFacts<'a>,
    /// One per defined function, in order.
    pub(crate) analyses: Analyses,
    /// Functions whose operand stack is too high: all that can be wrong with such a module.
    pub(crate) too_high: Violations,
}

/// Why a walk ended early.
pub(crate) enum Stop {
    /// The module is not accepted.
    Refused,
    /// This crate made a mistake.
    Internal(InternalError),
}

/// What the reader or the validator refuses is looked into by the second reading.
impl From<BinaryReaderError> for Stop {
    fn from(_: BinaryReaderError) -> Stop {
        Stop::Refused
    }
}

impl From<InternalError> for Stop {
    fn from(error: InternalError) -> Stop {
        Stop::Internal(error)
    }
}

/// The walk through the code.
struct Walk<'a, 'p> {
    bytes: &'a [u8],
    protocol: &'p Protocol,
    scan: Scan<'a, 'p>,
    analyser: Analyser,
    /// What the code refers to; it is known in front of the first body.
    code: Option<(Code, Variables)>,
    scratch: Scratch,
    too_high: Violations,
}

/// Walks through a whole file.
///
/// # Errors
/// The module is not accepted, or this crate made a mistake.
pub(crate) fn walk<'a>(bytes: &'a [u8], protocol: &Protocol) -> Result<Walked<'a>, Stop> {
    let limits = &protocol.limits;
    let mut walk = Walk {
        bytes,
        protocol,
        scan: Scan::new(bytes, limits),
        analyser: Analyser::new(bytes.len(), &protocol.schedule.wasm),
        code: None,
        scratch: Scratch::default(),
        too_high: Violations::new(limits.violations_reported_max),
    };
    let mut rules = Validator::new_with_features(accepted_features());
    let mut parser = Parser::new(0);
    parser.set_features(accepted_features());
    for payload in parser.parse_all(bytes) {
        let payload = payload?;
        let valid = rules.payload(&payload)?;
        match (valid, payload) {
            (ValidPayload::Func(_, body), _) => walk.body(&body)?,
            (_, payload) => {
                if walk.scan.payload(payload).is_break() {
                    return Err(Stop::Refused);
                }
            }
        }
        if !walk.scan.violations.is_empty() {
            return Err(Stop::Refused);
        }
    }
    Ok(Walked {
        facts: walk.scan.facts,
        analyses: walk.analyser.finish(),
        too_high: walk.too_high,
    })
}

impl<'a> Walk<'a, '_> {
    /// One function's body.
    fn body(&mut self, body: &FunctionBody<'a>) -> Result<(), Stop> {
        let index = self.scan.enter_body(body).ok_or(Stop::Refused)?;
        self.scan.locals(body, index)?;
        if !self.scan.violations.is_empty() {
            return Err(Stop::Refused);
        }
        let facts = &self.scan.facts;
        let prices = &self.protocol.schedule.wasm;
        let code = || (Code::new(facts, prices), Variables::new(&facts.globals));
        let (code, variables) = self.code.get_or_insert_with(code);
        let position = usize::try_from(index).map_err(|_| Stop::Refused)?;
        let type_index = *facts.function_types.get(position).ok_or(Stop::Refused)?;
        let params = &facts.type_at(type_index).ok_or(Stop::Refused)?.params;
        let (declared_locals, code_start) = variables.enter(params, body)?;
        self.analyser.enter(code_start);
        let (operand_height, at_greatest) = BodyWalk {
            bytes: self.bytes,
            limits: &self.protocol.limits,
            facts,
            body,
            code,
            variables,
            analyser: &mut self.analyser,
            scratch: &mut self.scratch,
        }
        .walk(type_index, code_start)?;
        let frame = FrameFacts {
            params: u32::try_from(params.len()).map_err(|_| Stop::Refused)?,
            declared_locals,
            operand_height,
            code_start,
        };
        self.check_height(operand_height, at_greatest, index);
        self.analyser.leave(frame);
        Ok(())
    }

    /// Compares a function's operand height with its limit.
    fn check_height(&mut self, height: u32, offset: usize, index: u32) {
        let limit = self.protocol.limits.operand_height_max;
        if height > limit {
            let message = "too many values on the operand stack";
            let finding = Finding::new(ViolationCode::OperandHeight, offset, message);
            let finding = finding.in_function(index);
            self.too_high
                .push(finding.over(u64::from(limit), u64::from(height)));
        }
    }
}
