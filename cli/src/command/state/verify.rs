//! `lockstep state verify`: checks a proof against a root, without any state.

use std::ops::Bound;
use std::path::PathBuf;

use clap::Args;
use lockstep_state_trie::{
    Digest, Entry, MultiProof, Proof, ProofError, verify, verify_keys, verify_range,
};
use serde::Serialize;

use crate::answer::Answer;
use crate::exit::Exit;
use crate::module_file::read_proof;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::state::{
    KeyReport, StateNames, ValueReport, digest, key_bytes, key_report, taken_as, value_report,
};

/// What a proof is about.
#[derive(Debug, Args)]
pub(super) struct RequestArguments {
    /// The keys: `account:ID`, `storage:CONTRACT:KEY`, `code:HASH`, `code-length:HASH` or hexadecimal digits
    #[arg(value_name = "KEY")]
    keys: Vec<String>,
    /// In place of keys: a range from this key on
    #[arg(long, value_name = "KEY")]
    from: Option<String>,
    /// The end of the range: the first key that is not in it
    #[arg(long, value_name = "KEY")]
    to: Option<String>,
    /// The most entries of the range, its first ones
    #[arg(long)]
    limit: Option<usize>,
}

/// The same, read.
pub(super) enum Request {
    Key(Vec<u8>),
    /// Ascending, each once.
    Keys(Vec<Vec<u8>>),
    Range {
        from: Bound<Vec<u8>>,
        to: Bound<Vec<u8>>,
        limit: Option<usize>,
    },
}

impl RequestArguments {
    /// What the keys were taken as where somebody may have meant something else: lines for stderr.
    /// A proof is true of the key that was taken, and says nothing of another that was meant.
    pub(super) fn notes(&self, names: &StateNames) -> String {
        let keys: Vec<&str> = self.keys.iter().map(String::as_str).collect();
        let ends = self.from.iter().chain(&self.to).map(String::as_str);
        let ends: Vec<&str> = ends.collect();
        let taken = taken_as(&keys, names).into_iter();
        let taken = taken.chain(names.taken_as_accounts(&ends));
        taken.map(|taken| format!("note: {taken}\n")).collect()
    }

    /// Reads the keys.
    pub(super) fn read(&self, names: &StateNames) -> Result<Request, Failure> {
        let is_range = self.from.is_some() || self.to.is_some() || self.limit.is_some();
        if is_range != self.keys.is_empty() {
            let message = if is_range {
                "keys and a range are asked for at once"
            } else {
                "nothing is asked for"
            };
            let help = "name keys, or a range with --from, --to and --limit";
            return Err(Failure::new(
                Exit::Usage,
                Problem::new(ProblemCode::ProofRequest, message, help),
            ));
        }
        let bound = |text: &Option<String>, kind: fn(Vec<u8>) -> Bound<Vec<u8>>| match text {
            Some(text) => key_bytes(text, names).map(kind),
            None => Ok(Bound::Unbounded),
        };
        if is_range {
            return Ok(Request::Range {
                from: bound(&self.from, Bound::Included)?,
                to: bound(&self.to, Bound::Excluded)?,
                limit: self.limit,
            });
        }
        let keys = self.keys.iter().map(|key| key_bytes(key, names));
        let mut keys = keys.collect::<Result<Vec<_>, _>>()?;
        keys.sort();
        keys.dedup();
        Ok(match <[Vec<u8>; 1]>::try_from(keys) {
            Ok([key]) => Request::Key(key),
            Err(keys) => Request::Keys(keys),
        })
    }
}

/// The arguments of `lockstep state verify`.
#[derive(Debug, Args)]
pub struct VerifyArguments {
    /// The file with the proof
    proof: PathBuf,
    /// The root to check it against, from somebody you trust: 64 hexadecimal digits
    #[arg(long)]
    root: String,
    #[command(flatten)]
    request: RequestArguments,
    /// A scenario whose names may be used in keys and are shown
    #[arg(long, value_name = "SCENARIO")]
    names: Option<PathBuf>,
    /// Print one JSON document (schema lockstep.state.verify/1)
    #[arg(long)]
    json: bool,
}

