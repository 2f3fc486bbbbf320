//! Worlds in another process: `lockstep fuzz execute` gets a history as JSON on stdin and answers
//! with the execution on stdout.
//!
//! The process begins at genesis with nothing in its caches, has hash seeds and an address space
//! of its own, and an environment that differs from round to round. One world also limits its
//! memory: then it either gives the same answer or stops.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use lockstep_abi::AccountId;
use lockstep_gas_meter::Protocol;
use lockstep_vm::{Machine, SignedTransaction, WasmiEngine};
use serde::{Deserialize, Serialize};

use super::{Answer, Cadence, World};
use crate::fuzz_det::execution::{Bytes, Execution};
use crate::fuzz_det::history::{Genesis, History, SignedBlock};
use crate::fuzz_det::perform::{Manner, perform};
use crate::fuzz_det::record::Watch;
use crate::problem::Failure;

/// A history for another process.
#[derive(Debug, Serialize, Deserialize)]
struct Request {
    chain_id: u64,
    fee_collector: Bytes,
    block_gas_limit: u64,
    /// Account id and balance in decimal digits.
    balances: Vec<(Bytes, String)>,
    /// Time and encoded transactions of each block.
    blocks: Vec<(u64, Vec<Bytes>)>,
    /// How many blocks lie before the first whose host calls are compared.
    trace_from: usize,
    /// How much the address space may grow, in bytes.
    memory_bytes: Option<u64>,
}

/// The environments, one per round.
const ENVIRONMENTS: [&[(&str, &str)]; 4] = [
    &[
        ("TZ", "Asia/Kathmandu"),
        ("LC_ALL", "tr_TR.UTF-8"),
        ("HOME", "/nonexistent"),
    ],
    &[
        ("TZ", "America/St_Johns"),
        ("LANG", "C"),
        ("MALLOC_PERTURB_", "165"),
    ],
    &[
        ("LANG", "ar_EG.UTF-8"),
        ("MALLOC_ARENA_MAX", "1"),
        ("MALLOC_PERTURB_", "90"),
    ],
    &[
        ("RUST_BACKTRACE", "full"),
        ("RUST_LOG", "trace"),
        ("MALLOC_TOP_PAD_", "1048576"),
    ],
];

/// How much memory the limited process gets beyond what it has when it begins, one per round.
const MEMORY_BYTES: [u64; 4] = [6 << 20, 24 << 20, 64 << 20, 256 << 20];

/// The worlds of this file.
pub(super) fn worlds(program: PathBuf) -> Vec<Box<dyn World>> {
    [false, true]
        .into_iter()
        .map(|memory_is_limited| -> Box<dyn World> {
            Box::new(OtherProcess {
                program: program.clone(),
                memory_is_limited,
                round: 0,
            })
        })
        .collect()
}

/// Executes in a new process.
struct OtherProcess {
    program: PathBuf,
    memory_is_limited: bool,
    round: usize,
}

impl World for OtherProcess {
    fn name(&self) -> String {
        match self.memory_is_limited {
            false => "fresh-process".to_string(),
            true => "low-memory".to_string(),
        }
    }

    fn about(&self) -> String {
        match self.memory_is_limited {
            false => "a new process with another environment, folder and argv[0]".to_string(),
            true => "a process with little memory: the same answer, or it stops".to_string(),
        }
    }

    fn cadence(&self) -> Cadence {
        Cadence::OneOf(32)
    }

    fn execute(&mut self, history: &History, _watch: Watch) -> Result<Answer, Failure> {
        let round = self.round;
        self.round += 1;
        let limit = MEMORY_BYTES[round % MEMORY_BYTES.len()];
        let request = Request::new(history, self.memory_is_limited.then_some(limit));
        let request = serde_json::to_vec(&request).map_err(Failure::bug)?;
        let (succeeded, stdout, ending) = self.start(round, request)?;
        if succeeded {
            let execution: Execution = serde_json::from_slice(&stdout).map_err(Failure::bug)?;
            if self.memory_is_limited && execution.fatal.is_some() {
                // The machine stopped in good order: a growth got no memory, for example.
                return Ok(Answer::Stopped);
            }
            return Ok(Answer::Executed(history.after_start(execution), Vec::new()));
        }
        if self.memory_is_limited {
            return Ok(Answer::Stopped);
        }
        let fatal = Some(format!("the process ended with {ending}"));
        let execution = Execution {
            fatal,
            ..Execution::default()
        };
        Ok(Answer::Executed(execution, Vec::new()))
    }
}

impl OtherProcess {
    /// Starts the process, hands it the request, and waits for its end.
    fn start(&self, round: usize, request: Vec<u8>) -> Result<(bool, Vec<u8>, String), Failure> {
        let mut command = Command::new(&self.program);
        command
            .args(["fuzz", "execute"])
            .env_clear()
            .envs(ENVIRONMENTS[round % ENVIRONMENTS.len()].iter().copied())
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt;
            command.arg0(format!("{}lockstep", "x".repeat(round % 200)));
        }
        let mut child = command.spawn().map_err(Failure::bug)?;
        let stdin = child.stdin.take();
        let writer = std::thread::spawn(move || {
            // A process that has stopped reads no more, and its ending says so.
            stdin.map(|mut stdin| stdin.write_all(&request))
        });
        let output = child.wait_with_output().map_err(Failure::bug)?;
        // The writer has ended, because the process has.
        let _ = writer.join();
        let ending = output.status.to_string();
        Ok((output.status.success(), output.stdout, ending))
    }
}

impl Request {
    fn new(history: &History, memory_bytes: Option<u64>) -> Request {
        let genesis = &history.genesis;
        let balances = genesis.balances.iter();
        let blocks = history.blocks.iter().map(|block| {
            let transactions = block.transactions.iter();
            let transactions = transactions.map(|signed| Bytes(signed.to_bytes()));
            (block.timestamp_ms, transactions.collect())
        });
        Request {
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
/// When the request is not one, or the memory cannot be limited.
pub(crate) fn answer_request(request: &[u8]) -> Result<String, Failure> {
    let request: Request = serde_json::from_slice(request).map_err(Failure::bug)?;
    let history = request.history()?;
    if let Some(bytes) = request.memory_bytes {
        limit_memory(bytes)?;
    }
    let machine = Machine::new(Protocol::v1(), Box::new(WasmiEngine::new()));
    let performed = perform(&history, machine, Manner::Observed, Watch::Calls);
    serde_json::to_string(&performed.execution).map_err(Failure::bug)
}

/// Lets the address space grow by so many bytes and no more.
#[cfg(target_os = "linux")]
fn limit_memory(bytes: u64) -> Result<(), Failure> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let statm = std::fs::read_to_string("/proc/self/statm").map_err(Failure::bug)?;
    let pages = statm.split_ascii_whitespace().next().unwrap_or_default();
    let pages: u64 = pages.parse().map_err(Failure::bug)?;
    let page_bytes = u64::try_from(rustix::param::page_size()).map_err(Failure::bug)?;
    let now = pages.saturating_mul(page_bytes);
    let limit = Rlimit {
        current: Some(now.saturating_add(bytes)),
        maximum: getrlimit(Resource::As).maximum,
    };
    setrlimit(Resource::As, limit).map_err(Failure::bug)
}

/// There is no way to limit it here, and the plain answer is right as well.
#[cfg(not(target_os = "linux"))]
fn limit_memory(_bytes: u64) -> Result<(), Failure> {
    Ok(())
}
