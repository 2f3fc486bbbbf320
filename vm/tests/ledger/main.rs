//! Transactions and blocks on a small chain, through the public interface.

mod atomicity;
mod blocks;
mod code;
mod conservation;
mod deposits;
mod failures;
mod fees;
mod script;
mod validation;
mod world;
