//! Refuses Wasm that is not deterministic, and injects gas and stack metering into the rest.
//!
//! A module goes through three stages, each a type of its own:
//!
//! ```text
//! bytes --validate--> ValidModule --instrument--> PreparedModule
//! ```
//!
//! - [`validate`] reads the bytes once with a permissive parser and lists every violation of the
//!   policy and of the [`Limits`], each with code, place and fix. What passes is validated again
//!   by `wasmparser` with every feature flag set by hand.
//! - [`instrument`] analyses each function, plans where to charge what, and rewrites the module.
//!   The result is validated once more.
//! - An engine takes a [`PreparedModule`] and nothing else. There is no other way to make one, so
//!   code without metering cannot run.
//!
//! Inside, `scan` decides what is accepted, `analysis` finds straight-line segments, frame sizes
//! and operators with operand-dependent cost, `plan` turns them into charge points, and `rewrite`
//! emits bytes. The three know nothing of each other's work beyond the structs they hand on: to
//! make metering cheaper, change `plan`. Prices are in [`Schedule`], one exhaustive match per
//! operator and per host function. What gas means is written down in `docs/gas.md`.
//!
//! The crate knows nothing of engines, storage or accounts. It never panics on any input; time
//! and output are linear in the input's length and bounded by the limits.

#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::expect_used,
        clippy::float_arithmetic,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::unwrap_used
    )
)]

mod analysis;
mod bound;
mod explain;
mod features;
mod function_names;
mod limits;
mod module_facts;
mod operator;
mod plan;
mod prepared;
mod probe;
mod protocol;
mod rewrite;
mod scan;
mod schedule;
mod validate;
mod violation;
mod violation_code;

pub use bound::{
    Bound, CAUSES_MAX, Cause, ExportBound, Place, Quantity, Source, Term, Why, bounds,
};
pub use explain::explain;
pub use limits::Limits;
pub use module_facts::FunctionType;
pub use prepared::{
    Export, ExportKind, FunctionFacts, GAS_EXPORT, GLOBAL_EXPORT_PREFIX, InternalError,
    MEMORY_EXPORT, PrepareError, PreparedModule, STACK_EXPORT, instrument, prepare,
};
pub use probe::{
    OperatorPrice, PROBE_EXPORT, Probe, ProbeKind, Segment, SegmentStart, instrument_with_probes,
    prepare_with_probes, probes,
};
pub use protocol::{INSTRUMENTER_VERSION, PROTOCOL_VERSION, Protocol};
pub use schedule::{
    CodePrices, DepositPrices, HostPrice, HostPrices, PRICE_MAX, Schedule, ScheduleError,
    TransactionPrices, WasmPrices,
};
pub use validate::{ValidModule, validate};
pub use violation::{Excess, FunctionName, Refusal, Violation};
pub use violation_code::ViolationCode;
