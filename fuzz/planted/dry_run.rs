//! Dry runs that promise something else than they found out.

use lockstep_cli::base_engine;
use lockstep_vm::{DryRun, KeyUse, SmallestGasLimit, StateKey};

use super::{Fault, Hunter, Verdict};
use crate::sequence::promised::{PromiseJudge, TamperDryRun};

/// The faults of this file.
pub fn faults() -> Vec<Fault> {
    vec![
        fault(
            "smallest-limit-too-low",
            "the smallest gas limit of a dry run is one too low",
            |seed, planted| hunter(seed, planted, |said| shift(said, |limit| limit - 1)),
        ),
        fault(
            "smallest-limit-too-high",
            "the smallest gas limit of a dry run is one too high",
            |seed, planted| hunter(seed, planted, |said| shift(said, |limit| limit + 1)),
        ),
        fault(
            "any-limit-will-do",
            "a dry run never says that what it saw depends on the gas",
            |seed, planted| hunter(seed, planted, independent),
        ),
        fault(
            "no-limit-will-do",
            "a dry run says that no gas limit suffices where one does",
            |seed, planted| {
                hunter(seed, planted, |said| {
                    said.smallest_gas_limit = SmallestGasLimit::None;
                })
            },
        ),
        fault(
            "key-left-out",
            "a dry run leaves out the last key that is only read",
            |seed, planted| hunter(seed, planted, leave_out),
        ),
        fault(
            "key-of-another",
            "a dry run says the keys of storage with a byte more",
            |seed, planted| hunter(seed, planted, lengthen),
        ),
        fault(
            "written-key-read",
            "a dry run says of the first key that is written that it is read",
            |seed, planted| hunter(seed, planted, read_only),
        ),
        fault(
            "read-key-written",
            "a dry run says of the first key of storage that is only read that it is written",
            |seed, planted| hunter(seed, planted, also_written),
        ),
        fault(
            "written-key-read-too",
            "a dry run says of the first key of storage that is only written that it is read",
            |seed, planted| hunter(seed, planted, also_read),
        ),
    ]
}

fn fault(name: &'static str, about: &'static str, hunter: fn(u64, bool) -> Hunter) -> Fault {
    Fault {
        name,
        about,
        oracle: "dry-run",
        budget: 2_000,
        hunter,
    }
}

/// Judges what the dry runs of one chain after the other promise.
fn hunter(seed: u64, planted: bool, tamper: TamperDryRun) -> Hunter {
    let mut judge = PromiseJudge::new(&base_engine(), planted.then_some(tamper));
    let mut seed = seed;
    Box::new(move || {
        seed = seed.wrapping_add(1);
        Verdict::of(judge.seed(seed))
    })
}

fn shift(said: &mut DryRun, by: fn(u64) -> u64) {
    if let SmallestGasLimit::Found { gas_limit, .. } = &mut said.smallest_gas_limit {
        *gas_limit = by(*gas_limit);
    }
}

fn independent(said: &mut DryRun) {
    if let SmallestGasLimit::Found { only, .. } = &mut said.smallest_gas_limit {
        *only = true;
    }
}

fn leave_out(said: &mut DryRun) {
    if let Some(position) = said.keys.iter().rposition(|key| !key.written) {
        said.keys.remove(position);
    }
}

fn lengthen(said: &mut DryRun) {
    for used in &mut said.keys {
        if let StateKey::Storage(_, key) = &mut used.key {
            key.push(0);
        }
    }
}

/// The first key of storage that is used in some way.
fn first_of_storage(said: &mut DryRun, is_meant: fn(&KeyUse) -> bool) -> Option<&mut KeyUse> {
    let mut keys = said.keys.iter_mut();
    keys.find(|used| matches!(used.key, StateKey::Storage(..)) && is_meant(used))
}

fn also_written(said: &mut DryRun) {
    if let Some(used) = first_of_storage(said, |used| !used.written) {
        used.written = true;
    }
}

fn also_read(said: &mut DryRun) {
    if let Some(used) = first_of_storage(said, |used| !used.read) {
        used.read = true;
    }
}

fn read_only(said: &mut DryRun) {
    if let Some(used) = said.keys.iter_mut().find(|key| key.written) {
        (used.read, used.written) = (true, false);
    }
}
