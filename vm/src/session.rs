//! What all frames of a transaction share: the state, the engine, the gas spent so far, the
//! code that is loaded, and the stack of frames that are under way.

use std::sync::Arc;

use lockstep_abi::{AccountId, CodeHash};
use lockstep_gas_meter::Protocol;

use crate::block::BlockEnvironment;
use crate::bounded_map::BoundedMap;
use crate::code_cache::{CodeCache, LoadedCode};
use crate::engine::Engine;
use crate::fatal::Fatal;
use crate::gas::GasUsed;
use crate::observer::Observer;
use crate::state::State;

/// The most code that a transaction keeps loaded, in bytes as it was uploaded: 16 MiB. Part of the
/// protocol, because code beyond it is charged again. It is none of the
/// [`Limits`](lockstep_gas_meter::Limits), and neither is the one below: nothing is refused at them.
/// They belong to the rule by which loading is charged, which the protocol's version fixes as it does
/// the other rules of `docs/gas.md`: other numbers need another version.
const LOADED_CODE_BYTES_MAX: u64 = 16 << 20;

/// What code counts as at least, so that no more than 4,096 are kept: compiled code takes memory, and
/// mappings of it on some engines, however short it is.
const LOADED_CODE_BYTES_MIN: u64 = 4 << 10;

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
    /// Code that this transaction has paid for and keeps ready, by its bytes as uploaded.
    loaded: BoundedMap<CodeHash, Arc<LoadedCode>>,
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
            loaded: BoundedMap::new(LOADED_CODE_BYTES_MAX),
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

    /// Whether this transaction keeps the code loaded, so that the code exists.
    pub(crate) fn is_loaded(&self, code: &CodeHash) -> bool {
        self.loaded.contains(code)
    }

    /// The code, if this transaction keeps it loaded. Running it is then free of charge, and of
    /// work: what is kept here is ready whatever the cache does.
    pub(crate) fn loaded(&mut self, code: &CodeHash) -> Option<Arc<LoadedCode>> {
        self.loaded.get(code).map(Arc::clone)
    }

    /// Keeps code whose loading was paid for, and drops what was used longest ago when it is too
    /// much. This outlives a revert: the machine did the work.
    pub(crate) fn keep_loaded(&mut self, hash: CodeHash, code: Arc<LoadedCode>) {
        let bytes = code.length.max(LOADED_CODE_BYTES_MIN);
        self.loaded.insert(hash, code, bytes);
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
