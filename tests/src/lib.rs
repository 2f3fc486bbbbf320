//! The harness of the workspace's tests.
//!
//! The centre is [`Pair`]: it takes a module, has the metering pass prepare it, and runs each call
//! twice: the instrumented module on wasmi, and the module as it was on the reference interpreter
//! (`lockstep-reference`), which counts gas operator by operator. A call gives an [`Outcome`] only
//! if both sides agree about everything that can be observed: results, the kind of trap, gas left
//! at the end and at each host call, stack slots left, memory, and the mutable globals. Otherwise it
//! gives a [`Disagreement`].
//!
//! [`SpecRun`] feeds the official test suite through it and tallies what passed, what was refused
//! and why. [`subset_reasons`] says, by a scan of its own, why a module lies outside the accepted
//! subset, so that the reasons which the validator gives can be checked.
//!
//! [`check_static_bounds`] compares the bounds of gas that are found without running code with what
//! runs use.
//!
//! The tests themselves are in `tests/`; the rules of the repository are in `tidy/`.

mod allowance;
mod end;
mod exact;
mod generate;
mod golden;
mod host;
mod metered;
mod outcome;
mod pair;
mod programs;
mod reason;
mod scenarios;
mod spec;
mod stated;
mod static_bounds;
mod subject;
mod subset;
mod tally;
mod word;

pub use allowance::Allowance;
pub use end::end_of;
pub use exact::{Coverage, check_exact};
pub use generate::generate;
pub use golden::updates_golden_files;
pub use host::ScriptedHost;
pub use metered::Metered;
pub use outcome::{Disagreement, HostEvent, Outcome};
pub use pair::{Bounds, Pair, PairError};
pub use programs::{argument_lists, binaries, distinct_prices, programs, with_several_values};
pub use reason::Reason;
pub use scenarios::{finish_scenario, scenario_files};
pub use spec::SpecRun;
pub use stated::stated_bytes;
pub use static_bounds::{CheckedBounds, check_static_bounds};
pub use subject::Subject;
pub use subset::{Reasons, subset_reasons};
pub use tally::{Fate, Tally};
pub use word::cut;
