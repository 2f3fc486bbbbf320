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
//!
//! # Following a chain
//!
//! [`Chain`] builds blocks and executes those of others. A node that follows a proposer trusts no
//! header: it executes the block, holds what comes out against the header, and commits only what is
//! the same. A block that differs, or that has a transaction which must not be included, leaves the
//! last committed state as it was.
//!
//! ```
//! use lockstep_abi::AccountId;
//! use lockstep_gas_meter::Protocol;
//! use lockstep_state_trie::{EMPTY_ROOT, MemoryStore, Trie};
//! use lockstep_vm::*;
//!
//! let signer = Signer::from_seed([1; 32]);
//! let chain_of_the_balances = || -> Result<_, GenesisError> {
//!     let machine = Machine::new(Protocol::v1(), Box::new(WasmiEngine::new()));
//!     let mut chain = Chain::new(Trie::new(MemoryStore::new()), machine);
//!     chain.genesis(&[(signer.account(), 1_000_000_000)].into())?;
//!     Ok(chain)
//! };
//! let environment = BlockEnvironment {
//!     chain_id: 1,
//!     height: 1,
//!     timestamp_ms: 1_700_000_000_000,
//!     fee_collector: AccountId([9; 32]),
//!     gas_limit: 100_000_000,
//! };
//! let transaction = signer.sign(Transaction {
//!     chain_id: 1,
//!     sender: signer.account(),
//!     nonce: 0,
//!     gas_limit: 1_000_000,
//!     gas_price: 1,
//!     deposit_limit: 0,
//!     action: Action::Transfer { to: AccountId([2; 32]), value: 5 },
//! });
//!
//! // The proposer leaves out what must not be included, and writes a header.
//! let mut proposer = chain_of_the_balances()?;
//! let mut builder = proposer.begin(environment.clone());
//! if let Err(reason) = builder.push(&transaction, &mut NoObserver)? {
//!     println!("left out: {reason}");
//! }
//! let header: BlockClaim = builder.finish()?.claim();
//!
//! // A follower holds the block against the header before it commits.
//! let mut follower = chain_of_the_balances()?;
//! let mut follow = |header: &BlockClaim| -> Result<Block, BlockError> {
//!     let transactions = std::slice::from_ref(&transaction);
//!     let (block, _reports) =
//!         follower.follow_block(environment.clone(), transactions, header, &mut NoObserver)?;
//!     Ok(block)
//! };
//! let forged = BlockClaim { state_root: EMPTY_ROOT, ..header };
//! let refusal = follow(&forged).unwrap_err();
//! assert!(refusal.to_string().starts_with("the state after the block has the root"));
//! // Nothing was committed, so the true block follows on the same state.
//! assert_eq!(follow(&header)?.claim(), header);
//! assert_eq!(follower.state_root(), proposer.state_root());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
pub use block::{
    Block, BlockBuilder, BlockClaim, BlockDifference, BlockEnvironment, PreparedBlock, Report,
    receipts_root,
};
pub use block_record::BlockRecord;
pub use bundle::{
    BUNDLE_FORMAT_VERSION, Bundle, BundleBlock, BundleError, BundleFault, BundleTooLarge,
};
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
