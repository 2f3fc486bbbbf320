//! `lockstep run`: executes a scenario.

use std::path::{Path, PathBuf};

use clap::Args;
use lockstep_state_trie::{MemoryStore, NodeStore};

use crate::answer::Answer;
use crate::exit::Exit;
use crate::output_file::{FileBeside, write_atomically};
use crate::output_place::{refuse_overwriting, refuse_unwritable_file};
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::render::render;
use crate::run::{
    Alone, Bundled, Companion, DryRuns, EngineChoice, Finished, Notes, run_and_bundle_with,
    run_in_with,
};
use crate::scenario::{Scenario, load};
use crate::state::{
    CACHE_MB_MAX, KEPT_VERSIONS_MAX, new_state_for_scenario, refuse_output_inside,
    say_what_is_kept, store_settings,
};
use crate::value::counted;

/// The arguments of `lockstep run`.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// The scenario, a TOML file
    scenario: PathBuf,
    /// Print one JSON document (schema lockstep.run/1)
    #[arg(long)]
    json: bool,
    /// Before each transaction, say what it will cost, the smallest gas limit that succeeds,
    /// how much of every limit it uses, and the keys it reads and writes
    #[arg(long)]
    dry_run: bool,
    /// The engine: wasmi, wasmi1, wasmtime or winch (the last two need a build with
    /// --features wasmtime); several with commas between them, or `lockstep` for all, run
    /// every transaction on each and stop at the first difference, also when one fails where
    /// another does not
    #[arg(long, value_name = "NAME", default_value = "wasmi")]
    engine: String,
    /// Keep what native engines compile in this directory, and look there first
    #[arg(long, value_name = "FOLDER")]
    code_cache: Option<PathBuf>,
    /// Write one line per host call to this file
    #[arg(long, value_name = "FILE")]
    observations: Option<PathBuf>,
    /// Keep the state in this directory, which must be empty or not there; `lockstep state` works
    /// on it
    #[arg(long, value_name = "DIRECTORY")]
    state: Option<PathBuf>,
    /// With --state: how many versions stay readable, the last one included [default: 128]
    #[arg(long, value_name = "VERSIONS", requires = "state")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=i64::from(KEPT_VERSIONS_MAX)))]
    keep: Option<u32>,
    /// With --state: the most memory for nodes of the state, in MiB [default: 256]
    #[arg(long, value_name = "MIB", requires = "state")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=CACHE_MB_MAX))]
    cache_mb: Option<u64>,
    /// Write the blocks, with all that it takes to execute them again, to this file; `lockstep
    /// replay` executes it. Engines that differ are written here up to the difference, or to
    /// SCENARIO-difference.bundle in the present directory
    #[arg(long, value_name = "FILE.bundle")]
    bundle: Option<PathBuf>,
    /// Bundle only the block at this height, from 1
    #[arg(long, value_name = "HEIGHT", requires = "bundle")]
    bundle_block: Option<u64>,
}

