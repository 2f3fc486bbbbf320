//! The store through its public interface: on the real file system, on a disk that fails, and
//! against a model.

mod ahead;
mod ahead_faults;
mod announced;
mod basics;
mod beside;
mod checkpoints;
mod claimed;
mod compactions;
mod counts;
mod damage;
mod deletions;
mod directories;
mod entries;
mod failing_disk;
mod faults;
mod hooked;
mod interrupted_openings;
mod kills;
mod locks;
mod lost_end;
#[cfg(unix)]
mod misnamed;
mod model;
mod refusals;
mod sweeps;
mod threads;
mod unreadable;
mod unsure_names;
mod workload;
