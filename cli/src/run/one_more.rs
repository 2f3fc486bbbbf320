//! One more transaction after a scenario: on the chain that the scenario's other blocks make in
//! memory, or on a state that is kept.
//!
//! The transaction is the only one of the scenario's last block. A dry run says what it will cost
//! and leaves the state as it was; so does a transaction that cannot be included.

use lockstep_abi::AccountId;
use lockstep_gas_meter::Protocol;
use lockstep_state_trie::{MemoryStore, NodeStore, Trie};
use lockstep_store::Store;
use lockstep_vm::{Action, BlockRecord, Chain, Machine};

use super::beside::Beside;
use super::divergence::{of_block, of_scenario};
use super::{Alone, DryRuns, EngineChoice, Runner, StepPlace, begin};
use crate::exit::Exit;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::report::{FailedExpectation, TransactionReport};
use crate::scenario::{Scenario, Step};
use crate::state_failure::{machine_failure, store_failure, trie_failure};

/// What became of the transaction.
pub(crate) struct OneMore {
    /// The height of its block.
    pub(crate) height: u64,
    /// What it did.
    pub(crate) transaction: TransactionReport,
    /// The root of the state after it, in hexadecimal, if its block was finished.
    pub(crate) state_root: Option<String>,
    /// What did not come out before it as the scenario states.
    pub(crate) unmet_before: Vec<FailedExpectation>,
    /// The same as it is told in full.
    pub(crate) problems_before: Vec<Problem>,
    /// What is to be said of the engines.
    pub(crate) remark: String,
}

/// Runs all of the scenario in memory, its last transaction only as a dry run if `dry`.
///
/// # Errors
/// When the machine fails, or the engines come to different results.
pub(crate) fn after_scenario(
    scenario: &Scenario,
    engines: &EngineChoice,
    dry: bool,
) -> Result<OneMore, Failure> {
    let protocol = Protocol::v1();
    let mut beside = engines.beside(&protocol)?;
    let machine = Machine::new(protocol, engines.first()?);
    let done = in_memory(machine, scenario, &mut beside, dry);
    let mut done = match (done, &beside.diverged) {
        (Err(failure), Some(diverged)) => {
            let make = || of_scenario(scenario, diverged);
            return Err(engines.bundle_difference(failure, diverged, make));
        }
        (done, _) => done?,
    };
    done.remark = engines.summary(beside.compared);
    Ok(done)
}

fn in_memory(
    machine: Machine,
    scenario: &Scenario,
    beside: &mut Beside,
    dry: bool,
) -> Result<OneMore, Failure> {
    let mut chain = Chain::new(Trie::new(MemoryStore::new()), machine);
    begin(&mut chain, scenario)?;
    let mut companion = Alone::default();
    let mut runner = Runner::new(scenario, &mut companion, beside, DryRuns::None);
    let Some((last, earlier)) = scenario.blocks.split_last() else {
        return Err(Failure::bug(
            "a scenario without a block is to run one more",
        ));
    };
    let mut height = 1;
    for block in earlier {
        runner.block(&mut chain, height, block)?;
        height += 1;
    }
    runner.dry_runs = DryRuns::asked(dry);
    runner.one_more(
        &mut chain,
        (height, last.timestamp_ms),
        only_step(scenario)?,
    )
}

/// Runs the scenario's last transaction as the next block of a state that is kept, and commits
/// the block, unless `dry`. The scenario gives the names and the chain's settings.
///
/// # Errors
/// When the state is not one of the scenario's chain or lacks the contract that is called, the
/// machine or the store fails, or the engines come to different results. The state is as it was
/// then.
pub(crate) fn on_state(
    store: Store,
    scenario: &Scenario,
    engines: &EngineChoice,
    dry: bool,
) -> Result<OneMore, Failure> {
    let last = store.last();
    let record = store.record(last.number);
    let record = record.map_err(|error| store_failure(&error))?;
    let before = BlockRecord::from_bytes(&record).map_err(|_| no_block())?;
    let before = before.environment;
    if before.chain_id != scenario.chain.chain_id {
        return Err(other_chain(before.chain_id, scenario));
    }
    let protocol = Protocol::v1();
    let mut beside = engines.beside(&protocol)?;
    let machine = Machine::new(protocol, engines.first()?);
    let trie = Trie::open(store, last.root).map_err(trie_failure)?;
    let mut chain = Chain::new(trie, machine);
    let step = only_step(scenario)?;
    refuse_absent(&chain, step, scenario)?;
    let mut companion = Alone::default();
    let dry_runs = DryRuns::asked(dry);
    let mut runner = Runner::new(scenario, &mut companion, &mut beside, dry_runs);
    for (_, id) in scenario.names.accounts() {
        let account = chain.account(id).map_err(machine_failure)?;
        runner.nonces.insert(*id, account.nonce);
        if let Some(contract) = account.contract {
            runner.describer.begin_with(*id, contract.code);
        }
    }
    let timestamp_ms = before.timestamp_ms;
    let timestamp_ms = timestamp_ms.saturating_add(scenario.chain.block_interval_ms);
    let height = before.height.checked_add(1).ok_or_else(no_height)?;
    let place = (height, timestamp_ms);
    let done = runner.one_more(&mut chain, place, step);
    let again = (runner.environment(place.0, place.1), runner.sign(step));
    let mut done = match (done, &beside.diverged) {
        (Err(failure), Some(diverged)) => {
            let make = || of_block(chain.trie(), again.0, again.1);
            return Err(engines.bundle_difference(failure, diverged, make));
        }
        (done, _) => done?,
    };
    done.remark = engines.summary(beside.compared);
    Ok(done)
}

