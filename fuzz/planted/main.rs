//! Plants each fault, hunts it, and prints how long it took.
//!
//! Ends with exit code 5 when a fault is not found within its budget, and with 2 when there is none of the
//! name that was asked for.

use std::process::ExitCode;
#[expect(
    clippy::disallowed_types,
    reason = "how long a hunt takes is what this program measures"
)]
use std::time::Instant;

use clap::Parser;
use lockstep_fuzz::caught;
use lockstep_fuzz::planted::{Fault, faults};

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

/// How many executions it took and the begin of the finding, or why there is none.
fn hunt(fault: &Fault, seed: u64) -> (u64, Result<String, String>) {
    // A panic of the faulty machine is a finding already; here it is one of what should hunt it.
    match caught(|| Ok(fault.hunt(seed))) {
        Ok(verdict) => {
            let finding = verdict.finding.ok_or_else(|| "not found".to_string());
            let begin = finding.map(|finding| finding.chars().take(90).collect());
            (verdict.executions, begin)
        }
        Err(panic) => (0, Err(format!("not hunted: {panic}"))),
    }
}

#[expect(
    clippy::disallowed_types,
    reason = "how long a hunt takes is what this program measures"
)]
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let is_chosen = |fault: &Fault| fault.name.contains(&arguments.only);
    let (chosen, others): (Vec<Fault>, Vec<Fault>) = faults().into_iter().partition(is_chosen);
    if chosen.is_empty() {
        let names: Vec<&str> = others.iter().map(|fault| fault.name).collect();
        eprintln!("error: there is no fault {}", arguments.only);
        eprintln!("help: name one of {}, or a part of one", names.join(","));
        return ExitCode::from(2);
    }
    // A panic of a faulty machine counts as a finding; its own message would say less.
    std::panic::set_hook(Box::new(|_| {}));
    let (mut planted, mut found, mut slowest) = (0, 0, 0.0_f64);
    println!(
        "fault                     oracle                budget  executions  seconds  finding"
    );
    for fault in &chosen {
        planted += 1;
        let start = Instant::now();
        let (executions, finding) = hunt(fault, arguments.seed);
        let seconds = start.elapsed().as_secs_f64();
        slowest = slowest.max(seconds);
        found += u32::from(finding.is_ok());
        let (Ok(what) | Err(what)) = finding;
        let (name, oracle, budget) = (fault.name, fault.oracle, fault.budget);
        println!("{name:<25} {oracle:<20} {budget:>7} {executions:>11} {seconds:>8.2}  {what}");
    }
    println!("SUMMARY planted={planted} found={found} slowest_s={slowest:.2}");
    if planted == found {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(5)
    }
}
