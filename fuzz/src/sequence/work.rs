//! What chains did, to see that it was something.

use std::collections::BTreeSet;

use lockstep_abi::CodeHash;
use lockstep_cli::{Ending, Execution, History};
use lockstep_vm::{Action, Receipt, Status, code_hash};

use crate::oracles::Finding;
use crate::script::codes;

/// So many host calls make a transaction one that does real work.
const WORK_CALLS: usize = 10;

/// What the chains did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SequenceWork {
    /// Chains.
    pub sequences: u64,
    /// Transactions behind the uploads and the first contracts.
    pub transactions: u64,
    /// Of these, how many were included.
    pub included: u64,
    /// Of these, how many succeeded.
    pub succeeded: u64,
    /// How many did real work: at least ten host calls.
    pub working: u64,
    /// Executions of whole chains, the base world's included.
    pub executions: u64,
    /// How many succeeded with a code that was uploaded in the same block.
    pub fresh_code: u64,
    /// How included transactions ended, each with its action.
    pub ended: BTreeSet<(&'static str, Status)>,
    /// The words of what was not included, without their numbers.
    pub not_included: BTreeSet<String>,
}

impl SequenceWork {
    /// Counts what the drawn blocks did. `Ok(true)` means that one of their transactions did real work.
    ///
    /// # Errors
    /// When a receipt cannot be read.
    pub(super) fn count(
        &mut self,
        history: &History,
        execution: &Execution,
    ) -> Result<bool, Finding> {
        self.sequences += 1;
        let before = self.working;
        let drawn_from = 1 - history.blocks_before_start();
        let outcomes = &execution.blocks[drawn_from..];
        for (block, outcome) in history.blocks[1..].iter().zip(outcomes) {
            let mut uploaded = BTreeSet::new();
            for (signed, outcome) in block.transactions.iter().zip(&outcome.transactions) {
                let calls = outcome.calls.as_ref().map_or(0, Vec::len);
                self.transactions += 1;
                self.working += u64::from(calls >= WORK_CALLS);
                match &outcome.ending {
                    Ending::Included { receipt, .. } => {
                        let receipt = Receipt::from_bytes(&receipt.0);
                        let status = receipt.map_err(|error| error.to_string())?.status;
                        let action = &signed.transaction.action;
                        self.included += 1;
                        self.ended.insert((name(action), status));
                        if status.is_success() {
                            self.succeeded += 1;
                            self.fresh_code += u64::from(uses(action, &uploaded));
                            uploaded.extend(new_code(action));
                        }
                    }
                    Ending::Invalid(words) => {
                        let words = words.chars().filter(|letter| !letter.is_ascii_digit());
                        self.not_included.insert(words.collect());
                    }
                }
            }
        }
        Ok(self.working > before)
    }
}

/// The code that an upload brings, unless it was there from the beginning.
fn new_code(action: &Action) -> Option<CodeHash> {
    let Action::Upload { code } = action else {
        return None;
    };
    let hash = code_hash(code);
    codes().iter().all(|known| known.0 != hash).then_some(hash)
}

/// Whether an action makes a contract of one of these codes, or gives it to one.
fn uses(action: &Action, codes: &BTreeSet<CodeHash>) -> bool {
    match action {
        Action::Instantiate { code, .. } | Action::Upgrade { code, .. } => codes.contains(code),
        _ => false,
    }
}

/// The name of an action's kind.
fn name(action: &Action) -> &'static str {
    match action {
        Action::Transfer { .. } => "transfer",
        Action::Upload { .. } => "upload",
        Action::Instantiate { .. } => "instantiate",
        Action::Call { .. } => "call",
        Action::Upgrade { .. } => "upgrade",
    }
}
