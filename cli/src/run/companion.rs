//! Whoever goes along with a run: sees what the machine does, and each transaction's outcome.

use lockstep_abi::{AccountId, CodeHash};
use lockstep_gas_meter::Refusal;
use lockstep_vm::{
    FrameEnd, FrameStart, HostCallRecord, InvalidTransaction, MessageEnd, MessageGas, MessageStart,
    NoObserver, Observer, ProbeRecord, Report,
};

use crate::scenario::Step;

/// Goes along with a run. It cannot change what happens.
pub(crate) trait Companion {
    /// What is told of everything inside of the transactions.
    fn observer(&mut self) -> &mut dyn Observer;

    /// The step at this height, with this number in its block, is over. What the observer was told
    /// since the one before belongs to it.
    fn step_is_over(
        &mut self,
        place: (u64, u64),
        step: &Step,
        outcome: &Result<Report, InvalidTransaction>,
    );
}

/// A companion that does not look.
#[derive(Default)]
pub(crate) struct Alone(NoObserver);

impl Companion for Alone {
    fn observer(&mut self) -> &mut dyn Observer {
        &mut self.0
    }

    fn step_is_over(
        &mut self,
        _place: (u64, u64),
        _step: &Step,
        _outcome: &Result<Report, InvalidTransaction>,
    ) {
    }
}

/// Two observers that are told the same.
pub(super) struct Both<'a>(
    pub(super) &'a mut dyn Observer,
    pub(super) &'a mut dyn Observer,
);

impl Observer for Both<'_> {
    fn message_start(&mut self, message: &MessageStart<'_>) {
        self.0.message_start(message);
        self.1.message_start(message);
    }

    fn message_end(&mut self, message: &MessageEnd) {
        self.0.message_end(message);
        self.1.message_end(message);
    }

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
