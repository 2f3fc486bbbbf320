//! Which methods are invariants, and what a call of one says.

use lockstep_abi::{AccountId, MethodKind, Type};
use lockstep_vm::{Receipt, Status};

use crate::fuzz_det::surface::Surface;
use crate::outcome_names::status_name;

/// An invariant.
#[derive(Clone, Debug)]
pub(super) struct Invariant {
    pub(super) contract: AccountId,
    pub(super) method: String,
    pub(super) gives_bool: bool,
}

/// Every invariant of every contract.
pub(super) fn invariants(surface: &Surface) -> Vec<Invariant> {
    let mut all = Vec::new();
    for contract in surface.contracts.keys() {
        for method in surface.methods(contract) {
            let is_one = method.kind == MethodKind::Invariant;
            if is_one && !method.mutates && method.params.is_empty() {
                all.push(Invariant {
                    contract: *contract,
                    method: method.name.clone(),
                    gives_bool: method.output == Type::Bool,
                });
            }
        }
    }
    all
}

/// What the call of an invariant came to, if that says that it does not hold. A contract that is
/// gone, or a call that could not be paid, says nothing.
pub(super) fn broken(invariant: &Invariant, receipt: &Receipt) -> Option<String> {
    match receipt.status {
        Status::Success if invariant.gives_bool && receipt.output == [0] => {
            Some("false".to_string())
        }
        Status::Success
        | Status::OutOfGas
        | Status::NotAContract
        | Status::MethodNotFound
        | Status::CodeNotFound => None,
        status => Some(status_name(status)),
    }
}
