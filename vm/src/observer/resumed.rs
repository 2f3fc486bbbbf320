//! An observer of an execution that begins again.
//!
//! When the native stack ends under a transaction, it runs again on the interpreter. Both attempts
//! do the same up to the point where the first one ended, so the observer is not told of that a
//! second time, and sees one execution.

use lockstep_abi::{AccountId, CodeHash};
use lockstep_gas_meter::Refusal;

use super::{
    FrameEnd, FrameStart, HostCallRecord, MessageEnd, MessageGas, MessageStart, Observer,
    OverLimit, ProbeRecord,
};
use crate::engine::FinalState;

/// Passes on what was not told before.
pub(crate) struct Resumed<'o> {
    inner: &'o mut dyn Observer,
    /// How much the observer was told.
    told: u64,
    /// How much of what comes now it was told before.
    known: u64,
}

impl<'o> Resumed<'o> {
    /// An observer of a first attempt.
    pub(crate) fn new(inner: &'o mut dyn Observer) -> Resumed<'o> {
        Resumed {
            inner,
            told: 0,
            known: 0,
        }
    }

    /// The execution begins again.
    pub(crate) fn begin_again(&mut self) {
        self.known = self.told;
    }

    /// Whether the observer must be told of what happens now.
    fn is_new(&mut self) -> bool {
        if let Some(known) = self.known.checked_sub(1) {
            self.known = known;
            return false;
        }
        self.told = self.told.saturating_add(1);
        true
    }
}

impl Observer for Resumed<'_> {
    fn message_start(&mut self, message: &MessageStart<'_>) {
        if self.is_new() {
            self.inner.message_start(message);
        }
    }

    fn message_end(&mut self, message: &MessageEnd) {
        if self.is_new() {
            self.inner.message_end(message);
        }
    }

    fn message_gas(&mut self, gas: &MessageGas) {
        if self.is_new() {
            self.inner.message_gas(gas);
        }
    }

    fn frame_start(&mut self, frame: &FrameStart<'_>) {
        if self.is_new() {
            self.inner.frame_start(frame);
        }
    }

    fn frame_end(&mut self, frame: &FrameEnd<'_>) {
        if self.is_new() {
            self.inner.frame_end(frame);
        }
    }

    fn probe(&mut self, probe: &ProbeRecord) {
        if self.is_new() {
            self.inner.probe(probe);
        }
    }

    fn wants_final_state(&self) -> bool {
        self.inner.wants_final_state()
    }

    fn final_state(&mut self, left: FinalState<'_>) {
        if self.is_new() {
            self.inner.final_state(left);
        }
    }

    fn host_call(&mut self, call: &HostCallRecord<'_>) {
        if self.is_new() {
            self.inner.host_call(call);
        }
    }

    fn over_limit(&mut self, over: &OverLimit) {
        if self.is_new() {
            self.inner.over_limit(over);
        }
    }

    fn guest_read(&mut self, address: u32, bytes: &[u8]) {
        if self.is_new() {
            self.inner.guest_read(address, bytes);
        }
    }

    fn guest_write(&mut self, address: u32, bytes: &[u8]) {
        if self.is_new() {
            self.inner.guest_write(address, bytes);
        }
    }

    fn debug_log(&mut self, contract: &AccountId, message: &[u8]) {
        if self.is_new() {
            self.inner.debug_log(contract, message);
        }
    }

    fn code_refused(&mut self, code: &CodeHash, refusal: &Refusal) {
        if self.is_new() {
            self.inner.code_refused(code, refusal);
        }
    }
}

#[cfg(test)]
mod tests {
    use lockstep_abi::AccountId;

    use super::{Observer, Resumed};

    struct Log(Vec<Vec<u8>>);

    impl Observer for Log {
        fn debug_log(&mut self, _contract: &AccountId, message: &[u8]) {
            self.0.push(message.to_vec());
        }
    }

    #[test]
    fn what_was_told_is_not_told_again() {
        let mut log = Log(Vec::new());
        let mut resumed = Resumed::new(&mut log);
        for messages in [&[b"a", b"b"][..], &[b"a"], &[b"a", b"b", b"c"]] {
            resumed.begin_again();
            for message in messages {
                resumed.debug_log(&AccountId([0; 32]), *message);
            }
        }
        assert_eq!(log.0, [b"a", b"b", b"c"]);
    }
}
