//! The store through its public interface: on the real file system, on a disk that fails, and
//! against a model.

mod basics;
mod checkpoints;
mod compactions;
mod counts;
mod damage;
mod directories;
mod entries;
mod failing_disk;
mod faults;
mod kills;
mod locks;
mod locks_of_others;
#[cfg(unix)]
mod misnamed;
mod model;
mod refusals;
mod sweeps;
mod threads;
mod workload;
