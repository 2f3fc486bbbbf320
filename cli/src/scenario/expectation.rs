//! What a transaction is expected to come to, checked for sense: names that exist, values of the
//! right type, nothing that excludes something else.

use lockstep_abi::Type;
use lockstep_gas_meter::ViolationCode;
use lockstep_vm::Action;
use toml::Spanned;

use super::document::Transaction;
use super::expectation_spans::spans;
use super::plan::{Expectation, ExpectedValue, OutputKind};
use super::resolve::Resolver;
use crate::outcome_names::{INVALID, status_from_name, status_name};
use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::suggest::did_you_mean;
use crate::value::{Value, bytes_from_parts, decode, encode, integer, is_integer};

/// The `status` of a transaction that may end in any way.
const ANY_ENDING: &str = "any";

impl Resolver<'_> {
    /// The expectation of one transaction. Mistakes are noted.
    pub(super) fn expectation(
        &mut self,
        transaction: &Transaction,
        action: &Action,
        output_kind: &OutputKind,
    ) -> Expectation {
        let Some(expect) = transaction.expect.as_ref().map(Spanned::get_ref) else {
            return Expectation::default();
        };
        let default_contract = match action {
            Action::Call { contract, .. } | Action::Upgrade { contract, .. } => Some(*contract),
            Action::Instantiate { .. } => self.created_contract(transaction).map(|(id, _)| id),
            Action::Transfer { .. } | Action::Upload { .. } => None,
        };
        self.refuse_contradictions(expect, output_kind);
        let status = expect.status.as_ref();
        Expectation {
            any_ending: status.is_some_and(|status| status.get_ref() == ANY_ENDING),
            status: self.expected_status(status),
            invalid: self.expected_invalid(expect.invalid.as_ref()),
            gas: expect
                .gas
                .is_some()
                .then(|| self.number_u64(expect.gas.as_ref(), 0)),
            fee: expect
                .fee
                .is_some()
                .then(|| self.number(expect.fee.as_ref(), u128::MAX, 0)),
            deposit: expect
                .deposit
                .as_ref()
                .and_then(|deposit| self.expected_deposit(deposit)),
            output: self.expected_output(expect.output.as_ref(), output_kind),
            error: self.expected_error(expect.error.as_ref(), output_kind),
            message: expect
                .message
                .as_ref()
                .map(|message| message.get_ref().clone()),
            events: expect.events.as_ref().map(|events| {
                let events = events.get_ref().iter();
                events
                    .filter_map(|event| self.expected_event(event, default_contract))
                    .collect()
            }),
            refused: expect.refused.as_ref().map(|codes| {
                codes
                    .get_ref()
                    .iter()
                    .filter_map(|code| self.expected_violation(code))
                    .collect()
            }),
            spans: spans(expect),
        }
    }

    pub(super) fn unknown(&mut self, what: &str, name: &Spanned<String>, candidates: &[String]) {
        let message = format!("there is no {what} \"{}\"", name.get_ref());
        let help = did_you_mean(name.get_ref(), candidates);
        self.report(
            name.span(),
            Problem::new(ProblemCode::ScenarioExpectation, message, help),
        );
    }

    fn expected_status(&mut self, name: Option<&Spanned<String>>) -> Option<lockstep_vm::Status> {
        let name = name.filter(|name| name.get_ref() != ANY_ENDING)?;
        let found = status_from_name(name.get_ref());
        if found.is_some() {
            return found;
        }
        if INVALID.iter().any(|(_, known, _)| known == name.get_ref()) {
            let message = format!(
                "\"{0}\" is no status: such a transaction is not included",
                name.get_ref()
            );
            let help = format!(
                "write invalid = \"{}\" in place of `status`",
                name.get_ref()
            );
            let problem = Problem::new(ProblemCode::ScenarioExpectation, message, help);
            self.report(name.span(), problem);
            return None;
        }
        let statuses = lockstep_vm::Status::ALL.iter();
        let statuses = statuses.map(|status| status_name(*status));
        let names: Vec<String> = std::iter::once(ANY_ENDING.to_string())
            .chain(statuses)
            .collect();
        self.unknown("status", name, &names);
        None
    }

    fn expected_invalid(&mut self, name: Option<&Spanned<String>>) -> Option<String> {
        let name = name?;
        if INVALID.iter().any(|(_, known, _)| known == name.get_ref()) {
            return Some(name.get_ref().clone());
        }
        let names: Vec<String> = INVALID
            .iter()
            .map(|(_, known, _)| known.to_string())
            .collect();
        self.unknown("reason for an invalid transaction", name, &names);
        None
    }

    fn expected_violation(&mut self, code: &Spanned<String>) -> Option<String> {
        let found = ViolationCode::from_text(code.get_ref());
        if found.is_none() {
            let names: Vec<String> = ViolationCode::ALL
                .iter()
                .map(|code| code.name().to_string())
                .collect();
            self.unknown("reason for a refusal", code, &names);
        }
        found.map(|code| code.name().to_string())
    }

    fn expected_deposit(&mut self, deposit: &Spanned<Value>) -> Option<(bool, u128)> {
        let found = integer(deposit.get_ref());
        if found.is_none() {
            let (code, message) = match deposit.get_ref() {
                Value::Text(text) if is_integer(text) => {
                    let message = format!("{text} does not fit into 128 bits");
                    (ProblemCode::ScenarioNumber, message)
                }
                other => {
                    let message = format!("expected an integer, found {}", other.kind());
                    (ProblemCode::ScenarioType, message)
                }
            };
            let help = "write what the sender pays, negative for a refund";
            self.report(deposit.span(), Problem::new(code, message, help));
        }
        found.map(|(negative, amount)| (negative && amount > 0, amount))
    }

    fn expected_output(
        &mut self,
        value: Option<&Spanned<Value>>,
        output_kind: &OutputKind,
    ) -> Option<ExpectedValue> {
        let value = value?;
        match output_kind {
            OutputKind::Code => self.typed(&Type::CodeHash, value),
            OutputKind::Contract => self.typed(&Type::AccountId, value),
            OutputKind::Method(Some(types)) => self.typed(&types.output, value),
            OutputKind::Method(None) | OutputKind::Nothing => self.raw(value),
        }
    }

    fn expected_error(
        &mut self,
        value: Option<&Spanned<Value>>,
        output_kind: &OutputKind,
    ) -> Option<ExpectedValue> {
        let value = value?;
        match output_kind {
            OutputKind::Method(Some(types)) => match &types.error {
                Some(error) => self.typed(error, value),
                None => {
                    let message = "the method has no error type";
                    let help = "remove `error`, or expect another status";
                    let problem = Problem::new(ProblemCode::ScenarioExpectation, message, help);
                    self.report(value.span(), problem);
                    None
                }
            },
            _ => self.raw(value),
        }
    }

    /// A value of a type, as bytes and as it reads.
    fn typed(&mut self, ty: &Type, value: &Spanned<Value>) -> Option<ExpectedValue> {
        match encode(ty, value, &self.names) {
            Ok(bytes) => {
                let shown = decode(ty, &bytes, &self.names);
                let shown =
                    shown.map_or_else(|| self.names.show_bytes(&bytes), |it| it.to_string());
                Some(ExpectedValue { bytes, shown })
            }
            Err(mismatches) => {
                self.report_mismatches(mismatches);
                None
            }
        }
    }

    /// Bytes, where no ABI says what they mean.
    pub(super) fn raw(&mut self, value: &Spanned<Value>) -> Option<ExpectedValue> {
        let bytes = match value.get_ref() {
            Value::Text(text) => bytes_from_parts(text, &self.names),
            other => Err(format!("there is no ABI to encode {} by", other.kind())),
        };
        match bytes {
            Ok(bytes) => Some(ExpectedValue {
                shown: self.names.show_bytes(&bytes),
                bytes,
            }),
            Err(message) => {
                let help =
                    "write bytes as parts: \"0x\" and digits, @name, or text in double quotes";
                self.report(
                    value.span(),
                    Problem::new(ProblemCode::ScenarioHex, message, help),
                );
                None
            }
        }
    }
}
