//! The observer: frames, probes and host calls come in, and call trees with gas come out.
//!
//! Per open frame it keeps the Wasm call stack, which follows from the order of the probes, and
//! the counts since the host last saw the gas counter. When the host sees it again, the counts
//! must come to exactly the gas that is gone; they are kept then. When a frame traps, the machine
//! says how much Wasm gas it books for the frame: the counts are kept if they are within that,
//! and whatever is left over is shown as cut short. `watch` holds what the machine tells.

mod watch;

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use lockstep_abi::{AccountId, CodeHash};
use lockstep_gas_meter::SegmentStart;
use lockstep_vm::{FrameEnd, GasUsed, Status};

use super::calls::{Call, CallTree, Charge, Touched};
use super::code::CodeMap;
use super::shared_names::keep_needed_codes;
use super::stacks::{GasProfile, TransactionProfile};
use super::symbols::symbolise;
use crate::problem::Failure;
use crate::run::StepPlace;
use crate::scenario::{Code, Names, Scenario};

/// A function of the Wasm call stack.
struct Active {
    node: usize,
    /// The segment that was begun last.
    segment: u32,
}

/// A frame that has not ended.
struct OpenFrame {
    node: usize,
    code: Rc<CodeMap>,
    stack: Vec<Active>,
    /// Counts that are pending.
    touched: Touched,
    /// The gas with which its method began.
    given: u64,
    /// The guest's gas when the host last let it go on.
    resumed_with: u64,
    /// Wasm gas that was kept since then.
    kept: u64,
    /// Gas of the messages that the host call under way has sent.
    messages: u64,
}

/// What is known of what runs before it does.
#[derive(Clone, Copy)]
pub(crate) struct Known<'s> {
    /// Every code that may run.
    pub(crate) codes: &'s BTreeMap<CodeHash, Code>,
    /// What accounts, contracts and codes are called.
    pub(crate) names: &'s Names,
    /// A file with names and lines to use in place of those beside the modules.
    pub(crate) sidecar: Option<&'s Path>,
}

/// Watches a run.
pub(crate) struct Collector<'s> {
    known: Known<'s>,
    codes: BTreeMap<CodeHash, Rc<CodeMap>>,
    tree: CallTree,
    /// The nodes of the messages that have begun and not ended.
    messages: Vec<usize>,
    frames: Vec<OpenFrame>,
    /// Wasm and forfeited gas of this transaction that the tree holds.
    wasm: u64,
    forfeited: u64,
    /// What the host call under way read first.
    first_read: Option<Vec<u8>>,
    failure: Option<Failure>,
    transactions: Vec<TransactionProfile>,
}

