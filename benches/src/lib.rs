//! What the measuring programs share: the workloads, the clock, the engines and the report.
//!
//! A measurement is a list of *cases* that compute the same number in different ways: one
//! workload, unmetered and under several meters. All cases of a workload live in one process and
//! take turns, round after round; what counts is the thread's CPU time, and of each case its
//! fastest round. Whatever else the machine does then weighs on all of them alike, and the
//! ratios stay put where the times do not. A case whose result differs from the first one's ends
//! the program.

pub mod adapt;
pub mod count;
pub mod floor;
pub mod measure;
pub mod on_wasmi;
#[cfg(feature = "peers")]
pub mod on_wasmtime;
#[cfg(feature = "peers")]
pub mod peers;
pub mod report;
pub mod workload;
