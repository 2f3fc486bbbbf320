//! What runs Wasm: the traits behind which an engine stands.
//!
//! An [`Engine`] compiles a [`PreparedModule`] and nothing else, so code that was not validated
//! and metered cannot reach it. A [`CompiledModule`] runs one method in an instance that cannot be told
//! from a new one, and asks a [`HostCalls`] for everything else. An engine adds nothing of its own
//! to a result: gas and stack are counted by the instrumented code in two globals, which the engine
//! sets before the run, shows to the host at every call through a [`Meter`], and reads when the run
//! is over.
//!
//! How a run is read (see [`Run`]): when the gas is negative it ran out of gas, whether it trapped
//! or returned; otherwise, when it trapped and the stack is negative, the call stack overflowed;
//! otherwise the [`TrapCode`] counts. Whatever else goes wrong is an [`EngineError`], which ends the block and never shows
//! in a receipt: a memory that the machine cannot provide, a native limit below our own, a
//! module that the engine refuses although it was prepared. One of these is no end: when the
//! native stack under compiled code ends before the metered one
//! ([`EngineError::NativeStack`]), the machine carries out the action again on its interpreter.

use lockstep_abi::HostFunction;
use lockstep_gas_meter::PreparedModule;
use thiserror::Error;

use crate::code_cache::CodeKey;

pub(crate) mod lent;
pub(crate) mod reuse;
pub(crate) mod wasmi;

/// Which engine this is. Part of the code cache's key, and of nothing that consensus sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EngineIdentity {
    /// The engine's name.
    pub name: &'static str,
    /// Its exact version.
    pub version: &'static str,
}

/// Turns prepared modules into something that runs.
pub trait Engine: Send + Sync {
    /// The engine's name and version.
    fn identity(&self) -> EngineIdentity;

    /// Whether runs can end in [`EngineError::NativeStack`], because guest frames lie on the
    /// native stack and their size is the compiler's choice.
    fn can_exhaust_native_stack(&self) -> bool {
        false
    }

    /// How many runs so far were in an instance that was used before. An engine that keeps none says 0.
    /// No result reads it: it tells whether anything is saved.
    fn instances_reused(&self) -> u64 {
        0
    }

    /// Compiles all of a module, now. When it exports a table called
    /// [`PROBE_EXPORT`](lockstep_gas_meter::PROBE_EXPORT), each run sets the table's element to a
    /// function that hands its arguments to [`HostCalls::probe`] and gives back the first.
    ///
    /// # Errors
    /// When the engine refuses what the policy accepts, which is a bug in the policy.
    fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError>;

    /// As [`compile`](Engine::compile), with the key under which the code cache will keep the
    /// result. An engine that can keep compiled code beyond the process looks there first.
    ///
    /// # Errors
    /// As [`compile`](Engine::compile).
    fn compile_keyed(
        &self,
        _key: &CodeKey,
        module: &PreparedModule,
    ) -> Result<Box<dyn CompiledModule>, EngineError> {
        self.compile(module)
    }

    /// As [`compile_keyed`](Engine::compile_keyed), for code that an engine has compiled before,
    /// when it was uploaded. An engine may leave each function until its first call; a function
    /// that it refuses then is a failure of the run.
    ///
    /// # Errors
    /// As [`compile`](Engine::compile).
    fn load(
        &self,
        key: &CodeKey,
        module: &PreparedModule,
    ) -> Result<Box<dyn CompiledModule>, EngineError> {
        self.compile_keyed(key, module)
    }
}

/// One method to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call<'a> {
    /// The name of an exported function of type `() -> ()`.
    pub method: &'a str,
    /// The gas that the run may use, at most `i64::MAX`.
    pub gas: u64,
    /// The stack slots that the run may use, at most `i32::MAX`.
    pub stack_slots: u32,
}

impl Call<'_> {
    /// The counters that the run begins with; `None` when one does not hold so much.
    pub fn meter(&self) -> Option<Meter> {
        Some(Meter {
            gas: i64::try_from(self.gas).ok()?,
            stack: i32::try_from(self.stack_slots).ok()?,
        })
    }
}

