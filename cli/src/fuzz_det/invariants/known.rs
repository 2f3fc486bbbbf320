//! Which methods are invariants, and what a call of one says.

use lockstep_abi::{AccountId, Method, MethodKind, Type};
use lockstep_vm::{Receipt, Status};

use crate::fuzz_det::surface::Surface;
use crate::outcome_names::status_name;
use crate::scenario::Scenario;

/// An invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Invariant {
    pub(super) contract: AccountId,
    pub(super) method: String,
    pub(super) gives_bool: bool,
    /// How many calls of it have told whether it holds.
    pub(super) answers: u64,
}

/// Whether a method is an invariant that can be called as one.
fn is_invariant(method: &Method) -> bool {
    method.kind == MethodKind::Invariant && !method.mutates && method.params.is_empty()
}

/// Whether some code of a scenario has an invariant.
pub(super) fn has_invariant(scenario: &Scenario) -> bool {
    let abis = scenario.codes.values().filter_map(|code| code.abi.as_ref());
    abis.flat_map(|abi| &abi.methods).any(is_invariant)
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
