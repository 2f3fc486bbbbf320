//! Running a scenario, block by block, on a new chain in memory or in a store of the caller's, with an
//! observer that takes notes.
//!
//! [`describe`] turns what the machine reports into what people want to read, [`compare`] holds
//! it against the expectations, [`watch`] keeps log messages and limits gone over, and [`notes`]
//! writes host calls where they are wanted. All transactions are run and reported, also after an
//! expectation has failed.

mod beside;
mod bundling;
mod companion;
mod compare;
mod describe;
mod divergence;
mod dry_run;
mod engine_failure;
mod engines;
mod expectations;
mod in_store;
mod notes;
mod one_more;
mod opening;
mod signing;
mod step_place;
mod watch;

use std::collections::BTreeMap;

use lockstep_abi::AccountId;
use lockstep_gas_meter::Protocol;
use lockstep_state_trie::{Digest, MemoryStore, NodeStore, Trie};
use lockstep_vm::{
    BlockBuilder, BlockEnvironment, BundleBlock, Chain, CodeCache, Ledger, Machine, ObserverPair,
    Receipt, SignedTransaction,
};

use crate::exit::Exit;
use crate::problem::{Failure, Problem};
use crate::report::{BlockReport, FailedExpectation, RunReport, TransactionReport};
use crate::scenario::{PlannedBlock, Scenario, Step};
use crate::state_failure::machine_failure;
use beside::Beside;
use bundling::Ran;
pub(crate) use bundling::run_and_bundle_with;
pub use bundling::{Bundled, run_and_bundle};
pub(crate) use companion::{Alone, Companion};
use describe::Describer;
pub(crate) use describe::event_name_topic;
pub(crate) use divergence::difference;
pub use dry_run::DryRuns;
pub use engines::EngineChoice;
pub(crate) use engines::engine_unusable;
pub(crate) use expectations::{said, unmet};
pub(crate) use in_store::run_in_with;
pub use in_store::{run_in, run_observed};
pub(crate) use notes::Notes;
pub(crate) use one_more::{OneMore, after_scenario, on_state};
use opening::blank_report;
pub(crate) use step_place::StepPlace;
use watch::Watch;

/// A finished run.
#[derive(Clone, Debug)]
pub struct Finished {
    /// What happened.
    pub report: RunReport,
    /// How many transactions were compared between engines.
    pub compared: u64,
    /// What else is to be said, for people.
    pub remark: String,
    /// How the command ends.
    pub exit: Exit,
    /// What did not come true, with the places in the scenario.
    pub problems: Vec<Problem>,
}

/// Runs a scenario on a new chain in memory.
///
/// # Errors
/// When Lockstep itself or the machine fails; never because of what the scenario does.
pub fn run(scenario: &Scenario) -> Result<Finished, Failure> {
    run_in(
        MemoryStore::new(),
        scenario,
        &EngineChoice::default(),
        DryRuns::None,
    )
}

/// Runs a scenario by the rules and prices of `protocol`, with this cache and a companion that
/// watches.
pub(crate) fn run_with(
    scenario: &Scenario,
    protocol: Protocol,
    cache: CodeCache,
    companion: &mut dyn Companion,
) -> Result<Finished, Failure> {
    let engines = EngineChoice::default();
    let mut beside = engines.beside(&protocol)?;
    let machine = Machine::with_cache(protocol, engines.first()?, cache);
    let chain = Chain::new(Trie::new(MemoryStore::new()), machine);
    Ok(run_on(chain, scenario, companion, &mut beside, DryRuns::None)?.0)
}

/// Runs a scenario on a chain that has not begun, each transaction on the engines beside the
/// chain's, too. Gives the chain back with what was executed on it.
fn run_on<S: NodeStore<Error: Send + Sync>>(
    mut chain: Chain<S>,
    scenario: &Scenario,
    companion: &mut dyn Companion,
    beside: &mut Beside,
    dry_runs: DryRuns,
) -> Result<(Finished, Ran<S>), Failure> {
    let mut report = blank_report(scenario, chain.machine().protocol());
    let root = begin(&mut chain, scenario)?;
    report.genesis_state_root = hex::encode(root);
    let mut runner = Runner::new(scenario, companion, beside, dry_runs);
    for (height, block) in (1..).zip(&scenario.blocks) {
        report.blocks.push(runner.block(&mut chain, height, block)?);
    }
    report.expectations_failed = runner.failed;
    report.unstated_failures = runner.unstated;
    let exit = if !report.expectations_failed.is_empty() {
        Exit::Unexpected
    } else if !report.unstated_failures.is_empty() {
        Exit::Failed
    } else {
        Exit::Success
    };
    report.exit = exit.code();
    report.expectations_stated = runner.stated;
    let ran = Ran {
        chain,
        genesis_root: root,
        blocks: runner.executed,
    };
    let finished = Finished {
        report,
        remark: String::new(),
        compared: runner.beside.compared,
        exit,
        problems: runner.problems,
    };
    Ok((finished, ran))
}

