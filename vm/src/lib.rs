//! Executes transactions and blocks of metered Wasm contracts against an authenticated state.
//!
//! The crate has two sides that meet in the [`State`] trait and in one function. The *ledger*
//! side keeps accounts, code and storage in a trie, and takes a transaction through its phases,
//! one file each: `validate` (is it included at all), `charge` (nonce and gas are taken),
//! `execute` (the action, through messages), `settle` (deposits, refund, fee). The *execution*
//! side runs one message: it finds the code, prepares it once, runs it on an [`Engine`] and
//! answers its host calls.
//!
//! Three kinds of failure are kept apart by type. A contract's failure is an ordinary outcome
//! with a [`Status`] in the [`Receipt`]. A transaction that cannot be included is an
//! [`InvalidTransaction`] and leaves no trace. A broken store or engine is a [`Fatal`] and ends
//! the block, with the last committed state intact.
//!
//! Nothing here reads a file, a clock, a socket or the environment, starts a thread, or writes
//! text into a receipt.

#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::expect_used,
        clippy::float_arithmetic,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::unwrap_used
    )
)]

// The ledger.
mod account;
mod action;
mod block;
mod block_record;
mod bundle;
mod chain;
mod charge;
mod deposit;
mod dry_run;
mod execute;
mod fatal;
mod gas;
mod identity;
mod journal;
mod ledger;
mod machine;
mod phases;
mod receipt;
mod recording;
mod replay;
mod settle;
mod signature;
mod state;
mod state_key;
mod status;
mod transaction;
mod validate;

// The execution of messages.
mod bounded_map;
mod code_cache;
mod engine;
mod frame;
mod host;
mod message;
mod observer;
mod session;

pub use account::{Account, ContractRecord};
pub use action::Action;
pub use block::{Block, BlockBuilder, BlockEnvironment, Report, receipts_root};
pub use block_record::BlockRecord;
pub use bundle::{BUNDLE_FORMAT_VERSION, Bundle, BundleBlock, BundleError, BundleFault};
pub use chain::{BlockError, Chain, GenesisError};
pub use dry_run::{DryRun, KeyUse, LimitUse, SmallestGasLimit};
pub use fatal::Fatal;
pub use gas::{GasBucket, GasUsed};
pub use identity::{code_hash, contract_id};
pub use journal::{Journal, StateChange};
pub use ledger::{Change, Ledger};
pub use machine::Machine;
pub use receipt::{Event, Receipt};
pub use recording::{Recorded, Recording};
pub use replay::{Difference, Divergence, ReplayError, ReplayPlace, Replayed, replay, replay_by};
pub use signature::Signer;
pub use state::{Checkpoint, State};
pub use state_key::StateKey;
pub use status::Status;
pub use transaction::{SignedTransaction, Transaction, TransactionError, VerifiedTransaction};
pub use validate::InvalidTransaction;

pub use code_cache::{CacheStatistics, CodeCache, CodeKey};
pub use engine::lent::{lend, with_host};
pub use engine::reuse::{IdleInstances, MemoryPicture};
pub use engine::wasmi::WasmiEngine;
pub use engine::{
    Call, CompiledModule, Completion, Engine, EngineError, EngineIdentity, FinalState, HostCalls,
    Meter, Run, TrapCode, Unwind,
};
pub use frame::run_message;
pub use message::{FrameOutcome, Message, Target};
pub use observer::{
    FrameEnd, FrameStart, HostCallRecord, HostCallResult, MessageCharge, MessageEnd, MessageGas,
    MessageStart, NoObserver, Observation, Observer, ObserverPair, OverLimit, ProbeRecord,
    Recorder,
};
pub use session::{Environment, Session};
