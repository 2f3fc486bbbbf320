//! Running a scenario in a store of the caller's, which keeps the state.

use lockstep_gas_meter::Protocol;
use lockstep_state_trie::{NodeStore, Trie};
use lockstep_vm::{Chain, Machine, WasmiEngine};

use super::{Alone, Finished, run_on};
use crate::problem::Failure;
use crate::scenario::Scenario;

/// Runs a scenario on a new chain in a store that is empty, block by block: what is committed
/// there stays also if a later block fails.
///
/// # Errors
/// As [`run`], and when the store is not empty or fails.
pub fn run_in<S: NodeStore<Error: Send + Sync>>(
    store: S,
    scenario: &Scenario,
    dry: bool,
) -> Result<Finished, Failure> {
    let machine = Machine::new(Protocol::v1(), Box::new(WasmiEngine::new()));
    let chain = Chain::new(Trie::new(store), machine);
    Ok(run_on(chain, scenario, &mut Alone::default(), dry)?.0)
}
