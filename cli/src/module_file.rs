//! Reading files that the user names: modules in binary or text form, scenarios and
//! bundles.
//!
//! Nothing is read beyond a bound, and only regular files are read, so that a wrong path cannot
//! fill the memory or wait for ever.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::exit::Exit;
use crate::printable::visible;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::source::Source;

/// The most bytes of a module in binary form that are read. The protocol's own limit is lower;
/// a module between the two is refused with its exact size.
pub(crate) const MODULE_BYTES_MAX: u64 = 64 << 20;
/// The most bytes of a module in text form. Assembling takes about a hundred times as much.
const TEXT_BYTES_MAX: u64 = 16 << 20;
/// The most bytes of a line of text. The assembler cannot report places beyond column 65,535.
const LINE_BYTES_MAX: usize = 60_000;
/// The most bytes of a sidecar with names and lines.
const SIDECAR_BYTES_MAX: u64 = 64 << 20;
/// The most bytes of a bundle. What it decodes to takes little more, or for one that was made to
/// take much, up to 24 times as much (`docs/bundle.md`).
const BUNDLE_BYTES_MAX: u64 = 256 << 20;
/// The most bytes of a proof, which may hold values. Checking one that was made to take much takes
/// up to 36 times as much (`docs/state-trie.md`).
pub(crate) const PROOF_BYTES_MAX: u64 = 64 << 20;
/// The most bytes of a document that another command wrote.
pub(crate) const DOCUMENT_BYTES_MAX: u64 = 64 << 20;
/// The most bytes of a scenario.
const SCENARIO_BYTES_MAX: u64 = 4 << 20;

/// Reads a module: `.wat` files are assembled, all others taken as they are. `shown` is how the
/// file is named in messages.
///
/// # Errors
/// When the file is named as a scenario is, cannot be read, is too large, or is text that does not
/// parse.
pub fn read_module(path: &Path, shown: &str) -> Result<Vec<u8>, Failure> {
    let is_text = path.extension().is_some_and(|extension| extension == "wat");
    if path.extension().is_some_and(|it| it == "toml") {
        read(path, shown, SCENARIO_BYTES_MAX)?;
        let message = format!("{shown} is a scenario, and a module is needed");
        let help = "name a module (.wasm or .wat), or run the scenario: lockstep run SCENARIO";
        return Err(usage(Problem::new(
            ProblemCode::ModuleUnreadable,
            message,
            help,
        )));
    }
    if !is_text {
        return read(path, shown, MODULE_BYTES_MAX);
    }
    let text = read_text(path, shown, TEXT_BYTES_MAX)?;
    check_lines(&text)?;
    wat::parse_str(text.text())
        .map_err(|error| Failure::new(Exit::Refused, text_problem(&error, &text)))
}

/// Refuses text with a line that is too long.
fn check_lines(source: &Source) -> Result<(), Failure> {
    let mut start = 0;
    for line in source.text().split_inclusive('\n') {
        if line.len() > LINE_BYTES_MAX {
            let help = "break the line; WebAssembly text may have line breaks anywhere";
            let problem = Problem::new(ProblemCode::TextModule, "the line is too long", help);
            let mut place = source.place(start..start);
            place.excerpt = line.chars().take(60).collect();
            let limit = format!("{LINE_BYTES_MAX} bytes");
            let problem = problem
                .at(place)
                .beyond(limit, format!("{} bytes", line.len()));
            return Err(Failure::new(Exit::Refused, problem));
        }
        start += line.len();
    }
    Ok(())
}

/// Reads a scenario's text.
///
/// # Errors
/// When the file is named as a module is, cannot be read, is too large or is not UTF-8.
pub(crate) fn read_scenario(path: &Path, shown: &str) -> Result<Source, Failure> {
    if path
        .extension()
        .is_some_and(|it| it == "wasm" || it == "wat")
    {
        read(path, shown, MODULE_BYTES_MAX)?;
        let message = format!("{shown} is a module, and a scenario is needed");
        let help = "name a scenario (.toml), or call a method of the module: \
                    lockstep call MODULE -- METHOD --PARAM VALUE ..";
        let problem = Problem::new(ProblemCode::ScenarioSyntax, message, help);
        return Err(usage(problem));
    }
    read_text(path, shown, SCENARIO_BYTES_MAX)
}

/// Reads a document that another command wrote.
///
/// # Errors
/// When the file cannot be read, is too large or is not UTF-8.
pub(crate) fn read_document(path: &Path, shown: &str) -> Result<Source, Failure> {
    read_text(path, shown, DOCUMENT_BYTES_MAX)
}

/// Reads a sidecar.
///
/// # Errors
/// When the file cannot be read or is too large.
pub(crate) fn read_sidecar(path: &Path, shown: &str) -> Result<Vec<u8>, Failure> {
    read(path, shown, SIDECAR_BYTES_MAX)
}

