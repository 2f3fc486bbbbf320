//! Transactions and blocks on a small chain, through the public interface.

mod announced;
mod at_the_limits;
mod atomicity;
mod blocks;
mod bundle_damage;
mod bundles;
mod code;
mod conservation;
mod deposits;
mod dry_run;
mod dry_run_keys;
mod dry_run_limits;
mod extremes;
mod failures;
mod fees;
mod following;
mod hook_value;
mod native_stack;
mod own_ledger;
mod rehearsal;
mod script;
mod validation;
mod verified;
mod world;
