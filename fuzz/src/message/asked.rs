//! The frames of a message as guests asked for them: who must run which code, for whom, with how much,
//! and whether it may change anything; and what becomes of the state when a frame begins, and when
//! it is over. No word of the host's is in it but what it asks of the state ([`Model`]), which is
//! compared.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lockstep_abi::{AccountId, CallStatus, CodeHash, HostFunction};

use super::model::Model;
use super::waiting::{Ending, Waiting};
use super::{CONTRACTS, SENDER};
use crate::oracles::Finding;
use crate::script::{TopMessage, encode};

/// What a frame is, and must be told about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// Whose storage and balance it uses.
    pub(super) contract: AccountId,
    /// Who called.
    pub(super) caller: AccountId,
    /// What came with the call.
    pub(super) value: u128,
    /// Whether it must leave everything as it is.
    pub(super) read_only: bool,
    /// The code that it must run; `None` for that of the contract.
    pub(super) code: Option<CodeHash>,
}

/// A message that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    /// The function that sends it.
    pub(super) function: HostFunction,
    /// The frame that it asks for.
    pub(super) frame: Asked,
    pub(super) input: Vec<u8>,
    /// The gas that it gets.
    pub(super) gas: u64,
    /// Whether the contract that waits for it may be entered.
    pub(super) allows_reentry: bool,
}

impl Sent {
    /// The one of the sender of the transaction, to the first contract.
    pub(super) fn of_sender(top: &TopMessage) -> Sent {
        Sent {
            function: HostFunction::Call,
            frame: Asked {
                contract: CONTRACTS[0],
                caller: SENDER,
                value: top.value,
                read_only: top.read_only,
                code: None,
            },
            input: encode(&top.program),
            gas: top.gas,
            allows_reentry: false,
        }
    }
}

/// The frames under way, and the state that they share; whoever shares them sees the same.
#[derive(Clone, Default)]
pub(super) struct AskedFrames {
    inner: Arc<Mutex<Inner>>,
    model: Arc<Mutex<Model>>,
}

#[derive(Default)]
struct Inner {
    /// The messages that were sent and did not come back: that of the sender of the transaction,
    /// and one for each frame that waits.
    waiting: Vec<Waiting>,
    /// The frames, the one that runs last.
    under_way: Vec<Running>,
    /// What began and was not taken since.
    begun: Vec<(AccountId, CodeHash)>,
    /// How often the state changed.
    changes: u64,
    finding: Option<Finding>,
}

/// A frame under way.
#[derive(Default)]
struct Running {
    /// `None` for one that nobody asked for.
    frame: Option<Asked>,
    input: Vec<u8>,
    /// What the last message gave back.
    returned: Vec<u8>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl AskedFrames {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        lock(&self.inner)
    }

