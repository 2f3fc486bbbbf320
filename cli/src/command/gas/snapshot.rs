//! `lockstep gas snapshot`: writes the gas of every scenario step, or compares with it.

use std::path::{Path, PathBuf};

use clap::Args;
use lockstep_gas_meter::{Schedule, ScheduleError};
use serde::Serialize;

use crate::answer::Answer;
use crate::exit::Exit;
use crate::gas_snapshot::{
    Comparison, GAS_SNAPSHOT_SCHEMA, Loaded, Snapshot, compare, format, is_snapshot, load_all,
    parse, render, repriced, take,
};
use crate::module_file::{DOCUMENT_BYTES_MAX, read_document, read_if_there};
use crate::output_file::write_atomically;
use crate::output_place::{refuse_overwriting, refuse_unwritable_file};
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::scenario_files::named_or_all;
use crate::shell_word::shell_word;
use crate::source::Source;
use crate::suggest::listed;
use crate::value::counted;

/// The name of the file beside the scenarios.
const FILE_NAME: &str = "gas-snapshot.txt";
/// The most bytes of a schedule's document.
const SCHEDULE_BYTES_MAX: u64 = 1 << 20;

/// The arguments of `lockstep gas snapshot`.
#[derive(Debug, Args)]
#[command(after_help = ABOUT)]
pub struct SnapshotArguments {
    /// The scenarios; by default all of contracts/scenarios
    scenario: Vec<PathBuf>,
    /// Compare with the file in place of writing it; end with 6 when anything differs
    #[arg(long)]
    check: bool,
    /// The snapshot; by default gas-snapshot.txt beside the scenarios
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// The schedule of the snapshot, when prices and code changed both: tells their shares apart
    #[arg(long, value_name = "SCHEDULE.toml", requires = "check")]
    old_schedule: Option<PathBuf>,
    /// Print one JSON document (schema lockstep.gas-snapshot/1)
    #[arg(long)]
    json: bool,
}

const ABOUT: &str = "\
A drift is due to the code (its hash changed), its compiler (the record in CHECKSUMS or in the\n\
module changed as well), the schedule, the scenario or the metering pass, as far as that can be\n\
known. When one of them changed, all of a drift is its; when the schedule changed with others,\n\
--old-schedule runs the present code by the old prices and finds both shares exactly.";

/// What writing says.
#[derive(Serialize)]
struct Written {
    schema: &'static str,
    file: String,
    steps: u64,
}

/// Writes or compares.
pub(super) fn snapshot(arguments: &SnapshotArguments) -> Answer {
    let result = match arguments.check {
        true => check(arguments),
        false => write(arguments),
    };
    result.unwrap_or_else(|failure| Answer::failure(arguments.json, &failure))
}

fn write(arguments: &SnapshotArguments) -> Result<Answer, Failure> {
    let paths = named_or_all(&arguments.scenario)?;
    let file = snapshot_file(arguments, &paths)?;
    let loaded = load_all(&paths)?;
    let read: Vec<PathBuf> = loaded.iter().flat_map(Loaded::files).collect();
    let inputs = paths.iter().chain(&read).map(PathBuf::as_path);
    refuse_overwriting([file.as_path()], inputs)?;
    refuse_unwritable_file(&file)?;
    let old = replaced(&file)?;
    let present = take(&loaded)?;
    if let Some(old) = &old {
        keep_others(old, &present, arguments.scenario.is_empty())?;
    }
    let text = format(&present);
    refuse_too_long(&file, &text)?;
    write_atomically(&file, text.as_bytes())?;
    let document = Written {
        schema: GAS_SNAPSHOT_SCHEMA,
        file: file.display().to_string(),
        steps: u64::try_from(present.steps.len()).unwrap_or(u64::MAX),
    };
    let steps = counted(document.steps, "step");
    let text = format!("wrote {}: {steps}\n", document.file);
    Ok(Answer::new(arguments.json, &document, text, Exit::Success))
}

