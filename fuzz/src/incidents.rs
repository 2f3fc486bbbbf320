//! The corpus of incidents: a module for each miscompilation and each hole in metering that other
//! engines and machines had, in the folder `corpus`, with what must come out of it.
//!
//! The text of a module says in comments what is expected, from the specification of WebAssembly
//! and, for gas, from the prices of schedule 1:
//!
//! ```text
//! ;; = name(1, -2) returns 3, 4
//! ;; = name(1, -2) returns 3, 4 using 20 gas
//! ;; = name(1, 0) traps DivisionByZero
//! ;; = refused multi-memory
//! ```
//!
//! Numbers are decimal or hexadecimal and may be negative. Gas is that of the call alone. A trap is
//! named as in [`Stop`], a reason for a refusal by its [`ViolationCode`]'s name; several are listed
//! with spaces between them. `corpus/README.md` has a row for each incident.
//!
//! What shows on a chain alone, or with a cache, a caller or another engine, is in a scenario
//! beside the module that has its name and the ending `toml`: it says who calls what, and what must
//! come out at which gas. Such a module need not state anything itself.
//! `fuzz/tests/incidents_on_a_chain.rs` runs the scenarios.
//!
//! What stands between two lines of a module's text is there as often as the first one says:
//!
//! ```text
//! ;; * 4000 times
//! ;; * end
//! ```

mod held;
mod repeated;

use std::path::{Path, PathBuf};

use lockstep_gas_meter::ViolationCode;
use lockstep_reference::Stop;

pub use self::held::{AMPLE_GAS, accepted, cut, expected_result, hold_engines};
use crate::engine_agreement::ExportedCall;

/// What begins a line that states an expectation.
const MARK: &str = ";; = ";

/// Every trap and other end that a line can name.
const STOPS: [Stop; 9] = [
    Stop::OutOfGas,
    Stop::StackOverflow,
    Stop::Unreachable,
    Stop::MemoryOutOfBounds,
    Stop::TableOutOfBounds,
    Stop::IndirectCallNull,
    Stop::SignatureMismatch,
    Stop::DivisionByZero,
    Stop::IntegerOverflow,
];

/// A module of the corpus.
#[derive(Clone, Debug)]
pub struct Incident {
    /// The file's name.
    pub file: String,
    /// The module in the binary format.
    pub module: Vec<u8>,
    /// What must come of it.
    pub expected: Expected,
}

/// What must come of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It is refused for exactly these reasons, in ascending order.
    Refused(Vec<ViolationCode>),
    /// It is accepted, and each of these calls of a new instance ends so.
    Calls(Vec<ExpectedCall>),
    /// It is accepted, and what it does is stated in a scenario alone.
    Scenario,
}

/// A call and how it must end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedCall {
    /// The call.
    pub call: ExportedCall,
    /// Its results as raw 64-bit words, sign-extended as they are written, or why there are none.
    pub result: Result<Vec<u64>, Stop>,
    /// The gas that it uses under schedule 1, if that is stated.
    pub gas: Option<i64>,
}

/// The folder with the corpus.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// The files of the corpus with this ending, in the order of their names.
fn files(ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder()).expect("the corpus");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .collect();
    paths.sort();
    paths
}

/// The scenarios of the corpus, in the order of their names: each beside the module of its name.
pub fn scenario_files() -> Vec<PathBuf> {
    files("toml")
}

/// The whole corpus, by file name in byte order.
///
/// # Panics
/// When a file cannot be read, is not a module, or states no expectation that can be understood
/// and has no scenario beside it.
pub fn incidents() -> Vec<Incident> {
    files("wat").iter().map(|path| incident(path)).collect()
}

fn incident(path: &Path) -> Incident {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let file = file.into_owned();
    let fail = |what: String| -> ! { panic!("{file}: {what}") };
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| fail(error.to_string()));
    let spread = repeated::spread(&text).unwrap_or_else(|what| fail(what));
    let module = wat::parse_str(spread).unwrap_or_else(|error| fail(error.to_string()));
    let expected = expected(&text, path.with_extension("toml").exists());
    let expected = expected.unwrap_or_else(|what| fail(what));
    Incident {
        file,
        module,
        expected,
    }
}

