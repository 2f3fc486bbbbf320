//! Reading a snapshot. Every mistake has its line and what to do; the first one is reported,
//! because what follows a damaged line means little.

use std::collections::BTreeMap;
use std::ops::Range;

use lockstep_gas_meter::PROTOCOL_VERSION;

use super::format::{SCHEMA_LINE, SCHEMA_START};
use super::words::{gas, hash, is_hex, is_quoted, number};
use super::{CodeEntry, Snapshot, StepEntry, StepKey};
use crate::exit::Exit;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::source::Source;
use crate::value::counted;

/// Whether the text says that it is a snapshot, of whatever version and in whatever state.
pub(crate) fn is_snapshot(source: &Source) -> bool {
    source.text().starts_with(SCHEMA_START)
}

/// Reads the text of a snapshot.
///
/// # Errors
/// With the first line that is wrong, and when the file ends early or is of another protocol
/// version.
pub(crate) fn parse(source: &Source) -> Result<Snapshot, Failure> {
    let mut reader = Reader {
        protocol: None,
        instrumenter: None,
        schedule: None,
        scenarios: BTreeMap::new(),
        codes: BTreeMap::new(),
        steps: BTreeMap::new(),
        end: None,
    };
    let mut start = 0;
    for (position, line) in source.text().split_inclusive('\n').enumerate() {
        let span = start..start + line.trim_end().len();
        start += line.len();
        let is_cut = !line.ends_with('\n');
        let line = line.trim_end();
        let result = match position {
            0 if line == SCHEMA_LINE => Ok(()),
            0 => Err(Mistake::new(
                "the first line does not name this format",
                format!(
                    "it must be `{SCHEMA_LINE}`; name a snapshot, or for `gas diff` a document of `--json`"
                ),
            )),
            _ if line.is_empty() || line.starts_with('#') => Ok(()),
            _ => reader.line(line),
        };
        result.map_err(|mistake| match is_cut && position > 0 {
            true => Mistake::new(
                "the file ends within this line",
                "it was cut off; restore it, or write it anew with `lockstep gas snapshot`",
            )
            .at(source, span),
            false => mistake.at(source, span),
        })?;
    }
    let length = source.text().len();
    reader
        .finish()
        .map_err(|mistake| mistake.at(source, length..length))
}

/// What is wrong with a line.
struct Mistake {
    code: ProblemCode,
    message: String,
    help: String,
}

impl Mistake {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Mistake {
        Mistake {
            code: ProblemCode::SnapshotSyntax,
            message: message.into(),
            help: help.into(),
        }
    }

    /// A line that does not have its form.
    fn form(form: &str) -> Mistake {
        Mistake::new(
            "the line is malformed",
            format!("it must be `{form}`; restore it, or write the file anew"),
        )
    }

    fn at(self, source: &Source, span: Range<usize>) -> Failure {
        let problem = Problem::new(self.code, self.message, self.help).at(source.place(span));
        Failure::new(Exit::Usage, problem)
    }
}

