//! Plants each fault, hunts it, and prints how long it took.
//!
//! Ends with exit code 5 when a fault is not found within its budget.

use std::process::ExitCode;
#[expect(
    clippy::disallowed_types,
    reason = "how long a hunt takes is what this program measures"
)]
use std::time::Instant;

use clap::Parser;
use lockstep_fuzz::planted::faults;

/// Plants each fault, hunts it, and prints how long it took.
#[derive(Parser)]
struct Arguments {
    /// Where the inputs begin.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only faults whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
}

#[expect(
    clippy::disallowed_types,
    reason = "how long a hunt takes is what this program measures"
)]
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // A panic of a faulty machine counts as a finding; its own message would say less.
    std::panic::set_hook(Box::new(|_| {}));
    let (mut planted, mut found, mut slowest) = (0, 0, 0.0_f64);
    println!(
        "fault                     oracle                budget  executions  seconds  finding"
    );
    for fault in faults() {
        if !fault.name.contains(&arguments.only) {
            continue;
        }
        planted += 1;
        let start = Instant::now();
        let caught = fault.hunt(arguments.seed);
        let seconds = start.elapsed().as_secs_f64();
        slowest = slowest.max(seconds);
        let (name, oracle, budget) = (fault.name, fault.oracle, fault.budget);
        let executions = caught.executions;
        match caught.finding {
            Some(finding) => {
                found += 1;
                let finding: String = finding.chars().take(90).collect();
                println!(
                    "{name:<25} {oracle:<20} {budget:>7} {executions:>11} {seconds:>8.2}  {finding}"
                );
            }
            None => println!(
                "{name:<25} {oracle:<20} {budget:>7} {executions:>11} {seconds:>8.2}  not found"
            ),
        }
    }
    println!("SUMMARY planted={planted} found={found} slowest_s={slowest:.2}");
    if planted == found {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(5)
    }
}
