//! Which methods are invariants, and what a call of one says.

use lockstep_abi::{AccountId, Method, MethodKind, Type};
use lockstep_vm::{Receipt, Status};

use crate::fuzz_det::surface::{LIFECYCLE, Surface};
use crate::outcome_names::status_name;
use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::scenario::Scenario;
use crate::value::type_name;

/// An invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Invariant {
    pub(super) contract: AccountId,
    pub(super) method: String,
    pub(super) gives_bool: bool,
    /// How many calls of it have told whether it holds.
    pub(super) answers: u64,
}

/// Whether the search can call a method as the invariant that its ABI says it is.
fn is_invariant(method: &Method) -> bool {
    method.kind == MethodKind::Invariant && refusal(method).is_none()
}

/// Why a method cannot be called as an invariant, and what to do about it.
fn refusal(method: &Method) -> Option<(String, &'static str)> {
    if LIFECYCLE.contains(&method.name.as_str()) {
        let reason = format!("no call can name `{}`", method.name);
        return Some((reason, "give the method another name"));
    }
    if method.mutates {
        let reason = "it may change the state".to_string();
        return Some((reason, "let it take `&self`"));
    }
    if !method.params.is_empty() {
        let names = method.params.iter().map(|param| param.name.as_str());
        let names: Vec<&str> = names.collect();
        let reason = format!("it takes arguments: {}", names.join(", "));
        return Some((reason, "let it take `&self` and nothing else"));
    }
    if !matches!(method.output, Type::Bool | Type::Unit) {
        let reason = format!("it returns {}", type_name(&method.output));
        let help = "let it return `bool`, or nothing and panic where it does not hold";
        return Some((reason, help));
    }
    None
}

/// The problems of methods that ABIs call invariants and that cannot be called as such, and how many
/// can.
pub(super) fn refused(scenario: &Scenario, surface: &Surface) -> (Vec<Problem>, usize) {
    let (mut problems, mut usable) = (Vec::new(), 0);
    for (hash, code) in &scenario.codes {
        let methods = code.abi.iter().flat_map(|abi| &abi.methods);
        for method in methods.filter(|method| method.kind == MethodKind::Invariant) {
            let missing = surface.is_missing(hash, &method.name).then(|| {
                let status = status_name(Status::MethodNotFound);
                let reason = format!("the module does not export it, so a call ends with {status}");
                let help = "a name that the compiler's library has as well (`round`, `memcpy`) is \
                            lost in linking: choose another";
                (reason, help)
            });
            match refusal(method).or(missing) {
                None => usable += 1,
                Some((reason, help)) => {
                    let code = scenario.names.show_code(hash);
                    let message = format!("{code}.{} is no invariant: {reason}", method.name);
                    problems.push(Problem::new(ProblemCode::NoInvariant, message, help));
                }
            }
        }
    }
    (problems, usable)
}

/// Every invariant of every contract.
pub(super) fn invariants(surface: &Surface) -> Vec<Invariant> {
    let mut all = Vec::new();
    for contract in surface.contracts.keys() {
        for method in surface.methods(contract) {
            if is_invariant(method) {
                all.push(Invariant {
                    contract: *contract,
                    method: method.name.clone(),
                    gives_bool: method.output == Type::Bool,
                    answers: 0,
                });
            }
        }
    }
    all
}

/// What the call of an invariant tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// It holds.
    Holds,
    /// It does not hold: what it came to.
    Broken(String),
    /// Nothing: the gas ran out.
    OutOfGas,
    /// Nothing: there is no contract, or it has other code.
    NotThere,
}

impl Told {
    /// What it came to, if that says that it does not hold.
    pub(super) fn broken(self) -> Option<String> {
        match self {
            Told::Broken(came_to) => Some(came_to),
            _ => None,
        }
    }

    /// Whether it says that the invariant does not hold.
    pub(super) fn is_broken(&self) -> bool {
        matches!(self, Told::Broken(_))
    }

    /// Whether it says something about the invariant.
    pub(super) fn is_answer(&self) -> bool {
        matches!(self, Told::Holds | Told::Broken(_))
    }
}

/// What the call of an invariant tells. One that returns a bool holds when that is true, and
/// nothing else is.
pub(super) fn told(invariant: &Invariant, receipt: &Receipt) -> Told {
    match (receipt.status, receipt.output.as_slice()) {
        (Status::Success, [1]) => Told::Holds,
        (Status::Success, _) if !invariant.gives_bool => Told::Holds,
        (Status::Success, [0]) => Told::Broken("false".to_string()),
        (Status::Success, other) => {
            Told::Broken(format!("0x{}, which is no bool", hex::encode(other)))
        }
        (Status::OutOfGas, _) => Told::OutOfGas,
        (Status::NotAContract | Status::MethodNotFound | Status::CodeNotFound, _) => Told::NotThere,
        (status, _) => Told::Broken(status_name(status)),
    }
}
