//! Transactions whose signatures are checked before a block is built.

use lockstep_vm::{Action, InvalidTransaction, NoObserver};

use crate::world::{World, account, environment, signer, transaction};

#[test]
fn a_signature_that_was_checked_before_is_not_checked_again() {
    let mut forged = signer(0).sign(transaction(
        0,
        0,
        Action::Transfer {
            to: account(1),
            value: 5,
        },
    ));
    let honest = forged.clone();
    forged.signature[40] ^= 1;
    assert_eq!(forged.verify(), Err(InvalidTransaction::BadSignature));
    assert_eq!(
        World::new().submit(&forged).unwrap_err(),
        InvalidTransaction::BadSignature
    );

    let (mut checked_before, mut checked_then) = (World::new(), World::new());
    let mut builder = checked_before.chain.begin(environment(1));
    let verified = honest.verify().expect("it is alice's");
    assert_eq!(verified.signed(), &honest);
    let report = builder.push_verified(verified, &mut NoObserver);
    let mut other = checked_then.chain.begin(environment(1));
    let expected = other.push(&honest, &mut NoObserver);
    assert_eq!(report.expect("no failure"), expected.expect("no failure"));
    // All else is checked as before: its nonce is used up now.
    let again = builder.push_verified(verified, &mut NoObserver);
    let wrong = InvalidTransaction::WrongNonce {
        expected: 1,
        actual: 0,
    };
    assert_eq!(again.expect("no failure"), Err(wrong));
}
