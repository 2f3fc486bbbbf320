//! The gas of every scenario step in a text file that is committed, and what changed since.
//!
//! [`take()`] runs scenarios and makes a [`Snapshot`]; [`format()`] and [`parse()`] are its text, line
//! by line, of `words`; [`compare()`] finds what differs, and [`attribute`] says how much of it which
//! recorded change caused. Only what can be known is attributed: one change alone causes all of a
//! drift; the share of new prices is found by running the present code by the old ones, when these
//! are at hand; everything else that changed at once is named together.

mod attribute;
mod compare;
mod compiler;
mod format;
mod parse;
mod render;
mod take;
mod words;

use std::collections::BTreeMap;

pub(crate) use self::compare::{Comparison, GAS_SNAPSHOT_SCHEMA, StepDrift, compare};
pub(crate) use self::format::format;
pub(crate) use self::parse::{is_snapshot, parse};
pub(crate) use self::render::render;
pub(crate) use self::take::{Loaded, load_all, repriced, take};

/// The gas of one step by bucket, in the order of the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct StepGas {
    pub(crate) total: u64,
    pub(crate) intrinsic: u64,
    pub(crate) wasm: u64,
    pub(crate) host: u64,
    pub(crate) storage: u64,
    pub(crate) forfeited: u64,
}

impl StepGas {
    /// The buckets by name.
    pub(crate) fn buckets(&self) -> [(&'static str, u64); 5] {
        [
            ("intrinsic", self.intrinsic),
            ("wasm", self.wasm),
            ("host", self.host),
            ("storage", self.storage),
            ("forfeited", self.forfeited),
        ]
    }
}

/// Which step: the scenario's `name`, block and number in the block, from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StepKey {
    pub(crate) scenario: String,
    pub(crate) block: u64,
    pub(crate) number: u64,
}

/// What a step came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StepEntry {
    pub(crate) gas: StepGas,
    /// The receipt's status, or `invalid:` and the reason.
    pub(crate) ending: String,
    /// The step's name, quoted and escaped.
    pub(crate) name: String,
}

/// A code of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CodeEntry {
    /// Its hash in hexadecimal.
    pub(crate) hash: String,
    /// What compiled it, quoted and escaped.
    pub(crate) compiler: String,
}

/// A whole snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Snapshot {
    pub(crate) protocol: u32,
    /// The version of the metering pass.
    pub(crate) instrumenter: u32,
    /// The schedule's hash in hexadecimal.
    pub(crate) schedule: String,
    /// A digest of what each scenario does, whatever its code and its expectations.
    pub(crate) scenarios: BTreeMap<String, String>,
    /// The codes by scenario and name.
    pub(crate) codes: BTreeMap<(String, String), CodeEntry>,
    pub(crate) steps: BTreeMap<StepKey, StepEntry>,
}

impl Snapshot {
    /// The names of the scenarios that `other` does not have.
    pub(crate) fn beyond(&self, other: &Snapshot) -> Vec<&str> {
        let names = self.scenarios.keys();
        let beyond = names.filter(|name| !other.scenarios.contains_key(*name));
        beyond.map(String::as_str).collect()
    }

    /// Forgets the scenarios that `other` does not have.
    pub(crate) fn keep_only(&mut self, other: &Snapshot) {
        let known = |name: &String| other.scenarios.contains_key(name);
        self.scenarios.retain(|name, _| known(name));
        self.codes.retain(|(scenario, _), _| known(scenario));
        self.steps.retain(|key, _| known(&key.scenario));
    }
}