fn check(arguments: &SnapshotArguments) -> Result<Answer, Failure> {
    let paths = named_or_all(&arguments.scenario)?;
    let file = snapshot_file(arguments, &paths)?;
    let shown = file.display().to_string();
    let mut old = parse(&read_document(&file, &shown)?)?;
    let schedule = old_schedule(arguments, &old.schedule)?;
    let loaded = load_all(&paths)?;
    let present = take(&loaded)?;
    let others = old.beyond(&present).join(", ");
    if !arguments.scenario.is_empty() {
        old.keep_only(&present);
    }
    let comparison = compare_priced(&shown, &old, &present, &loaded, schedule)?;
    let exit = match comparison.is_equal() {
        true => Exit::Success,
        false => Exit::Drift,
    };
    let answer = Answer::new(arguments.json, &comparison, render(&comparison), exit);
    Ok(match comparison.is_equal() {
        true => answer,
        false => answer.remark(drifted(&comparison, arguments, &paths, &others).to_string()),
    })
}

fn compare_priced(
    shown: &str,
    old: &Snapshot,
    present: &Snapshot,
    loaded: &[Loaded],
    schedule: Option<Schedule>,
) -> Result<Comparison, Failure> {
    let totals = match schedule {
        Some(schedule) if old.schedule != present.schedule => Some(repriced(loaded, &schedule)?),
        _ => None,
    };
    Ok(compare(shown, old, present, totals.as_ref()))
}

/// What stderr says about a drift. `others` are the scenarios of the snapshot that were left out.
fn drifted(
    comparison: &Comparison,
    arguments: &SnapshotArguments,
    paths: &[PathBuf],
    others: &str,
) -> Problem {
    let message = match comparison.has_other_gas() {
        true => format!("the gas is not that of {}", comparison.file),
        false => format!(
            "all gas is that of {}, and other things that it records are not: {}",
            comparison.file,
            listed(&comparison.other_than_gas())
        ),
    };
    let mut command = "lockstep gas snapshot".to_string();
    if !arguments.scenario.is_empty() {
        for path in paths {
            command.push_str(&format!(" {}", shell_word(&path.to_string_lossy())));
        }
    }
    if let Some(file) = &arguments.file {
        command.push_str(&format!(" --file {}", shell_word(&file.to_string_lossy())));
    }
    let mut help = match arguments.scenario.is_empty() || others.is_empty() {
        true => format!("if this is meant, write it anew: `{command}`"),
        false => format!(
            "if this is meant, write it anew with all scenarios that it holds, also {others}: \
             `{command}` and theirs"
        ),
    };
    let is_joint = |drift: &crate::gas_snapshot::StepDrift| {
        let shares = drift.shares.iter();
        shares
            .filter(|share| share.causes.len() > 1)
            .any(|share| share.causes.iter().any(|cause| cause == "schedule"))
    };
    if comparison.drifts.iter().any(is_joint) {
        help.push_str(
            "; to tell the schedule's share apart, give the old document: \
             `git show REVISION:gas-meter/schedules/v1.toml > old.toml`, then --old-schedule old.toml",
        );
    }
    Problem::new(ProblemCode::SnapshotDrift, message, help)
}

/// The file that is named, or the one beside the scenarios.
fn snapshot_file(arguments: &SnapshotArguments, paths: &[PathBuf]) -> Result<PathBuf, Failure> {
    if let Some(file) = &arguments.file {
        return Ok(file.clone());
    }
    let folder = |path: &PathBuf| path.parent().unwrap_or(Path::new("")).to_path_buf();
    let first = paths.first().map(folder).unwrap_or_default();
    if paths.iter().any(|path| folder(path) != first) {
        let message = "the scenarios lie in several folders";
        let help = "say which snapshot is meant with --file";
        let problem = Problem::new(ProblemCode::SnapshotScenarios, message, help);
        return Err(Failure::new(Exit::Usage, problem));
    }
    Ok(first.join(FILE_NAME))
}

