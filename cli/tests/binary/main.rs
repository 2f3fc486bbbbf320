//! The built `lockstep` binary as a user meets it: streams, exit codes, files.
//!
//! Texts are compared with committed files; `LOCKSTEP_UPDATE=1` writes them anew.

mod bad_modules;
mod bad_scenarios;
mod bound;
mod call;
mod call_init;
mod call_searched;
mod call_state;
mod dry_run;
mod engine_that_fails;
mod engines;
mod explain;
mod fuzz;
#[cfg(target_os = "linux")]
mod fuzz_cutting;
mod fuzz_exports;
mod fuzz_findings;
mod fuzz_hostile;
#[cfg(target_os = "linux")]
mod fuzz_interrupts;
mod fuzz_printed;
#[cfg(target_os = "linux")]
mod fuzz_processes;
mod fuzz_refusals;
#[cfg(unix)]
mod fuzz_variations;
#[cfg(unix)]
mod fuzz_ways;
mod gas_calibrate;
mod gas_diff;
mod gas_report;
mod gas_snapshot;
mod gas_snapshot_causes;
mod gas_snapshot_files;
#[cfg(target_os = "linux")]
mod memory;
mod modules;
mod outputs;
mod outputs_streams;
mod process;
mod profile;
mod profile_codes;
mod profile_failures;
mod profile_names;
mod replay;
mod run;
mod run_told;
mod state;
mod state_asked;
mod state_exports;
mod state_files;
mod state_interrupt;
mod state_kept;
mod state_room;
mod strip;
#[path = "../fuzz_worlds/sum.rs"]
mod sum;