/// Reads the bytes of a bundle.
///
/// # Errors
/// When the file cannot be read or is too large.
pub(crate) fn read_bundle(path: &Path, shown: &str) -> Result<Vec<u8>, Failure> {
    read(path, shown, BUNDLE_BYTES_MAX)
}

/// Reads a proof.
///
/// # Errors
/// When the file cannot be read or is too large.
pub(crate) fn read_proof(path: &Path, shown: &str) -> Result<Vec<u8>, Failure> {
    read(path, shown, PROOF_BYTES_MAX)
}

fn usage(problem: Problem) -> Failure {
    Failure::new(Exit::Usage, problem)
}

fn read_text(path: &Path, shown: &str, bytes_max: u64) -> Result<Source, Failure> {
    let bytes = read(path, shown, bytes_max)?;
    String::from_utf8(bytes)
        .map(|text| Source::new(shown, text))
        .map_err(|error| {
            let offset = error.utf8_error().valid_up_to();
            let message = format!("{shown} is not UTF-8: byte {offset} begins no character");
            let help = "save the file as UTF-8 text";
            usage(Problem::new(ProblemCode::FileUnreadable, message, help))
        })
}

/// Reads a file, or nothing when there is none of that name.
///
/// # Errors
/// When it is there and cannot be read, or is too large.
pub(crate) fn read_if_there(
    path: &Path,
    shown: &str,
    bytes_max: u64,
) -> Result<Option<Vec<u8>>, Failure> {
    match path.exists() {
        true => read(path, shown, bytes_max).map(Some),
        false => Ok(None),
    }
}

fn read(path: &Path, shown: &str, bytes_max: u64) -> Result<Vec<u8>, Failure> {
    let unreadable = |reason: &str| {
        let message = format!("cannot read {}: {reason}", visible(shown));
        let help = "check the path and the permissions";
        usage(Problem::new(ProblemCode::FileUnreadable, message, help))
    };
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(&reason(&error)))?;
    if !metadata.is_file() {
        return Err(unreadable("it is not a regular file"));
    }
    let too_large = || {
        let message = format!("{shown} is too large to be read");
        let problem = Problem::new(ProblemCode::FileTooLarge, message, "name a smaller file");
        let limit = format!("{bytes_max} bytes");
        usage(problem.beyond(limit, format!("{} bytes", metadata.len())))
    };
    if metadata.len() > bytes_max {
        return Err(too_large());
    }
    let file = File::open(path).map_err(|error| unreadable(&reason(&error)))?;
    let mut bytes = Vec::new();
    // The file may grow meanwhile, and some have no length that is known beforehand.
    let read = file.take(bytes_max + 1).read_to_end(&mut bytes);
    let length = read.map_err(|error| unreadable(&reason(&error)))?;
    match u64::try_from(length).is_ok_and(|length| length <= bytes_max) {
        true => Ok(bytes),
        false => Err(too_large()),
    }
}

/// What went wrong, in words that are the same on every operating system where there are such, and
/// in its own otherwise.
pub(crate) fn reason(error: &std::io::Error) -> Cow<'static, str> {
    use std::io::ErrorKind;
    let words = match error.kind() {
        ErrorKind::NotFound => "there is no such file",
        ErrorKind::PermissionDenied => "permission denied",
        ErrorKind::IsADirectory => "it is a folder",
        ErrorKind::NotADirectory => "a part of the path is not a folder",
        ErrorKind::StorageFull => "the disk is full",
        ErrorKind::QuotaExceeded => "the quota is used up",
        ErrorKind::FileTooLarge => "the file is as large as this process may make one",
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only",
        _ => return Cow::Owned(format!("the operating system reports: {error}")),
    };
    Cow::Borrowed(words)
}

/// The assembler's message, at its place.
fn text_problem(error: &wat::Error, source: &Source) -> Problem {
    let text = error.to_string();
    let message = text
        .lines()
        .next()
        .unwrap_or("the text does not parse")
        .to_string();
    let help = "see the WebAssembly text format; `lockstep check` takes binary modules as well";
    let problem = Problem::new(ProblemCode::TextModule, message, help);
    match offset(&text, source.text()) {
        Some(offset) => problem.at(source.place(offset..offset)),
        None => problem,
    }
}

/// The byte offset of the `--> file:line:column` in the assembler's message.
fn offset(message: &str, text: &str) -> Option<usize> {
    let arrow = message
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("--> "))?;
    let mut numbers = arrow.rsplit(':');
    let column: usize = numbers.next()?.trim().parse().ok()?;
    let line: usize = numbers.next()?.parse().ok()?;
    let before: usize = text
        .split_inclusive('\n')
        .take(line.checked_sub(1)?)
        .map(str::len)
        .sum();
    before.checked_add(column.checked_sub(1)?)
}
