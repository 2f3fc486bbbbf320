//! Two observers in one.

use lockstep_abi::{AccountId, CodeHash};
use lockstep_gas_meter::Refusal;

use super::{
    FrameEnd, FrameStart, HostCallRecord, MessageEnd, MessageGas, MessageStart, Observer,
    OverLimit, ProbeRecord,
};
use crate::engine::FinalState;

/// Two observers that are told the same.
pub struct ObserverPair<'a>(pub &'a mut dyn Observer, pub &'a mut dyn Observer);

impl Observer for ObserverPair<'_> {
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

    fn wants_final_state(&self) -> bool {
        self.0.wants_final_state() || self.1.wants_final_state()
    }

    fn final_state(&mut self, left: FinalState<'_>) {
        for observer in [&mut *self.0, &mut *self.1] {
            if observer.wants_final_state() {
                observer.final_state(left);
            }
        }
    }

    fn host_call(&mut self, call: &HostCallRecord<'_>) {
        self.0.host_call(call);
        self.1.host_call(call);
    }

    fn over_limit(&mut self, over: &OverLimit) {
        self.0.over_limit(over);
        self.1.over_limit(over);
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
