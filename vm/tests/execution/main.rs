//! Messages on the real engine: host functions, calls between contracts, gas, stack and cache.
//!
//! Contracts are written by [`script`] from the list of host functions, so a test that goes
//! through [`HostFunction::ALL`](lockstep_abi::HostFunction::ALL) cannot forget one. [`world`]
//! runs them on a journal, without transactions around them.

mod arguments;
mod caching;
mod calling;
mod cases;
mod check_order;
mod cryptography;
mod gas;
mod host_functions;
mod lifecycle;
mod loading;
mod messages;
mod misuse;
mod observer_pair;
mod observing;
mod over_limits;
mod probing;
mod read_only;
mod reentry;
mod refused_calls;
mod reuse;
mod script;
mod smallest;
mod stack;
mod storage;
mod store_faults;
mod traps;
mod world;