/// Reads the expectations in a module's text, which may have none when there is a scenario.
fn expected(text: &str, has_scenario: bool) -> Result<Expected, String> {
    let lines: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix(MARK))
        .collect();
    match lines.as_slice() {
        [] if has_scenario => Ok(Expected::Scenario),
        [] => Err(format!("no line begins with {MARK:?}")),
        [line] if line.starts_with("refused ") => {
            let names = line.split_whitespace().skip(1);
            let codes = names.map(violation_code).collect::<Result<Vec<_>, _>>()?;
            Ok(Expected::Refused(codes))
        }
        lines => {
            let calls = lines.iter().map(|line| {
                expected_call(line).ok_or_else(|| format!("{line:?} is not understood"))
            });
            Ok(Expected::Calls(calls.collect::<Result<_, _>>()?))
        }
    }
}

fn violation_code(name: &str) -> Result<ViolationCode, String> {
    let mut codes = ViolationCode::ALL.iter().copied();
    codes
        .find(|code| code.name() == name)
        .ok_or_else(|| format!("{name:?} is no reason for a refusal"))
}

/// Reads `name(arguments) returns results [using gas gas]` or `name(arguments) traps stop`.
fn expected_call(line: &str) -> Option<ExpectedCall> {
    let (name, rest) = line.split_once('(')?;
    let (arguments, rest) = rest.split_once(") ")?;
    let (outcome, gas) = match rest.strip_suffix(" gas") {
        Some(rest) => {
            let (outcome, gas) = rest.split_once(" using ")?;
            (outcome, Some(gas.parse().ok()?))
        }
        None => (rest, None),
    };
    let (verb, rest) = outcome.split_once(' ').unwrap_or((outcome, ""));
    let result = match verb {
        "returns" => Ok(numbers(rest)?),
        "traps" => {
            let mut stops = STOPS.into_iter();
            Err(stops.find(|stop| format!("{stop:?}") == rest)?)
        }
        _ => return None,
    };
    let call = ExportedCall {
        name: name.to_string(),
        arguments: numbers(arguments)?,
    };
    Some(ExpectedCall { call, result, gas })
}

/// Reads numbers with commas between them.
fn numbers(list: &str) -> Option<Vec<u64>> {
    match list {
        "" => Some(Vec::new()),
        list => list.split(", ").map(number).collect(),
    }
}

fn number(text: &str) -> Option<u64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let value = match digits.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok()?,
        None => digits.parse().ok()?,
    };
    Some(if negative {
        value.wrapping_neg()
    } else {
        value
    })
}

#[cfg(test)]
mod tests {
    use super::{Expected, expected};
    use lockstep_gas_meter::ViolationCode;
    use lockstep_reference::Stop;

    #[test]
    fn calls_are_read() {
        let text = ";; words\n;; = f(1, -2, 0x10) returns 3, -4 using 20 gas\n;; = g() returns\n\
                    ;; = g() traps Unreachable\n";
        let Ok(Expected::Calls(calls)) = expected(text, true) else {
            panic!("{:?}", expected(text, true));
        };
        assert_eq!(calls[0].call.name, "f");
        assert_eq!(calls[0].call.arguments, [1, 2_u64.wrapping_neg(), 16]);
        assert_eq!(calls[0].result, Ok(vec![3, 4_u64.wrapping_neg()]));
        assert_eq!(calls[0].gas, Some(20));
        assert_eq!(calls[1].result, Ok(vec![]));
        assert_eq!(calls[2].result, Err(Stop::Unreachable));
    }

    #[test]
    fn refusals_are_read_and_nonsense_is_not() {
        let refused = expected(";; = refused multi-memory tail-call", false);
        let codes = vec![ViolationCode::MultiMemory, ViolationCode::TailCall];
        assert_eq!(refused, Ok(Expected::Refused(codes)));
        for text in [
            "(module)",
            ";; = refused everything",
            ";; = f(1) gives 2",
            ";; = f(x) returns 2",
            ";; = f() traps Nothing",
            ";; = f() returns 2 using much gas",
        ] {
            assert!(expected(text, false).is_err(), "{text}");
        }
        assert_eq!(expected("(module)", true), Ok(Expected::Scenario));
    }
}
