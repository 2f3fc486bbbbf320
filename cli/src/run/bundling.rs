//! A scenario's blocks as a bundle.
//!
//! The run itself notes nothing but the transactions and what they came to. The bundle is made
//! afterwards from the versions of the state that the store still holds, and is replayed before it
//! is given out, from its bytes and on a machine that has seen nothing.

use lockstep_gas_meter::Protocol;
use lockstep_state_trie::{Digest, NodeStore, Trie};
use lockstep_vm::{
    Bundle, BundleBlock, BundleTooLarge, Chain, Machine, NoObserver, WasmiEngine, replay,
};

use super::in_store::run_on_engines;
use super::{Alone, Companion, DryRuns, EngineChoice, Finished};
use crate::exit::Exit;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::replay::failure;
use crate::scenario::Scenario;
use crate::value::counted;

/// Which blocks of a scenario go into a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bundled {
    /// All.
    All,
    /// The one at this height, from 1.
    Block(u64),
}

impl Bundled {
    /// Refuses blocks that a scenario does not have, before anything is executed.
    ///
    /// # Errors
    /// When it has no block, or none at the height.
    pub(crate) fn check(self, scenario: &Scenario) -> Result<(), Failure> {
        let count = scenario.blocks.len();
        let last = u64::try_from(count).unwrap_or(u64::MAX);
        let message = match self {
            Bundled::Block(height) if !(1..=last).contains(&height) => {
                format!("the scenario has no block {height}")
            }
            Bundled::All if count == 0 => {
                "the scenario has no block, so there is nothing to bundle".to_string()
            }
            _ => return Ok(()),
        };
        let help = format!(
            "blocks count from 1, and it has {}",
            counted(count, "block")
        );
        let problem = Problem::new(ProblemCode::NothingMatched, message, help);
        Err(Failure::new(Exit::NothingMatched, problem))
    }
}

/// A chain that ran a scenario, and what it executed.
pub(super) struct Ran<S> {
    pub(super) chain: Chain<S>,
    /// The root of the state before the first block.
    pub(super) genesis_root: Digest,
    pub(super) blocks: Vec<BundleBlock>,
}

/// Runs a scenario in a store that is empty, and bundles blocks of it. The bytes are those of a bundle
/// file; they were replayed.
///
/// # Errors
/// As [`run`](super::run), when the scenario has no block to bundle, and when the store no longer
/// has the state before the first of them.
pub fn run_and_bundle<S: NodeStore<Error: Send + Sync>>(
    store: S,
    scenario: &Scenario,
    engines: &EngineChoice,
    dry_runs: DryRuns,
    which: Bundled,
) -> Result<(Finished, Vec<u8>), Failure> {
    run_and_bundle_with(
        store,
        scenario,
        engines,
        dry_runs,
        which,
        &mut Alone::default(),
    )
}

/// As [`run_and_bundle`], with a companion.
pub(crate) fn run_and_bundle_with<S: NodeStore<Error: Send + Sync>>(
    store: S,
    scenario: &Scenario,
    engines: &EngineChoice,
    dry_runs: DryRuns,
    which: Bundled,
    companion: &mut dyn Companion,
) -> Result<(Finished, Vec<u8>), Failure> {
    which.check(scenario)?;
    let (finished, ran) = run_on_engines(store, scenario, engines, dry_runs, companion)?;
    let (before, blocks) = choose(ran.genesis_root, ran.blocks, which);
    let bytes = bundle(ran.chain.trie(), before, blocks)?;
    Ok((finished, bytes))
}

/// The bundle of blocks from the state with the root `before` on, which the trie holds. It was
/// replayed.
pub(super) fn bundle<S: NodeStore<Error: Send + Sync>>(
    trie: &Trie<S>,
    before: Digest,
    blocks: Vec<BundleBlock>,
) -> Result<Vec<u8>, Failure> {
    let bundle = Bundle::record(trie, before, blocks, &mut reference(), &mut NoObserver);
    let bundle = bundle.map_err(|error| failure(&error))?;
    let bytes = bundle.to_bytes().map_err(|error| too_large(&error))?;
    let read = Bundle::from_bytes(&bytes).map_err(Failure::bug)?;
    replay(&read, &mut reference(), &mut NoObserver).map_err(|error| failure(&error))?;
    Ok(bytes)
}

/// The failure that the blocks do not fit into one bundle.
fn too_large(error: &BundleTooLarge) -> Failure {
    let help = "write fewer blocks: --bundle-block HEIGHT bundles one of them";
    let problem = Problem::new(ProblemCode::BundleTooLarge, error.to_string(), help);
    Failure::new(Exit::Usage, problem.beyond(error.limit, error.actual))
}

/// A machine with wasmi that has seen nothing.
pub(super) fn reference() -> Machine {
    Machine::new(Protocol::v1(), Box::new(WasmiEngine::new()))
}

/// The root before the chosen blocks, and the blocks.
fn choose(
    genesis_root: Digest,
    blocks: Vec<BundleBlock>,
    which: Bundled,
) -> (Digest, Vec<BundleBlock>) {
    let mut before = genesis_root;
    let mut chosen = Vec::new();
    for block in blocks {
        let is_chosen = which == Bundled::All || which == Bundled::Block(block.environment.height);
        if !is_chosen && chosen.is_empty() {
            before = block.state_root;
        }
        if is_chosen {
            chosen.push(block);
        }
    }
    (before, chosen)
}
