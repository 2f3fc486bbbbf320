//! What the machine tells while it runs: frames, probes, host calls, and the ends of transactions.

use std::rc::Rc;

use lockstep_abi::Family;
use lockstep_vm::{
    FrameEnd, FrameStart, HostCallRecord, InvalidTransaction, MessageCharge, MessageEnd,
    MessageGas, MessageStart, Observer, ProbeRecord, Report,
};

use super::{Collector, OpenFrame};
use crate::gas_profile::calls::{Call, CallTree, Charge};
use crate::run::{Companion, StepPlace};
use crate::scenario::Step;

/// The longest storage key, in bytes. What else a host call reads is not kept.
const KEY_BYTES_MAX: usize = 256;

impl Observer for Collector<'_> {
    fn message_start(&mut self, message: &MessageStart<'_>) {
        self.settle(true);
        let (parent, site) = self.place();
        let call = Call::Message {
            contract: message.contract,
            code: message.code,
            method: message.method.to_string(),
        };
        let node = self.tree.child(parent, site, call);
        self.tree.nodes[node].calls += 1;
        self.messages.push(node);
    }

    fn message_end(&mut self, _message: &MessageEnd) {
        self.messages.pop();
    }

    fn message_gas(&mut self, message: &MessageGas) {
        self.settle(true);
        let charge = match message.charge {
            MessageCharge::Load => Charge::Load,
            MessageCharge::Instantiate => Charge::Instantiate,
            MessageCharge::Forfeited => Charge::Forfeited,
        };
        self.charge_message(charge, message.contract, message.gas);
        self.message_used(message.gas);
        if message.charge == MessageCharge::Forfeited {
            self.forfeited += message.gas;
        }
    }

    fn frame_start(&mut self, start: &FrameStart<'_>) {
        self.settle(true);
        let code = match self.code(start.code) {
            Ok(code) => code,
            Err(failure) => {
                self.failure.get_or_insert(failure);
                Rc::default()
            }
        };
        let node = self.messages.last().copied();
        let node = node.unwrap_or_else(|| {
            self.broken("a frame runs without a message");
            0
        });
        self.first_read = None;
        self.frames.push(OpenFrame {
            node,
            code,
            stack: Vec::new(),
            touched: Vec::new(),
            given: start.gas_left,
            resumed_with: start.gas_left,
            kept: 0,
            messages: 0,
        });
    }

    fn frame_end(&mut self, end: &FrameEnd<'_>) {
        self.close(end);
        if let Some(frame) = self.frames.pop() {
            self.message_used(frame.given.saturating_sub(end.gas_left));
        }
        self.first_read = None;
    }

    fn probe(&mut self, probe: &ProbeRecord) {
        let number = usize::try_from(probe.number).unwrap_or(usize::MAX);
        let Some(frame) = self.frames.last() else {
            return;
        };
        if frame.code.probes.len() <= number {
            self.broken("a probe has a number that is too large");
            return;
        }
        if let Some(start) = frame.code.start(number) {
            self.begin(probe.number, start);
        }
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        if let Some(active) = frame.stack.last() {
            let (first, _) = frame.code.range(frame.code.probes[number].function);
            let position = number - first;
            let touched = &mut frame.touched;
            self.tree
                .count(active.node, position, probe.operand, touched);
        }
    }

    fn guest_read(&mut self, _address: u32, bytes: &[u8]) {
        if self.first_read.is_none() && bytes.len() <= KEY_BYTES_MAX {
            self.first_read = Some(bytes.to_vec());
        }
    }

    fn host_call(&mut self, call: &HostCallRecord<'_>) {
        // The gas had run out on the way: nothing was done, and the frame's end books what it had.
        if call.gas_before < 0 {
            self.first_read = None;
            return;
        }
        self.settle(true);
        let key = self.first_read.take();
        let function = call.function;
        let key = key.filter(|_| function.family() == Family::Storage);
        let before = u64::try_from(call.gas_before).unwrap_or(0);
        let left = u64::try_from(call.gas_left).unwrap_or(0);
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        let messages = std::mem::take(&mut frame.messages);
        let kept = std::mem::take(&mut frame.kept);
        let exact = frame.resumed_with.checked_sub(before) == Some(kept);
        frame.resumed_with = left;
        if !exact {
            self.broken("a frame's segments and its Wasm gas differ at a host call");
        }
        let used = before.saturating_sub(left);
        let Some(own) = used.checked_sub(messages) else {
            self.broken("a call's messages used more gas than the call");
            return;
        };
        let (parent, site) = self.place();
        let node = self.tree.host(parent, site, function, key);
        self.tree.add(node, own);
    }
}

impl Collector<'_> {
    /// The transaction at this place is over. It has a name, and does something that is said in words.
    pub(crate) fn transaction_is_over(
        &mut self,
        place: StepPlace,
        words: (&str, &str),
        outcome: &Result<Report, InvalidTransaction>,
    ) {
        if let Ok(report) = outcome {
            let receipt = &report.receipt;
            match self.transaction_profile(place, words, (receipt.status, receipt.gas_used)) {
                Ok(profile) => self.transactions.push(profile),
                Err(failure) => {
                    self.failure.get_or_insert(failure);
                }
            }
        }
        self.tree = CallTree::new();
        self.wasm = 0;
        self.forfeited = 0;
    }
}

impl Companion for Collector<'_> {
    fn observer(&mut self) -> &mut dyn Observer {
        self
    }

    fn step_is_over(
        &mut self,
        place: StepPlace,
        step: &Step,
        outcome: &Result<Report, InvalidTransaction>,
    ) {
        self.transaction_is_over(place, (&step.name, &step.summary), outcome);
    }
}
