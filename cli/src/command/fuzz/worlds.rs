//! `lockstep fuzz worlds`: the worlds that this build has, and choosing some of them by name.

use std::sync::Arc;

use clap::Args;
use lockstep_engines::EngineKind;
use serde::Serialize;

use crate::answer::Answer;
use crate::exit::Exit;
use crate::fuzz_det::{Cadence, NamedEngine, World, base_engine, standard_worlds};
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::suggest::did_you_mean;
use crate::text_table::{Side, TextTable};

/// The arguments.
#[derive(Debug, Args)]
pub struct WorldsArguments {
    /// Print one JSON document (schema lockstep.fuzz.worlds/1)
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct WorldsReport {
    schema: &'static str,
    worlds: Vec<WorldReport>,
}

#[derive(Serialize)]
struct WorldReport {
    name: String,
    about: String,
    /// It takes part in one of so many candidates, and in all that reach something new.
    one_of: u64,
}

/// The engines beside the base world's own that this build has.
fn engines() -> Vec<NamedEngine> {
    let others = EngineKind::available().filter(|kind| *kind != EngineKind::default());
    let built = others.filter(|kind| kind.build().is_ok());
    built
        .map(|kind| NamedEngine {
            name: kind.name().to_string(),
            make: Arc::new(move || kind.build().expect("it was built before")),
        })
        .collect()
}

/// Every world.
fn all_worlds() -> Vec<Box<dyn World>> {
    let program = std::env::current_exe().ok();
    standard_worlds(&base_engine(), &engines(), program)
}

/// The worlds of these names, or all when there are none.
///
/// # Errors
/// When there is no world of a name.
pub(super) fn chosen_worlds(names: &[String]) -> Result<Vec<Box<dyn World>>, Failure> {
    let mut worlds = all_worlds();
    if names.is_empty() {
        return Ok(worlds);
    }
    let known: Vec<String> = worlds.iter().map(|world| world.name()).collect();
    let unknown = names.iter().filter(|name| !known.contains(name));
    let problems: Vec<Problem> = unknown
        .map(|name| {
            let message = format!("there is no world \"{name}\"");
            Problem::new(
                ProblemCode::UnknownWorld,
                message,
                did_you_mean(name, &known),
            )
        })
        .collect();
    if !problems.is_empty() {
        let exit = Exit::Usage;
        return Err(Failure { exit, problems });
    }
    worlds.retain(|world| names.contains(&world.name()));
    Ok(worlds)
}

/// Lists them.
pub(super) fn worlds(arguments: &WorldsArguments) -> Answer {
    let worlds = all_worlds().into_iter().map(|world| WorldReport {
        name: world.name(),
        about: world.about(),
        one_of: match world.cadence() {
            Cadence::Always => 1,
            Cadence::OneOf(rounds) => rounds,
        },
    });
    let report = WorldsReport {
        schema: "lockstep.fuzz.worlds/1",
        worlds: worlds.collect(),
    };
    let columns = [
        ("world", Side::Left),
        ("one of", Side::Right),
        ("what it changes", Side::Left),
    ];
    let mut table = TextTable::new(&columns);
    for world in &report.worlds {
        let cells = [
            world.name.clone(),
            world.one_of.to_string(),
            world.about.clone(),
        ];
        table.row(cells.to_vec());
    }
    let text = table.aligned();
    Answer::new(arguments.json, &report, text, Exit::Success)
}
