//! The `lockstep` command: checks and meters contracts, and runs scenarios against a chain in
//! memory or in a directory.
//!
//! Each command is a function from what the user gave to a result that can be shown in two ways,
//! as text or as one JSON document with a `schema` member; [`main`] knows the arguments and which
//! stream gets what. stdout carries the result and nothing else. Nothing that is printed, but for
//! the progress of long work on stderr and what is measured or searched for a stated time, depends
//! on a clock, on the width of a terminal, on where the files lie or on the build profile, so output
//! can be compared byte by byte.
//!
//! The way of a scenario: [`load`] reads the file and everything it names and encodes all values
//! ([`Scenario`]); [`run()`] executes it and compares what happened with what was expected
//! ([`RunReport`]). Mistakes of the user are [`Failure`]s, lists of [`Problem`]s with a place and
//! a fix each.

mod abi_section;
mod answer;
mod calibrate;
mod call;
mod command;
mod command_line;
mod debug_info;
mod durable_name;
mod duration;
mod exit;
mod fuzz_det;
mod gas_diff;
mod gas_profile;
mod gas_report;
mod gas_snapshot;
mod interrupt;
mod module_file;
mod outcome_names;
mod output_file;
mod output_place;
mod padding;
mod printable;
mod problem;
mod problem_code;
mod progress;
mod random;
mod refused_module;
mod render;
mod replay;
mod report;
mod run;
mod scenario;
mod scenario_files;
mod shell_word;
mod signed_number;
mod source;
mod state;
mod state_failure;
mod suggest;
mod text_table;
mod value;
mod worst;

pub use abi_section::AbiSection;
pub use answer::Answer;
pub use command::{
    CallArguments, FuzzCommand, GasCommand, ReplayArguments, RunArguments, StateCommand,
    call_command, check, explain, fuzz, gas, meter, replay_command, run_command, state_command,
    strip,
};
pub use command_line::main;
pub use debug_info::{Chain, DebugInfo, DebugInfoError, Frame, Stripped, strip_module};
pub use exit::Exit;
pub use fuzz_det::{
    Answer as WorldAnswer, BlockOutcome, BrokenInvariant, Bytes, Cadence, CallDifference,
    CallOutcome, CalledInvariant, Change, Control, CoverReport, CoveringEntry, CutReport,
    Divergence, Ending, EngineMaker, Execution, Finding, FirstResult, Folders as FuzzFolders,
    FrameOutcome, FuzzReport, Genesis, History, InvariantReport, Manner, NamedEngine, Performed,
    Place as FindingPlace, Reached, ReplayedFinding, ReplayedWorld, ResultPlace, SegmentPlace,
    ShownFinding, ShownTransaction, SignedBlock, Statistics, Stretch, TransactionOutcome,
    Variation, Violation as InvariantViolation, Watch, Way, Ways, World, WorldStatistics,
    base_engine, bundle_of, compare, cover, cut, fuzz_det, fuzz_det_in, fuzz_run, fuzz_run_in,
    perform, replay_finding, show_bundle, show_scenario, standard_worlds, taking_part,
};
pub use gas_profile::{
    Cost, Entry, FrameKind, GasProfile, Hottest, Places, SourceLine, Stack, StackFrame, Summary,
    TransactionProfile, profile,
};
pub use module_file::read_module;
pub use padding::padded;
pub use problem::{Bound, Failure, Problem};
pub use problem_code::ProblemCode;
pub use render::render;
pub use replay::{
    EnginesDifference, FinishedReplay, REPLAY_SCHEMA, ReplayBlock, ReplayDifference, ReplayReport,
    replay_bundle,
};
pub use report::{
    AccountReport, BlockReport, BytesReport, ChangeReport, ContractReport, DryRunReport,
    EventReport, FailedExpectation, GasLimitReport, GasReport, InvalidReport, KeyReport,
    LimitReport, LogReport, NamedId, OutputReport, OverLimitReport, RUN_SCHEMA, ReceiptReport,
    RunReport, TransactionReport,
};
pub use run::{
    Bundled, DryRuns, EngineChoice, Finished, run, run_and_bundle, run_in, run_observed,
};
pub use scenario::{Scenario, from_text, load};
pub use source::Place;
pub use state::check_export;
pub use value::Decoded;
