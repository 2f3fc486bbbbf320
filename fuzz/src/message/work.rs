//! What programs did.

use std::collections::BTreeSet;

use lockstep_abi::HostFunction;
use lockstep_vm::{FrameEnd, FrameStart, HostCallRecord, Observer};

use super::Frames;

/// So many host calls make a program one that does real work.
const WORK_CALLS: u64 = 10;

/// What programs did, to see that it was something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// How many there were.
    pub programs: u64,
    /// Of these, how many succeeded.
    pub succeeded: u64,
    /// Of these, how many did real work: at least ten host calls in all frames together.
    pub working: u64,
    /// Host calls.
    pub host_calls: u64,
    /// The functions that were called.
    pub reached: BTreeSet<HostFunction>,
}

/// Counts the host calls of a program, and notes its frames.
#[derive(Default)]
pub(super) struct Count {
    host_calls: u64,
    reached: BTreeSet<HostFunction>,
    pub(super) frames: Frames,
}

impl Observer for Count {
    fn frame_start(&mut self, frame: &FrameStart<'_>) {
        self.frames.begin(frame.contract, frame.code);
    }

    fn frame_end(&mut self, _frame: &FrameEnd<'_>) {
        self.frames.end();
    }

    fn host_call(&mut self, call: &HostCallRecord<'_>) {
        self.host_calls += 1;
        self.reached.insert(call.function);
    }
}

impl Work {
    pub(super) fn add(&mut self, count: Count, succeeded: bool) {
        self.programs += 1;
        self.succeeded += u64::from(succeeded);
        self.working += u64::from(count.host_calls >= WORK_CALLS);
        self.host_calls += count.host_calls;
        self.reached.extend(count.reached);
    }
}
