//! Changes of the state as text: accounts member by member, storage as bytes with names in them.

use std::fmt::Result;

use super::{cut, grouped_text, line};
use crate::report::{AccountReport, BytesReport, ChangeReport};
use crate::value::grouped;

/// One change.
pub(super) fn change_line(out: &mut String, change: &ChangeReport) -> Result {
    match change {
        ChangeReport::Account {
            account,
            before,
            after,
        } => {
            let what = account_change(before.as_ref(), after.as_ref());
            line(out, "change", format_args!("{account}: {what}"))
        }
        ChangeReport::Storage {
            contract,
            key,
            before,
            after,
        } => {
            let (key, before) = (cut(&key.shown), shown_value(before.as_ref()));
            let after = shown_value(after.as_ref());
            line(
                out,
                "change",
                format_args!("{contract} [{key}]: {before} -> {after}"),
            )
        }
        ChangeReport::Code { code, bytes } => line(
            out,
            "change",
            format_args!("code {code}: {} bytes stored", grouped(*bytes)),
        ),
    }
}

fn shown_value(value: Option<&BytesReport>) -> String {
    value.map_or_else(|| "none".to_string(), |value| cut(&value.shown))
}

/// The members of an account's record that differ, each as `name before -> after`.
fn account_change(before: Option<&AccountReport>, after: Option<&AccountReport>) -> String {
    let (before, after) = (members(before), members(after));
    let differing: Vec<String> = before
        .iter()
        .zip(&after)
        .filter(|((_, before), (_, after))| before != after)
        .map(|((name, before), (_, after))| format!("{name} {before} -> {after}"))
        .collect();
    differing.join(", ")
}

/// The members of a record by name.
fn members(account: Option<&AccountReport>) -> [(&'static str, String); 7] {
    let contract = account.and_then(|account| account.contract.as_ref());
    let none = || "none".to_string();
    [
        (
            "nonce",
            account.map_or(0, |account| account.nonce).to_string(),
        ),
        (
            "balance",
            account.map_or_else(|| "0".to_string(), |account| grouped_text(&account.balance)),
        ),
        (
            "code",
            contract.map_or_else(none, |contract| contract.code.clone()),
        ),
        (
            "admin",
            contract.map_or_else(none, |contract| contract.admin.clone()),
        ),
        (
            "items",
            grouped(contract.map_or(0, |contract| contract.storage_items)),
        ),
        (
            "bytes",
            grouped(contract.map_or(0, |contract| contract.storage_bytes)),
        ),
        (
            "deposit",
            contract.map_or_else(|| "0".to_string(), |it| grouped_text(&it.deposit)),
        ),
    ]
}
