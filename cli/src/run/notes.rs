//! Golden observations as text: one line per host call, and how each transaction and block ended.
//!
//! ```text
//! transaction 1.2
//! 0 storage_write gas=4981200 pages=2 hash=0123456789abcdef
//! = success gas_used=163230
//! block 1 state=... receipts=...
//! ```
//!
//! The first number is the depth of the frame; gas and pages are those after the call; the hash
//! runs over everything that calls read and wrote since the scenario began, cut to 8 bytes.
//!
//! A transaction can make a hundred million calls, so lines are written as calls are made, and
//! only where somebody wants them.

use std::io::{self, Write};

use lockstep_vm::{HostCallRecord, InvalidTransaction, Observation, Observer, Recorder, Report};

use super::{Companion, StepPlace};
use crate::outcome_names::{invalid_name, status_name};
use crate::printable::printable;
use crate::scenario::Step;

/// How many hexadecimal digits of a running hash are written.
const HASH_DIGITS: usize = 16;

/// Writes what it sees.
pub(crate) struct Notes<'w> {
    recorder: Recorder,
    out: &'w mut dyn Write,
    /// Whether all could be written so far. Nothing more is tried after the first error.
    written: io::Result<()>,
}

impl<'w> Notes<'w> {
    /// Begins with the line that names the format and the scenario.
    pub(crate) fn new(scenario: &str, out: &'w mut dyn Write) -> Notes<'w> {
        let mut notes = Notes {
            recorder: Recorder::new(),
            out,
            written: Ok(()),
        };
        let scenario = printable(scenario);
        notes.line(format_args!("# lockstep.observations/1 {scenario}"));
        notes
    }

    /// Whether all could be written.
    ///
    /// # Errors
    /// The first error there was.
    pub(crate) fn finish(self) -> io::Result<()> {
        self.written
    }

    fn call(&mut self, call: &Observation) {
        let hash = hex::encode(call.hash);
        let short = hash.get(..HASH_DIGITS).unwrap_or_default();
        let (depth, name) = (call.depth, call.function.name());
        let (gas, pages) = (call.gas_left, call.memory_pages);
        self.line(format_args!(
            "{depth} {name} gas={gas} pages={pages} hash={short}"
        ));
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        if self.written.is_ok() {
            self.written = writeln!(self.out, "{line}");
        }
    }
}

impl Companion for Notes<'_> {
    fn observer(&mut self) -> &mut dyn Observer {
        self
    }

    fn step_begins(&mut self, place: StepPlace) {
        let StepPlace { height, number } = place;
        self.line(format_args!("transaction {height}.{number}"));
    }

    fn step_is_over(
        &mut self,
        _place: StepPlace,
        _step: &Step,
        outcome: &Result<Report, InvalidTransaction>,
    ) {
        match outcome {
            Ok(report) => {
                let status = status_name(report.receipt.status);
                let used = report.receipt.gas_used.total();
                self.line(format_args!("= {status} gas_used={used}"));
            }
            Err(reason) => self.line(format_args!("= invalid {}", invalid_name(reason))),
        }
    }

    fn block_is_over(&mut self, height: u64, state: &str, receipts: &str) {
        self.line(format_args!(
            "block {height} state={state} receipts={receipts}"
        ));
    }
}

impl Observer for Notes<'_> {
    fn host_call(&mut self, call: &HostCallRecord<'_>) {
        self.recorder.host_call(call);
        for call in self.recorder.take() {
            self.call(&call);
        }
    }

    fn guest_read(&mut self, address: u32, bytes: &[u8]) {
        self.recorder.guest_read(address, bytes);
    }

    fn guest_write(&mut self, address: u32, bytes: &[u8]) {
        self.recorder.guest_write(address, bytes);
    }
}
