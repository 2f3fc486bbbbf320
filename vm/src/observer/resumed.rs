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

    /// Not while what happens is known: the observer may answer by what it was told, and it was told
    /// more than has happened again. What a frame left is not counted either: the frame's end is told
    /// right behind it, and no stack ends between the two.
    fn wants_final_state(&self) -> bool {
        self.known == 0 && self.inner.wants_final_state()
    }

    fn final_state(&mut self, left: FinalState<'_>) {
        self.inner.final_state(left);
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
    use lockstep_abi::{AccountId, CodeHash};

    use super::{FinalState, FrameEnd, FrameStart, Observer, Resumed};
    use crate::gas::GasUsed;
    use crate::status::Status;

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

    /// Wants to see what frames leave that others called, and so answers by what it was told.
    #[derive(Default)]
    struct Callees {
        open: u32,
        log: Vec<String>,
    }

    impl Observer for Callees {
        fn frame_start(&mut self, frame: &FrameStart<'_>) {
            self.open += 1;
            self.log.push(format!("{} begins", frame.depth));
        }

        fn wants_final_state(&self) -> bool {
            self.open > 1
        }

        fn final_state(&mut self, left: FinalState<'_>) {
            self.log.push(format!("left {:?}", left.memory));
        }

        fn frame_end(&mut self, frame: &FrameEnd<'_>) {
            self.open -= 1;
            self.log.push(format!("{} ends", frame.depth));
        }
    }

    fn begin(observer: &mut dyn Observer, depth: u32) {
        observer.frame_start(&FrameStart {
            depth,
            contract: AccountId([1; 32]),
            code: CodeHash([2; 32]),
            method: "run",
            gas: 9,
            gas_left: 8,
        });
    }

    /// As an engine and the end of a frame do it.
    fn end(observer: &mut dyn Observer, depth: u32, memory: &[u8]) {
        if observer.wants_final_state() {
            let globals = &[];
            observer.final_state(FinalState { memory, globals });
        }
        observer.frame_end(&FrameEnd {
            depth,
            status: Status::Success,
            output: &[],
            gas_left: 7,
            gas_used: GasUsed::default(),
            memory_pages: 0,
        });
    }

    #[test]
    fn an_observer_may_want_what_some_frames_left() {
        let mut callees = Callees::default();
        let mut resumed = Resumed::new(&mut callees);
        let until_the_stack_ends = |observer: &mut dyn Observer| {
            begin(observer, 0);
            begin(observer, 1);
            end(observer, 1, &[1]);
        };
        until_the_stack_ends(&mut resumed);
        resumed.begin_again();
        until_the_stack_ends(&mut resumed);
        begin(&mut resumed, 1);
        end(&mut resumed, 1, &[2]);
        end(&mut resumed, 0, &[0]);
        let expected = [
            "0 begins", "1 begins", "left [1]", "1 ends", "1 begins", "left [2]", "1 ends",
            "0 ends",
        ];
        assert_eq!(callees.log, expected);
    }
}
