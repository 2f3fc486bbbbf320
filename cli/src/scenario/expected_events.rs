//! Expected events: the contract, the event of its ABI, and the fields as the event's data.

use lockstep_abi::AccountId;
use toml::Spanned;

use super::document::ExpectEvent;
use super::plan::{ExpectedEvent, ExpectedValue};
use super::resolve::Resolver;
use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::value::{Decoded, Value, counted, decode_fields, encode_fields};

/// The longest name of an event: it is the first topic, filled with zeros.
const NAME_BYTES_MAX: usize = 32;

impl Resolver<'_> {
    /// One expected event; `default_contract` emits it when it names none.
    pub(super) fn expected_event(
        &mut self,
        event: &Spanned<ExpectEvent>,
        default_contract: Option<AccountId>,
    ) -> Option<ExpectedEvent> {
        let stated = event.get_ref();
        let name_fits = self.event_name_fits(&stated.name);
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
        name_fits.then(|| ExpectedEvent {
            contract,
            name: stated.name.get_ref().clone(),
            data: fields,
        })
    }

    /// Whether an event can have the name: it has one at least, which its first topic holds.
    fn event_name_fits(&mut self, name: &Spanned<String>) -> bool {
        let bytes = name.get_ref().len();
        let fits = (1..=NAME_BYTES_MAX).contains(&bytes);
        if !fits {
            let message = format!("no event has a name of {}", counted(bytes, "byte"));
            let help =
                format!("write the event's whole name, which has 1 to {NAME_BYTES_MAX} bytes");
            let limit = if bytes == 0 { 1 } else { NAME_BYTES_MAX };
            let problem = Problem::new(ProblemCode::ScenarioExpectation, message, help);
            self.report(name.span(), problem.beyond(limit, bytes));
        }
        fits
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
            Err(mismatches) => {
                self.report_mismatches(mismatches);
                None
            }
        }
    }
}
