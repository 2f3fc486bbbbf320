//! `lockstep fuzz worlds`: the worlds that this build has, and choosing some of them by name.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use lockstep_engines::EngineKind;
use serde::Serialize;

use crate::answer::Answer;
use crate::exit::Exit;
use crate::fuzz_det::{
    NamedEngine, Rules, SEPARATOR, Variation, World, base_engine, first_words, held, one_of,
    other_build, standard_worlds,
};
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::run::engine_unusable;
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
    /// It takes part in one of so many candidates; in those that reach something new, it does, too,
    /// or one of the worlds does that take turns with it.
    one_of: u64,
    /// What differs from one of its executions to another; `--worlds NAME#VARIATION` holds one.
    variations: Vec<Variation>,
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
    standard_worlds(&base_engine(), &engines(), own_program())
}

/// The program that is running. A path may lead to another one, or to none, once it is built anew, so
/// where the system has a file for what is running that is it.
fn own_program() -> Option<PathBuf> {
    let running = PathBuf::from(format!("/proc/{}/exe", std::process::id()));
    match std::fs::File::open(&running) {
        Ok(_) => Some(running),
        Err(_) => std::env::current_exe().ok(),
    }
}

/// What stands before the path of another build of the program.
const BINARY: &str = "binary:";

/// The worlds of these names, or all when there are none. `binary:PATH` is one in another build, and
/// `WORLD#VARIATION` one that is held in one of its variations.
///
/// # Errors
/// When there is no world of a name, or no program at a path.
pub(super) fn chosen_worlds(names: &[String]) -> Result<Vec<Box<dyn World>>, Failure> {
    let mut worlds = all_worlds();
    if names.is_empty() {
        return Ok(worlds);
    }
    let known: Vec<String> = worlds.iter().map(|world| world.name()).collect();
    worlds.retain(|world| names.contains(&world.name()));
    let mut problems = Vec::new();
    for name in names.iter().filter(|name| !known.contains(name)) {
        match other_world(name, &known) {
            Ok(world) => worlds.push(world),
            Err(failure) => problems.extend(failure.problems),
        }
    }
    match problems.is_empty() {
        true => Ok(worlds),
        false => Err(Failure {
            exit: Exit::Usage,
            problems,
        }),
    }
}

/// The world of a name that none of the known worlds has.
fn other_world(name: &str, known: &[String]) -> Result<Box<dyn World>, Failure> {
    let is_path = |name: &str| {
        let path = name.strip_prefix(BINARY);
        path.is_some_and(|path| Path::new(path).exists())
    };
    // A path may have the separator in it.
    let (plain, variation) = match name.rsplit_once(SEPARATOR).filter(|_| !is_path(name)) {
        Some((plain, variation)) => (plain, Some(variation)),
        None => (name, None),
    };
    let world = match plain.strip_prefix(BINARY) {
        Some(path) => build_at(path)?,
        None => {
            let mut all = all_worlds().into_iter();
            let found = all.find(|world| world.name() == plain);
            found.ok_or_else(|| match not_built(plain, known) {
                Some(failure) => failure,
                None => no_world(name, did_you_mean(plain, known)),
            })?
        }
    };
    let Some(variation) = variation else {
        return Ok(world);
    };
    held(world, variation).map_err(|variations| {
        let help = match variations.is_empty() {
            true => format!("this world has no variations: write \"{plain}\" alone"),
            false => did_you_mean(name, &variations),
        };
        no_world(name, help)
    })
}

/// That the engine of a world is not built in, where that is why there is no world of a name.
fn not_built(name: &str, known: &[String]) -> Option<Failure> {
    let (kind, engine) = name.rsplit_once(':')?;
    let other = EngineKind::ALL
        .iter()
        .find(|other| other.name() == engine)?;
    let is_kind = |known: &String| known.rsplit_once(':').is_some_and(|known| known.0 == kind);
    let error = other.build().err().filter(|_| known.iter().any(is_kind));
    error.map(|error| engine_unusable(&error))
}

/// That there is no world of a name.
fn no_world(name: &str, help: String) -> Failure {
    let message = format!("there is no world \"{name}\"");
    Failure::new(
        Exit::Usage,
        Problem::new(ProblemCode::UnknownWorld, message, help),
    )
}

/// The world in the build at a path, which must be of this version, since what they tell each other is
/// of no use to another, and go by the same rules, since gas differs without.
fn build_at(path: &str) -> Result<Box<dyn World>, Failure> {
    let refused = |message: String| {
        let help = "name a `lockstep` that was built from the same sources, for example \
                    binary:target/debug/lockstep";
        let problem = Problem::new(ProblemCode::UnknownWorld, message, help);
        Failure::new(Exit::Usage, problem)
    };
    if path.is_empty() {
        return Err(refused(format!("no program stands behind `{BINARY}`")));
    }
    // The process is started in another folder.
    let program = std::path::absolute(path);
    let program = program.map_err(|error| refused(format!("{path}: {error}")))?;
    let said = |arguments: &[&str]| first_words(&program, arguments).map_err(refused);
    let version = said(&["--version"])?;
    let version = String::from_utf8_lossy(&version);
    let expected = format!("lockstep {}", env!("CARGO_PKG_VERSION"));
    if version.lines().next() != Some(expected.as_str()) {
        return Err(refused(format!(
            "{path} is not {expected}: it says {version:?}"
        )));
    }
    let rules = said(&["fuzz", "execute", "--rules"])?;
    let difference = match Rules::read(&rules) {
        Some(rules) => Rules::own().difference(&rules),
        None => Some("it does not say by which".to_string()),
    };
    match difference {
        None => Ok(other_build(program, base_engine()().identity().name)),
        Some(difference) => Err(refused(format!(
            "{path} goes by other rules than this build: {difference}"
        ))),
    }
}

/// Lists them.
pub(super) fn worlds(arguments: &WorldsArguments) -> Answer {
    let all = all_worlds();
    let worlds = all.iter().map(|world| WorldReport {
        name: world.name(),
        about: world.about(),
        one_of: one_of(&all, world.cadence()),
        variations: world.variations(),
    });
    let report = WorldsReport {
        schema: "lockstep.fuzz.worlds/1",
        worlds: worlds.collect(),
    };
    let columns = [
        ("world", Side::Left),
        ("one of", Side::Right),
        ("variations", Side::Right),
        ("what it changes", Side::Left),
    ];
    let mut table = TextTable::new(&columns);
    for world in &report.worlds {
        let cells = [
            world.name.clone(),
            world.one_of.to_string(),
            world.variations.len().to_string(),
            world.about.clone(),
        ];
        table.row(cells.to_vec());
    }
    let text = table.aligned();
    Answer::new(arguments.json, &report, text, Exit::Success)
}
