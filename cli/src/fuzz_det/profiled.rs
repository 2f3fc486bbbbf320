//! The profiler as an observer of a history. Nobody has given names or lines to what runs, and the
//! codes are those that the history uploads.

use std::collections::BTreeMap;
use std::path::PathBuf;

use lockstep_abi::CodeHash;
use lockstep_vm::{Action, code_hash};

use super::history::History;
use crate::gas_profile::collect::{Collector, Known};
use crate::scenario::{Code, Names};

/// The codes that a history uploads.
pub(super) struct Uploads {
    codes: BTreeMap<CodeHash, Code>,
    names: Names,
}

impl Uploads {
    /// All of them, those before the snapshot included.
    pub(super) fn of(history: &History) -> Uploads {
        let transactions = history.blocks.iter().flat_map(|block| &block.transactions);
        let codes = transactions.filter_map(|signed| match &signed.transaction.action {
            Action::Upload { code } => Some((code_hash(code), without_file(code))),
            _ => None,
        });
        Uploads {
            codes: codes.collect(),
            names: Names::default(),
        }
    }

    /// A profiler that has seen nothing of it.
    pub(super) fn collector(&self) -> Collector<'_> {
        Collector::new(Known {
            codes: &self.codes,
            names: &self.names,
            sidecar: None,
        })
    }
}

fn without_file(code: &[u8]) -> Code {
    Code {
        bytes: code.to_vec(),
        folder: PathBuf::new(),
        abi: None,
        path: PathBuf::new(),
    }
}
