//! The gas schedule: every price of a protocol version, as one versioned TOML document.
//!
//! The documents lie in `gas-meter/schedules/`. A document is strict: every price is present,
//! unknown keys are errors, and [`Schedule::check`] bounds every number so that no sum of prices
//! can overflow the 64-bit gas counter. A schedule's identity is its [`Schedule::hash`], taken
//! over the decoded values and not over the text.

mod check;
mod host_prices;
mod wasm_prices;

use blake2::{Blake2b256, Digest};
use lockstep_abi::{Hash, HostFunction};
use parity_scale_codec::Encode;
use serde::{Deserialize, Serialize};
use wasmparser::Operator;

use crate::operator::{Decision, decide};

pub use check::{PRICE_MAX, ScheduleError};
pub use host_prices::{HostPrice, HostPrices};
pub use wasm_prices::WasmPrices;

/// The domain that precedes the SCALE encoding of a schedule in its hash.
const HASH_DOMAIN: &[u8] = b"lockstep/schedule/1";

/// Prices of a transaction as such, in gas, whatever its code does.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransactionPrices {
    /// Every transaction.
    pub base: u64,
    /// Each byte of the signed transaction, SCALE encoded.
    pub per_byte: u64,
    /// The check of its signature.
    pub signature: u64,
    /// A transfer of balance by a transaction.
    pub transfer: u64,
    /// An upload of code.
    pub upload: u64,
    /// Each byte of uploaded code: it is validated, instrumented, translated and stored. Refused
    /// code pays as well.
    pub upload_per_byte: u64,
    /// Making a contract by a transaction.
    pub instantiate: u64,
    /// A call by a transaction.
    pub call: u64,
    /// An upgrade by a transaction.
    pub upgrade: u64,
}

/// Prices of getting code ready to run, in gas. They follow from the code alone, never from the
/// state of a cache.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodePrices {
    /// Loading code, once per transaction and code hash.
    pub load_base: u64,
    /// Each byte of loaded code, by its length as uploaded; once per transaction and code hash.
    pub load_per_byte: u64,
    /// Making an instance, once per frame.
    pub instantiate_base: u64,
    /// Each function, imported ones too, and each global of the module.
    pub instantiate_per_item: u64,
    /// Each export of the module, and each of its mutable globals, which the pass exports.
    pub instantiate_per_export: u64,
    /// Each data segment, passive ones too, and each element segment, whatever its length.
    pub instantiate_per_segment: u64,
    /// Each page that the memory starts with.
    pub memory_per_page: u64,
    /// Each byte of the data segments.
    pub data_per_byte: u64,
    /// Each element that the table starts with, and each item of an element segment.
    pub table_per_element: u64,
}

/// Refundable storage deposits, in units of balance (not gas).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepositPrices {
    /// Each stored item.
    pub per_item: u64,
    /// Each byte of a stored item's key and value.
    pub per_byte: u64,
}

/// Every price of a protocol version.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// The number of this schedule; a new set of prices takes a new number.
    pub version: u32,
    /// Wasm operators.
    pub wasm: WasmPrices,
    /// Loading and instantiating code.
    pub code: CodePrices,
    /// Transactions.
    pub transaction: TransactionPrices,
    /// Storage deposits.
    pub deposit: DepositPrices,
    /// Host functions.
    pub host: HostPrices,
}

impl Schedule {
    /// The text of schedule 1, as committed.
    pub const V1_TOML: &'static str = include_str!("../schedules/v1.toml");

    /// The schedule of protocol version 1.
    ///
    /// # Panics
    /// Never: the document is part of the crate, and a test reads it.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "the document is compiled into the crate and read by a test"
    )]
    pub fn v1() -> Schedule {
        Schedule::from_toml(Schedule::V1_TOML).expect("schedule 1 is well-formed")
    }

    /// Reads a schedule from its TOML document and checks it.
    ///
    /// # Errors
    /// The text is not TOML, a key is missing or unknown, a value is not an unsigned integer, or
    /// a price is out of its range.
    pub fn from_toml(text: &str) -> Result<Schedule, ScheduleError> {
        let schedule: Schedule = toml::from_str(text)?;
        schedule.check()?;
        Ok(schedule)
    }

    /// The schedule's identity: blake2b-256 of `lockstep/schedule/1` and the SCALE encoding of
    /// this struct (fields in the order of their declaration). Two documents that differ only in
    /// layout or comments have the same hash.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let mut hasher = Blake2b256::new();
        hasher.update(HASH_DOMAIN);
        hasher.update(self.encode());
        Hash(hasher.finalize().into())
    }

    /// The price of a call to `function`.
    #[must_use]
    pub const fn host_price(&self, function: HostFunction) -> HostPrice {
        self.host.of(function)
    }

    /// The gas that executing `operator` costs, or `None` when the operator is refused. What its
    /// operand asks for (pages, bytes) comes on top.
    #[must_use]
    pub fn operator_price(&self, operator: &Operator<'_>) -> Option<u64> {
        match decide(operator) {
            Decision::Accepted(class) => Some(self.wasm.of(class)),
            Decision::Refused(_) => None,
        }
    }
}
