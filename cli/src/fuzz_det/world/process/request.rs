//! What goes over the pipe to a world in another process, and what that process does with it.

use std::sync::Arc;

use lockstep_abi::AccountId;
use lockstep_engines::EngineKind;
use lockstep_gas_meter::Protocol;
use lockstep_vm::{Machine, SignedTransaction};
use serde::{Deserialize, Serialize};

use crate::fuzz_det::execution::Bytes;
use crate::fuzz_det::history::{Genesis, History, SignedBlock};
use crate::fuzz_det::perform::{Manner, perform};
use crate::fuzz_det::record::Watch;
use crate::problem::Failure;

/// The native stack that a process has taken before its memory is limited: the main thread's grows
/// by need, and a process whose stack cannot grow is killed like one with a bug.
const STACK_BYTES: usize = 2 << 20;

/// A history for another process.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    /// The engine by its name.
    engine: String,
    chain_id: u64,
    fee_collector: Bytes,
    block_gas_limit: u64,
    /// Account id and balance in decimal digits.
    balances: Vec<(Bytes, String)>,
    /// Time and encoded transactions of each block.
    blocks: Vec<(u64, Vec<Bytes>)>,
    /// How many blocks lie before the first whose host calls are compared.
    trace_from: usize,
    /// How much memory it may still take, in bytes: address space, or what can be written to on an
    /// engine that compiles to native code, because that reserves 6 GiB of it for each memory.
    memory_bytes: Option<u64>,
}

impl Request {
    pub(super) fn new(history: &History, engine: EngineKind, memory_bytes: Option<u64>) -> Request {
        let genesis = &history.genesis;
        let balances = genesis.balances.iter();
        let blocks = history.blocks.iter().map(|block| {
            let transactions = block.transactions.iter();
            let transactions = transactions.map(|signed| Bytes(signed.to_bytes()));
            (block.timestamp_ms, transactions.collect())
        });
        Request {
            engine: engine.name().to_string(),
            chain_id: genesis.chain_id,
            fee_collector: Bytes(genesis.fee_collector.0.to_vec()),
            block_gas_limit: genesis.block_gas_limit,
            balances: balances
                .map(|(id, balance)| (Bytes(id.0.to_vec()), balance.to_string()))
                .collect(),
            blocks: blocks.collect(),
            trace_from: history.trace_from,
            memory_bytes,
        }
    }

    /// The history that was written.
    fn history(&self) -> Result<History, Failure> {
        let mut balances = std::collections::BTreeMap::new();
        for (id, balance) in &self.balances {
            let balance: u128 = balance.parse().map_err(Failure::bug)?;
            balances.insert(account(id)?, balance);
        }
        let mut blocks = Vec::with_capacity(self.blocks.len());
        for (timestamp_ms, encoded) in &self.blocks {
            let decoded = encoded
                .iter()
                .map(|bytes| SignedTransaction::from_bytes(&bytes.0, u32::MAX));
            let transactions = decoded.collect::<Result<_, _>>().map_err(Failure::bug)?;
            blocks.push(Arc::new(SignedBlock {
                timestamp_ms: *timestamp_ms,
                transactions,
            }));
        }
        Ok(History {
            genesis: Arc::new(Genesis {
                chain_id: self.chain_id,
                fee_collector: account(&self.fee_collector)?,
                block_gas_limit: self.block_gas_limit,
                balances,
            }),
            start: None,
            trace_from: self.trace_from,
            blocks,
        })
    }
}

fn account(bytes: &Bytes) -> Result<AccountId, Failure> {
    let id = bytes.0.as_slice().try_into();
    id.map(AccountId).map_err(Failure::bug)
}

/// What the other process does: reads a request, executes it, and returns the execution as JSON.
///
/// # Errors
/// When the request is not one, the engine is not built in, or the memory cannot be limited.
pub(crate) fn answer_request(request: &[u8]) -> Result<String, Failure> {
    let request: Request = serde_json::from_slice(request).map_err(Failure::bug)?;
    let history = request.history()?;
    let kind = EngineKind::parse(&request.engine).map_err(Failure::bug)?;
    let engine = kind.build().map_err(Failure::bug)?;
    if let Some(bytes) = request.memory_bytes {
        take_stack();
        limit_memory(bytes, kind.is_native())?;
    }
    let machine = Machine::new(Protocol::v1(), engine);
    let performed = perform(&history, machine, Manner::Observed, Watch::Calls);
    serde_json::to_string(&performed.execution).map_err(Failure::bug)
}

/// Touches the stack as deep as the execution may need it.
#[inline(never)]
fn take_stack() {
    std::hint::black_box([1_u8; STACK_BYTES]);
}

/// Lets the address space, or the memory that can be written to, grow by so many bytes and no more.
#[cfg(target_os = "linux")]
fn limit_memory(bytes: u64, writable_alone: bool) -> Result<(), Failure> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    // The columns of `/proc/self/statm` that hold what the two count, in pages.
    let (resource, column) = match writable_alone {
        false => (Resource::As, 0),
        true => (Resource::Data, 5),
    };
    let statm = std::fs::read_to_string("/proc/self/statm").map_err(Failure::bug)?;
    let pages = statm
        .split_ascii_whitespace()
        .nth(column)
        .unwrap_or_default();
    let pages: u64 = pages.parse().map_err(Failure::bug)?;
    let page_bytes = u64::try_from(rustix::param::page_size()).map_err(Failure::bug)?;
    let now = pages.saturating_mul(page_bytes);
    let limit = Rlimit {
        current: Some(now.saturating_add(bytes)),
        maximum: getrlimit(resource).maximum,
    };
    setrlimit(resource, limit).map_err(Failure::bug)
}

/// There is no way to limit it here, and the plain answer is right as well.
#[cfg(not(target_os = "linux"))]
fn limit_memory(_bytes: u64, _writable_alone: bool) -> Result<(), Failure> {
    Ok(())
}
