//! Finding the contract that a call names: a contract of a scenario, the only one that a scenario
//! makes of a code, or one made of a module for this call alone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use lockstep_abi::{CodeHash, ContractAbi};
use lockstep_gas_meter::{PrepareError, Protocol, validate};

use crate::debug_info::folder_of;
use crate::exit::Exit;
use crate::gas_report::Target;
use crate::module_file::{read_module, read_scenario};
use crate::printable::visible;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::refused_module::refused_module;
use crate::scenario::{Scenario, TARGET, contract_text, from_text};
use crate::scenario_files::{SCENARIO_FOLDER, all};
use crate::suggest::{did_you_mean, listed};

/// What the command line says of the contract.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WantedCallee<'a> {
    /// A contract or code of a scenario, or a module's file.
    pub(crate) contract: &'a str,
    /// The scenario; else it is looked for.
    pub(crate) scenario: Option<&'a Path>,
    /// For a module: what `init` is given.
    pub(crate) init: Option<&'a str>,
    /// The kept state whose next block the call is to be.
    pub(crate) state: Option<&'a Path>,
}

/// A scenario with its text, so that more can be written after it.
#[derive(Clone)]
struct Written {
    /// How to name it.
    shown: String,
    /// The text, without line breaks at its end.
    text: String,
    /// Where its modules are looked for.
    folder: PathBuf,
    scenario: Scenario,
}

/// The contract that is called, in its scenario.
pub(crate) struct Callee {
    /// The name of the contract in the scenario.
    pub(crate) contract: String,
    /// Its code's name.
    pub(crate) code: String,
    /// What its ABI says, if it has one.
    pub(crate) abi: Option<ContractAbi>,
    /// What stderr says about scenarios that could not be searched.
    pub(crate) remark: String,
    written: Written,
}

impl Callee {
    /// Finds the contract.
    ///
    /// # Errors
    /// When there is none of that name, or several, or a file cannot be read.
    pub(crate) fn find(wanted: &WantedCallee<'_>) -> Result<Callee, Failure> {
        let name = match Target::of(wanted.contract) {
            Target::Module(file) => return of_module(wanted, &file),
            Target::Scenario(_) => {
                let help = "lockstep call CONTRACT --scenario FILE -- METHOD ..";
                return Err(usage("a scenario is no contract", help));
            }
            Target::Name(name) => name,
        };
        if wanted.init.is_some() {
            let help = "leave it out, or name a module's file in place of the contract";
            return Err(usage("--init is for a contract made of a module", help));
        }
        let (scenarios, unread) = match wanted.scenario {
            Some(file) => (vec![Written::read(file)?], Vec::new()),
            None => readable(),
        };
        let mut found: Vec<Callee> = scenarios.iter().flat_map(|it| it.callees(&name)).collect();
        if found.len() > 1 {
            return Err(several(&name, &found));
        }
        let Some(mut callee) = found.pop() else {
            let known = scenarios.iter().flat_map(Written::known).collect();
            return Err(nothing(wanted, &name, known, &unread));
        };
        callee.remark = unread
            .iter()
            .map(|unread| format!("remark: not searched: {unread}\n"))
            .collect();
        Ok(callee)
    }

    /// How to name the scenario.
    pub(crate) fn shown(&self) -> &str {
        &self.written.shown
    }

    /// How many lines the scenario has.
    pub(crate) fn lines(&self) -> usize {
        self.written.text.lines().count()
    }

    /// The scenario with these lines after its own.
    ///
    /// # Errors
    /// With every mistake in them.
    pub(crate) fn scenario_with(&self, lines: &[String]) -> Result<Scenario, Failure> {
        let Written {
            shown,
            text,
            folder,
            ..
        } = &self.written;
        let is_toml = |text: &str| text.parse::<toml::Table>().is_ok();
        if is_toml(text) && !is_toml(&format!("{text}\n[[block]]\n")) {
            let message = format!("the call cannot be written after the blocks of {shown}");
            let help = "begin each block of the scenario with a line [[block]], in place of `block = [ .. ]`";
            return Err(usage(&message, help));
        }
        from_text(format!("{text}\n{}\n", lines.join("\n")), shown, folder)
    }
}

/// The scenarios of the usual folder, and why others of them cannot be read, a sentence each.
fn readable() -> (Vec<Written>, Vec<String>) {
    let (mut scenarios, mut unread) = (Vec::new(), Vec::new());
    for file in all() {
        match Written::read(&file) {
            Ok(written) => scenarios.push(written),
            Err(failure) => {
                let first = failure.problems.first();
                let reason = first.map_or("", |problem| problem.message.as_str());
                unread.push(format!("{}: {reason}", file.display()));
            }
        }
    }
    (scenarios, unread)
}

