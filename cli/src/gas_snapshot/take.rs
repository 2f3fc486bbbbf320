//! Making a snapshot of scenarios.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use blake2::{Blake2b256, Digest};
use lockstep_gas_meter::{INSTRUMENTER_VERSION, Protocol, Schedule};
use lockstep_vm::{Action, CodeCache, code_hash};

use super::compiler::{compiler_of, record_beside};
use super::{CodeEntry, Snapshot, StepEntry, StepGas, StepKey};
use crate::exit::Exit;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::report::TransactionReport;
use crate::run::{Alone, run_with};
use crate::scenario::{Scenario, Step, load};

/// How many hexadecimal digits of a scenario's digest are kept.
const DIGEST_DIGITS: usize = 32;

/// A scenario that was read.
pub(crate) struct Loaded {
    scenario: Scenario,
}

impl Loaded {
    /// What a snapshot is made of besides the scenario: its modules, and the records beside them.
    pub(crate) fn files(&self) -> impl Iterator<Item = PathBuf> {
        let codes = self.scenario.codes.values();
        codes.flat_map(|code| [code.path.clone(), record_beside(&code.path)])
    }
}

/// Reads the scenarios.
///
/// # Errors
/// With all mistakes of the first file that has any, or when two have the same name.
pub(crate) fn load_all(paths: &[PathBuf]) -> Result<Vec<Loaded>, Failure> {
    let mut loaded: Vec<Loaded> = Vec::new();
    for path in paths {
        let scenario = load(path, &path.to_string_lossy())?;
        let name = &scenario.name;
        let is_plain = |it: char| !it.is_whitespace() && !it.is_control();
        if name.is_empty() || !name.chars().all(is_plain) {
            return Err(bad_name(path, name, "has spaces or nothing in it"));
        }
        if loaded.iter().any(|other| other.scenario.name == *name) {
            return Err(bad_name(path, name, "is that of another of them"));
        }
        loaded.push(Loaded { scenario });
    }
    Ok(loaded)
}

fn bad_name(path: &Path, name: &str, why: &str) -> Failure {
    let message = format!(
        "a snapshot calls scenarios by their `name`, and that of {}, \"{}\", {why}",
        path.display(),
        name.escape_debug()
    );
    let help = "give the scenario a name of its own, without spaces; two of one name go into two \
                snapshots, with --file";
    let problem = Problem::new(ProblemCode::SnapshotScenarios, message, help);
    Failure::new(Exit::Usage, problem)
}

/// Runs the scenarios by the present protocol. Whether their expectations come true does not
/// matter here.
pub(crate) fn take(loaded: &[Loaded]) -> Result<Snapshot, Failure> {
    let protocol = Protocol::v1();
    let mut snapshot = Snapshot {
        protocol: protocol.version,
        instrumenter: INSTRUMENTER_VERSION,
        schedule: protocol.schedule.hash().to_string(),
        scenarios: BTreeMap::new(),
        codes: BTreeMap::new(),
        steps: BTreeMap::new(),
    };
    for Loaded { scenario } in loaded {
        let name = &scenario.name;
        snapshot.scenarios.insert(name.clone(), digest(scenario));
        for (code_name, hash) in scenario.names.codes() {
            let entry = CodeEntry {
                hash: hex::encode(hash.0),
                compiler: match scenario.codes.get(hash) {
                    Some(code) => format!("{:?}", compiler_of(&code.path, &code.bytes)?),
                    None => "\"\"".to_string(),
                },
            };
            snapshot
                .codes
                .insert((name.clone(), code_name.clone()), entry);
        }
        snapshot.steps.extend(steps(scenario, protocol.clone())?);
    }
    Ok(snapshot)
}