/// Runs the scenario, each transaction as a dry run first if that is asked for, and writes state,
/// observations and bundle where the user wants them.
pub fn run_command(arguments: &RunArguments) -> Answer {
    match execute(arguments) {
        Ok(finished) => answer(arguments.json, &finished),
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn execute(arguments: &RunArguments) -> Result<Finished, Failure> {
    let engines = EngineChoice::parse(&arguments.engine)?;
    let bundle = bundle_or_difference(arguments, &engines);
    check_outputs(arguments, bundle.as_deref())?;
    let engines = engines
        .with_code_cache(arguments.code_cache.as_deref())?
        .with_difference_file(difference_file(arguments));
    let path = &arguments.scenario;
    let scenario = load(path, &path.to_string_lossy())?;
    let modules = scenario.codes.values().map(|code| code.path.as_path());
    let outputs = [bundle.as_ref(), arguments.observations.as_ref()];
    refuse_overwriting(
        outputs.into_iter().flatten().map(PathBuf::as_path),
        modules.chain([path.as_path()]),
    )?;
    if arguments.bundle.is_some() {
        bundled(arguments).check(&scenario)?;
    }
    let Some(directory) = &arguments.state else {
        return run_and_write(MemoryStore::new(), &scenario, &engines, arguments);
    };
    let keep = kept_for_bundle(arguments, scenario.blocks.len())?;
    let settings = store_settings(keep, arguments.cache_mb);
    let store = new_state_for_scenario(directory, settings)?;
    let finished = run_and_write(store, &scenario, &engines, arguments);
    finished.map_err(|failure| say_what_is_kept(directory, failure))
}

/// Refuses outputs that cannot be written, before anything is made.
fn check_outputs(arguments: &RunArguments, bundle: Option<&Path>) -> Result<(), Failure> {
    for output in arguments.bundle.iter().chain(&arguments.observations) {
        refuse_unwritable_file(output)?;
    }
    let Some(directory) = &arguments.state else {
        return Ok(());
    };
    let others = arguments.observations.iter().chain(&arguments.code_cache);
    bundle
        .into_iter()
        .chain(others.map(PathBuf::as_path))
        .try_for_each(|output| refuse_output_inside(directory, output))
}

/// The bundle that is asked for, or that is written if engines differ.
fn bundle_or_difference(arguments: &RunArguments, engines: &EngineChoice) -> Option<PathBuf> {
    let may_be_written = arguments.bundle.is_some() || engines.may_differ();
    may_be_written.then(|| difference_file(arguments))
}

/// Which blocks go into the bundle.
fn bundled(arguments: &RunArguments) -> Bundled {
    arguments.bundle_block.map_or(Bundled::All, Bundled::Block)
}

/// How many versions to keep, so that a bundle of a run can be made behind it: those before each of
/// its blocks, and the last one.
fn kept_for_bundle(arguments: &RunArguments, blocks: usize) -> Result<Option<u32>, Failure> {
    let needed = u32::try_from(blocks.saturating_add(1)).unwrap_or(u32::MAX);
    if arguments.bundle.is_none() {
        return Ok(arguments.keep);
    }
    let keep = arguments
        .keep
        .unwrap_or_else(|| store_settings(None, None).kept_versions.max(needed));
    if (needed..=KEPT_VERSIONS_MAX).contains(&keep) {
        return Ok(Some(keep));
    }
    let message = format!(
        "the bundle needs the state before each of the scenario's {}, of which not enough are kept",
        counted(blocks, "block")
    );
    let help = match needed <= KEPT_VERSIONS_MAX {
        true => format!("with --bundle leave --keep out, or keep {needed} or more"),
        false => "run it without --bundle, or in memory, without --state".to_string(),
    };
    Err(Failure::new(
        Exit::Usage,
        Problem::new(ProblemCode::VersionNotKept, message, help),
    ))
}

/// Where the first difference between engines goes.
fn difference_file(arguments: &RunArguments) -> PathBuf {
    let named = arguments.bundle.clone();
    named.unwrap_or_else(|| {
        let stem = arguments.scenario.file_stem().unwrap_or_default();
        PathBuf::from(format!("{}-difference.bundle", stem.to_string_lossy()))
    })
}

/// Runs the scenario in a store, and writes its bundle and observations if they are asked for.
fn run_and_write<S: NodeStore<Error: Send + Sync>>(
    store: S,
    scenario: &Scenario,
    engines: &EngineChoice,
    arguments: &RunArguments,
) -> Result<Finished, Failure> {
    let run = |companion: &mut dyn Companion| {
        let dry_runs = DryRuns::asked(arguments.dry_run);
        let Some(file) = &arguments.bundle else {
            return run_in_with(store, scenario, engines, dry_runs, companion);
        };
        let which = bundled(arguments);
        let run = run_and_bundle_with(store, scenario, engines, dry_runs, which, companion);
        let (finished, bundle) = run?;
        write_atomically(file, &bundle)?;
        Ok(finished)
    };
    let Some(file) = &arguments.observations else {
        return run(&mut Alone::default());
    };
    let mut file = FileBeside::new(file)?;
    let mut notes = Notes::new(&scenario.name, file.writer());
    let finished = run(&mut notes)?;
    let written = notes.finish();
    file.take_its_name(written)?;
    Ok(finished)
}

fn answer(json: bool, finished: &Finished) -> Answer {
    let text = render(&finished.report);
    let answer = Answer::new(json, &finished.report, text, finished.exit);
    let problems: Vec<String> = finished.problems.iter().map(ToString::to_string).collect();
    answer
        .remark(finished.remark.as_str())
        .remark(problems.join("\n"))
}
