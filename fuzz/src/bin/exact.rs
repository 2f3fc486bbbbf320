//! Checks the gas of generated modules against the independent interpreter, and for one in a
//! hundred also that no run uses more than the static bound of its export.
//!
//! `--modules N --seed S` checks the modules of the seeds S to S + N - 1. On a mismatch it prints
//! the seed, what differs and the module cut down as text, and ends with exit code 5; otherwise it
//! prints one line that says what the calls did and, as `bounds`, how many runs were compared with
//! bounds.

use std::process::ExitCode;

use clap::Parser;
use lockstep_fuzz::exactness::Judge;
use lockstep_fuzz::noted::Noting;

/// Checks the gas of generated modules against the independent interpreter.
#[derive(Parser)]
struct Arguments {
    /// How many modules to check.
    #[arg(long, default_value_t = 100_000)]
    modules: u64,
    /// The first module's seed; the next module has the next one.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Go on after a mismatch, and report up to so many.
    #[arg(long, default_value_t = 1)]
    mismatches: usize,
    #[command(flatten)]
    noting: Noting,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut judge = Judge::default();
    let mut noted = match arguments.noting.begin() {
        Ok(noted) => noted,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    // A panic is caught and reported with the module; its own message would say less.
    std::panic::set_hook(Box::new(|_| {}));
    let mut mismatches = 0;
    for number in 0..arguments.modules {
        let seed = arguments.seed.wrapping_add(number);
        if let Err(error) = noted.judging("exactness", seed) {
            eprintln!("error: what is judged cannot be noted: {error}");
            return ExitCode::from(2);
        }
        if let Err(mismatch) = judge.seed(seed) {
            mismatches += 1;
            println!(
                "mismatch: seed {seed}\nas generated: {}\ncut down: {}\n{}",
                mismatch.what, mismatch.what_remains, mismatch.text
            );
            if mismatches == arguments.mismatches {
                break;
            }
        }
        if (number + 1).is_multiple_of(10_000) {
            eprintln!("{} modules", number + 1);
        }
    }
    noted.end();
    println!(
        "EXACT mismatches={mismatches} {} bounds={}",
        judge.coverage, judge.bounds
    );
    if mismatches == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(5)
    }
}
