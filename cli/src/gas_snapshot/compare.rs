//! What differs between the snapshot that is committed and the present one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};

use super::attribute::{Changes, Share, shares};
use super::words::unquoted;
use super::{Snapshot, StepEntry, StepKey};

/// The schema of the documents of `lockstep gas snapshot`.
pub(crate) const GAS_SNAPSHOT_SCHEMA: &str = "lockstep.gas-snapshot/1";

/// All differences, as `--check` prints them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Comparison {
    pub(crate) schema: &'static str,
    /// The file that was compared.
    pub(crate) file: String,
    /// How many steps there are now.
    pub(crate) steps: u64,
    /// What changed that can be a cause.
    pub(crate) changes: Vec<RecordedChange>,
    /// The steps that are not as they were.
    pub(crate) drifts: Vec<StepDrift>,
}

/// A line of the file, other than a step's, that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RecordedChange {
    /// What: `schedule`, `code token/escrow`, `compiler of token/escrow` and so on.
    pub(crate) what: String,
    /// What it was; none when it is new.
    pub(crate) before: Option<String>,
    /// What it is; none when it is gone.
    pub(crate) now: Option<String>,
}

/// A step that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct StepDrift {
    pub(crate) scenario: String,
    pub(crate) block: u64,
    pub(crate) number: u64,
    /// Its name, quoted; in the document as it is.
    #[serde(serialize_with = "plain")]
    pub(crate) name: String,
    /// Its name in the file, when it has another one now.
    #[serde(serialize_with = "plain_if_any")]
    pub(crate) name_before: Option<String>,
    /// Its gas in the file; none when it is new.
    pub(crate) before: Option<u64>,
    /// Its gas now; none when it is gone.
    pub(crate) now: Option<u64>,
    /// How it ended in the file, when it ends otherwise now.
    pub(crate) ending_before: Option<String>,
    /// How it ends now, when it ended otherwise.
    pub(crate) ending_now: Option<String>,
    /// Which buckets changed, and by how much.
    pub(crate) buckets: BTreeMap<&'static str, i128>,
    /// By how much the total changed; a step that is new or gone counts with all its gas.
    pub(crate) amount: i128,
    /// What caused it. The amounts that are known add up to `amount`. Empty when only the name is
    /// another one.
    pub(crate) shares: Vec<Share>,
}

fn plain<S: Serializer>(name: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&unquoted(name))
}

fn plain_if_any<S: Serializer>(name: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    name.as_deref().map(unquoted).serialize(serializer)
}

/// Compares. `repriced` has the present steps' gas by the old prices, if these are known.
pub(crate) fn compare(
    file: &str,
    old: &Snapshot,
    new: &Snapshot,
    repriced: Option<&BTreeMap<StepKey, u64>>,
) -> Comparison {
    let keys: BTreeSet<&StepKey> = old.steps.keys().chain(new.steps.keys()).collect();
    let drifts = keys.into_iter().filter_map(|key| {
        let (before, now) = (old.steps.get(key), new.steps.get(key));
        if before == now {
            return None;
        }
        let changes = Changes::of(&key.scenario, old, new);
        let by_old_prices = repriced.and_then(|totals| totals.get(key)).copied();
        Some(drift(key, before, now, &changes, by_old_prices))
    });
    Comparison {
        schema: GAS_SNAPSHOT_SCHEMA,
        file: file.to_string(),
        steps: u64::try_from(new.steps.len()).unwrap_or(u64::MAX),
        changes: recorded_changes(old, new),
        drifts: drifts.collect(),
    }
}

impl Comparison {
    /// Whether nothing differs at all.
    pub(crate) fn is_equal(&self) -> bool {
        self.changes.is_empty() && self.drifts.is_empty()
    }

    /// Whether the gas of a step differs, its total or a part of it.
    pub(crate) fn has_other_gas(&self) -> bool {
        let mut drifts = self.drifts.iter();
        drifts.any(|drift| drift.before != drift.now || !drift.buckets.is_empty())
    }

