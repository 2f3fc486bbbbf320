//! From the machine's report of a transaction to one with names and decoded values.

use std::collections::BTreeMap;

use lockstep_abi::{AccountId, CodeHash, ContractAbi, Type};
use lockstep_gas_meter::{PrepareError, Protocol, Refusal, validate};
use lockstep_vm::{
    Account, Action, Event, InvalidTransaction, OverLimit, Receipt, Report, StateChange, Status,
};

use super::watch::Told;
use crate::outcome_names::{invalid_name, status_name};
use crate::report::{
    AccountReport, BytesReport, ChangeReport, ContractReport, EventReport, GasReport,
    InvalidReport, LogReport, OutputReport, OverLimitReport, ReceiptReport,
};
use crate::scenario::{Names, OutputKind, Scenario, Step};
use crate::value::{Decoded, PARTS_MAX, decode, decode_fields_within};

/// Why a transaction was not included.
pub(super) fn invalid(reason: &InvalidTransaction) -> InvalidReport {
    InvalidReport {
        reason: invalid_name(reason).to_string(),
        code: reason.code(),
        message: reason.to_string(),
    }
}

/// The event's name as its first topic states it.
pub(crate) fn event_name_topic(name: &str) -> [u8; 32] {
    let mut topic = [0; 32];
    for (to, from) in topic.iter_mut().zip(name.bytes()) {
        *to = from;
    }
    topic
}

/// Knows the names, and which contract has which code at the moment.
pub(super) struct Describer<'s> {
    scenario: &'s Scenario,
    contract_code: BTreeMap<AccountId, CodeHash>,
}

impl<'s> Describer<'s> {
    pub(super) fn new(scenario: &'s Scenario) -> Describer<'s> {
        Describer {
            scenario,
            contract_code: BTreeMap::new(),
        }
    }

    /// Takes note of the code that a contract has before anything is described.
    pub(super) fn begin_with(&mut self, contract: AccountId, code: CodeHash) {
        self.contract_code.insert(contract, code);
    }

    fn names(&self) -> &'s Names {
        &self.scenario.names
    }

    /// Describes a receipt. Transactions must be described in the order of their execution.
    pub(super) fn receipt(&mut self, step: &Step, report: &Report, told: &Told) -> ReceiptReport {
        let before = self.contract_code.clone();
        self.follow(&report.changes);
        let receipt = &report.receipt;
        let used = receipt.gas_used;
        let mut parts_left = PARTS_MAX;
        ReceiptReport {
            status: status_name(receipt.status),
            status_code: receipt.status.code(),
            gas: GasReport {
                limit: step.gas_limit,
                used: used.total(),
                intrinsic: used.intrinsic,
                wasm: used.wasm,
                host: used.host,
                storage: used.storage,
                forfeited: used.forfeited,
            },
            fee: receipt.fee.to_string(),
            deposit_charged: receipt.deposit_charged.to_string(),
            deposit_refunded: receipt.deposit_refunded.to_string(),
            output: self.output(step, receipt),
            refusal: refusal(step, receipt),
            over_limits: told
                .over_limits
                .iter()
                .map(|over| self.over_limit(over))
                .collect(),
            events: receipt
                .events
                .iter()
                .map(|event| self.event(event, &before, &mut parts_left))
                .collect(),
            logs: told
                .logs
                .kept
                .iter()
                .map(|(contract, message)| self.log(contract, message))
                .collect(),
            logs_left_out: (told.logs.left_out > 0).then_some(told.logs.left_out),
            changes: report
                .changes
                .iter()
                .map(|change| self.change(change))
                .collect(),
        }
    }

    /// Takes note of the code that contracts have now.
    fn follow(&mut self, changes: &[StateChange]) {
        for change in changes {
            if let StateChange::Account { id, after, .. } = change {
                match &after.contract {
                    Some(record) => self.contract_code.insert(*id, record.code),
                    None => self.contract_code.remove(id),
                };
            }
        }
    }