    /// What the state must hold, by what the host asked of it. Whoever has it must ask for nothing else
    /// here meanwhile.
    pub(super) fn model(&self) -> MutexGuard<'_, Model> {
        lock(&self.model)
    }

    /// Nothing runs, and this is the state.
    pub(super) fn restart(&self, model: Model) {
        *self.inner() = Inner::default();
        *self.model() = model;
    }

    /// A guest, or the sender of the transaction, sends a message.
    pub(super) fn ask(&self, sent: Sent) {
        let before = self.model().clone();
        let mut inner = self.inner();
        let may_enter = inner.may_enter(&sent);
        let waiting = Waiting::new(sent, before, may_enter);
        inner.waiting.push(waiting);
    }

    /// The call for the message comes back, or does not and is over: how it must have ended, and
    /// what the state must be.
    pub(super) fn answered(&self, came_back: bool) -> Option<(Ending, Model)> {
        let mut inner = self.inner();
        let waiting = inner.waiting.pop()?;
        let held = waiting.check_end();
        let (ending, model) = waiting.outcome();
        if let Some(running) = inner.under_way.last_mut() {
            running.returned.clone_from(&ending.output);
        }
        drop(inner);
        if let (true, Err(what)) = (came_back, held) {
            self.find("asked", what);
        }
        Some((ending, model))
    }

    /// The message of the sender is over, and this is what it came to.
    pub(super) fn conclude(&self, status: CallStatus, output: &[u8]) {
        let Some((ending, model)) = self.answered(true) else {
            return;
        };
        if (status, output) != (ending.status, ending.output.as_slice()) {
            let what = format!("the message came to {status:?} with {output:?}, not {ending:?}");
            self.find("asked", what);
        }
        self.must_hold(&model, &"the message");
    }

    /// The state must be this.
    pub(super) fn must_hold(&self, expected: &Model, after: &dyn std::fmt::Debug) {
        let found = self.model().clone();
        if found != *expected {
            let what = format!("after {after:?} the state is {found:?}, not {expected:?}");
            self.find("asked", what);
        }
    }

    /// A frame begins, in an instance of a code: that of the message that was asked for.
    pub(super) fn begin(&self, code: Option<CodeHash>) {
        let model = self.model().clone();
        let finding = self.inner().begin(code, &model);
        if let Err((kind, what)) = finding {
            self.find(kind, what);
        }
    }

    /// The frame that began last ends.
    pub(super) fn end(&self, ending: Ending) {
        let model = self.model().clone();
        let mut inner = self.inner();
        let running = inner.under_way.pop();
        let was_asked = running.is_some_and(|running| running.frame.is_some());
        if let (true, Some(waiting)) = (was_asked, inner.waiting.last_mut()) {
            waiting.ended = Some((ending, model));
        }
    }

    /// The frame that runs; `None` when none does.
    pub(super) fn running(&self) -> Option<Asked> {
        self.inner().under_way.last()?.frame
    }

    /// The input of the frame that runs.
    pub(super) fn input(&self) -> Vec<u8> {
        let inner = self.inner();
        let running = inner.under_way.last();
        running.map_or(Vec::new(), |running| running.input.clone())
    }

    /// What the last message gave back to the frame that runs.
    pub(super) fn returned(&self) -> Vec<u8> {
        let inner = self.inner();
        let running = inner.under_way.last();
        running.map_or(Vec::new(), |running| running.returned.clone())
    }

    /// How many frames of a contract are under way.
    pub(super) fn frames_of(&self, contract: &AccountId) -> usize {
        let inner = self.inner();
        let frames = inner.under_way.iter().filter_map(|running| running.frame);
        frames.filter(|frame| frame.contract == *contract).count()
    }

    /// The frames that began since this was last asked: whose, and of which code.
    pub(super) fn take_begun(&self) -> Vec<(AccountId, CodeHash)> {
        std::mem::take(&mut self.inner().begun)
    }

    /// Whether nothing may change: in the frame that runs, or for a message that it asks for.
    pub(super) fn is_read_only(&self) -> bool {
        let inner = self.inner();
        let next = inner.waiting.last().filter(|waiting| !waiting.begun);
        let next = next.map(|waiting| waiting.sent.frame);
        let acting = next.or_else(|| inner.under_way.last()?.frame);
        acting.is_some_and(|acting| acting.read_only)
    }

    /// The state changes.
    pub(super) fn change(&self) {
        self.inner().changes += 1;
    }

    /// How often it changed.
    pub(super) fn changes(&self) -> u64 {
        self.inner().changes
    }

    /// Notes a finding of a kind; the first one counts.
    pub(super) fn find(&self, kind: &str, what: String) {
        let mut inner = self.inner();
        if inner.finding.is_none() {
            inner.finding = Some(format!("{kind}: {what}"));
        }
    }

    /// The first finding.
    pub(super) fn finding(&self) -> Option<Finding> {
        self.inner().finding.clone()
    }
}

impl Inner {
    /// Whether every frame of the contract that a message is for allows it to be entered.
    fn may_enter(&self, sent: &Sent) -> bool {
        let calls = self.waiting.iter().skip(1).map(|waiting| &waiting.sent);
        let frames = self.under_way.iter().filter_map(|running| running.frame);
        let mut pairs = frames.zip(calls.chain([sent]));
        pairs.all(|(frame, call)| frame.contract != sent.frame.contract || call.allows_reentry)
    }

    fn begin(
        &mut self,
        code: Option<CodeHash>,
        model: &Model,
    ) -> Result<(), (&'static str, String)> {
        let is_asked = self.waiting.len() > self.under_way.len();
        let waiting = self.waiting.last_mut();
        let Some(waiting) = waiting.filter(|waiting| is_asked && !waiting.begun) else {
            self.under_way.push(Running::default());
            return Err(("context", "a frame begins that nobody asked for".into()));
        };
        waiting.begun = true;
        let frame = waiting.sent.frame;
        self.under_way.push(Running {
            frame: Some(frame),
            input: waiting.sent.input.clone(),
            returned: Vec::new(),
        });
        self.begun.extend(code.map(|code| (frame.contract, code)));
        waiting.check_begin(code, model)
    }
}
