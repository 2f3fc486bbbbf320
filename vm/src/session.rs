//! What all frames of a transaction share: the state, the engine, the gas spent so far, the
//! code already paid for, and the stack of frames that are under way.

use std::collections::BTreeSet;

use lockstep_abi::{AccountId, CodeHash};
use lockstep_gas_meter::Protocol;

use crate::block::BlockEnvironment;
use crate::code_cache::CodeCache;
use crate::engine::Engine;
use crate::fatal::Fatal;
use crate::gas::GasUsed;
use crate::observer::Observer;
use crate::state::State;

/// Where and under which rules messages run.
pub struct Environment<'a> {
    /// The engine.
    pub engine: &'a dyn Engine,
    /// Limits and prices.
    pub protocol: &'a Protocol,
    /// The block.
    pub block: &'a BlockEnvironment,
    /// The sender of the transaction.
    pub origin: AccountId,
}

/// The execution of one transaction's messages.
pub struct Session<'a> {
    pub(crate) environment: Environment<'a>,
    pub(crate) state: &'a mut dyn State,
    pub(crate) cache: &'a mut CodeCache,
    pub(crate) observer: &'a mut dyn Observer,
    /// What the frames used so far, by bucket.
    pub(crate) gas: GasUsed,
    /// Code whose loading this transaction has paid for.
    loaded: BTreeSet<CodeHash>,
    /// The frames under way, the transaction's own message first.
    frames: Vec<ActiveFrame>,
}

/// A frame under way, as far as others must know it.
struct ActiveFrame {
    contract: AccountId,
    /// Whether the call it is waiting for allows its contract to be entered again.
    allows_reentry: bool,
}

impl<'a> Session<'a> {
    /// A transaction that has run nothing yet.
    pub fn new(
        environment: Environment<'a>,
        state: &'a mut dyn State,
        cache: &'a mut CodeCache,
        observer: &'a mut dyn Observer,
    ) -> Session<'a> {
        Session {
            environment,
            state,
            cache,
            observer,
            gas: GasUsed::default(),
            loaded: BTreeSet::new(),
            frames: Vec::new(),
        }
    }

    /// The gas that all messages used so far, by bucket. Their sum is exactly the gas they were
    /// given less the gas that came back.
    pub fn gas_used(&self) -> GasUsed {
        self.gas
    }

    /// How many frames are under way.
    pub(crate) fn depth(&self) -> u32 {
        u32::try_from(self.frames.len()).unwrap_or(u32::MAX)
    }

    /// Whether this transaction has paid for loading the code, so that the code exists.
    pub(crate) fn is_loaded(&self, code: &CodeHash) -> bool {
        self.loaded.contains(code)
    }

    /// Remembers that the code's loading was paid for. This outlives a revert: the machine did
    /// the work.
    pub(crate) fn mark_loaded(&mut self, code: CodeHash) {
        self.loaded.insert(code);
    }

    /// Whether no frame of the contract is under way, or every one of them allows re-entry.
    pub(crate) fn may_enter(&self, contract: &AccountId) -> bool {
        self.frames
            .iter()
            .filter(|frame| frame.contract == *contract)
            .all(|frame| frame.allows_reentry)
    }

    /// How many frames of the contract are under way.
    pub(crate) fn frames_of(&self, contract: &AccountId) -> usize {
        self.frames
            .iter()
            .filter(|frame| frame.contract == *contract)
            .count()
    }

    /// A frame of the contract begins.
    pub(crate) fn push_frame(&mut self, contract: AccountId) {
        self.frames.push(ActiveFrame {
            contract,
            allows_reentry: false,
        });
    }

    /// The frame that began last has ended.
    pub(crate) fn pop_frame(&mut self) {
        self.frames.pop();
    }

    /// Says whether the call that the running frame is about to make allows re-entry, or, when
    /// it is over, that nothing does.
    pub(crate) fn set_reentry(&mut self, allows_reentry: bool) -> Result<(), Fatal> {
        let frame = self
            .frames
            .last_mut()
            .ok_or_else(|| Fatal::Internal("a host call without a frame"))?;
        frame.allows_reentry = allows_reentry;
        Ok(())
    }
}
