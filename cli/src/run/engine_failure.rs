//! The failure of one engine: which one it was, and at which transaction.

use lockstep_vm::{EngineIdentity, Fatal, SignedTransaction};

use super::StepPlace;
use crate::problem::Failure;
use crate::problem_code::ProblemCode;
use crate::state_failure::machine_failure;

/// The failure of the machine with this engine at this transaction. A store's failure stays what it
/// is: no engine is to blame for it.
pub(super) fn engine_failure(
    engine: EngineIdentity,
    signed: &SignedTransaction,
    place: StepPlace,
    fatal: Fatal,
) -> Failure {
    let mut failure = machine_failure(fatal);
    let internal = failure.problems.iter_mut();
    for problem in internal.filter(|problem| problem.code == ProblemCode::Internal) {
        problem.message = format!(
            "{place} ({}) on {} {}: {}",
            signed.transaction.id(),
            engine.name,
            engine.version,
            problem.message
        );
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::{StepPlace, engine_failure};
    use lockstep_abi::AccountId;
    use lockstep_store::StoreError;
    use lockstep_vm::{Action, EngineIdentity, Fatal, SignedTransaction, Signer, Transaction};

    const ENGINE: EngineIdentity = EngineIdentity {
        name: "faulty",
        version: "7",
    };

    const PLACE: StepPlace = StepPlace {
        height: 4,
        number: 2,
    };

    fn transfer() -> SignedTransaction {
        let signer = Signer::from_seed([1; 32]);
        signer.sign(Transaction {
            chain_id: 1,
            sender: signer.account(),
            nonce: 0,
            gas_limit: 1,
            gas_price: 1,
            deposit_limit: 0,
            action: Action::Transfer {
                to: AccountId([2; 32]),
                value: 1,
            },
        })
    }

    /// What a user reads of a failure.
    fn told(fatal: Fatal) -> String {
        let failure = engine_failure(ENGINE, &transfer(), PLACE, fatal);
        failure.problems[0].message.clone()
    }

    #[test]
    fn an_engine_that_trips_an_internal_check_is_named_with_its_transaction() {
        let message = told(Fatal::Internal("the gas rose"));
        let id = transfer().transaction.id();
        let begin = format!("block 4, transaction 2 ({id}) on faulty 7: ");
        assert!(message.starts_with(&begin), "{message}");
        assert!(message.ends_with("the gas rose"), "{message}");
    }

    #[test]
    fn a_store_that_fails_is_no_engines_fault() {
        let error = StoreError::TooLarge { bytes: 9, limit: 8 };
        let expected = error.to_string();
        assert_eq!(told(Fatal::Store(Box::new(error))), expected);
    }
}
