//! The observer of every run: golden observations and log messages.

use lockstep_abi::AccountId;
use lockstep_vm::{HostCallRecord, Observation, Observer, Recorder};

/// Records host calls and log messages.
#[derive(Debug, Default)]
pub(super) struct Watch {
    recorder: Recorder,
    logs: Vec<(AccountId, Vec<u8>)>,
}

impl Watch {
    /// What was recorded since the last time.
    pub(super) fn take_observations(&mut self) -> Vec<Observation> {
        self.recorder.take()
    }

    /// What was logged since the last time.
    pub(super) fn take_logs(&mut self) -> Vec<(AccountId, Vec<u8>)> {
        std::mem::take(&mut self.logs)
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
        self.logs.push((*contract, message.to_vec()));
    }
}
