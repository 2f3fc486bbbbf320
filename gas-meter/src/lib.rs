//! Refuses Wasm that is not deterministic, and injects gas and stack metering into the rest.
//!
//! A module goes through three stages, each a type of its own:
//!
//! ```text
//! bytes --validate--> ValidModule --instrument--> PreparedModule
//! ```
//!
//! - [`validate()`] reads the bytes once: what surrounds the code is validated by `wasmparser`, with
//!   every feature flag set by hand, and each operator by this crate; both are held against the
//!   policy and the [`Limits`], and analysed. A module that is not accepted is read again by a
//!   permissive parser and by `wasmparser`'s validator, which say all that is wrong.
//! - [`instrument`] plans where to charge what, and rewrites the module.
//! - An engine takes a [`PreparedModule`] and nothing else. There is no other way to make one, so
//!   code without metering cannot run.
//!
//! Inside, `walk` reads a module, `scan` decides what is accepted, `analysis` finds straight-line
//! segments and operators with operand-dependent cost, `plan` turns them into charge points, and
//! `rewrite` emits bytes. They know nothing of each other's work beyond the structs they hand on:
//! to make metering cheaper, change `plan`. Prices are in [`Schedule`], one exhaustive match per
//! operator and per host function. What gas means is written down in `docs/gas.md`.
//!
//! The crate depends on no engine, and knows nothing of storage or accounts. It never panics on any
//! input. The length of the output and the time to prepare it grow in proportion to the input's
//! length (what is inserted is sorted, which adds a logarithm), and the limits bound both.
//! [`bounds`] gives up after a fixed number of steps for each export.

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
mod walk;

pub use bound::{
    Bound, CAUSES_MAX, Cause, ExportBound, Place, Quantity, Source, SuccessBound, Term, Why, bounds,
};
pub use explain::explain;
pub use limits::Limits;
pub use module_facts::FunctionType;
pub use prepared::{
    Export, ExportKind, FunctionFacts, GAS_EXPORT, GLOBAL_EXPORT_PREFIX, InternalError,
    MEMORY_EXPORT, PrepareError, PreparedModule, STACK_EXPORT, instrument, prepare,
};
pub use probe::{
    OperatorPrice, PROBE_EXPORT, Probe, ProbeKind, ResultPart, ResultProbe, Segment, SegmentStart,
    instrument_with_probes, prepare_with_probes, prepare_with_result_probes, probes, result_probes,
};
pub use protocol::{INSTRUMENTER_VERSION, PROTOCOL_VERSION, Protocol};
pub use schedule::{
    CodePrices, DepositPrices, HostPrice, HostPrices, PRICE_MAX, Schedule, ScheduleError,
    TransactionPrices, WasmPrices,
};
pub use validate::{ValidModule, validate};
pub use violation::{Excess, FunctionName, Refusal, Violation};
pub use violation_code::ViolationCode;
