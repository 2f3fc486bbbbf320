//! `lockstep fuzz run`: looks for calls that break a contract's invariants.

use std::fmt::Write as _;

use clap::Args;

use super::search::SearchArguments;
use crate::answer::Answer;
use crate::fuzz_det::{InvariantReport, fuzz_run_in};
use crate::interrupt::interrupted;
use crate::printable::printable;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::shell_word::shell_word;
use crate::value::counted;

/// The arguments.
#[derive(Debug, Args)]
pub struct RunArguments {
    #[command(flatten)]
    search: SearchArguments,
    /// Print one JSON document (schema lockstep.fuzz.run/1)
    #[arg(long)]
    json: bool,
}

/// Searches, and answers with numbers or with the calls found.
pub(super) fn run(arguments: &RunArguments) -> Answer {
    match execute(arguments) {
        Ok(report) => answer(arguments.json, &report),
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn execute(arguments: &RunArguments) -> Result<InvariantReport, Failure> {
    let (scenario, mut progress) = arguments.search.begin()?;
    let folders = arguments.search.folders();
    let mut report = fuzz_run_in(&scenario, arguments.search.seed, folders, &mut progress)?;
    progress.finish(&report.statistics);
    report.interrupted = interrupted();
    Ok(report)
}

fn answer(json: bool, report: &InvariantReport) -> Answer {
    let statistics = &report.statistics;
    let called = report.invariants.iter();
    let called = called.map(|it| format!("{} ({})", it.invariant, counted(it.answers, "answer")));
    let called: Vec<String> = called.collect();
    let mut text = format!(
        "{}: {}, {}, {}, seed {}\ninvariants: {}\n",
        printable(&report.name),
        counted(statistics.candidates, "candidate"),
        counted(statistics.transactions, "transaction"),
        counted(statistics.edges, "edge"),
        report.seed,
        called.join(", "),
    );
    if report.interrupted {
        text.push_str("ended by an interrupt\n");
    }
    if report.unpaid_calls > 0 {
        let calls = counted(report.unpaid_calls, "call");
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "out of gas, which says nothing: {calls} of invariants"
        );
    }
    let Some(violation) = &report.violation else {
        let answer = with_problems(Answer::new(json, report, text, report.exit()), report);
        return match !report.invariants.is_empty() && report.unknown().is_empty() {
            true => answer,
            false => answer.remark(untold(report).to_string()),
        };
    };
    let _ = writeln!(
        text,
        "\n{} came to {} after {}, cut down from {}:",
        violation.invariant,
        violation.came_to,
        counted(violation.transactions.len(), "transaction"),
        violation.transactions_before,
    );
    for transaction in &violation.transactions {
        let _ = writeln!(text, "  {transaction}");
    }
    let message = format!("{} does not hold", violation.invariant);
    let help = match &violation.file {
        Some(file) => {
            let _ = writeln!(text, "written: {}", printable(file));
            format!(
                "`lockstep run {}` shows it, and is a test once it is mended",
                shell_word(file)
            )
        }
        None => "the same seed finds it again; name another folder with --out".to_string(),
    };
    let problem = Problem::new(ProblemCode::InvariantBroken, message, help);
    let answer = Answer::new(json, report, text, report.exit());
    with_problems(answer, report).remark(problem.to_string())
}

/// The answer with what went wrong beside.
fn with_problems(answer: Answer, report: &InvariantReport) -> Answer {
    let problems = report.problems.iter();
    problems.fold(answer, |answer, problem| {
        answer.remark(format!("{problem}\n"))
    })
}

/// That nothing is known of some invariants, or that there was none.
fn untold(report: &InvariantReport) -> Problem {
    let message = match report.unknown() {
        unknown if unknown.is_empty() => "no contract that has an invariant was made".to_string(),
        unknown => format!("no call told whether this holds: {}", unknown.join(", ")),
    };
    let help = "`lockstep run` shows whether the scenario's contracts are made: an `init` may fail, \
                or a block have too little gas for the call";
    Problem::new(ProblemCode::NoInvariant, message, help)
}
