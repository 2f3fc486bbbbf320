//! What a dry run promises beside what the run comes to: the smallest gas limit, and the keys.
//!
//! A chain is executed with a block for each transaction. So each begins on a state of which
//! nothing was read before, and what it asks of the ledger are the keys that it touches. Some
//! transactions go through a dry run; they are then signed with other gas limits and executed as
//! anybody would, while the search of the dry run goes without signatures and reverts what it
//! tried.

mod asked;
mod keys;
mod used;

use lockstep_cli::{EngineMaker, base_engine};
use lockstep_gas_meter::Protocol;
use lockstep_state_trie::{MemoryStore, Trie};
use lockstep_vm::{
    BlockBuilder, BlockEnvironment, Chain, DryRun, InvalidTransaction, Machine, NoObserver, Report,
    SignedTransaction, SmallestGasLimit,
};

use super::draw::{AMPLE_GAS, sequence, signer_of};
use crate::generators::Rng;
use crate::oracles::Finding;
use asked::Asked;
use keys::{Touched, same_keys};
use used::UsedKeys;

/// So many of a hundred transactions behind the first block are judged.
const JUDGED_PERCENT: usize = 30;
/// The search for a limit tries no more gas than this.
const SEARCH_GAS_MAX: u64 = 8_000_000;

/// Changes what a dry run says, as one with a fault would.
pub(crate) type TamperDryRun = fn(&mut DryRun);

/// Judges what dry runs promise.
pub(crate) struct PromiseJudge {
    machine: Machine,
    tamper: Option<TamperDryRun>,
    /// How many dry runs were judged.
    pub(crate) judged: u64,
    /// Of how many the smallest limit was found.
    pub(crate) limits: u64,
}

/// A state, and the block that a transaction is executed in.
struct Place<'t> {
    trie: &'t Trie<MemoryStore>,
    environment: BlockEnvironment,
}

/// What a transaction came to.
type Outcome = Result<Report, InvalidTransaction>;

impl Default for PromiseJudge {
    fn default() -> PromiseJudge {
        PromiseJudge::new(&base_engine(), None)
    }
}

impl PromiseJudge {
    /// A judge that changes what dry runs say, if it is told to.
    pub(crate) fn new(engine: &EngineMaker, tamper: Option<TamperDryRun>) -> PromiseJudge {
        PromiseJudge {
            machine: Machine::new(Protocol::v1(), engine()),
            tamper,
            judged: 0,
            limits: 0,
        }
    }

    /// Judges some transactions of the chain of a seed.
    pub(crate) fn seed(&mut self, seed: u64) -> Result<(), Finding> {
        let history = sequence(&mut Rng::new(seed));
        let mut rng = Rng::new(seed.rotate_left(32));
        let machine = Machine::new(Protocol::v1(), base_engine()());
        let mut chain = Chain::new(Trie::new(MemoryStore::new()), machine);
        let genesis = chain.genesis(&history.genesis.balances);
        genesis.map_err(|error| error.to_string())?;
        let mut trie = chain.into_trie();
        for (height, block) in (1..).zip(&history.blocks) {
            let environment = history.genesis.environment(height, block.timestamp_ms);
            for (position, signed) in block.transactions.iter().enumerate() {
                if height > 1 && rng.chance(JUDGED_PERCENT) {
                    let environment = environment.clone();
                    let place = Place {
                        trie: &trie,
                        environment,
                    };
                    let judged = self.judge(&place, signed, &mut rng);
                    let at = format!("transaction {position} of block {height}");
                    judged.map_err(|what| format!("promised: {what}, in {at}"))?;
                }
                let machine = &mut self.machine;
                let mut builder = BlockBuilder::new(machine, &mut trie, environment.clone());
                let pushed = builder.push(signed, &mut NoObserver);
                let done = pushed.and_then(|_| builder.finish());
                done.map_err(|fatal| fatal.to_string())?;
            }
        }
        Ok(())
    }

    fn judge(
        &mut self,
        place: &Place<'_>,
        signed: &SignedTransaction,
        rng: &mut Rng,
    ) -> Result<(), Finding> {
        let ledger = Asked::of(place.trie);
        let mut builder = BlockBuilder::new(&mut self.machine, ledger, place.environment.clone());
        let said = builder.dry_run(signed, SEARCH_GAS_MAX);
        let mut said = said.map_err(|fatal| fatal.to_string())?;
        if let Some(tamper) = self.tamper {
            tamper(&mut said);
        }
        let (outcome, touched) = self.run(place, signed)?;
        if said.outcome != outcome {
            return Err(format!("it was {outcome:?}, and not {:?}", said.outcome));
        }
        same_keys(&said, &outcome, &touched)?;
        self.judged += 1;
        let limit = said.smallest_gas_limit;
        self.holds(place, signed, &limit, rng)
            .map_err(|what| format!("{what}, and it said {limit:?}"))
    }

