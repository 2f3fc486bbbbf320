//! The dry run before a transaction, and that it told the truth.

use lockstep_vm::{
    BlockBuilder, DryRun, Fatal, InvalidTransaction, Ledger, Report, SignedTransaction,
    SmallestGasLimit, StateKey,
};

use crate::problem::Failure;
use crate::report::{BytesReport, DryRunReport, GasLimitReport, KeyReport, LimitReport};
use crate::scenario::Names;

/// The largest gas limit that the search for the smallest one tries for a transaction that
/// fails. A transaction may burn all of it, several times, so this bounds the time.
const SEARCH_GAS_MAX: u64 = 200_000_000;

/// Which transactions of a run are run dry first. The report tells what that said; when something
/// else then happens, the run fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DryRuns {
    /// No transaction.
    None,
    /// Each transaction.
    Each,
}

impl DryRuns {
    /// What `--dry-run` asks for.
    pub(crate) fn asked(dry_run: bool) -> DryRuns {
        match dry_run {
            true => DryRuns::Each,
            false => DryRuns::None,
        }
    }
}

/// What a dry run of the transaction says.
pub(super) fn said(
    builder: &mut BlockBuilder<'_, impl Ledger>,
    signed: &SignedTransaction,
) -> Result<DryRun, Fatal> {
    builder.dry_run(signed, SEARCH_GAS_MAX)
}

/// The report of a dry run, when the transaction came out as it said.
///
/// # Errors
/// When it did not, which is a bug.
pub(super) fn report(
    said: &DryRun,
    happened: &Result<Report, InvalidTransaction>,
    names: &Names,
) -> Result<DryRunReport, Failure> {
    if said.outcome != *happened {
        let message = format!(
            "a dry run said {:?} and then happened {happened:?}",
            said.outcome
        );
        return Err(Failure::bug(message));
    }
    let smallest_gas_limit = match said.smallest_gas_limit {
        SmallestGasLimit::Found { gas_limit, only } => GasLimitReport::Found { gas_limit, only },
        SmallestGasLimit::None => GasLimitReport::None,
        SmallestGasLimit::NotFound { tried_max } => GasLimitReport::NotFound { tried_max },
        SmallestGasLimit::NotAffordable { needed, balance } => GasLimitReport::NotAffordable {
            needed: needed.to_string(),
            balance: balance.to_string(),
        },
    };
    let limits = said.limits.iter().map(|row| LimitReport {
        limit: row.limit,
        used: row.used.to_string(),
        max: row.max.to_string(),
    });
    let keys = said.keys.iter().map(|entry| key(entry, names));
    Ok(DryRunReport {
        smallest_gas_limit,
        limits: limits.collect(),
        keys: keys.collect(),
    })
}

fn key(entry: &lockstep_vm::KeyUse, names: &Names) -> KeyReport {
    let (kind, owner, key) = match &entry.key {
        StateKey::Account(id) => ("account", names.show_account(id), None),
        StateKey::Code(hash) => ("code", names.show_code(hash), None),
        StateKey::CodeLength(hash) => ("code-length", names.show_code(hash), None),
        StateKey::Storage(contract, key) => (
            "storage",
            names.show_account(contract),
            Some(BytesReport {
                bytes: format!("0x{}", hex::encode(key)),
                shown: names.show_key(key),
            }),
        ),
    };
    KeyReport {
        kind,
        owner,
        key,
        read: entry.read,
        written: entry.written,
    }
}
