//! The observers of a run: golden observations and log messages, and whoever else watches.

use lockstep_abi::{AccountId, CodeHash};
use lockstep_gas_meter::Refusal;
use lockstep_vm::{
    FrameEnd, FrameStart, HostCallRecord, InvalidTransaction, MessageGas, NoObserver, Observation,
    Observer, ProbeRecord, Recorder, Report,
};

use crate::scenario::Step;

/// Somebody who watches a run, transaction by transaction.
pub(crate) trait Spectator {
    /// Who is told of frames and host calls.
    fn observer(&mut self) -> &mut dyn Observer;

    /// The transaction at this height, with this number in its block, is over.
    fn transaction(
        &mut self,
        place: (u64, u64),
        step: &Step,
        outcome: &Result<Report, InvalidTransaction>,
    );
}

/// Nobody.
#[derive(Default)]
pub(super) struct Alone(NoObserver);

impl Spectator for Alone {
    fn observer(&mut self) -> &mut dyn Observer {
        &mut self.0
    }

    fn transaction(
        &mut self,
        _place: (u64, u64),
        _step: &Step,
        _outcome: &Result<Report, InvalidTransaction>,
    ) {
    }
}

/// Two observers, of which each is told everything.
pub(super) struct Both<'o>(
    pub(super) &'o mut dyn Observer,
    pub(super) &'o mut dyn Observer,
);

impl Observer for Both<'_> {
    fn message_gas(&mut self, gas: &MessageGas) {
        self.0.message_gas(gas);
        self.1.message_gas(gas);
    }

    fn frame_start(&mut self, frame: &FrameStart<'_>) {
        self.0.frame_start(frame);
        self.1.frame_start(frame);
    }

    fn frame_end(&mut self, frame: &FrameEnd<'_>) {
        self.0.frame_end(frame);
        self.1.frame_end(frame);
    }

    fn probe(&mut self, probe: &ProbeRecord) {
        self.0.probe(probe);
        self.1.probe(probe);
    }

    fn host_call(&mut self, call: &HostCallRecord<'_>) {
        self.0.host_call(call);
        self.1.host_call(call);
    }

    fn guest_read(&mut self, address: u32, bytes: &[u8]) {
        self.0.guest_read(address, bytes);
        self.1.guest_read(address, bytes);
    }

    fn guest_write(&mut self, address: u32, bytes: &[u8]) {
        self.0.guest_write(address, bytes);
        self.1.guest_write(address, bytes);
    }

    fn debug_log(&mut self, contract: &AccountId, message: &[u8]) {
        self.0.debug_log(contract, message);
        self.1.debug_log(contract, message);
    }

    fn code_refused(&mut self, code: &CodeHash, refusal: &Refusal) {
        self.0.code_refused(code, refusal);
        self.1.code_refused(code, refusal);
    }
}

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
