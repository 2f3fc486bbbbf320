//! Runs the oracles on mutated, random and generated input for as long as asked.
//!
//! A finding, a panic among them, is printed with the oracle, the seed and the input in hexadecimal,
//! and the program ends with exit code 5. The same `--seed`, `--executions` and `--oracles` give
//! the same inputs, unless `--seconds` ends them.

use std::process::ExitCode;

use clap::Parser;
use lockstep_fuzz::soak::Soak;

/// Runs every oracle on hostile input.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    soak: Soak,
}

fn main() -> ExitCode {
    Arguments::parse().soak.run()
}