/// Compiled code, without state: any number of runs can use it at the same time.
pub trait CompiledModule: Send + Sync {
    /// Runs one method in an instance whose memory, table and globals are as the module says: a
    /// fresh one, or one that cannot be told from it.
    ///
    /// # Errors
    /// When the engine failed in a way that no guest can cause; see [`EngineError`].
    fn run(&self, call: Call<'_>, host: &mut dyn HostCalls) -> Result<Run, EngineError>;
}

/// The two counters of the instrumented code: what is left of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meter {
    /// Gas left; negative when a charge did not fit.
    pub gas: i64,
    /// Stack slots left; negative when a frame did not fit.
    pub stack: i32,
}

/// The host's word that the guest must stop now. Why is the host's own knowledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unwind;

/// What a guest can call.
pub trait HostCalls {
    /// Answers a call of `function`.
    ///
    /// `args` has one entry per parameter, 32-bit values zero-extended. `memory` is all of the
    /// guest's memory, or empty when it has none. Changes to `meter` become the guest's
    /// counters when the call comes back. The value, present exactly when the signature has a
    /// result, is cut to the result's width.
    ///
    /// # Errors
    /// [`Unwind`] when the guest must not go on.
    fn call(
        &mut self,
        function: HostFunction,
        args: &[u64],
        memory: &mut [u8],
        meter: &mut Meter,
    ) -> Result<Option<u64>, Unwind>;

    /// The guest reached a probe, in code that was prepared for profiling; see
    /// [`lockstep_gas_meter::probes`]. `operand` is 0 at the beginning of a segment. Nothing comes
    /// back, so a probe cannot change what the guest does.
    fn probe(&mut self, _number: u32, _operand: u32) {}

    /// Whether [`final_state`](HostCalls::final_state) is wanted. An engine asks when the run is
    /// over, and reads nothing for a host that says no.
    fn wants_final_state(&self) -> bool {
        false
    }

    /// The run is over, however it ended, and left this behind. An engine that failed does not say
    /// so, nor one that could not make the instance.
    fn final_state(&mut self, _left: FinalState<'_>) {}
}

/// What a guest left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FinalState<'a> {
    /// All of its memory, empty when it has none.
    pub memory: &'a [u8],
    /// The values of its own mutable globals in the order of their indices, 32-bit values
    /// zero-extended.
    pub globals: &'a [u64],
}

/// How a run came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// The method returned.
    Returned,
    /// The host stopped the guest.
    Unwound,
    /// The guest trapped, or its segments do not fit into its memory or table.
    Trapped(TrapCode),
}

/// A run that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// How it ended.
    pub completion: Completion,
    /// The counters as the guest left them.
    pub meter: Meter,
    /// The size of the guest's memory in pages of 64 KiB.
    pub memory_pages: u32,
}

/// Why Wasm code can trap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TrapCode {
    /// The `unreachable` operator ran.
    Unreachable,
    /// An access, or an active data segment, left the memory.
    MemoryOutOfBounds,
    /// An access, or an active element segment, left the table.
    TableOutOfBounds,
    /// An indirect call met an empty element.
    IndirectCallNull,
    /// An indirect call met a function of another type.
    SignatureMismatch,
    /// An integer was divided by zero.
    DivisionByZero,
    /// The quotient of a signed division does not fit.
    IntegerOverflow,
}

/// A failure of the engine itself. Fatal: another machine would not see it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The engine does not take a module that was prepared.
    #[error("{engine} refused a prepared module: {reason}")]
    Refused {
        /// The engine's name.
        engine: &'static str,
        /// What it said.
        reason: String,
    },
    /// The machine has no memory for what the limits allow.
    #[error("the machine could not provide {what}; give it more memory")]
    OutOfMemory {
        /// What could not be had.
        what: &'static str,
    },
    /// The frames of compiled code needed more native stack than the engine has for the metered
    /// bound. Only an engine that [says so](Engine::can_exhaust_native_stack) fails like this.
    #[error("the native stack of {engine} ended before the metered one")]
    NativeStack {
        /// The engine's name.
        engine: &'static str,
    },
    /// Anything else that must not happen.
    #[error("{engine} failed: {reason}")]
    Failed {
        /// The engine's name.
        engine: &'static str,
        /// What it said.
        reason: String,
    },
}
