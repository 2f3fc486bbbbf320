//! What the scenario of a finding is to expect of its transactions.

mod stated;

use std::collections::BTreeMap;

use lockstep_abi::{AccountId, CodeHash, ContractAbi, Method, MethodKind, Type};
use lockstep_vm::{Action, Event, Receipt, Status, contract_id};

use super::base::Ended;
use super::candidate::{Candidate, Planned};
use super::finding_file::{number, quoted};
use crate::outcome_names::{invalid_name, status_name};
use crate::run::event_name_topic;
use crate::scenario::Scenario;
use crate::value::PARTS_MAX;

/// What they came to: the ending, the gas, the fee and the deposit, what was given back, and the
/// events, as far as a scenario can state them.
pub(super) fn expectations(
    scenario: &Scenario,
    candidate: &Candidate,
    endings: &[Ended],
) -> Vec<String> {
    let mut reader = Reader::new(scenario, candidate);
    let expected = |(planned, ended): (&Planned, &Ended)| {
        let expected = reader.expected(planned, ended);
        reader.follow_upgrade(planned, ended);
        expected
    };
    candidate.each().zip(endings).map(expected).collect()
}

/// Knows by which types the reader of the scenario goes, in each transaction.
struct Reader<'s> {
    scenario: &'s Scenario,
    codes: BTreeMap<AccountId, CodeHash>,
}

impl<'s> Reader<'s> {
    fn new(scenario: &'s Scenario, candidate: &Candidate) -> Reader<'s> {
        let made = candidate
            .each()
            .filter_map(|planned| match &planned.action {
                Action::Instantiate { code, salt, .. } => {
                    let sender = scenario.accounts[planned.sender].signer.account();
                    Some((contract_id(&sender, code, salt), *code))
                }
                _ => None,
            });
        Reader {
            scenario,
            codes: made.collect(),
        }
    }

    fn follow_upgrade(&mut self, planned: &Planned, ended: &Ended) {
        if let (Action::Upgrade { contract, code, .. }, true) = (&planned.action, succeeded(ended))
        {
            self.codes.insert(*contract, *code);
        }
    }

    fn expected(&self, planned: &Planned, ended: &Ended) -> String {
        let receipt = match ended {
            Ok(receipt) => receipt,
            Err(reason) => return format!("{{ invalid = {} }}", quoted(invalid_name(reason))),
        };
        let mut stated = vec![
            ("status", quoted(&status_name(receipt.status))),
            ("gas", number(receipt.gas_used.total().into())),
            ("fee", number(receipt.fee)),
            ("deposit", deposit(receipt)),
        ];
        stated.extend(self.result(&planned.action, receipt));
        let mut parts_left = PARTS_MAX;
        let events = receipt.events.iter();
        let events: Option<Vec<String>> = events
            .map(|event| self.event(event, &mut parts_left))
            .collect();
        stated.extend(events.map(|events| ("events", format!("[{}]", events.join(", ")))));
        let stated = stated.iter().map(|(key, value)| format!("{key} = {value}"));
        format!("{{ {} }}", stated.collect::<Vec<String>>().join(", "))
    }

    /// What was given back, or the error or the message.
    fn result(&self, action: &Action, receipt: &Receipt) -> Option<(&'static str, String)> {
        let bytes = &receipt.output;
        let method = self.method(action);
        match receipt.status {
            Status::Success => {
                let ty = match action {
                    Action::Upload { .. } => Some(&Type::CodeHash),
                    Action::Instantiate { .. } => Some(&Type::AccountId),
                    _ => method.map(|method| &method.output),
                };
                let value = match ty {
                    Some(ty) => stated::typed(ty, bytes),
                    None => stated::raw(bytes),
                };
                value.map(|value| ("output", value))
            }
            Status::Reverted => {
                let value = match method {
                    Some(method) => stated::typed(method.error.as_ref()?, bytes),
                    None => stated::raw(bytes),
                };
                value.map(|value| ("error", value))
            }
            Status::Panicked => {
                let message = std::str::from_utf8(bytes).ok()?;
                Some(("message", quoted(message)))
            }
            _ => None,
        }
    }

    /// The method by whose types the result is read.
    fn method(&self, action: &Action) -> Option<&Method> {
        match action {
            Action::Call {
                contract, method, ..
            } => {
                let methods = self.abi(contract)?.methods.iter();
                let mut methods = methods.filter(|known| known.kind.is_callable());
                methods.find(|known| known.name == *method)
            }
            Action::Upgrade { code, .. } => {
                let methods = &self.scenario.codes.get(code)?.abi.as_ref()?.methods;
                let is_hook = |known: &&Method| {
                    known.name == "upgraded" && known.kind == MethodKind::Upgraded
                };
                methods.iter().find(is_hook)
            }
            _ => None,
        }
    }

    fn abi(&self, contract: &AccountId) -> Option<&ContractAbi> {
        self.scenario
            .codes
            .get(self.codes.get(contract)?)?
            .abi
            .as_ref()
    }

    /// An event; nothing when it has no name. Its fields are not stated where they cannot be.
    fn event(&self, event: &Event, parts_left: &mut u32) -> Option<String> {
        let topic = event.topics.first()?;
        let name = std::str::from_utf8(topic).ok()?.trim_end_matches('\0');
        if name.is_empty() || event_name_topic(name) != *topic {
            return None;
        }
        let fields = match self.abi(&event.contract) {
            Some(abi) => {
                let known = abi.events.iter().find(|known| known.name == name);
                known.and_then(|known| stated::fields(known, &event.data, parts_left))
            }
            None => stated::raw(&event.data),
        };
        let fields = fields.map(|fields| format!(", fields = {fields}"));
        Some(format!(
            "{{ name = {}, contract = \"0x{}\"{} }}",
            quoted(name),
            event.contract,
            fields.unwrap_or_default()
        ))
    }
}

/// What the sender paid as deposit, less what was paid back.
fn deposit(receipt: &Receipt) -> String {
    let (charged, refunded) = (receipt.deposit_charged, receipt.deposit_refunded);
    match charged.checked_sub(refunded) {
        Some(net) => number(net),
        None => quoted(&format!("-{}", refunded - charged)),
    }
}

/// That codes are uploaded and contracts made and upgraded as they were. Any ending will do of
/// the rest: code that was mended may refuse it.
pub(super) fn expected_set_up(candidate: &Candidate, endings: &[Ended]) -> Vec<String> {
    let expected = |(planned, ended): (&Planned, &Ended)| {
        let is_set_up = matches!(
            planned.action,
            Action::Upload { .. } | Action::Instantiate { .. } | Action::Upgrade { .. }
        );
        let is_needed = is_set_up && succeeded(ended);
        let status = if is_needed { "success" } else { "any" };
        format!("{{ status = \"{status}\" }}")
    };
    candidate.each().zip(endings).map(expected).collect()
}

/// Whether a transaction was included and did what it says.
pub(super) fn succeeded(ended: &Ended) -> bool {
    let receipt = ended.as_ref();
    receipt.is_ok_and(|receipt| receipt.status.is_success())
}