/// Refuses to call what is no contract in the state: the block would hold nothing but a fee.
fn refuse_absent<S: NodeStore<Error: Send + Sync>>(
    chain: &Chain<S>,
    step: &Step,
    scenario: &Scenario,
) -> Result<(), Failure> {
    let Action::Call { contract, .. } = &step.action else {
        return Ok(());
    };
    let account = chain.account(contract).map_err(machine_failure)?;
    match account.contract {
        Some(_) => Ok(()),
        None => Err(no_contract(contract, scenario)),
    }
}

/// The transaction of the last block.
fn only_step(scenario: &Scenario) -> Result<&Step, Failure> {
    match scenario.blocks.last().map(|block| block.steps.as_slice()) {
        Some([step]) => Ok(step),
        _ => Err(Failure::bug("the last block has not one transaction")),
    }
}

impl Runner<'_> {
    /// Runs a step in a block of its own.
    fn one_more<S: NodeStore<Error: Send + Sync>>(
        &mut self,
        chain: &mut Chain<S>,
        (height, timestamp_ms): (u64, u64),
        step: &Step,
    ) -> Result<OneMore, Failure> {
        let unmet_before = self.failed.iter().chain(&self.unstated).cloned().collect();
        let problems_before = self.problems.clone();
        let mut builder = chain.begin(self.environment(height, timestamp_ms));
        let place = StepPlace { height, number: 1 };
        let transaction = self.step(&mut builder, place, step)?;
        let counts = self.dry_runs == DryRuns::None && transaction.receipt.is_some();
        let block = counts.then(|| builder.finish().map_err(machine_failure));
        let block = block.transpose()?;
        Ok(OneMore {
            height,
            transaction,
            state_root: block.map(|block| hex::encode(block.state_root)),
            unmet_before,
            problems_before,
            remark: String::new(),
        })
    }
}

fn no_block() -> Failure {
    let message = "the state has no block yet, so it does not say which comes next";
    let help = "fill it with `lockstep run SCENARIO --state DIRECTORY`; a state that was imported \
                goes on only if it was exported with its last block";
    Failure::new(
        Exit::Usage,
        Problem::new(ProblemCode::OtherChain, message, help),
    )
}

fn no_height() -> Failure {
    let message =
        "the state's last block has the greatest height that there is, so none comes next";
    let help = "a chain does not get there; the record of an imported state is what whoever exported \
                it wrote";
    Failure::new(
        Exit::Usage,
        Problem::new(ProblemCode::OtherChain, message, help),
    )
}

fn no_contract(contract: &AccountId, scenario: &Scenario) -> Failure {
    let message = format!(
        "the state has no contract {}, which the scenario {} makes with the id 0x{}",
        scenario.names.show_account(contract),
        scenario.name,
        hex::encode(contract.0)
    );
    let help = "an id is made of creator, code and salt: if the module was built anew, the state has \
                the contract of the old code; name a scenario with that module, or run this one with \
                --state and another directory";
    Failure::new(
        Exit::NothingMatched,
        Problem::new(ProblemCode::ContractAbsent, message, help),
    )
}

fn other_chain(chain_id: u64, scenario: &Scenario) -> Failure {
    let message = format!(
        "the state is one of chain {chain_id}, and the scenario {} is about chain {}",
        scenario.name, scenario.chain.chain_id
    );
    let help = "name the scenario that filled the state: --scenario FILE";
    Failure::new(
        Exit::Usage,
        Problem::new(ProblemCode::OtherChain, message, help),
    )
}
