//! Whole chains at random: blocks of signed transactions from several senders, in worlds that must
//! not make a difference.
//!
//! [`sequence`] draws a history: the two codes of [`script`](crate::script) are uploaded, contracts
//! are made, and then come blocks of calls with generated programs, contracts, transfers, upgrades and
//! uploads, with little gas, balance or deposit, wrong nonces and wrong chains among them.
//! [`SequenceJudge`] executes it in the base world, on every other engine, and in the worlds of
//! `lockstep fuzz det` that need no other process, and compares everything: endings, receipts, host
//! calls, what frames left behind, state changes and roots. So engines agree here, a dry run says
//! what a run does, a cold cache is as good as a warm one, and a witness as good as the state.
//! What is the same everywhere may still be wrong: in the base world the changes of each
//! transaction must conserve balances and deposits, and one that failed may leave nothing but its
//! fee (`accounts`). [`SequenceJudge::of`] is a judge of a few worlds alone, each in every chain:
//! an oracle for each kind of difference.

pub(crate) mod accounts;
mod actions;
mod draw;
pub(crate) mod promised;
mod rounds;
mod work;

use std::sync::Arc;

use lockstep_cli::{
    EngineMaker, Execution, History, Manner, NamedEngine, Watch, World, WorldAnswer, base_engine,
    compare, perform, standard_worlds, taking_part,
};
use lockstep_engines::EngineKind;
use lockstep_gas_meter::Protocol;
use lockstep_vm::{CodeCache, Machine};

pub(crate) use draw::maker_of_contracts;
pub use draw::sequence;
use rounds::{begins_later, rounds};
pub use work::SequenceWork;

use crate::caught::caught;
use crate::generators::Rng;
use crate::oracles::Finding;
use accounts::Tamper;

/// The oracles that compare chains in a few worlds: the name of each, and its worlds.
pub const WORLDS_OF_ORACLES: [(&str, &[&str]); 7] = [
    ("cache", &["cache-warm", "cache-cold", "cache-evicting"]),
    ("observed", &["untraced", "profiled"]),
    ("dry-run", &["dry-run"]),
    ("witness-replay", &["witness"]),
    ("instance", &["fresh-instance"]),
    ("order", &["order"]),
    ("padded", &["padded"]),
];

/// Executes chains in several worlds.
pub struct SequenceJudge {
    base: EngineMaker,
    worlds: Vec<Box<dyn World>>,
    /// Whether each world takes part in every chain, whatever it costs.
    every: bool,
    /// What a fault changes in what each world reports.
    tamper: Option<Tamper>,
    /// What was done so far.
    pub work: SequenceWork,
}

impl Default for SequenceJudge {
    fn default() -> SequenceJudge {
        let base = base_engine();
        let engines = other_engines();
        SequenceJudge {
            worlds: standard_worlds(&base, &engines, None),
            base,
            every: false,
            tamper: None,
            work: SequenceWork::default(),
        }
    }
}

/// Every engine that is built in but the base world's own.
pub fn other_engines() -> Vec<NamedEngine> {
    let kinds = EngineKind::available().filter(|kind| *kind != EngineKind::default());
    let named = kinds.map(|kind| NamedEngine {
        name: kind.name().to_string(),
        make: Arc::new(move || {
            kind.build()
                .expect("every engine that is built in works here")
        }),
    });
    named.collect()
}

impl SequenceJudge {
    /// A judge of the worlds of one oracle alone, each of which takes part in every chain. All run on
    /// engines of `base`.
    ///
    /// # Panics
    /// When there is no such oracle in [`WORLDS_OF_ORACLES`].
    pub fn of(oracle: &str, base: EngineMaker) -> SequenceJudge {
        let named = WORLDS_OF_ORACLES.iter().find(|known| known.0 == oracle);
        let (_, names) = named.unwrap_or_else(|| panic!("there is no oracle {oracle}"));
        let mut worlds = standard_worlds(&base, &[], None);
        worlds.retain(|world| names.contains(&world.name().as_str()));
        assert_eq!(worlds.len(), names.len(), "{names:?}");
        SequenceJudge {
            worlds,
            base,
            every: true,
            tamper: None,
            work: SequenceWork::default(),
        }
    }

    /// A judge of machines with a fault that is the same in all worlds.
    pub(crate) fn tampered(tamper: Option<Tamper>) -> SequenceJudge {
        SequenceJudge {
            tamper,
            ..SequenceJudge::default()
        }
    }

    /// What a world reports, with the fault if there is one.
    fn reported(&self, history: &History, mut execution: Execution) -> Result<Execution, Finding> {
        if let Some(tamper) = self.tamper {
            accounts::tamper(history, &mut execution, tamper)?;
        }
        Ok(execution)
    }

    /// Judges the chain of a seed. Worlds that cost much take part in some chains only. `Ok(true)`
    /// means that a drawn transaction did real work.
    ///
    /// # Errors
    /// What the base world settles wrongly, or the world, and the first difference.
    pub fn seed(&mut self, seed: u64) -> Result<bool, Finding> {
        let history = begun(seed, sequence(&mut Rng::new(seed)), &self.base);
        let probed = CodeCache::with_probes();
        let machine = Machine::with_cache(Protocol::v1(), (self.base)(), probed);
        let base = perform(&history, machine, Manner::Observed, Watch::Calls).execution;
        if let Some(reason) = &base.fatal {
            return Err(format!("the machine stops in the base world: {reason}"));
        }
        let mut base = self.reported(&history, base)?;
        accounts::check(&history, &mut base)?;
        let working = self.work.count(&history, &base)?;
        self.work.executions += 1;
        let taking_part = match self.every {
            true => (0..self.worlds.len()).collect(),
            false => taking_part(&self.worlds, seed, false),
        };
        let rounds = rounds(&self.worlds, seed, self.every);
        for position in taking_part {
            let world = &mut self.worlds[position];
            world.vary(rounds[position]);
            self.work.executions += 1;
            let name = world.name();
            let answer = caught(|| {
                let answer = world.execute(&history, Watch::Calls);
                answer.map_err(|failure| failure.to_string())
            });
            let answer = answer.map_err(|what| format!("{name}: {what}"))?;
            if let WorldAnswer::Executed(other, _) = answer {
                let other = self.reported(&history, other)?;
                if let Some(found) = compare(&base, &other) {
                    return Err(format!("{name}: {found:?}"));
                }
            }
        }
        Ok(working)
    }
}

/// A history as it is, or, for half of the seeds, from the state after the first block on: the codes
/// are not uploaded then, but come from the state, as on a machine that was started again.
pub(crate) fn begun(seed: u64, history: History, engine: &EngineMaker) -> History {
    if !begins_later(seed) {
        return history;
    }
    let mut first = history.clone();
    first.blocks.truncate(1);
    let machine = Machine::new(Protocol::v1(), engine());
    let performed = perform(&first, machine, Manner::Unobserved, Watch::Calls);
    match performed.state {
        Some((_, trie)) => history.begun_at(trie, 1),
        None => history,
    }
}
