//! The smallest gas limit with which a transaction succeeds.
//!
//! A run in which nothing depends on the gas that there is (see
//! [`Gauge::depends_on_gas`](super::gauge::Gauge::depends_on_gas)) needs exactly the gas that it
//! used. Other runs need more than they use in the end (a contract insists on some gas being
//! left, or a call that trapped used up what it was given), or less, and a smaller limit may
//! succeed where a larger one fails. So the rule is:
//!
//! 1. Begin with a limit that succeeds: the transaction's own, or else the first that does when
//!    it is doubled again and again.
//! 2. As long as the gas used is less than the limit and suffices as a limit, take that.
//! 3. Halve the distance between that limit and one that fails, until they are neighbours.
//!
//! The result was tried and succeeded. The limit one below was tried and failed, or is less than the
//! intrinsic gas, with which no transaction is included.

use super::trials::{Attempt, Trials};
use crate::fatal::Fatal;
use crate::ledger::Ledger;
use crate::state::State;
use crate::status::Status;
use crate::validate::InvalidTransaction;

/// How often step 2 is repeated.
const DESCENTS_MAX: u32 = 8;

/// The smallest gas limit that succeeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmallestGasLimit {
    /// The transaction succeeds with this limit and fails with one less. Both were tried, unless one
    /// less is below the intrinsic gas.
    Found {
        /// The limit.
        gas_limit: u64,
        /// Whether nothing in the run depends on the gas that there is. Then every smaller limit
        /// fails, and every larger one that the sender can pay gives the same result. Otherwise
        /// other limits may do either.
        only: bool,
    },
    /// The transaction succeeds with no limit, because it fails for another reason than gas and
    /// nothing in it depends on the gas that there is.
    None,
    /// The transaction failed with every limit that was tried.
    NotFound {
        /// The largest limit that was tried.
        tried_max: u64,
    },
    /// The sender's balance pays for no limit with which the transaction would be included.
    NotAffordable {
        /// What the smallest such limit takes, with the value that the transaction sends.
        needed: u128,
        /// The balance.
        balance: u128,
    },
}

/// What an attempt says about larger limits.
enum Larger {
    /// It succeeded, having used so much.
    NotNeeded(u64),
    /// A larger limit may succeed.
    MayHelp,
    /// A larger limit fails in the same way.
    CannotHelp,
}

fn judge(attempt: &Attempt) -> Larger {
    match &attempt.outcome {
        Ok(report) if report.receipt.status.is_success() => {
            Larger::NotNeeded(report.receipt.gas_used.total())
        }
        Ok(report) if report.receipt.status == Status::OutOfGas => Larger::MayHelp,
        Ok(_) if attempt.depends_on_gas => Larger::MayHelp,
        Ok(_) => Larger::CannotHelp,
        Err(InvalidTransaction::GasLimitTooLow { .. }) => Larger::MayHelp,
        Err(_) => Larger::CannotHelp,
    }
}

/// What the search says when it ends with this limit, which is too large or fails as all do.
fn fruitless(tried_max: u64, attempt: &Attempt) -> SmallestGasLimit {
    match attempt.outcome {
        Err(InvalidTransaction::CannotPay { needed, balance }) => {
            SmallestGasLimit::NotAffordable { needed, balance }
        }
        Err(InvalidTransaction::GasLimitTooHigh { .. } | InvalidTransaction::BlockFull { .. }) => {
            SmallestGasLimit::NotFound { tried_max }
        }
        _ => SmallestGasLimit::None,
    }
}

impl<L: Ledger> Trials<'_, L> {
    /// Finds it, beginning from how the transaction ended with its own limit.
    pub(super) fn smallest_gas_limit(
        &mut self,
        own: &Attempt,
        search_gas_max: u64,
    ) -> Result<SmallestGasLimit, Fatal> {
        let limit = self.signed.transaction.gas_limit;
        match judge(own) {
            Larger::NotNeeded(used) => self.descend(limit, used, own.depends_on_gas),
            Larger::MayHelp => self.ascend(limit, search_gas_max),
            Larger::CannotHelp => match own.outcome {
                Err(
                    InvalidTransaction::GasLimitTooHigh { .. }
                    | InvalidTransaction::BlockFull { .. }
                    | InvalidTransaction::CannotPay { .. },
                ) => self.ascend(0, search_gas_max),
                _ => Ok(SmallestGasLimit::None),
            },
        }
    }

    /// Step 1, for a transaction that fails with the limit `from` and below what `from` says. The
    /// first limit is at least the one below which a transaction is never included, whether that
    /// is allowed or not.
    fn ascend(&mut self, from: u64, search_gas_max: u64) -> Result<SmallestGasLimit, Fatal> {
        let ceiling = self.gas_limit_allowed()?.min(search_gas_max);
        let mut limit = from;
        loop {
            let next = limit.saturating_mul(2).min(ceiling);
            let next = next.max(self.gas_before_anything_runs());
            if next <= limit {
                return Ok(SmallestGasLimit::NotFound { tried_max: limit });
            }
            limit = next;
            let attempt = self.with_gas_limit(limit)?;
            match judge(&attempt) {
                Larger::NotNeeded(used) => {
                    return self.descend(limit, used, attempt.depends_on_gas);
                }
                Larger::MayHelp => {}
                Larger::CannotHelp => return Ok(fruitless(limit, &attempt)),
            }
        }
    }

    /// Steps 2 and 3, from a limit that succeeds and the gas used with it.
    fn descend(
        &mut self,
        limit: u64,
        used: u64,
        depends_on_gas: bool,
    ) -> Result<SmallestGasLimit, Fatal> {
        let mut succeeds = limit;
        let mut fails = self.gas_before_anything_runs().saturating_sub(1);
        let mut candidate = used;
        for _ in 0..DESCENTS_MAX {
            if candidate >= succeeds {
                break;
            }
            match self.with_gas_limit(candidate)?.success_gas() {
                Some(used) => {
                    succeeds = candidate;
                    candidate = used;
                }
                None => {
                    fails = candidate;
                    break;
                }
            }
        }
        let mut next = succeeds.saturating_sub(1);
        while next > fails {
            match self.with_gas_limit(next)?.success_gas() {
                Some(_) => succeeds = next,
                None => fails = next,
            }
            next = succeeds.midpoint(fails);
        }
        Ok(SmallestGasLimit::Found {
            gas_limit: succeeds,
            only: !depends_on_gas && succeeds == used,
        })
    }

    /// The intrinsic gas; one less is refused before anything runs.
    fn gas_before_anything_runs(&self) -> u64 {
        let protocol = self.machine.protocol();
        crate::validate::intrinsic_gas_of(self.signed, &protocol.schedule.transaction)
    }

    /// The largest limit that the protocol, the block and the sender's balance allow.
    fn gas_limit_allowed(&mut self) -> Result<u64, Fatal> {
        let transaction = &self.signed.transaction;
        let protocol_max = self.machine.protocol().limits.gas_limit_max;
        let allowed = protocol_max.min(self.block_gas_left);
        let balance = self.journal.account(&transaction.sender)?.balance;
        let for_gas = balance.saturating_sub(transaction.action.value());
        Ok(match for_gas.checked_div(transaction.gas_price) {
            Some(affordable) => u64::try_from(affordable).unwrap_or(u64::MAX).min(allowed),
            None => allowed,
        })
    }
}
