//! The one walk over the bytes of a module that is accepted.
//!
//! Reading a module is most of what preparing it takes, so it is read once: each operator is
//! decoded, validated, held against the policy and analysed before the next one is looked at.
//! The parser runs with the accepted features only, and the walk stops at the first thing that is
//! wrong, without a word about it. The module is then read again, by `scan` and by the parser's
//! validator, to find all that there is to say (see `validate`). What both paths check is the
//! same code: the sections and immediates are those of [`Scan`], the rules those of the parser's
//! [`Validator`]; a test in `validate` holds the two against each other.

mod visitor;

use wasmparser::{
    BinaryReaderError, FuncToValidate, FuncValidatorAllocations, FunctionBody, Parser,
    ValidPayload, Validator, ValidatorResources,
};

use crate::analysis::{Analyser, Analyses, FrameFacts};
use crate::features::accepted_features;
use crate::limits::Limits;
use crate::module_facts::ModuleFacts;
use crate::prepared::InternalError;
use crate::protocol::Protocol;
use crate::scan::{BodyState, Scan};
use crate::schedule::WasmPrices;
use crate::violation::{Finding, Violations};
use crate::violation_code::ViolationCode;

use visitor::{Kind, ValidatedAnd};

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
    limits: &'p Limits,
    prices: &'p WasmPrices,
    scan: Scan<'a, 'p>,
    analyser: Analyser,
    allocations: FuncValidatorAllocations,
    too_high: Violations,
}

/// Walks through a whole file.
///
/// # Errors
/// The module is not accepted, or this crate made a mistake.
pub(crate) fn walk<'a>(bytes: &'a [u8], protocol: &Protocol) -> Result<Walked<'a>, Stop> {
    let limits = &protocol.limits;
    let mut walk = Walk {
        limits,
        prices: &protocol.schedule.wasm,
        scan: Scan::new(bytes, limits),
        analyser: Analyser::new(bytes.len(), &protocol.schedule.wasm),
        allocations: FuncValidatorAllocations::default(),
        too_high: Violations::new(limits.violations_reported_max),
    };
    let mut rules = Validator::new_with_features(accepted_features());
    let mut parser = Parser::new(0);
    parser.set_features(accepted_features());
    for payload in parser.parse_all(bytes) {
        let payload = payload?;
        let valid = rules.payload(&payload)?;
        match (valid, payload) {
            (ValidPayload::Func(function, body), _) => walk.body(function, &body)?,
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
    fn body(
        &mut self,
        function: FuncToValidate<ValidatorResources>,
        body: &FunctionBody<'a>,
    ) -> Result<(), Stop> {
        let index = self.scan.enter_body(body).ok_or(Stop::Refused)?;
        self.scan.locals(body, index)?;
        let mut rules = function.into_validator(std::mem::take(&mut self.allocations));
        let params = rules.len_locals();
        let mut reader = body.get_binary_reader();
        rules.read_locals(&mut reader)?;
        let declared_locals = rules.len_locals().saturating_sub(params);
        let code_start = reader.original_position();
        let (mut operand_height, mut height_offset) = (0, code_start);
        let mut state = BodyState::new(index);
        let mut other = None;
        self.analyser.enter(code_start);
        while !reader.eof() {
            let at = reader.original_position();
            let passed = reader.visit_operator(&mut ValidatedAnd {
                rules: rules.visitor(at),
                prices: self.prices,
                other: &mut other,
            })?;
            match passed.ok_or(Stop::Refused)? {
                (Kind::Plain(top), price) => self.analyser.plain(price, top),
                (Kind::Other, price) => {
                    let place = (at, reader.original_position());
                    if let Some((class, operator)) = &other {
                        self.scan.immediates(operator, at, &mut state);
                        self.analyser.other(operator, *class, price, body, place)?;
                    }
                }
            }
            let height = rules.operand_stack_height();
            if height > operand_height {
                std::hint::cold_path();
                (operand_height, height_offset) = (height, at);
            }
        }
        rules.finish(reader.original_position())?;
        self.allocations = rules.into_allocations();
        let frame = FrameFacts {
            params,
            declared_locals,
            operand_height,
            code_start,
        };
        self.check_height(operand_height, height_offset, index);
        self.analyser.leave(frame);
        Ok(())
    }

    /// Compares a function's operand height with its limit.
    fn check_height(&mut self, height: u32, offset: usize, index: u32) {
        let limit = self.limits.operand_height_max;
        if height > limit {
            let message = "too many values on the operand stack";
            let finding = Finding::new(ViolationCode::OperandHeight, offset, message);
            let finding = finding.in_function(index);
            self.too_high
                .push(finding.over(u64::from(limit), u64::from(height)));
        }
    }
}