    /// What differs besides gas.
    pub(crate) fn other_than_gas(&self) -> Vec<String> {
        let changes = self.changes.iter().map(|change| change.what.clone());
        let steps = self.drifts.iter().flat_map(|drift| {
            let of_step = |what: &str| {
                let StepDrift {
                    scenario,
                    block,
                    number,
                    ..
                } = drift;
                format!("the {what} of {scenario} {block}.{number}")
            };
            let name = drift.name_before.as_ref().map(|_| of_step("name"));
            let ending = drift.ending_before.as_ref().map(|_| of_step("ending"));
            name.into_iter().chain(ending)
        });
        changes.chain(steps).collect()
    }
}

fn drift(
    key: &StepKey,
    before: Option<&StepEntry>,
    now: Option<&StepEntry>,
    changes: &Changes,
    by_old_prices: Option<u64>,
) -> StepDrift {
    let gas = |entry: Option<&StepEntry>| entry.map(|entry| entry.gas).unwrap_or_default();
    let signed = |number: u64| i128::from(number);
    let (old, new) = (gas(before), gas(now));
    let amount = signed(new.total) - signed(old.total);
    let buckets = old
        .buckets()
        .into_iter()
        .zip(new.buckets())
        .map(|((name, old), (_, new))| (name, signed(new) - signed(old)))
        .filter(|(_, change)| *change != 0);
    let ending = |entry: Option<&StepEntry>| entry.map(|entry| entry.ending.clone());
    let ends_otherwise = ending(before) != ending(now);
    let name = now.or(before).map(|entry| entry.name.clone());
    let (name_before, shares) = match (before, now) {
        (Some(before), Some(now)) => (
            (before.name != now.name).then(|| before.name.clone()),
            causes(changes, before, now, by_old_prices),
        ),
        _ => (None, vec![Share::scenario(amount)]),
    };
    StepDrift {
        scenario: key.scenario.clone(),
        block: key.block,
        number: key.number,
        name: name.unwrap_or_default(),
        name_before,
        before: before.map(|entry| entry.gas.total),
        now: now.map(|entry| entry.gas.total),
        ending_before: ending(before).filter(|_| ends_otherwise),
        ending_now: ending(now).filter(|_| ends_otherwise),
        buckets: buckets.collect(),
        amount,
        shares,
    }
}

/// What caused the drift of a step that was there before and is there now.
fn causes(
    changes: &Changes,
    before: &StepEntry,
    now: &StepEntry,
    by_old_prices: Option<u64>,
) -> Vec<Share> {
    let mut shares = shares(changes, before.gas.total, now.gas.total, by_old_prices);
    let is_only_renamed = before.gas == now.gas && before.ending == now.ending;
    if shares.is_empty() && !is_only_renamed {
        shares.push(changes.without_amount());
    }
    shares
}

/// The lines other than steps that differ.
fn recorded_changes(old: &Snapshot, new: &Snapshot) -> Vec<RecordedChange> {
    let mut changes = Vec::new();
    let mut note = |what: String, before: Option<String>, now: Option<String>| {
        if before != now {
            changes.push(RecordedChange { what, before, now });
        }
    };
    let version = |number: u32| Some(number.to_string());
    note(
        "instrumenter".to_string(),
        version(old.instrumenter),
        version(new.instrumenter),
    );
    note(
        "schedule".to_string(),
        Some(old.schedule.clone()),
        Some(new.schedule.clone()),
    );
    let scenarios: BTreeSet<&String> = old.scenarios.keys().chain(new.scenarios.keys()).collect();
    for name in scenarios {
        let digest = |snapshot: &Snapshot| snapshot.scenarios.get(name).cloned();
        note(format!("scenario {name}"), digest(old), digest(new));
    }
    let codes: BTreeSet<_> = old.codes.keys().chain(new.codes.keys()).collect();
    for key in codes {
        let (before, now) = (old.codes.get(key), new.codes.get(key));
        let (scenario, name) = key;
        note(
            format!("code {scenario}/{name}"),
            before.map(|code| code.hash.clone()),
            now.map(|code| code.hash.clone()),
        );
        if let (Some(before), Some(now)) = (before, now) {
            note(
                format!("compiler of {scenario}/{name}"),
                Some(before.compiler.clone()),
                Some(now.compiler.clone()),
            );
        }
    }
    changes
}
