//! Scenarios: a chain's history written down as a TOML file, with what is expected of it.
//!
//! Reading one has three steps, one file each. [`document`] is the file's shape, read with serde;
//! unknown keys are refused. [`names`] knows what the scenario's names stand for: account ids
//! and contract ids are known before anything runs, because both are derived. [`resolve`] turns
//! the document into a [`Scenario`]: modules read, arguments encoded by the contracts' ABIs,
//! expectations checked for sense. Every mistake is found there, with its place, and all of them
//! are reported at once; nothing is executed unless there is none.

mod actions;
mod contradictions;
mod document;
mod expectation;
mod expectation_spans;
mod expected_events;
mod files;
mod inputs;
mod lookups;
mod names;
mod of_contract;
mod plan;
mod resolve;
mod steps;
mod toml_problem;

pub(crate) use document::SCHEMA as SCENARIO_SCHEMA;
pub use files::{from_text, load};
pub(crate) use inputs::unknown_method;
pub(crate) use names::{Names, derived_account};
pub(crate) use of_contract::{TARGET, arguments, contract_text, is_one_value};
pub use plan::Scenario;
pub(crate) use plan::{Code, Expectation, ExpectedEvent, OutputKind, PlannedBlock, Step};
