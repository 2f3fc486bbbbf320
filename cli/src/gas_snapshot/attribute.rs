//! How much of a drift which recorded change caused.
//!
//! The causes that a snapshot records are the prices (`schedule`), the metering pass
//! (`metering`), what the scenario does (`scenario`), and the codes: one whose hash changed
//! counts as `compiler` when another compiler is recorded, too (a change of the source besides
//! cannot be told apart from it), and as `code` otherwise, also when one of the two has no record.
//!
//! When one cause changed, all of a drift is its. When prices changed with others, the present
//! code is run by the old prices: what that costs more than the old total is due to the others,
//! and the rest to the prices. Without the old prices, and between several other causes, nothing
//! can be known, and the causes are named together without amounts. What drifts although nothing
//! recorded changed is `unrecorded`: the machine itself charges differently.

use std::collections::BTreeSet;

use serde::Serialize;

use super::compiler::is_recorded;
use super::{CodeEntry, Snapshot};

/// What changed in one scenario between two snapshots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    schedule: bool,
    /// The other causes, as they are named.
    others: Vec<String>,
}

/// A part of a drift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Share {
    /// The causes: one, or several that cannot be told apart.
    pub(crate) causes: Vec<String>,
    /// Their part of the drift.
    pub(crate) amount: i128,
}

impl Share {
    /// The share of a scenario that changed.
    pub(super) fn scenario(amount: i128) -> Share {
        Share {
            causes: vec!["scenario".to_string()],
            amount,
        }
    }
}

impl Changes {
    /// What changed in the scenario.
    pub(super) fn of(scenario: &str, old: &Snapshot, new: &Snapshot) -> Changes {
        let mut others = Vec::new();
        let (mut codes, mut compiled) = (Vec::new(), Vec::new());
        let keys: BTreeSet<_> = old.codes.keys().chain(new.codes.keys()).collect();
        for key in keys.into_iter().filter(|(name, _)| name == scenario) {
            match (old.codes.get(key), new.codes.get(key)) {
                (Some(before), Some(now)) if before.hash == now.hash => {}
                (Some(before), Some(now)) if has_another_compiler(before, now) => {
                    compiled.push(key.1.as_str());
                }
                _ => codes.push(key.1.as_str()),
            }
        }
        for (cause, names) in [("code", codes), ("compiler", compiled)] {
            if !names.is_empty() {
                others.push(format!("{cause} ({})", names.join(", ")));
            }
        }
        if old.scenarios.get(scenario) != new.scenarios.get(scenario) {
            others.push("scenario".to_string());
        }
        if old.instrumenter != new.instrumenter {
            others.push("metering".to_string());
        }
        Changes {
            schedule: old.schedule != new.schedule,
            others,
        }
    }

    /// The share of a step whose total is what it was, although its parts or its ending are not.
    pub(super) fn without_amount(&self) -> Share {
        let causes = match self.schedule {
            true => {
                let others = self.others.iter().cloned();
                std::iter::once("schedule".to_string())
                    .chain(others)
                    .collect()
            }
            false => self.other_causes(),
        };
        Share { causes, amount: 0 }
    }

    /// The causes other than prices.
    fn other_causes(&self) -> Vec<String> {
        match self.others.is_empty() {
            true => vec!["unrecorded".to_string()],
            false => self.others.clone(),
        }
    }
}

/// Whether two compilers are recorded, and they differ.
fn has_another_compiler(before: &CodeEntry, now: &CodeEntry) -> bool {
    let are_recorded = is_recorded(&before.compiler) && is_recorded(&now.compiler);
    are_recorded && before.compiler != now.compiler
}

/// The shares of a step that has been there before. They add up to the drift.
pub(super) fn shares(
    changes: &Changes,
    old: u64,
    new: u64,
    by_old_prices: Option<u64>,
) -> Vec<Share> {
    let (old, new) = (i128::from(old), i128::from(new));
    let schedule = || "schedule".to_string();
    let mut shares = Vec::new();
    match (changes.schedule, by_old_prices.map(i128::from)) {
        (true, Some(by_old_prices)) => {
            shares.push(Share {
                causes: vec![schedule()],
                amount: new - by_old_prices,
            });
            shares.push(Share {
                causes: changes.other_causes(),
                amount: by_old_prices - old,
            });
        }
        (true, None) => {
            let mut causes = vec![schedule()];
            causes.extend(changes.others.iter().cloned());
            shares.push(Share {
                causes,
                amount: new - old,
            });
        }
        (false, _) => shares.push(Share {
            causes: changes.other_causes(),
            amount: new - old,
        }),
    }
    shares.retain(|share| share.amount != 0);
    shares
}

#[cfg(test)]
mod tests {
    use super::{Changes, Share, shares};

    fn changes(schedule: bool, others: &[&str]) -> Changes {
        Changes {
            schedule,
            others: others.iter().map(ToString::to_string).collect(),
        }
    }

    fn share(causes: &[&str], amount: i128) -> Share {
        Share {
            causes: causes.iter().map(ToString::to_string).collect(),
            amount,
        }
    }

    #[test]
    fn one_cause_has_all_of_it() {
        let code = shares(&changes(false, &["code (a)"]), 10, 7, None);
        assert_eq!(code, [share(&["code (a)"], -3)]);
        let prices = shares(&changes(true, &[]), 10, 15, None);
        assert_eq!(prices, [share(&["schedule"], 5)]);
        let nothing = shares(&changes(false, &[]), 10, 11, None);
        assert_eq!(nothing, [share(&["unrecorded"], 1)]);
    }

    #[test]
    fn the_old_prices_tell_prices_from_code() {
        let both = changes(true, &["code (a)"]);
        let split = [share(&["schedule"], 8), share(&["code (a)"], -3)];
        assert_eq!(shares(&both, 10, 15, Some(7)), split);
        assert_eq!(shares(&both, 10, 15, Some(15)), [share(&["code (a)"], 5)]);
        let together = [share(&["schedule", "code (a)"], 5)];
        assert_eq!(shares(&both, 10, 15, None), together);
    }

    #[test]
    fn what_has_no_amount_has_all_causes() {
        let both = changes(true, &["code (a)"]);
        assert_eq!(both.without_amount(), share(&["schedule", "code (a)"], 0));
        let prices = changes(true, &[]).without_amount();
        assert_eq!(prices, share(&["schedule"], 0));
        let nothing = changes(false, &[]).without_amount();
        assert_eq!(nothing, share(&["unrecorded"], 0));
        assert_eq!(shares(&both, 10, 10, Some(10)), []);
    }

    #[test]
    fn prices_alone_that_do_not_explain_it_leave_a_rest() {
        let rest = [share(&["schedule"], 4), share(&["unrecorded"], 1)];
        assert_eq!(shares(&changes(true, &[]), 10, 15, Some(11)), rest);
    }
}