    /// The ABI of a contract's code: the present one, or that before the transaction if the
    /// contract has ended.
    fn abi(
        &self,
        id: &AccountId,
        before: &BTreeMap<AccountId, CodeHash>,
    ) -> Option<&'s ContractAbi> {
        let code = self.contract_code.get(id).or_else(|| before.get(id))?;
        self.scenario.codes.get(code)?.abi.as_ref()
    }

    fn output(&self, step: &Step, receipt: &Receipt) -> Option<OutputReport> {
        let bytes = &receipt.output;
        let (kind, value) = match receipt.status {
            Status::Success => ("output", self.success(&step.output_kind, bytes)),
            Status::Reverted => ("error", self.error(&step.output_kind, bytes)),
            Status::Panicked => (
                "message",
                Some(Decoded::Text(String::from_utf8_lossy(bytes).into_owned())),
            ),
            _ => return None,
        };
        let nothing =
            bytes.is_empty() && value.as_ref().is_none_or(|value| *value == Decoded::Unit);
        let shown = match &value {
            Some(value) => value.to_string(),
            None => self.names().show_bytes(bytes),
        };
        let bytes = format!("0x{}", hex::encode(bytes));
        (!nothing).then_some(OutputReport {
            kind,
            bytes,
            value,
            shown,
        })
    }

    fn success(&self, output_kind: &OutputKind, bytes: &[u8]) -> Option<Decoded> {
        match output_kind {
            OutputKind::Code => decode(&Type::CodeHash, bytes, self.names()),
            OutputKind::Contract => decode(&Type::AccountId, bytes, self.names()),
            OutputKind::Method(Some(types)) => decode(&types.output, bytes, self.names()),
            OutputKind::Method(None) | OutputKind::Nothing => None,
        }
    }

    fn error(&self, output_kind: &OutputKind, bytes: &[u8]) -> Option<Decoded> {
        match output_kind {
            OutputKind::Method(Some(types)) => decode(types.error.as_ref()?, bytes, self.names()),
            OutputKind::Contract
            | OutputKind::Code
            | OutputKind::Method(None)
            | OutputKind::Nothing => None,
        }
    }

    fn event(
        &self,
        event: &Event,
        before: &BTreeMap<AccountId, CodeHash>,
        parts_left: &mut u32,
    ) -> EventReport {
        let abi = self.abi(&event.contract, before);
        let described = abi.and_then(|abi| {
            let first = event.topics.first()?;
            abi.events
                .iter()
                .find(|candidate| event_name_topic(&candidate.name) == *first)
        });
        let fields = described.and_then(|described| {
            decode_fields_within(parts_left, &described.fields, &event.data, self.names())
        });
        EventReport {
            contract: self.names().show_account(&event.contract),
            name: described.map(|described| described.name.clone()),
            fields: fields.map(Decoded::Struct),
            topics: event
                .topics
                .iter()
                .map(|topic| format!("0x{}", hex::encode(topic)))
                .collect(),
            data: format!("0x{}", hex::encode(&event.data)),
        }
    }

    fn over_limit(&self, over: &OverLimit) -> OverLimitReport {
        OverLimitReport {
            contract: self.names().show_account(&over.contract),
            function: over.function.name(),
            limit: over.limit,
            asked: over.asked,
            max: over.max,
        }
    }

    fn log(&self, contract: &AccountId, message: &[u8]) -> LogReport {
        LogReport {
            contract: self.names().show_account(contract),
            message: String::from_utf8_lossy(message).into_owned(),
        }
    }

    fn change(&self, change: &StateChange) -> ChangeReport {
        let shown = |bytes: &Vec<u8>| BytesReport {
            bytes: format!("0x{}", hex::encode(bytes)),
            shown: self.names().show_bytes(bytes),
        };
        match change {
            StateChange::Account { id, before, after } => ChangeReport::Account {
                account: self.names().show_account(id),
                before: self.account(before),
                after: self.account(after),
            },
            StateChange::Storage {
                contract,
                key,
                before,
                after,
            } => ChangeReport::Storage {
                contract: self.names().show_account(contract),
                key: BytesReport {
                    bytes: format!("0x{}", hex::encode(key)),
                    shown: self.names().show_key(key),
                },
                before: before.as_ref().map(shown),
                after: after.as_ref().map(shown),
            },
            StateChange::Code { hash, length } => ChangeReport::Code {
                code: self.names().show_code(hash),
                bytes: *length,
            },
        }
    }

    /// The record; none for the default account, which is never stored.
    fn account(&self, account: &Account) -> Option<AccountReport> {
        (*account != Account::default()).then(|| AccountReport {
            nonce: account.nonce,
            balance: account.balance.to_string(),
            contract: account.contract.as_ref().map(|record| ContractReport {
                code: self.names().show_code(&record.code),
                admin: self.names().show_account(&record.admin),
                storage_items: record.storage_items,
                storage_bytes: record.storage_bytes,
                deposit: record.deposit.to_string(),
            }),
        })
    }
}

/// Every reason why the uploaded module was refused. Receipts carry only that it was; the
/// reasons are found again from the same bytes by the same rules.
fn refusal(step: &Step, receipt: &Receipt) -> Option<Refusal> {
    match (&step.action, receipt.status) {
        (Action::Upload { code }, Status::CodeRefused) => match validate(code, &Protocol::v1()) {
            Err(PrepareError::Refused(refusal)) => Some(refusal),
            Ok(_) | Err(PrepareError::Internal(_)) => None,
        },
        _ => None,
    }
}