/// Gives out the balances that the scenario's accounts begin with, and returns the root.
fn begin<S: NodeStore<Error: Send + Sync>>(
    chain: &mut Chain<S>,
    scenario: &Scenario,
) -> Result<Digest, Failure> {
    let accounts = scenario.accounts.iter();
    let balances: BTreeMap<AccountId, u128> = accounts
        .map(|account| (account.signer.account(), account.balance))
        .collect();
    chain.genesis(&balances).map_err(machine_failure)
}

/// What is known while the blocks run.
struct Runner<'s> {
    scenario: &'s Scenario,
    describer: Describer<'s>,
    watch: Watch,
    companion: &'s mut dyn Companion,
    beside: &'s mut Beside,
    dry_runs: DryRuns,
    nonces: BTreeMap<AccountId, u64>,
    stated: u64,
    failed: Vec<FailedExpectation>,
    unstated: Vec<FailedExpectation>,
    problems: Vec<Problem>,
    /// The transactions that the block under way has included, and their receipts.
    included: Vec<(SignedTransaction, Receipt)>,
    /// The blocks that are finished.
    executed: Vec<BundleBlock>,
}

impl<'s> Runner<'s> {
    fn new(
        scenario: &'s Scenario,
        companion: &'s mut dyn Companion,
        beside: &'s mut Beside,
        dry_runs: DryRuns,
    ) -> Runner<'s> {
        Runner {
            companion,
            beside,
            dry_runs,
            scenario,
            describer: Describer::new(scenario),
            watch: Watch::default(),
            nonces: BTreeMap::new(),
            stated: 0,
            failed: Vec::new(),
            unstated: Vec::new(),
            problems: Vec::new(),
            included: Vec::new(),
            executed: Vec::new(),
        }
    }

    fn block<S: NodeStore<Error: Send + Sync>>(
        &mut self,
        chain: &mut Chain<S>,
        height: u64,
        block: &PlannedBlock,
    ) -> Result<BlockReport, Failure> {
        let mut builder = chain.begin(self.environment(height, block.timestamp_ms));
        let mut transactions = Vec::new();
        for (number, step) in (1..).zip(&block.steps) {
            transactions.push(self.step(&mut builder, StepPlace { height, number }, step)?);
        }
        let finished = builder.finish().map_err(machine_failure)?;
        let state_root = hex::encode(finished.state_root);
        let receipts_root = hex::encode(finished.receipts_root);
        self.companion
            .block_is_over(height, &state_root, &receipts_root);
        self.executed.push(BundleBlock {
            environment: finished.environment,
            transactions: std::mem::take(&mut self.included),
            state_root: finished.state_root,
        });
        Ok(BlockReport {
            height,
            timestamp_ms: block.timestamp_ms,
            transactions,
            gas_used: finished.gas_used,
            receipts_root,
            state_root,
        })
    }

    /// What the transactions of a block of the scenario's chain share.
    fn environment(&self, height: u64, timestamp_ms: u64) -> BlockEnvironment {
        let chain = &self.scenario.chain;
        BlockEnvironment {
            chain_id: chain.chain_id,
            height,
            timestamp_ms,
            fee_collector: chain.fee_collector,
            gas_limit: chain.block_gas_limit,
        }
    }

    fn step(
        &mut self,
        builder: &mut BlockBuilder<'_, impl Ledger>,
        place: StepPlace,
        step: &Step,
    ) -> Result<TransactionReport, Failure> {
        let signed = self.sign(step);
        let said = match self.dry_runs {
            DryRuns::Each => Some(self.beside.dry_run(builder, &signed, place)?),
            DryRuns::None => None,
        };
        self.companion.step_begins(place);
        let mut observer = ObserverPair(&mut self.watch, self.companion.observer());
        let outcome = self.beside.push(builder, &signed, place, &mut observer)?;
        self.companion.step_is_over(place, step, &outcome);
        let told = self.watch.take_told();
        let mut report = TransactionReport {
            number: place.number,
            name: step.name.clone(),
            from: self.scenario.names.show_account(&signed.transaction.sender),
            action: step.summary.clone(),
            value: step.action.value().to_string(),
            nonce: signed.transaction.nonce,
            id: signed.transaction.id().to_string(),
            invalid: None,
            receipt: None,
            dry_run: None,
        };
        if let Some(said) = said {
            report.dry_run = Some(dry_run::report(&said, &outcome, &self.scenario.names)?);
        }
        match &outcome {
            Ok(done) => {
                let nonce = self.nonces.entry(signed.transaction.sender).or_default();
                *nonce = nonce.saturating_add(1);
                report.receipt = Some(self.describer.receipt(step, done, &told));
                self.included.push((signed, done.receipt.clone()));
            }
            Err(reason) => report.invalid = Some(describe::invalid(reason)),
        }
        self.compare(place.height, step, &report, &outcome);
        Ok(report)
    }
}
