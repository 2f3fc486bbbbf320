//! Who judges whether a candidate still shows what is looked for, and the calls from contract to
//! contract that may do so by themselves.

use lockstep_abi::AccountId;
use lockstep_gas_meter::Protocol;
use lockstep_vm::{Action, Machine, MessageStart, Observer};

use super::ask::differs;
use super::base::Base;
use super::candidate::{Candidate, Planned};
use super::history::History;
use super::perform::begin;
use super::world::{EngineMaker, World};

/// The most calls of a candidate that are looked at.
const CALLS_MAX: usize = 200;

/// A call that a transaction leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Nested {
    /// The transaction's position among all.
    pub(super) transaction: usize,
    /// How many calls lie above it, the transaction's own among them.
    pub(super) depth: u32,
    contract: AccountId,
    method: String,
    input: Vec<u8>,
}

impl Nested {
    /// The transaction with this call in place of its own.
    pub(super) fn alone(self, planned: Planned) -> Planned {
        let value = planned.action.value();
        Planned {
            action: Action::Call {
                contract: self.contract,
                method: self.method,
                input: self.input,
                value,
            },
            ..planned
        }
    }
}

/// Collects the calls.
#[derive(Default)]
struct Calls {
    transaction: usize,
    found: Vec<Nested>,
}

impl Observer for Calls {
    fn message_start(&mut self, message: &MessageStart<'_>) {
        if message.depth > 0 && self.found.len() < CALLS_MAX {
            self.found.push(Nested {
                transaction: self.transaction,
                depth: message.depth,
                contract: message.contract,
                method: message.method.to_string(),
                input: message.input.to_vec(),
            });
        }
    }
}

/// The calls that the transactions of a history from genesis lead to. Where the machine fails, those
/// before.
pub(super) fn nested_calls(history: &History, engine: &EngineMaker) -> Vec<Nested> {
    let mut calls = Calls::default();
    let Ok(mut chain) = begin(history, Machine::new(Protocol::v1(), engine())) else {
        return calls.found;
    };
    for (position, block) in history.blocks.iter().enumerate() {
        let mut builder = chain.begin(history.environment(position));
        for signed in &block.transactions {
            if builder.push(signed, &mut calls).is_err() {
                return calls.found;
            }
            calls.transaction += 1;
        }
        if builder.finish().is_err() {
            break;
        }
    }
    calls.found
}

/// Says whether a candidate shows what is looked for.
pub(super) trait Judge {
    /// Whether it does.
    fn shows(&mut self, candidate: &Candidate) -> bool;

    /// The calls that its transactions lead to, where each could be what is needed.
    fn nested(&mut self, _candidate: &Candidate) -> Vec<Nested> {
        Vec::new()
    }
}

impl<F: FnMut(&Candidate) -> bool> Judge for F {
    fn shows(&mut self, candidate: &Candidate) -> bool {
        self(candidate)
    }
}

/// Says whether a world differs about a candidate in one field, and counts how often it was asked.
pub(super) struct Differing<'d> {
    pub(super) base: &'d mut Base,
    pub(super) world: &'d mut Box<dyn World>,
    /// What differed at first. A difference of another kind may have another cause.
    pub(super) field: &'d str,
    pub(super) tries: &'d mut usize,
}

impl Judge for Differing<'_> {
    fn shows(&mut self, candidate: &Candidate) -> bool {
        *self.tries += 1;
        let found = differs(self.base, self.world, (candidate, self.field));
        found.is_ok_and(|found| found.is_some())
    }

    fn nested(&mut self, candidate: &Candidate) -> Vec<Nested> {
        let based = self.base.run_from_genesis(candidate);
        let engine = self.base.engine();
        based.map_or_else(
            |_| Vec::new(),
            |based| nested_calls(&based.history, &engine),
        )
    }
}
