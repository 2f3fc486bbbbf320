//! Expected events: the contract, the event of its ABI, and the fields as the event's data.

use lockstep_abi::AccountId;
use toml::Spanned;

use super::document::ExpectEvent;
use super::plan::{ExpectedEvent, ExpectedValue};
use super::resolve::Resolver;
use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::value::{Decoded, Value, decode_fields, encode_fields};

impl Resolver<'_> {
    /// One expected event; `default_contract` emits it when it names none.
    pub(super) fn expected_event(
        &mut self,
        event: &Spanned<ExpectEvent>,
        default_contract: Option<AccountId>,
    ) -> Option<ExpectedEvent> {
        let stated = event.get_ref();
        let contract = match &stated.contract {
            Some(contract) => self.account_of(contract.get_ref(), contract.span())?,
            None => match default_contract {
                Some(contract) => contract,
                None => {
                    let message = "the event does not say which contract emits it";
                    let help = "add contract = \"@NAME\"";
                    let problem = Problem::new(ProblemCode::ScenarioExpectation, message, help);
                    self.report(event.span(), problem);
                    return None;
                }
            },
        };
        let fields = match &stated.fields {
            Some(fields) => Some(self.expected_fields(&stated.name, fields, contract)?),
            None => None,
        };
        Some(ExpectedEvent {
            contract,
            name: stated.name.get_ref().clone(),
            data: fields,
        })
    }

    fn expected_fields(
        &mut self,
        name: &Spanned<String>,
        fields: &Spanned<Value>,
        contract: AccountId,
    ) -> Option<ExpectedValue> {
        let abi = self.abi(self.current_code.get(&contract).copied());
        let Some(abi) = abi else {
            return self.raw(fields);
        };
        let Some(event) = abi
            .events
            .iter()
            .find(|event| event.name == *name.get_ref())
        else {
            let names: Vec<String> = abi.events.iter().map(|event| event.name.clone()).collect();
            self.unknown("event", name, &names);
            return None;
        };
        match encode_fields(&event.name, &event.fields, fields, &self.names) {
            Ok(bytes) => {
                let decoded = decode_fields(&event.fields, &bytes, &self.names).unwrap_or_default();
                Some(ExpectedValue {
                    bytes,
                    shown: Decoded::Struct(decoded).to_string(),
                })
            }
            Err(mismatch) => {
                self.report_mismatch(mismatch);
                None
            }
        }
    }
}
