//! One transaction of the document as a step of the plan: its sender, limits, action and
//! expectation, and the contract that it makes, if it makes one.

use lockstep_abi::{AccountId, CodeHash};
use lockstep_vm::{Action, Status, contract_id};
use toml::Spanned;

use super::document::Transaction;
use super::plan::{Expectation, Step};
use super::resolve::{Resolver, without_at};
use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::suggest::did_you_mean;
use crate::value::{Value, counted, hex_bytes};

impl Resolver<'_> {
    /// The plan of one transaction; `None` when it has a mistake, which is noted then.
    pub(super) fn step(&mut self, spanned: &Spanned<Transaction>) -> Option<Step> {
        let transaction = spanned.get_ref();
        let sender = self.sender(&transaction.from);
        let planned = self.action(transaction, spanned.span());
        let gas_limit = self.number_u64(transaction.gas_limit.as_ref(), self.defaults.gas_limit);
        let gas_price = self.number(
            transaction.gas_price.as_ref(),
            u128::MAX,
            self.defaults.gas_price,
        );
        let deposit_limit = self.number(transaction.deposit_limit.as_ref(), u128::MAX, u128::MAX);
        let nonce = transaction
            .nonce
            .is_some()
            .then(|| self.number_u64(transaction.nonce.as_ref(), 0));
        let chain_id = self.number_u64(transaction.chain_id.as_ref(), self.defaults.chain_id);
        let (action, output_kind, summary) = planned?;
        let expect = self.expectation(transaction, &action, &output_kind);
        let sender = sender?;
        self.follow_upgrade(&action, &expect);
        let place = transaction
            .expect
            .as_ref()
            .map_or(transaction.from.span(), Spanned::span);
        let name = if transaction.name.is_empty() {
            summary.clone()
        } else {
            transaction.name.clone()
        };
        Some(Step {
            name,
            summary,
            sender,
            action,
            output_kind,
            gas_limit,
            gas_price,
            deposit_limit,
            nonce,
            chain_id,
            corrupt_signature: transaction.corrupt_signature,
            expect,
            place: self.source.place(place),
        })
    }

    /// From here on the contract has the new code, unless the upgrade is expected to fail, or may.
    fn follow_upgrade(&mut self, action: &Action, expect: &Expectation) {
        let succeeds = expect.status.is_none_or(Status::is_success)
            && (expect.status.is_some() || !expect.states_the_ending());
        if let (Action::Upgrade { contract, code, .. }, true) = (action, succeeds) {
            self.current_code.insert(*contract, *code);
        }
    }

    fn sender(&mut self, from: &Spanned<String>) -> Option<usize> {
        let name = without_at(from.get_ref());
        let found = self
            .accounts
            .iter()
            .position(|account| account.name == name);
        if found.is_none() {
            let candidates: Vec<String> = self
                .accounts
                .iter()
                .map(|account| account.name.clone())
                .collect();
            let message = format!("there is no account named \"{name}\" in [accounts]");
            let help = did_you_mean(name, &candidates);
            let problem = Problem::new(ProblemCode::ScenarioUnknownName, message, help);
            self.report(from.span(), problem);
        }
        found
    }

    /// The id and the code of the contract that a transaction makes, if it makes one and its names
    /// are known.
    pub(super) fn created_contract(
        &self,
        transaction: &Transaction,
    ) -> Option<(AccountId, CodeHash)> {
        let code = transaction.instantiate.as_ref()?.get_ref();
        let code = self.names.code(without_at(code))?;
        let creator = self.names.account(without_at(transaction.from.get_ref()))?;
        let salt = salt_bytes(transaction.salt.as_ref().map(Spanned::get_ref)).ok()?;
        Some((contract_id(&creator, &code, &salt), code))
    }

    pub(super) fn salt(&mut self, salt: Option<&Spanned<Value>>) -> Option<[u8; 32]> {
        match salt_bytes(salt.map(Spanned::get_ref)) {
            Ok(bytes) => Some(bytes),
            Err(message) => {
                let help = "write an integer, or \"0x\" and 64 hexadecimal digits";
                let span = salt.map(Spanned::span).unwrap_or_default();
                self.report(span, Problem::new(ProblemCode::ScenarioHex, message, help));
                None
            }
        }
    }
}

/// The bytes of a salt: none is 0, an integer fills the last bytes, text is hexadecimal.
fn salt_bytes(salt: Option<&Value>) -> Result<[u8; 32], String> {
    match salt {
        None => Ok([0; 32]),
        Some(Value::Integer(false, number)) => {
            let mut bytes = [0; 32];
            bytes[16..].copy_from_slice(&number.to_be_bytes());
            Ok(bytes)
        }
        Some(Value::Text(text)) => hex_bytes(text)?.try_into().map_err(|bytes: Vec<u8>| {
            format!("{} where 32 are needed", counted(bytes.len(), "byte"))
        }),
        Some(other) => Err(format!("expected a salt, found {}", other.kind())),
    }
}
