//! Faults that the oracles must find, and how long they take.
//!
//! Each fault lies outside of the product: an engine around the real one (`engine`), a state
//! around the journal (`state`), calls of the host that are changed on the way (`host`), a machine that
//! settles otherwise (`settle`), a pass with wrong prices or a wrong policy (`pass`). Nothing that ships
//! has a switch for any of them. A fault is hunted by one oracle, with the inputs that the oracle gets
//! without a fault; [`Fault::hunt`] runs it until it says that something is wrong, or for as many
//! executions as the fault's budget allows.

pub mod dry_run;
pub mod engine;
pub mod host;
pub mod pass;
pub mod settle;
pub mod stale;
pub mod state;

use crate::caught::caught;
use crate::oracles::Finding;

/// A fault, and the oracle that hunts it.
pub struct Fault {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub about: &'static str,
    /// The oracle that finds it.
    pub oracle: &'static str,
    /// The most executions that the oracle may need.
    pub budget: u64,
    /// Makes a hunter from a seed, with the fault in place or, to see that the oracle itself is
    /// right, without it.
    pub hunter: fn(seed: u64, planted: bool) -> Hunter,
}

/// Runs an oracle on the next input, or on the next few.
pub type Hunter = Box<dyn FnMut() -> Verdict>;

/// What an oracle said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// How many executions that took.
    pub executions: u64,
    /// What is wrong, if anything is.
    pub finding: Option<Finding>,
}

impl Verdict {
    /// The verdict of one execution.
    pub fn of<T>(judged: Result<T, Finding>) -> Verdict {
        Verdict {
            executions: 1,
            finding: judged.err(),
        }
    }
}

impl Fault {
    /// Hunts the fault; nothing is found when the budget is used up.
    pub fn hunt(&self, seed: u64) -> Verdict {
        self.run((self.hunter)(seed, true), self.budget)
    }

    /// Runs the oracle without the fault for at least so many executions. What it finds is wrong
    /// with the product or with the oracle.
    pub fn run_without(&self, seed: u64, executions: u64) -> Verdict {
        self.run((self.hunter)(seed, false), executions)
    }

    /// A panic of the hunter is a finding, too: a faulty machine may end in one.
    fn run(&self, mut hunter: Hunter, executions_max: u64) -> Verdict {
        let mut executions = 0;
        loop {
            let verdict = caught(|| Ok(hunter()));
            let verdict = verdict.unwrap_or_else(|panic| Verdict::of::<()>(Err(panic)));
            executions += verdict.executions.max(1);
            if verdict.finding.is_some() || executions >= executions_max {
                let finding = verdict.finding;
                return Verdict {
                    executions,
                    finding,
                };
            }
        }
    }
}

/// Every fault.
pub fn faults() -> Vec<Fault> {
    let mut faults = pass::faults();
    faults.extend(engine::faults());
    faults.extend(engine::faults_in_chains());
    faults.extend(dry_run::faults());
    faults.extend(stale::faults());
    faults.extend(state::faults());
    faults.extend(state::faults_of_transactions());
    faults.extend(state::faults_of_hosts());
    faults.extend(host::faults());
    faults.extend(settle::faults());
    faults
}