/// The text of the snapshot that is replaced, if there is one.
fn replaced(file: &Path) -> Result<Option<Source>, Failure> {
    let shown = file.display().to_string();
    let bytes = read_if_there(file, &shown, DOCUMENT_BYTES_MAX)?;
    let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) else {
        return Ok(None);
    };
    let source = Source::new(&shown, String::from_utf8_lossy(&bytes));
    if is_snapshot(&source) {
        return Ok(Some(source));
    }
    let message = format!("{shown} is there and is no gas snapshot, so it is not written over");
    let help = "name another file with --file; remove this one first if it is of no use";
    let problem = Problem::new(ProblemCode::SnapshotSyntax, message, help);
    Err(Failure::new(Exit::Usage, problem))
}

/// Refuses to write what could not be read again.
fn refuse_too_long(file: &Path, text: &str) -> Result<(), Failure> {
    let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
    if length <= DOCUMENT_BYTES_MAX {
        return Ok(());
    }
    let message = format!("{} would be too large to be read", file.display());
    let help = "take two snapshots of some scenarios each, with --file";
    let problem = Problem::new(ProblemCode::FileTooLarge, message, help);
    let limit = format!("{DOCUMENT_BYTES_MAX} bytes");
    let problem = problem.beyond(limit, format!("{length} bytes"));
    Err(Failure::new(Exit::Usage, problem))
}

/// Refuses to drop the steps of scenarios that are in the file and were not named.
fn keep_others(source: &Source, present: &Snapshot, all: bool) -> Result<(), Failure> {
    let old = match parse(source) {
        Ok(old) => old,
        // A file that cannot be read any more is what writing all of it anew is for.
        Err(_) if all => return Ok(()),
        Err(mut failure) => {
            for problem in &mut failure.problems {
                problem.help = "other scenarios may be in the file and would be lost: restore it, \
                                write it with all scenarios (name none), or remove it first"
                    .to_string();
            }
            return Err(failure);
        }
    };
    let lost = old.beyond(present);
    if lost.is_empty() {
        return Ok(());
    }
    let message = format!(
        "{} also has the steps of {}",
        source.path(),
        lost.join(", ")
    );
    let help = "name these scenarios too, or another file with --file; \
                remove the file first if they are gone";
    let problem = Problem::new(ProblemCode::SnapshotScenarios, message, help);
    Err(Failure::new(Exit::Usage, problem))
}

/// The schedule that is named, when it is the snapshot's.
fn old_schedule(
    arguments: &SnapshotArguments,
    recorded: &str,
) -> Result<Option<Schedule>, Failure> {
    let Some(path) = &arguments.old_schedule else {
        return Ok(None);
    };
    let shown = path.display().to_string();
    let bytes = read_if_there(path, &shown, SCHEDULE_BYTES_MAX)?;
    let text = String::from_utf8_lossy(bytes.as_deref().unwrap_or_default()).into_owned();
    let wrong = |message: String| {
        let help = "give the document that the snapshot was priced by, from the revision that \
                    wrote it: gas-meter/schedules/v1.toml";
        let problem = Problem::new(ProblemCode::SnapshotSchedule, message, help);
        Failure::new(Exit::Usage, problem)
    };
    if bytes.is_none() {
        return Err(wrong(format!("cannot read {shown}: there is no such file")));
    }
    let schedule = Schedule::from_toml(&text).map_err(|error| match error {
        ScheduleError::Document(error) => {
            let told = error.message().replace('\n', "; ");
            let mut failure = wrong(format!("{shown} is not a schedule: {told}"));
            if let (Some(span), Some(problem)) = (error.span(), failure.problems.first_mut()) {
                problem.place = Some(Source::new(&shown, &text).place(span));
            }
            failure
        }
        error => wrong(format!("{shown} is not a schedule: {error}")),
    })?;
    let hash = schedule.hash().to_string();
    match hash == recorded {
        true => Ok(Some(schedule)),
        false => Err(wrong(format!(
            "{shown} is schedule {hash}, and the snapshot is priced by {recorded}"
        ))),
    }
}