/// The total gas of every step, by other prices.
pub(crate) fn repriced(
    loaded: &[Loaded],
    schedule: &Schedule,
) -> Result<BTreeMap<StepKey, u64>, Failure> {
    let protocol = Protocol {
        schedule: schedule.clone(),
        ..Protocol::v1()
    };
    let mut totals = BTreeMap::new();
    for Loaded { scenario } in loaded {
        let steps = steps(scenario, protocol.clone())?;
        totals.extend(steps.into_iter().map(|(key, entry)| (key, entry.gas.total)));
    }
    Ok(totals)
}

fn steps(scenario: &Scenario, protocol: Protocol) -> Result<BTreeMap<StepKey, StepEntry>, Failure> {
    let cache = CodeCache::default();
    let finished = run_with(scenario, protocol, cache, &mut Alone::default())?;
    let mut steps = BTreeMap::new();
    for block in &finished.report.blocks {
        for transaction in &block.transactions {
            let key = StepKey {
                scenario: scenario.name.clone(),
                block: block.height,
                number: transaction.number,
            };
            steps.insert(key, entry(transaction));
        }
    }
    Ok(steps)
}

fn entry(transaction: &TransactionReport) -> StepEntry {
    let name = format!("{:?}", transaction.name);
    match (&transaction.receipt, &transaction.invalid) {
        (Some(receipt), _) => StepEntry {
            gas: StepGas {
                total: receipt.gas.used,
                intrinsic: receipt.gas.intrinsic,
                wasm: receipt.gas.wasm,
                host: receipt.gas.host,
                storage: receipt.gas.storage,
                forfeited: receipt.gas.forfeited,
            },
            ending: receipt.status.clone(),
            name,
        },
        (None, invalid) => StepEntry {
            gas: StepGas::default(),
            ending: format!(
                "invalid:{}",
                invalid.as_ref().map_or("unknown", |it| it.reason.as_str())
            ),
            name,
        },
    }
}

/// A digest of what a scenario does. Names stand for ids, which depend on code, and uploads are
/// described without the length of the code, so neither code nor what is expected has an
/// influence.
fn digest(scenario: &Scenario) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = describe(&mut text, scenario);
    let digest = hex::encode(Blake2b256::digest(text.as_bytes()));
    digest.chars().take(DIGEST_DIGITS).collect()
}

fn describe(out: &mut String, scenario: &Scenario) -> std::fmt::Result {
    let chain = &scenario.chain;
    let collector = scenario.names.show_account(&chain.fee_collector);
    writeln!(
        out,
        "{} {} {collector}",
        chain.chain_id, chain.block_gas_limit
    )?;
    for account in &scenario.accounts {
        writeln!(out, "{} {}", account.name, account.balance)?;
    }
    for block in &scenario.blocks {
        writeln!(out, "block {}", block.timestamp_ms)?;
        for step in &block.steps {
            describe_step(out, scenario, step)?;
        }
    }
    Ok(())
}

fn describe_step(out: &mut String, scenario: &Scenario, step: &Step) -> std::fmt::Result {
    let (input, salt) = match &step.action {
        Action::Transfer { .. } | Action::Upload { .. } => (&[][..], None),
        Action::Instantiate { input, salt, .. } => (input.as_slice(), Some(salt)),
        Action::Call { input, .. } | Action::Upgrade { input, .. } => (input.as_slice(), None),
    };
    let summary = summary(scenario, step);
    let name = if step.name == step.summary {
        summary.as_str()
    } else {
        step.name.as_str()
    };
    writeln!(
        out,
        "{name:?} {summary} {} {} {} {} {:?} {} {} {:?} {}",
        step.sender,
        step.gas_limit,
        step.gas_price,
        step.deposit_limit,
        step.nonce,
        step.chain_id,
        step.corrupt_signature,
        salt,
        step.action.value(),
    )?;
    writeln!(out, "{}", scenario.names.show_bytes(input))
}

/// The step's summary without the length of code.
fn summary(scenario: &Scenario, step: &Step) -> String {
    match &step.action {
        Action::Upload { code } => {
            let name = scenario.names.show_code(&code_hash(code));
            format!("upload {name}")
        }
        _ => step.summary.clone(),
    }
}
