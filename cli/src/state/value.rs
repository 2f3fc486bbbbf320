//! Values of the state as text: an account's record in words, all others as bytes.

use lockstep_vm::{Account, StateKey};
use parity_scale_codec::DecodeAll;
use serde::Serialize;

use super::names::StateNames;
use crate::value::{counted, grouped};

/// The most bytes of a value that are shown as text; the document has all of them.
const SHOWN_BYTES_MAX: usize = 120;

/// A value for people and in documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ValueReport {
    /// The bytes in hexadecimal.
    pub(crate) bytes: String,
    /// What an account's record says.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<AccountRecord>,
    /// For people.
    #[serde(skip)]
    pub(crate) text: String,
}

/// An account's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct AccountRecord {
    nonce: u64,
    /// A decimal number.
    balance: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract: Option<ContractPart>,
}

/// The contract's part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct ContractPart {
    code: String,
    admin: String,
    storage_items: u64,
    storage_bytes: u64,
    /// A decimal number.
    deposit: String,
}

/// The value at a key.
pub(crate) fn value_report(key: &[u8], value: &[u8], names: &StateNames) -> ValueReport {
    let account = match StateKey::from_bytes(key) {
        Some(StateKey::Account(_)) => Account::decode_all(&mut &*value).ok(),
        _ => None,
    };
    let text = match (&account, StateKey::from_bytes(key)) {
        (Some(account), _) => account_text(account, names),
        (None, Some(StateKey::Code(_))) => format!("{} of Wasm", counted(value.len(), "byte")),
        (None, Some(StateKey::CodeLength(_))) if let Ok(length) = value.try_into() => {
            counted(u64::from(u32::from_le_bytes(length)), "byte")
        }
        (None, _) => cut(value),
    };
    ValueReport {
        bytes: format!("0x{}", hex::encode(value)),
        account: account.map(|account| AccountRecord::of(&account, names)),
        text,
    }
}

fn account_text(account: &Account, names: &StateNames) -> String {
    let (balance, nonce) = (grouped(account.balance), account.nonce);
    let Some(contract) = &account.contract else {
        return format!("balance {balance}, nonce {nonce}");
    };
    format!(
        "balance {balance}, contract of code {} with {} of {}, deposit {}",
        names.shown().show_code(&contract.code),
        counted(contract.storage_items, "item"),
        counted(contract.storage_bytes, "byte"),
        grouped(contract.deposit)
    )
}

/// Bytes in hexadecimal, the beginning of them if they are many.
fn cut(bytes: &[u8]) -> String {
    match bytes.get(..SHOWN_BYTES_MAX) {
        Some(shown) if bytes.len() > SHOWN_BYTES_MAX => {
            format!(
                "0x{}... ({})",
                hex::encode(shown),
                counted(bytes.len(), "byte")
            )
        }
        _ => format!("0x{}", hex::encode(bytes)),
    }
}

impl AccountRecord {
    fn of(account: &Account, names: &StateNames) -> AccountRecord {
        let contract = account.contract.as_ref().map(|contract| ContractPart {
            code: names.shown().show_code(&contract.code),
            admin: names.shown().show_account(&contract.admin),
            storage_items: contract.storage_items,
            storage_bytes: contract.storage_bytes,
            deposit: contract.deposit.to_string(),
        });
        AccountRecord {
            nonce: account.nonce,
            balance: account.balance.to_string(),
            contract,
        }
    }
}
