//! The `lockstep` command. Everything is in the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    lockstep_engines::on_large_stack(lockstep_cli::main)
}