impl<'s> Collector<'s> {
    pub(super) fn of_scenario(scenario: &'s Scenario, sidecar: Option<&'s Path>) -> Collector<'s> {
        Collector::new(Known {
            codes: &scenario.codes,
            names: &scenario.names,
            sidecar,
        })
    }

    /// A collector that has seen nothing.
    pub(crate) fn new(known: Known<'s>) -> Collector<'s> {
        Collector {
            known,
            codes: BTreeMap::new(),
            tree: CallTree::new(),
            messages: Vec::new(),
            frames: Vec::new(),
            wasm: 0,
            forfeited: 0,
            first_read: None,
            failure: None,
            transactions: Vec::new(),
        }
    }

    /// Why there is no profile, if something did not add up.
    pub(crate) fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// The profile of everything that was watched, under this name.
    pub(super) fn finish(mut self, name: &str) -> Result<GasProfile, Failure> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        keep_needed_codes(&mut self.transactions);
        let remarks = self.codes.values().filter_map(|code| code.remark.clone());
        Ok(GasProfile {
            name: name.to_string(),
            transactions: self.transactions,
            remarks: remarks.collect(),
        })
    }

    /// Notes what must not happen; the first one counts.
    fn broken(&mut self, what: &str) {
        if self.failure.is_none() {
            self.failure = Some(Failure::bug(format!("the profile does not add up: {what}")));
        }
    }

    fn code(&mut self, hash: CodeHash) -> Result<Rc<CodeMap>, Failure> {
        if let Some(code) = self.codes.get(&hash) {
            return Ok(Rc::clone(code));
        }
        let code = self.known.codes.get(&hash);
        let code = code.ok_or_else(|| Failure::bug("code runs that nobody uploads"))?;
        let shown = self.known.names.show_code(&hash);
        let map = Rc::new(CodeMap::new(code, &shown, self.known.sidecar)?);
        self.codes.insert(hash, Rc::clone(&map));
        Ok(map)
    }

    /// Where a call of the running code stands: the node, and the offset of the call operator.
    fn place(&self) -> (usize, Option<u64>) {
        let Some(frame) = self.frames.last() else {
            return (0, None);
        };
        match frame.stack.last() {
            Some(active) => (active.node, frame.code.call_site(active.segment)),
            None => (frame.node, None),
        }
    }

    /// The gas of the running frame's pending counts.
    fn pending(&self) -> u64 {
        let Some(frame) = self.frames.last() else {
            return 0;
        };
        let touched = frame.touched.iter();
        touched.fold(0, |sum: u64, (node, probe)| {
            let (runs, units) = self.tree.pending((*node, *probe));
            let first = match self.tree.nodes[*node].call {
                Call::Function(index) => frame.code.range(index).0,
                _ => 0,
            };
            sum.saturating_add(frame.code.gas(first + probe, runs, units))
        })
    }

    /// Keeps the running frame's pending counts, or forgets them.
    fn settle(&mut self, keep: bool) {
        let gas = if keep { self.pending() } else { 0 };
        self.wasm += gas;
        if let Some(frame) = self.frames.last_mut() {
            frame.kept += gas;
            self.tree.settle(&mut frame.touched, keep);
        }
    }

    /// Adds gas of another kind where the running code stands.
    fn charge(&mut self, charge: Charge, gas: u64) {
        if gas > 0 {
            let (parent, site) = self.place();
            let node = self.tree.child(parent, site, Call::Charge(charge, None));
            self.tree.add(node, gas);
        }
    }

    /// Adds gas that the message entered last used before its method ran, or instead of running.
    fn charge_message(&mut self, charge: Charge, contract: AccountId, gas: u64) {
        let Some(message) = self.messages.last().copied() else {
            self.broken("gas is charged for a message that has not begun");
            return;
        };
        if gas > 0 {
            let call = Call::Charge(charge, Some(contract));
            let node = self.tree.child(message, None, call);
            self.tree.add(node, gas);
        }
    }

    /// A message used gas: so the call that sent it used as much.
    fn message_used(&mut self, gas: u64) {
        if let Some(frame) = self.frames.last_mut() {
            frame.messages += gas;
        }
    }

    /// Books what a frame used in Wasm since the host last saw it, and what it lost.
    fn close(&mut self, end: &FrameEnd<'_>) {
        let booked = end.gas_used.wasm.checked_sub(self.wasm);
        let Some(booked) = booked else {
            self.broken("a frame has more Wasm gas than the machine booked");
            return;
        };
        let pending = self.pending();
        if !end.status.is_trap() && booked != pending {
            self.broken("a frame's segments and its Wasm gas differ at its end");
        }
        let keep = pending <= booked;
        self.settle(keep);
        let cut_short = booked - if keep { pending } else { 0 };
        self.charge(Charge::CutShort, cut_short);
        self.wasm += cut_short;
        let forfeited = end.gas_used.forfeited.saturating_sub(self.forfeited);
        self.charge(Charge::Forfeited, forfeited);
        self.forfeited += forfeited;
    }

    /// The Wasm call stack after a segment has begun.
    fn begin(&mut self, number: u32, start: SegmentStart) {
        let (parent, site) = self.place();
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        match start {
            SegmentStart::Entry => {
                let probe = usize::try_from(number).unwrap_or(usize::MAX);
                let function = frame.code.probes[probe].function;
                let place = (frame.node, parent);
                let probes = frame.code.range(function).1;
                let node = self.tree.function(place, site, function, probes);
                self.tree.nodes[node].calls += 1;
                frame.stack.push(Active {
                    node,
                    segment: number,
                });
            }
            SegmentStart::AfterCall { waiting } => {
                while frame.stack.len() > 1
                    && frame.stack.last().map(|active| active.segment) != Some(waiting)
                {
                    frame.stack.pop();
                }
            }
            SegmentStart::Within => {}
        }
        if let Some(active) = frame.stack.last_mut() {
            active.segment = number;
        }
    }

    /// The tree of a transaction that is over, as a list of stacks.
    fn transaction_profile(
        &mut self,
        place: StepPlace,
        (name, action): (&str, &str),
        (status, used): (Status, GasUsed),
    ) -> Result<TransactionProfile, Failure> {
        let intrinsic = self
            .tree
            .child(0, None, Call::Charge(Charge::Intrinsic, None));
        self.tree.add(intrinsic, used.intrinsic);
        let tree = std::mem::replace(&mut self.tree, CallTree::new());
        let mut profile = TransactionProfile {
            block: place.height,
            number: place.number,
            name: name.to_string(),
            action: action.to_string(),
            status,
            gas: used,
            stacks: Vec::new(),
        };
        profile.stacks = symbolise(&tree, &self.codes, self.known.names, &profile.title());
        match profile.sums() == used {
            true => Ok(profile),
            false => Err(Failure::bug(format!(
                "the profile of transaction {}.{} does not add up to its receipt: {:?}, {used:?}",
                place.height,
                place.number,
                profile.sums(),
            ))),
        }
    }
}
