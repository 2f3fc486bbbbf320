//! The observer of every run: golden observations, log messages and limits gone over.

use lockstep_abi::AccountId;
use lockstep_vm::{HostCallRecord, Observation, Observer, OverLimit, Recorder};

/// What a transaction told beside its receipt.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// What contracts logged.
    pub(super) logs: Vec<(AccountId, Vec<u8>)>,
    /// The limits that frames went over.
    pub(super) over_limits: Vec<OverLimit>,
}

/// Records host calls, log messages and limits gone over.
#[derive(Debug, Default)]
pub(super) struct Watch {
    recorder: Recorder,
    told: Told,
}

impl Watch {
    /// What was recorded since the last time.
    pub(super) fn take_observations(&mut self) -> Vec<Observation> {
        self.recorder.take()
    }

    /// What was told since the last time.
    pub(super) fn take_told(&mut self) -> Told {
        std::mem::take(&mut self.told)
    }
}

impl Observer for Watch {
    fn host_call(&mut self, call: &HostCallRecord<'_>) {
        self.recorder.host_call(call);
    }

    fn guest_read(&mut self, address: u32, bytes: &[u8]) {
        self.recorder.guest_read(address, bytes);
    }

    fn guest_write(&mut self, address: u32, bytes: &[u8]) {
        self.recorder.guest_write(address, bytes);
    }

    fn debug_log(&mut self, contract: &AccountId, message: &[u8]) {
        self.told.logs.push((*contract, message.to_vec()));
    }

    fn over_limit(&mut self, over: &OverLimit) {
        self.told.over_limits.push(*over);
    }
}