    /// Executes a transaction in a block of its own, and forgets what it did.
    fn run(
        &mut self,
        place: &Place<'_>,
        signed: &SignedTransaction,
    ) -> Result<(Outcome, Touched), Finding> {
        let ledger = Asked::of(place.trie);
        let mut builder = BlockBuilder::new(&mut self.machine, ledger, place.environment.clone());
        let mut used = UsedKeys::default();
        let outcome = builder.push(signed, &mut used);
        let outcome = outcome.map_err(|fatal| fatal.to_string())?;
        let finished = builder.finish_with_ledger();
        let (_, ledger) = finished.map_err(|fatal| fatal.to_string())?;
        let asked = ledger.into_asked_keys();
        Ok((outcome, Touched { asked, used }))
    }

    /// What the transaction comes to when it is signed with another limit.
    fn with_limit(
        &mut self,
        place: &Place<'_>,
        signed: &SignedTransaction,
        gas_limit: u64,
    ) -> Result<Outcome, Finding> {
        let mut transaction = signed.transaction.clone();
        let signer = signer_of(&transaction.sender).ok_or("nobody can sign it")?;
        transaction.gas_limit = gas_limit;
        let (outcome, _) = self.run(place, &signer.sign(transaction))?;
        Ok(outcome)
    }

    /// Whether what was said of the smallest limit holds of limits that transactions are signed with.
    fn holds(
        &mut self,
        place: &Place<'_>,
        signed: &SignedTransaction,
        limit: &SmallestGasLimit,
        rng: &mut Rng,
    ) -> Result<(), Finding> {
        let fails_with = match *limit {
            SmallestGasLimit::Found { gas_limit, only } => {
                self.limits += 1;
                let least = self.with_limit(place, signed, gas_limit)?;
                let Some(used) = success_gas(&least) else {
                    return Err(format!("with the limit it is {least:?}"));
                };
                if only {
                    // A larger limit that is not allowed or cannot be paid for says nothing.
                    let more = gas_limit + 1 + rng.below(1_000_000) as u64;
                    let larger = self.with_limit(place, signed, more)?;
                    if used != gas_limit || (larger.is_ok() && larger != least) {
                        return Err(format!("it uses {used}, and with {more} it is {larger:?}"));
                    }
                    let less = rng.below(usize::try_from(gas_limit).unwrap_or(1).max(1));
                    self.fails(place, signed, less as u64)?;
                }
                gas_limit.saturating_sub(1)
            }
            SmallestGasLimit::None => AMPLE_GAS,
            SmallestGasLimit::NotFound { tried_max } => tried_max,
            SmallestGasLimit::NotAffordable { needed, balance } if needed > balance => {
                return Ok(());
            }
            SmallestGasLimit::NotAffordable { .. } => return Err("it is affordable".to_string()),
        };
        self.fails(place, signed, fails_with)
    }

    fn fails(
        &mut self,
        place: &Place<'_>,
        signed: &SignedTransaction,
        gas_limit: u64,
    ) -> Result<(), Finding> {
        match success_gas(&self.with_limit(place, signed, gas_limit)?) {
            None => Ok(()),
            Some(used) => Err(format!("with {gas_limit} it succeeds and uses {used}")),
        }
    }
}

/// The gas used, when it succeeded.
fn success_gas(outcome: &Outcome) -> Option<u64> {
    let report = outcome.as_ref().ok()?;
    let receipt = &report.receipt;
    let is_success = receipt.status.is_success();
    is_success.then(|| receipt.gas_used.total())
}

#[cfg(test)]
mod tests {
    use super::PromiseJudge;

    #[test]
    fn dry_runs_keep_their_promises_and_most_find_a_limit() {
        let mut judge = PromiseJudge::default();
        for seed in 0..40 {
            let judged = judge.seed(seed);
            judged.unwrap_or_else(|finding| panic!("seed {seed}: {finding}"));
        }
        assert!(judge.judged >= 40, "{}", judge.judged);
        assert!(judge.limits * 3 >= judge.judged, "{}", judge.limits);
    }
}
