//! The observer of every run: log messages, and limits gone over.

use lockstep_abi::AccountId;
use lockstep_vm::{Observer, OverLimit};

/// The most messages of a transaction that are kept, and the most bytes of them together: logging
/// costs a unit of gas per byte.
const MESSAGES_MAX: usize = 10_000;
const BYTES_MAX: usize = 4 << 20;

/// What contracts logged.
#[derive(Debug, Default)]
pub(super) struct Logs {
    /// The first messages, and who logged them.
    pub(super) kept: Vec<(AccountId, Vec<u8>)>,
    /// How many came after them.
    pub(super) left_out: u64,
    bytes: usize,
}

impl Logs {
    fn add(&mut self, contract: &AccountId, message: &[u8]) {
        let bytes = self.bytes.saturating_add(message.len());
        if self.left_out > 0 || self.kept.len() >= MESSAGES_MAX || bytes > BYTES_MAX {
            self.left_out = self.left_out.saturating_add(1);
            return;
        }
        self.bytes = bytes;
        self.kept.push((*contract, message.to_vec()));
    }
}

/// What a transaction told beside its receipt.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// What contracts logged.
    pub(super) logs: Logs,
    /// The limits that frames went over.
    pub(super) over_limits: Vec<OverLimit>,
}

/// Keeps log messages, and limits gone over.
#[derive(Debug, Default)]
pub(super) struct Watch {
    told: Told,
}

impl Watch {
    /// What was told since the last time.
    pub(super) fn take_told(&mut self) -> Told {
        std::mem::take(&mut self.told)
    }
}

impl Observer for Watch {
    fn debug_log(&mut self, contract: &AccountId, message: &[u8]) {
        self.told.logs.add(contract, message);
    }

    fn over_limit(&mut self, over: &OverLimit) {
        self.told.over_limits.push(*over);
    }
}

#[cfg(test)]
mod tests {
    use super::{BYTES_MAX, MESSAGES_MAX, Watch};
    use lockstep_abi::AccountId;
    use lockstep_vm::Observer;

    #[test]
    fn the_first_messages_are_kept_and_the_others_counted() {
        let mut watch = Watch::default();
        let mut logged = |count: usize, bytes: usize| {
            let message = vec![b'a'; bytes];
            (0..count).for_each(|_| watch.debug_log(&AccountId([0; 32]), &message));
            watch.take_told().logs
        };
        let logs = logged(MESSAGES_MAX + 7, 0);
        assert_eq!((logs.kept.len(), logs.left_out), (MESSAGES_MAX, 7));
        let logs = logged(BYTES_MAX / 4_096 + 1, 4_096);
        assert_eq!((logs.kept.len(), logs.left_out), (BYTES_MAX / 4_096, 1));
        let logs = logged(3, 4_096);
        assert_eq!((logs.kept.len(), logs.left_out), (3, 0));
    }
}
