//! The observer of a dry run: how far each limit was used inside the messages, and whether
//! anything in them depended on how much gas there was.

use std::collections::BTreeMap;

use lockstep_abi::{AccountId, HostFunction};

use crate::observer::{FrameEnd, HostCallRecord, MessageEnd, MessageStart, Observer, OverLimit};
use crate::status::Status;

/// See the module's text.
#[derive(Clone, Debug)]
pub(super) struct Gauge {
    sender: AccountId,
    /// Whether the sender's balance during the run depends on the gas limit.
    gas_has_a_price: bool,
    /// Whether the bytes that a host call read last are the sender's id.
    read_the_sender: bool,
    depends_on_gas: bool,
    overflowed: bool,
    ran_code: bool,
    /// How many calls lie above the transaction's own message, at most.
    pub(super) call_depth: u32,
    pub(super) memory_pages: u32,
    pub(super) input_bytes: u64,
    pub(super) output_bytes: u64,
    pub(super) method_name_bytes: u64,
    pub(super) debug_log_bytes: u64,
    /// The most that was asked for of each limit that was exceeded.
    over: BTreeMap<&'static str, u64>,
}

impl Gauge {
    pub(super) fn new(sender: AccountId, gas_price: u128) -> Gauge {
        Gauge {
            sender,
            gas_has_a_price: gas_price > 0,
            read_the_sender: false,
            depends_on_gas: false,
            overflowed: false,
            ran_code: false,
            call_depth: 0,
            memory_pages: 0,
            input_bytes: 0,
            output_bytes: 0,
            method_name_bytes: 0,
            debug_log_bytes: 0,
            over: BTreeMap::new(),
        }
    }

    /// Whether a contract could see how much gas there is. There are three ways: it asks
    /// (`gas_left`); it asks for the balance of the sender, who has paid for the gas limit in
    /// advance; or a message that it sent trapped, which used up gas by the limit and not by
    /// the work done.
    ///
    /// When none of them happened, every larger gas limit gives the same result, and so does
    /// every smaller one that covers the gas used. With one that does not, some frame cannot pay
    /// for what it did before. It has less gas than before, so whoever called it has passed on
    /// less: not the limit of the call but all that was left, and so on down to the transaction.
    /// When that frame has trapped, nobody has any gas to handle it with.
    pub(super) fn depends_on_gas(&self) -> bool {
        self.depends_on_gas
    }

    /// Whether a message ended because the stack was used up.
    pub(super) fn overflowed(&self) -> bool {
        self.overflowed
    }

    /// Whether a message found its target.
    pub(super) fn ran_code(&self) -> bool {
        self.ran_code
    }

    /// The most that was asked for of a limit over what it allows, or 0 if it was kept.
    pub(super) fn asked_over(&self, limit: &str) -> u64 {
        self.over.get(limit).copied().unwrap_or(0)
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

impl Observer for Gauge {
    fn message_start(&mut self, message: &MessageStart<'_>) {
        self.ran_code = true;
        self.call_depth = self.call_depth.max(message.depth);
        self.input_bytes = self.input_bytes.max(length(message.input));
        let method = length(message.method.as_bytes());
        self.method_name_bytes = self.method_name_bytes.max(method);
    }

    fn message_end(&mut self, message: &MessageEnd) {
        self.overflowed |= message.status == Status::StackOverflow;
        self.depends_on_gas |= message.depth > 0 && message.status.is_trap();
    }

    fn frame_end(&mut self, frame: &FrameEnd<'_>) {
        self.memory_pages = self.memory_pages.max(frame.memory_pages);
        self.output_bytes = self.output_bytes.max(length(frame.output));
    }

    fn host_call(&mut self, call: &HostCallRecord<'_>) {
        self.depends_on_gas |= match call.function {
            HostFunction::GasLeft => true,
            HostFunction::Balance => self.gas_has_a_price && self.read_the_sender,
            _ => false,
        };
    }

    fn guest_read(&mut self, _address: u32, bytes: &[u8]) {
        self.read_the_sender = bytes == self.sender.0;
    }

    fn over_limit(&mut self, over: &OverLimit) {
        let most = self.over.entry(over.limit).or_default();
        *most = over.asked.max(*most);
    }

    fn debug_log(&mut self, _contract: &AccountId, message: &[u8]) {
        self.debug_log_bytes = self.debug_log_bytes.max(length(message));
    }
}