/// The document of this command.
#[derive(Serialize)]
struct VerifyReport {
    schema: &'static str,
    root: String,
    /// Each key asked for, or each entry of the range.
    entries: Vec<EntryReport>,
}

/// What was proved of one key.
#[derive(Serialize)]
struct EntryReport {
    key: KeyReport,
    /// `null` if it is absent.
    value: Option<ValueReport>,
}

/// Checks a proof.
pub(super) fn verify_command(arguments: &VerifyArguments) -> Answer {
    match check(arguments) {
        Ok((report, mut notes)) => {
            if report.entries.is_empty() {
                notes.push_str("note: the proof verifies, and nothing is in what was asked for\n");
            }
            let lines = report.entries.iter().map(|entry| {
                let value = entry.value.as_ref().map_or("absent", |value| &value.text);
                format!("{}  {value}\n", entry.key.text)
            });
            let text = lines.collect();
            Answer::new(arguments.json, &report, text, Exit::Success).remark(notes)
        }
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

/// What a proof shows, and what is to be said of the request.
fn check(arguments: &VerifyArguments) -> Result<(VerifyReport, String), Failure> {
    let names = StateNames::of(arguments.names.as_deref())?;
    let root = digest(&arguments.root)?;
    let request = arguments.request.read(&names)?;
    let bytes = read_proof(&arguments.proof, &arguments.proof.display().to_string())?;
    let proved = proved(&root, &request, &bytes).map_err(|error| {
        let message = format!("{} does not verify: {error}", arguments.proof.display());
        let help = other_kind(&request, &bytes)
            .unwrap_or("get a proof for just these keys or this range under this root");
        Failure::new(
            Exit::Mismatch,
            Problem::new(ProblemCode::ProofInvalid, message, help),
        )
    })?;
    let entries = proved.into_iter().map(|(key, value)| EntryReport {
        value: value.map(|value| value_report(&key, &value, &names)),
        key: key_report(&key, &names),
    });
    let report = VerifyReport {
        schema: "lockstep.state.verify/1",
        root: root.to_string(),
        entries: entries.collect(),
    };
    Ok((report, arguments.request.notes(&names)))
}

/// What to do if the file is a proof of the other of the two kinds.
fn other_kind(request: &Request, bytes: &[u8]) -> Option<&'static str> {
    let (one, many) = (Proof::from_bytes(bytes), MultiProof::from_bytes(bytes));
    match request {
        Request::Key(_) if one.is_err() && many.is_ok() => Some(
            "the file is a proof of several keys or of a range: ask for all of these keys, or with \
             --from, --to and --limit as it was made",
        ),
        Request::Keys(_) | Request::Range { .. } if many.is_err() && one.is_ok() => {
            Some("the file is a proof of one key: ask for just that key")
        }
        _ => None,
    }
}

type Proved = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// What a proof shows.
fn proved(root: &Digest, request: &Request, bytes: &[u8]) -> Result<Proved, ProofError> {
    match request {
        Request::Key(key) => {
            let value = verify(root, key, &Proof::from_bytes(bytes)?)?;
            Ok(vec![(key.clone(), value)])
        }
        Request::Keys(keys) => {
            let values = verify_keys(root, keys, &MultiProof::from_bytes(bytes)?)?;
            Ok(keys.iter().cloned().zip(values).collect())
        }
        Request::Range { from, to, limit } => {
            let range = (
                from.as_ref().map(Vec::as_slice),
                to.as_ref().map(Vec::as_slice),
            );
            let proof = MultiProof::from_bytes(bytes)?;
            let entries: Vec<Entry> = verify_range(root, range, *limit, &proof)?;
            let entries = entries.into_iter();
            Ok(entries.map(|(key, value)| (key, Some(value))).collect())
        }
    }
}
