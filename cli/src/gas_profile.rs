//! Where gas goes: by call stack, function, source line, host function and storage key.
//!
//! A scenario runs on modules that were prepared for profiling. Their probes, the frames and the
//! host calls come to an observer (`collect`), which counts into one call tree per transaction
//! (`calls`). When a transaction is over the tree is given names and lines (`symbols`, from
//! `code`) and becomes a list of stacks with gas, whose sums are compared with the receipt,
//! bucket by bucket (`stacks`). Names that several codes have keep the code that they belong to
//! (`shared_names`). Everything that is shown is computed from those stacks: sums by function,
//! line, host function and key (`summary`), the hottest place of a method (`hottest`), a table
//! (`table`), folded stacks and speedscope's format (`formats`), JSON (`document`) and a page with
//! a flame graph (`page`). Modules choose their names freely, so text has them escaped (`names`).
//!
//! `docs/gas.md` says what a stack means.

mod calls;
pub(crate) mod code;
pub(crate) mod collect;
mod document;
mod formats;
mod hottest;
mod keys;
mod names;
mod page;
mod shared_names;
mod stacks;
mod summary;
mod symbols;
mod table;

use std::path::Path;

use lockstep_gas_meter::Protocol;
use lockstep_vm::CodeCache;

use crate::problem::Failure;
use crate::run::{Finished, run_with};
use crate::scenario::Scenario;
use collect::Collector;

pub(crate) use document::{GAS_PROFILE_SCHEMA, document};
pub(crate) use formats::{folded, speedscope};
pub use hottest::{Hottest, Places};
pub(crate) use page::page;
pub use stacks::{Entry, FrameKind, GasProfile, SourceLine, Stack, StackFrame, TransactionProfile};
pub use summary::{Cost, Summary};
pub(crate) use table::table;

/// Runs a scenario and says where the gas of each transaction went. What the run itself came to is
/// the same as without profiling. `sidecar` is a file with names and lines to use in place of those
/// beside the modules.
///
/// # Errors
/// When a sidecar is damaged, or Lockstep itself or the machine fails; never because of what the
/// scenario does.
pub fn profile(
    scenario: &Scenario,
    sidecar: Option<&Path>,
) -> Result<(GasProfile, Finished), Failure> {
    let mut collector = Collector::of_scenario(scenario, sidecar);
    let cache = CodeCache::with_probes();
    let finished = run_with(scenario, Protocol::v1(), cache, &mut collector)?;
    Ok((collector.finish(&scenario.name)?, finished))
}
