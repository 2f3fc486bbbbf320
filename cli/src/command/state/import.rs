//! `lockstep state import`: a state directory from an export.
//!
//! The state is made under another name and gets its own when it is whole and its root is right.
//! An import that fails or is interrupted deletes what it has made; one that is killed leaves that
//! under the other name, and no half of a state in the place of one.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use clap::Args;
use lockstep_state_trie::Trie;
use lockstep_store::{Settings, Store};
use serde::Serialize;

use crate::answer::Answer;
use crate::durable_name::{Unwritten, not_durable, rename_durably};
use crate::exit::Exit;
use crate::interrupt::{catch_interrupts, interrupt_failure};
use crate::module_file::reason;
use crate::output_file::{MAKE_ROOM, has_no_room, keep_permissions, make_beside};
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::progress::Progress;
use crate::state::{
    CACHE_MB_MAX, ExportFile, VersionReport, read_state, refuse_in_state, store_settings,
    version_report,
};
use crate::state_failure::{store_failure, trie_failure};
use crate::value::{counted, grouped};

/// The arguments of `lockstep state import`.
#[derive(Debug, Args)]
pub struct ImportArguments {
    /// The export
    file: PathBuf,
    /// The directory to make; it must be empty or not there
    directory: PathBuf,
    /// The most memory for nodes of the state, in MiB [default: 256]
    #[arg(long, value_name = "MIB")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=CACHE_MB_MAX))]
    cache_mb: Option<u64>,
    /// Print one JSON document (schema lockstep.state.import/1)
    #[arg(long)]
    json: bool,
}

/// The document of this command.
#[derive(Serialize)]
struct ImportReport {
    schema: &'static str,
    last: VersionReport,
    directory: String,
}

/// Imports.
pub(super) fn import(arguments: &ImportArguments) -> Answer {
    match make(arguments) {
        Ok(report) => {
            let text = format!(
                "made {}: {}, root 0x{}\n",
                report.directory,
                counted(report.last.entries, "entry"),
                report.last.root
            );
            Answer::new(arguments.json, &report, text, Exit::Success)
        }
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn make(arguments: &ImportArguments) -> Result<ImportReport, Failure> {
    // Without a dot at its end, so that it can be renamed.
    let directory: &PathBuf = &arguments.directory.components().collect();
    check_place(directory)?;
    let file = ExportFile::open(&arguments.file)?;
    catch_interrupts()?;
    let made = make_beside(directory, |name| fs::create_dir(name));
    let ((), temporary) = made.map_err(|error| unusable(directory, &error))?;
    let settings = store_settings(None, arguments.cache_mb);
    let mut progress = Progress::new("imported", file.entries);
    let loaded = load(file, &temporary, settings, &mut progress);
    drop(progress);
    loaded
        .and_then(|()| put_in_place(&temporary, directory))
        .map_err(|failure| clean_up(failure, &temporary))?;
    let store = read_state(directory)?;
    Ok(ImportReport {
        schema: "lockstep.state.import/1",
        last: version_report(&store, store.last())?,
        directory: directory.display().to_string(),
    })
}

/// Gives a state that is whole its name. An empty directory makes way; renaming fails if anything came
/// into it.
fn put_in_place(temporary: &Path, directory: &Path) -> Result<(), Failure> {
    let renamed = keep_permissions(directory, temporary)
        .map_err(Unwritten::Refused)
        .and_then(|()| rename_durably(temporary, directory));
    renamed.map_err(|unwritten| match unwritten {
        Unwritten::Refused(error) => unusable(directory, &error),
        Unwritten::NotDurable(error) => {
            let done = format!("made {}", directory.display());
            not_durable(ProblemCode::StateUnusable, &done, &error)
        }
    })
}

/// Deletes what a failed import has made, and says so if that fails, too.
fn clean_up(mut failure: Failure, temporary: &Path) -> Failure {
    let Some(problem) = failure.problems.last_mut() else {
        return failure;
    };
    if failure.exit == Exit::Transient && temporary.exists() {
        problem.help = format!("{MAKE_ROOM} and start again, or name a directory on another disk");
    }
    match fs::remove_dir_all(temporary) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            problem.help = format!("{}; delete {}", problem.help, temporary.display());
        }
        _ => {}
    }
    failure
}

/// Refuses a directory in which there is something, one in another state, and one whose folder is not
/// there.
fn check_place(directory: &Path) -> Result<(), Failure> {
    refuse_in_state(directory)?;
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries.count(),
        Err(error) if error.kind() == ErrorKind::NotFound && directory.is_symlink() => {
            return Err(taken(format!(
                "{} is a link to nothing",
                directory.display()
            )));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let folder = directory.parent().filter(|folder| *folder != Path::new(""));
            return match folder.is_none_or(Path::is_dir) {
                true => Ok(()),
                false => Err(unusable(directory, &error)),
            };
        }
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            return Err(taken(format!("{} is a file", directory.display())));
        }
        Err(error) => return Err(unusable(directory, &error)),
    };
    match entries {
        0 => check_replaceable(directory),
        _ => Err(taken(format!("{} is not empty", directory.display()))),
    }
}

