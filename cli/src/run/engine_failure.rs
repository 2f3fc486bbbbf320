//! The failure of one engine: which one it was, and at which transaction.

use lockstep_abi::Hash;
use lockstep_vm::{EngineIdentity, Fatal};

use crate::problem::Failure;
use crate::problem_code::ProblemCode;
use crate::state_failure::machine_failure;

/// The failure of the machine with this engine at this transaction. A store's failure stays what it
/// is: no engine is to blame for it.
pub(super) fn engine_failure(engine: EngineIdentity, transaction: Hash, fatal: Fatal) -> Failure {
    let mut failure = machine_failure(fatal);
    let internal = failure.problems.iter_mut();
    for problem in internal.filter(|problem| problem.code == ProblemCode::Internal) {
        problem.message = format!(
            "transaction {transaction} on {} {}: {}",
            engine.name, engine.version, problem.message
        );
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::engine_failure;
    use lockstep_abi::Hash;
    use lockstep_store::StoreError;
    use lockstep_vm::{EngineIdentity, Fatal};

    const ENGINE: EngineIdentity = EngineIdentity {
        name: "faulty",
        version: "7",
    };

    /// What a user reads of a failure.
    fn told(fatal: Fatal) -> String {
        let failure = engine_failure(ENGINE, Hash([0xab; 32]), fatal);
        failure.problems[0].message.clone()
    }

    #[test]
    fn an_engine_that_trips_an_internal_check_is_named_with_its_transaction() {
        let message = told(Fatal::Internal("the gas rose"));
        let begin = format!("transaction {} on faulty 7: ", Hash([0xab; 32]));
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
