//! The ranges that prices must keep, whoever wrote the schedule.
//!
//! Two things are at stake. Gas sums must fit the signed 64-bit counter of the instrumented code:
//! a price is at most [`PRICE_MAX`], so that a 32-bit operand times a price stays below 2^62 and
//! a whole function body's prices below 2^58: those of its operators below 2^48, and those of bytes
//! that constants say, at most 2^12 for each bulk operator, below 2^57. And a run must end:
//! whatever can repeat (branches, calls, function entries) costs at least 1.

use super::Schedule;

/// The largest price that a schedule may contain, in gas (per call, operator, byte or page).
pub const PRICE_MAX: u64 = 1_000_000_000;

/// Why a schedule is not usable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// Not TOML, or not the document's shape: the message has line and column, the key, and what
    /// was expected.
    #[error("the schedule is not a valid document: {0}")]
    Document(#[from] toml::de::Error),
    /// A price above [`PRICE_MAX`].
    #[error("the price `{name}` is {price}, above the largest price {PRICE_MAX}")]
    TooHigh {
        /// The price's path in the document.
        name: String,
        /// Its value.
        price: u64,
    },
    /// A price of 0 where a run could then go on for ever.
    #[error("the price `{name}` is 0; it must be at least 1, or a loop could run for ever")]
    Zero {
        /// The price's path in the document.
        name: String,
    },
}

impl Schedule {
    /// Checks that every price is in its range.
    ///
    /// # Errors
    /// [`ScheduleError::TooHigh`] or [`ScheduleError::Zero`] for the first price, in the order of
    /// the document, that is not.
    pub fn check(&self) -> Result<(), ScheduleError> {
        let document = toml::Value::try_from(self).map_err(|_| ScheduleError::TooHigh {
            name: "(a value above the range of TOML integers)".to_owned(),
            price: u64::MAX,
        })?;
        let gas_tables = ["wasm", "code", "transaction", "host"];
        for table in gas_tables {
            if let Some(value) = document.get(table) {
                check_ceiling(table, value)?;
            }
        }
        self.check_progress()
    }

    /// Refuses prices of 0 on everything that can repeat within a run.
    fn check_progress(&self) -> Result<(), ScheduleError> {
        let wasm = &self.wasm;
        let repeating = [
            ("wasm.branch", wasm.branch),
            ("wasm.branch_if", wasm.branch_if),
            ("wasm.branch_table", wasm.branch_table),
            ("wasm.call", wasm.call),
            ("wasm.call_indirect", wasm.call_indirect),
            ("wasm.function_entry", wasm.function_entry),
        ];
        match repeating.into_iter().find(|(_, price)| *price == 0) {
            Some((name, _)) => Err(ScheduleError::Zero {
                name: name.to_owned(),
            }),
            None => Ok(()),
        }
    }
}

/// Walks a table of the document and refuses numbers above [`PRICE_MAX`].
fn check_ceiling(path: &str, value: &toml::Value) -> Result<(), ScheduleError> {
    match value {
        toml::Value::Table(table) => table
            .iter()
            .try_for_each(|(key, inner)| check_ceiling(&format!("{path}.{key}"), inner)),
        toml::Value::Integer(number) => match u64::try_from(*number) {
            Ok(price) if price <= PRICE_MAX => Ok(()),
            Ok(price) => Err(ScheduleError::TooHigh {
                name: path.to_owned(),
                price,
            }),
            Err(_) => Ok(()),
        },
        _ => Ok(()),
    }
}
