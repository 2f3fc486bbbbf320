//! The action of a transaction: which one it states, and the names and bytes that go into it.

use std::ops::Range;

use lockstep_abi::{AccountId, MethodKind};
use lockstep_vm::Action;
use toml::Spanned;

use super::document::Transaction;
use super::inputs::WantedMethod;
use super::plan::OutputKind;
use super::resolve::{Resolver, without_at};
use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::value::{Identifier, Value, grouped, identifier};

/// An action with what its output means and what to call it.
pub(super) type Planned = (Action, OutputKind, String);

impl Resolver<'_> {
    /// The action that the transaction states; `None` when it has a mistake, which is noted.
    pub(super) fn action(
        &mut self,
        transaction: &Transaction,
        span: Range<usize>,
    ) -> Option<Planned> {
        let stated = [
            ("upload", &transaction.upload),
            ("instantiate", &transaction.instantiate),
            ("call", &transaction.call),
            ("transfer", &transaction.transfer),
            ("upgrade", &transaction.upgrade),
        ];
        let mut actions = stated
            .iter()
            .filter_map(|(key, name)| Some((*key, name.as_ref()?)));
        let (Some((key, name)), None) = (actions.next(), actions.next()) else {
            let names: Vec<&str> = stated
                .iter()
                .filter_map(|(key, name)| name.as_ref().map(|_| *key))
                .collect();
            let message = match names.as_slice() {
                [] => "the transaction states no action".to_string(),
                names => format!(
                    "the transaction states several actions: {}",
                    names.join(", ")
                ),
            };
            let help = "state one of upload, instantiate, call, transfer, upgrade";
            let at = span.start..span.start;
            self.report(at, Problem::new(ProblemCode::ScenarioAction, message, help));
            return None;
        };
        self.refuse_foreign_keys(key, transaction);
        match key {
            "upload" => self.upload(name),
            "instantiate" => self.instantiate(transaction, name),
            "call" => self.call(transaction, name),
            "transfer" => self.transfer(transaction, name),
            _ => self.upgrade(transaction, name),
        }
    }

    /// Notes the keys that belong to other actions.
    fn refuse_foreign_keys(&mut self, action: &str, transaction: &Transaction) {
        let text = |key: &Option<Spanned<String>>| key.as_ref().map(Spanned::span);
        let value = |key: &Option<Spanned<Value>>| key.as_ref().map(Spanned::span);
        let keys = [
            ("as", text(&transaction.alias), &["instantiate"][..]),
            ("salt", value(&transaction.salt), &["instantiate"]),
            ("code", text(&transaction.code), &["call", "upgrade"]),
            (
                "args",
                value(&transaction.args),
                &["instantiate", "call", "upgrade"],
            ),
            (
                "input",
                text(&transaction.input),
                &["instantiate", "call", "upgrade"],
            ),
            (
                "value",
                value(&transaction.value),
                &["instantiate", "call", "transfer"],
            ),
        ];
        for (key, span, owners) in keys {
            if let (Some(span), false) = (span, owners.contains(&action)) {
                let message = format!("`{key}` does not belong to `{action}`");
                let help = format!("remove it; it belongs to {}", owners.join(", "));
                self.report(
                    span,
                    Problem::new(ProblemCode::ScenarioAction, message, help),
                );
            }
        }
    }

    fn upload(&mut self, name: &Spanned<String>) -> Option<Planned> {
        let hash = self.code(name)?;
        let bytes = self.codes.get(&hash)?.bytes.clone();
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let summary = format!(
            "upload {} of {} bytes",
            self.names.show_code(&hash),
            grouped(length)
        );
        Some((Action::Upload { code: bytes }, OutputKind::Code, summary))
    }

    fn instantiate(
        &mut self,
        transaction: &Transaction,
        name: &Spanned<String>,
    ) -> Option<Planned> {
        let code = self.code(name);
        let salt = self.salt(transaction.salt.as_ref());
        let value = self.number(transaction.value.as_ref(), u128::MAX, 0);
        let code = code?;
        let wanted = WantedMethod {
            kind: MethodKind::Init,
            name: "init",
            abi: self.abi(Some(code)),
            span: name.span(),
        };
        let input = self.input(transaction, &wanted);
        let (salt, input) = (salt?, input?.0);
        let alias = transaction
            .alias
            .as_ref()
            .map(|alias| format!(" as @{}", alias.get_ref()));
        let summary = format!(
            "instantiate {}{}",
            self.names.show_code(&code),
            alias.unwrap_or_default()
        );
        Some((
            Action::Instantiate {
                code,
                salt,
                input,
                value,
            },
            OutputKind::Contract,
            summary,
        ))
    }

    fn call(&mut self, transaction: &Transaction, name: &Spanned<String>) -> Option<Planned> {
        // No name of a contract has a dot in it; a method of another compiler may.
        let Some((contract, method)) = name.get_ref().split_once('.') else {
            let message = format!("\"{}\" names no method", name.get_ref());
            let help = "write call = \"CONTRACT.METHOD\"";
            self.report(
                name.span(),
                Problem::new(ProblemCode::ScenarioAction, message, help),
            );
            return None;
        };
        if self.taken.contains(without_at(contract)) {
            return None;
        }
        let contract = self.account_of(contract, name.span());
        let code = match &transaction.code {
            Some(code) => self.code(code),
            None => contract.and_then(|contract| self.current_code.get(&contract).copied()),
        };
        let wanted = WantedMethod {
            kind: MethodKind::Call,
            name: method,
            abi: self.abi(code),
            span: name.span(),
        };
        let value = self.number(transaction.value.as_ref(), u128::MAX, 0);
        let contract = contract?;
        let (input, types) = self.input(transaction, &wanted)?;
        let summary = format!("call {}.{method}", self.names.show_account(&contract));
        let method = method.to_string();
        Some((
            Action::Call {
                contract,
                method,
                input,
                value,
            },
            OutputKind::Method(types),
            summary,
        ))
    }

    fn transfer(&mut self, transaction: &Transaction, name: &Spanned<String>) -> Option<Planned> {
        let to = self.account_of(name.get_ref(), name.span());
        let value = self.number(transaction.value.as_ref(), u128::MAX, 0);
        let to = to?;
        let summary = format!(
            "transfer {} to {}",
            grouped(value),
            self.names.show_account(&to)
        );
        Some((Action::Transfer { to, value }, OutputKind::Nothing, summary))
    }

    fn upgrade(&mut self, transaction: &Transaction, name: &Spanned<String>) -> Option<Planned> {
        let contract = self.account_of(name.get_ref(), name.span());
        let Some(code) = &transaction.code else {
            let message = "the upgrade does not say to which code".to_string();
            let help = "add code = \"NAME\" with a name of [code]";
            self.report(
                name.span(),
                Problem::new(ProblemCode::ScenarioAction, message, help),
            );
            return None;
        };
        let hash = self.code(code)?;
        let wanted = WantedMethod {
            kind: MethodKind::Upgraded,
            name: "upgraded",
            abi: self.abi(Some(hash)),
            span: code.span(),
        };
        let input = self.input(transaction, &wanted);
        let (contract, code) = (contract?, hash);
        let (input, types) = input?;
        let contract_name = self.names.show_account(&contract);
        let summary = format!("upgrade {contract_name} to {}", self.names.show_code(&code));
        Some((
            Action::Upgrade {
                contract,
                code,
                input,
            },
            OutputKind::Method(types),
            summary,
        ))
    }

    /// The account or contract that `@name`, `name` or `0x...` stands for.
    pub(super) fn account_of(&mut self, text: &str, span: Range<usize>) -> Option<AccountId> {
        if self.unread.contains(without_at(text)) {
            return None;
        }
        let prefixed = if text.starts_with('@') || text.starts_with("0x") {
            text.to_string()
        } else {
            format!("@{text}")
        };
        match identifier(Identifier::Account, &prefixed, span, &self.names) {
            Ok(bytes) => Some(AccountId(bytes)),
            Err(mismatch) => {
                self.report_mismatch(mismatch);
                None
            }
        }
    }
}