/// A contract that is made of a module for the call.
fn of_module(wanted: &WantedCallee<'_>, file: &Path) -> Result<Callee, Failure> {
    if wanted.scenario.is_some() {
        let help = "name a contract of the scenario, or leave --scenario out";
        return Err(usage("both a module's file and a scenario are named", help));
    }
    if let Some(state) = wanted.state {
        return Err(on_state(file, state));
    }
    let bytes = read_module(file, &file.to_string_lossy())?;
    if let Err(PrepareError::Refused(refusal)) = validate(&bytes, &Protocol::v1()) {
        return Err(refused_module(&file.to_string_lossy(), &refusal));
    }
    let shown = format!("the scenario made of {}", file.display());
    let written = contract_text(file, wanted.init);
    let written = written.and_then(|text| Written::new(shown, &text, folder_of(file)));
    let written = written.map_err(|mut failure| {
        for problem in &mut failure.problems {
            problem.help +=
                "; --init 'NAME = VALUE, ..', or 0x.. without an ABI, states what `init` is given";
        }
        failure
    })?;
    let callee = written.callees(TARGET).pop();
    callee.ok_or_else(|| Failure::bug("the contract of a module is gone"))
}

impl Written {
    fn read(file: &Path) -> Result<Written, Failure> {
        let shown = file.to_string_lossy().into_owned();
        let source = read_scenario(file, &shown)?;
        Written::new(shown, source.text(), folder_of(file))
    }

    fn new(shown: String, text: &str, folder: PathBuf) -> Result<Written, Failure> {
        let text = text.trim_end().to_string();
        let scenario = from_text(text.clone(), &shown, &folder)?;
        Ok(Written {
            shown,
            text,
            folder,
            scenario,
        })
    }

    /// The contracts that the scenario makes, by name.
    fn contracts(&self) -> impl Iterator<Item = (&String, &CodeHash)> {
        let codes = &self.scenario.contract_codes;
        let names = self.scenario.names.accounts();
        names.filter_map(|(name, id)| Some((name, codes.get(id)?)))
    }

    /// The names that [`Written::callees`] knows.
    fn known(&self) -> Vec<String> {
        let contracts = self.contracts();
        let (names, used): (Vec<&String>, BTreeSet<&CodeHash>) = contracts.unzip();
        let codes = self.scenario.names.codes();
        let codes = codes.filter(|(_, code)| used.contains(code));
        let names = names.into_iter().chain(codes.map(|(name, _)| name));
        names.cloned().collect()
    }

    /// The contract of a name, or those that the code of that name has.
    fn callees(&self, wanted: &str) -> Vec<Callee> {
        let callee = |(name, code): (&String, &CodeHash)| Callee {
            contract: name.clone(),
            code: self.scenario.names.show_code(code),
            abi: self
                .scenario
                .codes
                .get(code)
                .and_then(|code| code.abi.clone()),
            remark: String::new(),
            written: self.clone(),
        };
        if let Some(contract) = self.contracts().find(|(name, _)| *name == wanted) {
            return vec![callee(contract)];
        }
        let code = self.scenario.names.code(wanted);
        let of_code = self.contracts().filter(|(_, its)| Some(**its) == code);
        of_code.map(callee).collect()
    }
}

/// A module's file is named with a state: the contract would have to be made there first.
fn on_state(file: &Path, state: &Path) -> Failure {
    let message = format!(
        "--state {} with a module's file: the contract of {} is made for one call in memory, and no \
         state has it",
        state.display(),
        file.display()
    );
    let help = "leave --state out; or upload the module and make its contract in a scenario, keep that \
                with `lockstep run SCENARIO --state DIRECTORY`, and name the contract and the scenario: \
                lockstep call CONTRACT --scenario SCENARIO --state DIRECTORY -- METHOD ..";
    usage(&message, help)
}

fn nothing(
    wanted: &WantedCallee<'_>,
    name: &str,
    mut known: Vec<String>,
    unread: &[String],
) -> Failure {
    known.sort();
    known.dedup();
    let message = format!(
        "no scenario makes a contract {}",
        visible(&name.escape_default().to_string())
    );
    let help = match known.is_empty() {
        _ if Path::new(wanted.contract).is_file() => {
            "a module's file is taken as one when its name ends in .wasm or .wat".to_string()
        }
        true if !unread.is_empty() => {
            "correct the scenarios, or name another with --scenario".to_string()
        }
        true if wanted.scenario.is_some() => {
            "name a module's file, or a scenario that makes the contract".to_string()
        }
        true => format!(
            "name a module's file, a scenario with --scenario, or start the command in the folder \
             that holds {SCENARIO_FOLDER}"
        ),
        false => did_you_mean(name, &known),
    };
    let message = match unread {
        [] => message,
        unread => format!("{message}; not searched: {}", unread.join("; ")),
    };
    let problem = Problem::new(ProblemCode::NothingMatched, message, help);
    Failure::new(Exit::NothingMatched, problem)
}

fn several(name: &str, found: &[Callee]) -> Failure {
    let message = format!("{name} can be several contracts");
    let shown = found.iter();
    let shown: Vec<String> = shown
        .map(|callee| format!("{} of {}", callee.contract, callee.shown()))
        .collect();
    let help = format!(
        "name one, and its scenario with --scenario; there are: {}",
        listed(&shown)
    );
    usage(&message, &help)
}

fn usage(message: &str, help: &str) -> Failure {
    let problem = Problem::new(ProblemCode::CallArguments, message, help);
    Failure::new(Exit::Usage, problem)
}