/// Refuses an empty directory in whose place no other can be put.
fn check_replaceable(directory: &Path) -> Result<(), Failure> {
    let shown = directory.display();
    let what = match (directory.symlink_metadata(), directory.file_name()) {
        (Ok(metadata), _) if metadata.is_symlink() => "a link to a directory",
        (_, None) => "a place, not the name of a directory",
        _ if is_mount_point(directory) => "where a file system is mounted",
        _ => return Ok(()),
    };
    let message =
        format!("{shown} is {what}, and cannot give way to the state that is made beside it");
    let help = format!("name a directory in it that is not there, such as {shown}/state");
    Err(Failure::new(
        Exit::Usage,
        Problem::new(ProblemCode::StateUnusable, message, help),
    ))
}

/// Whether a directory is on another file system than the one that it is in.
#[cfg(unix)]
fn is_mount_point(directory: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let device = |path: &Path| path.metadata().map(|metadata| metadata.dev()).ok();
    device(directory) != device(&directory.join(".."))
}

#[cfg(not(unix))]
fn is_mount_point(_directory: &Path) -> bool {
    false
}

fn taken(message: String) -> Failure {
    let help = "name a directory that is empty or not there";
    Failure::new(
        Exit::Usage,
        Problem::new(ProblemCode::StateExists, message, help),
    )
}

fn unusable(directory: &Path, error: &io::Error) -> Failure {
    if error.kind() == ErrorKind::DirectoryNotEmpty {
        return taken(format!(
            "{} was made by another process meanwhile",
            directory.display()
        ));
    }
    let reason = match error.kind() {
        ErrorKind::NotFound => "there is no such folder to make it in".into(),
        _ => reason(error),
    };
    let message = format!("cannot make {}: {reason}", directory.display());
    let help = "name a directory in a folder that exists and that you may write to";
    let exit = match has_no_room(error) {
        true => Exit::Transient,
        false => Exit::Usage,
    };
    Failure::new(
        exit,
        Problem::new(ProblemCode::StateUnusable, message, help),
    )
}

/// Loads the entries into a new store, and checks the file and the root.
fn load(
    mut file: ExportFile,
    directory: &Path,
    settings: Settings,
    progress: &mut Progress,
) -> Result<(), Failure> {
    let store = Store::create(directory, settings);
    let mut trie = Trie::new(store.map_err(|error| store_failure(&error))?);
    let entries = (&mut file).take_while(|_| progress.step().is_continue());
    let loaded = trie.load(entries);
    // The last part is written after the last entry was read, which may take a while.
    if progress.reach(progress.done()).is_break() {
        let (done, entries) = (grouped(progress.done()), counted(file.entries, "entry"));
        let message = format!("interrupted after {done} of {entries}; nothing was made");
        let help = "start again to import the state";
        return Err(interrupt_failure(message, help));
    }
    loaded.map_err(trie_failure)?;
    let record = file.record.clone();
    file.finish(trie.root())?;
    if !record.is_empty() {
        let nothing: [(&[u8], Option<&[u8]>); 0] = [];
        let root = trie.update_with_record(nothing, record);
        root.map_err(trie_failure)?;
    }
    let closed = trie.into_store().close();
    closed.map_err(|error| store_failure(&error))
}

#[cfg(test)]
mod tests {
    use super::{clean_up, load, unusable};
    use crate::exit::Exit;
    use crate::problem_code::ProblemCode;
    use crate::progress::Progress;
    use crate::state::{ExportFile, ExportWriter, Sample};
    use lockstep_state_trie::EMPTY_ROOT;
    use lockstep_store::Settings;
    use std::io;

    #[test]
    fn an_interrupt_counts_also_when_the_last_entry_was_read() {
        let sample = Sample::new("import");
        let path = sample.folder.join("export");
        let writer = ExportWriter::new(&path, EMPTY_ROOT, 0, &[]).expect("an export");
        writer.finish().expect("an export");
        let import = |stop: fn() -> bool| {
            let file = ExportFile::open(&path).expect("the export");
            let mut progress = Progress::stopped_by(stop);
            load(file, &sample.state(), Settings::default(), &mut progress)
        };
        let failure = clean_up(import(|| true).expect_err("it stops"), &sample.state());
        assert_eq!(failure.exit, Exit::Interrupted);
        let message = &failure.problems[0].message;
        assert_eq!(
            message,
            "interrupted after 0 of 0 entries; nothing was made"
        );
        assert_eq!(sample.count(), 1);
        import(|| false).expect("a state");
        assert_eq!(sample.count(), 2);
    }

    #[test]
    fn another_process_may_be_first() {
        let failure = unusable("state".as_ref(), &io::ErrorKind::DirectoryNotEmpty.into());
        assert_eq!(failure.problems[0].code, ProblemCode::StateExists);
    }
}