/// What was read so far.
struct Reader {
    protocol: Option<u32>,
    instrumenter: Option<u32>,
    schedule: Option<String>,
    scenarios: BTreeMap<String, String>,
    codes: BTreeMap<(String, String), CodeEntry>,
    steps: BTreeMap<StepKey, StepEntry>,
    end: Option<usize>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), Mistake> {
        if line.chars().any(char::is_control) {
            let help =
                "names are escaped when they are written; restore it, or write the file anew";
            return Err(Mistake::new("the line has a control character", help));
        }
        if self.end.is_some() {
            let help = "two snapshots were joined; keep one, or write the file anew";
            return Err(Mistake::new("the file goes on behind `end`", help));
        }
        let (keyword, rest) = line.split_once(' ').unwrap_or((line, ""));
        match keyword {
            "protocol" => self.protocol(rest),
            "instrumenter" => {
                let version = number(rest);
                let version = version.ok_or_else(|| Mistake::form("instrumenter NUMBER"))?;
                once(&mut self.instrumenter, version)
            }
            "schedule" => {
                let hash = hash(rest).ok_or_else(|| Mistake::form("schedule HASH"))?;
                once(&mut self.schedule, hash)
            }
            "scenario" => self.scenario(rest),
            "code" => self.code(rest),
            "step" => self.step(rest),
            "end" => {
                let steps: usize = number(rest).ok_or_else(|| Mistake::form("end STEPS"))?;
                if steps != self.steps.len() {
                    return Err(Mistake::new(
                        format!(
                            "the file has {}, and `end` counts {steps}",
                            counted(self.steps.len(), "step")
                        ),
                        "lines were lost or added; restore the file, or write it anew",
                    ));
                }
                once(&mut self.end, steps)
            }
            _ => Err(Mistake::new(
                format!("a line cannot begin with \"{}\"", keyword.escape_default()),
                "lines begin with protocol, instrumenter, schedule, scenario, code, step or end; \
                 restore it, or write the file anew",
            )),
        }
    }

    fn protocol(&mut self, rest: &str) -> Result<(), Mistake> {
        let version: u32 = number(rest).ok_or_else(|| Mistake::form("protocol NUMBER"))?;
        if version != PROTOCOL_VERSION {
            return Err(Mistake {
                code: ProblemCode::SnapshotProtocol,
                message: format!(
                    "the snapshot is of protocol version {version}, and this program is of \
                     version {PROTOCOL_VERSION}"
                ),
                help: "gas of different versions cannot be compared; use the lockstep of that \
                       version, or write the file anew with `lockstep gas snapshot`"
                    .to_string(),
            });
        }
        once(&mut self.protocol, version)
    }

    fn scenario(&mut self, rest: &str) -> Result<(), Mistake> {
        let form = || Mistake::form("scenario NAME DIGEST");
        let (name, digest) = rest.split_once(' ').ok_or_else(form)?;
        if !is_hex(digest) {
            return Err(form());
        }
        ascending(&mut self.scenarios, name.to_string(), digest.to_string())
    }

    fn code(&mut self, rest: &str) -> Result<(), Mistake> {
        let form = || Mistake::form("code SCENARIO NAME HASH \"COMPILER\"");
        let mut words = rest.splitn(4, ' ');
        let mut word = || words.next().filter(|word| !word.is_empty());
        let (Some(scenario), Some(name), Some(code), Some(compiler)) =
            (word(), word(), word(), word())
        else {
            return Err(form());
        };
        let hash = hash(code).ok_or_else(form)?;
        if !is_quoted(compiler) {
            return Err(form());
        }
        let key = (scenario.to_string(), name.to_string());
        let compiler = compiler.to_string();
        ascending(&mut self.codes, key, CodeEntry { hash, compiler })
    }

    fn step(&mut self, rest: &str) -> Result<(), Mistake> {
        let form = || {
            Mistake::form(
                "step SCENARIO BLOCK.NUMBER total=N intrinsic=N wasm=N host=N storage=N \
                 forfeited=N ENDING \"NAME\"",
            )
        };
        let words: Vec<&str> = rest.splitn(10, ' ').collect();
        let [scenario, place, total, buckets @ .., ending, name] = words.as_slice() else {
            return Err(form());
        };
        let (block, position) = place.split_once('.').ok_or_else(form)?;
        let key = StepKey {
            scenario: (*scenario).to_string(),
            block: number(block).ok_or_else(form)?,
            number: number(position).ok_or_else(form)?,
        };
        let gas = gas(total, buckets).ok_or_else(form)?;
        let sum = gas
            .buckets()
            .iter()
            .try_fold(0_u64, |sum, (_, part)| sum.checked_add(*part));
        if sum != Some(gas.total) {
            let help = "a number was changed by hand; restore it, or write the file anew";
            return Err(Mistake::new("the parts do not add up to the total", help));
        }
        if !is_quoted(name) || ending.is_empty() {
            return Err(form());
        }
        let entry = StepEntry {
            gas,
            ending: (*ending).to_string(),
            name: (*name).to_string(),
        };
        ascending(&mut self.steps, key, entry)
    }

    fn finish(self) -> Result<Snapshot, Mistake> {
        let missing = |what: &str| {
            let help = "restore the file, or write it anew with `lockstep gas snapshot`";
            Mistake::new(format!("the file ends without its `{what}` line"), help)
        };
        self.end.ok_or_else(|| missing("end"))?;
        Ok(Snapshot {
            protocol: self.protocol.ok_or_else(|| missing("protocol"))?,
            instrumenter: self.instrumenter.ok_or_else(|| missing("instrumenter"))?,
            schedule: self.schedule.ok_or_else(|| missing("schedule"))?,
            scenarios: self.scenarios,
            codes: self.codes,
            steps: self.steps,
        })
    }
}

fn once<T>(slot: &mut Option<T>, value: T) -> Result<(), Mistake> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(Mistake::new(
            "the line stands there twice",
            "two snapshots were joined; keep one, or write the file anew",
        )),
    }
}

/// Adds an entry that must come after all others.
fn ascending<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: V) -> Result<(), Mistake> {
    if map.last_key_value().is_some_and(|(last, _)| *last >= key) {
        return Err(Mistake::new(
            "the line is out of order, or stands there twice",
            "lines are sorted; restore the order, or write the file anew",
        ));
    }
    map.insert(key, value);
    Ok(())
}
