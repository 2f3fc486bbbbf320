//! What goes over the pipe to a world in another process, and what that process does with it.

use std::sync::Arc;

use lockstep_abi::AccountId;
use lockstep_engines::EngineKind;
use lockstep_gas_meter::Protocol;
use lockstep_vm::{Machine, SignedTransaction};
use serde::{Deserialize, Serialize};

use super::way;
use crate::fuzz_det::execution::Bytes;
use crate::fuzz_det::history::{Genesis, History, SignedBlock};
use crate::fuzz_det::perform::{Manner, perform};
use crate::fuzz_det::record::Watch;
use crate::fuzz_det::world::cache_for;
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
    /// What is watched beside the host calls. A version that does not know it watches nothing.
    #[serde(default, skip_serializing_if = "is_of_calls_alone")]
    watch: Watch,
    /// How much memory it may still take, in bytes: address space, or what can be written to on an
    /// engine that compiles to native code, because that reserves 6 GiB of it for each memory.
    memory_bytes: Option<u64>,
}

fn is_of_calls_alone(watch: &Watch) -> bool {
    *watch == Watch::Calls
}

impl Request {
    pub(super) fn new(
        history: &History,
        engine: EngineKind,
        (watch, memory_bytes): (Watch, Option<u64>),
    ) -> Request {
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
            // The other process begins at genesis.
            watch: watch.behind(history.blocks_before_start()),
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

/// What the other process does: reads a request, executes it, and returns the execution as JSON, with
/// what was watched.
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
    let cache = cache_for(request.watch, None);
    let machine = Machine::with_cache(Protocol::v1(), engine, cache);
    let performed = perform(&history, machine, Manner::Observed, request.watch);
    way::written(&performed.execution, &performed.way)
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use lockstep_abi::AccountId;
    use lockstep_engines::EngineKind;
    use lockstep_state_trie::{MemoryStore, Trie};

    use super::Request;
    use crate::fuzz_det::history::{Genesis, History, SignedBlock};
    use crate::fuzz_det::record::Watch;

    /// What begins at a snapshot here begins at genesis there.
    #[test]
    fn a_watched_block_is_counted_from_genesis() {
        let genesis = Genesis {
            chain_id: 1,
            fee_collector: AccountId([1; 32]),
            block_gas_limit: 1,
            balances: BTreeMap::new(),
        };
        let block = || SignedBlock {
            timestamp_ms: 0,
            transactions: Vec::new(),
        };
        let history = History::new(genesis, vec![block(), block(), block()]);
        let history = history.begun_at(Trie::new(MemoryStore::new()), 2);
        let segments = |block: usize| Watch::Segments {
            block,
            transaction: 3,
            stretch: 4,
        };
        let made = |watch: Watch| Request::new(&history, EngineKind::default(), (watch, None));
        assert_eq!(made(segments(0)).watch, segments(2));
        // What watches nothing reads as it ever did.
        let text = |watch: Watch| serde_json::to_string(&made(watch)).expect("it serialises");
        assert!(!text(Watch::Calls).contains("watch"));
        for (asked, read) in [(Watch::Calls, Watch::Calls), (segments(0), segments(2))] {
            let request: Request = serde_json::from_str(&text(asked)).expect("it reads");
            assert_eq!(request.watch, read);
        }
    }
}
