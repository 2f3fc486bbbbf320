//! A rehearsal on another machine says what the transaction comes to and leaves nothing behind, also
//! when that machine fails.

use lockstep_gas_meter::Protocol;
use lockstep_vm::{Fatal, Machine, NoObserver, Report, SignedTransaction};

use crate::native_stack::{out_of_memory, shallow};
use crate::script::{self, Step};
use crate::world::{World, account, environment, machine, signer, transaction};

#[test]
fn a_rehearsal_says_what_the_block_comes_to() {
    let (mut world, contract) = World::with_script(100);
    let nonce = world.account(account(0)).nonce;
    let program = [
        Step::Write { key: 1, length: 9 },
        Step::Event(1),
        Step::Return(2),
    ];
    let signed = signer(0).sign(transaction(0, nonce, script::call(contract, &program)));
    let mut other = machine();

    let mut builder = world.chain.begin(environment(50));
    for _ in 0..2 {
        let mut failing = Machine::new(Protocol::v1(), shallow(0, out_of_memory, false));
        let failed = builder.rehearse(&mut failing, &signed, &mut NoObserver);
        assert!(matches!(failed, Err(Fatal::Engine(_))), "{failed:?}");
        let said = builder.rehearse(&mut other, &signed, &mut NoObserver);
        let said = said.unwrap().unwrap();
        assert_eq!(said.receipt.events.len(), 1);
        assert_eq!(said, without_a_rehearsal(&signed));
    }
    let pushed = builder.push(&signed, &mut NoObserver).unwrap().unwrap();
    assert_eq!(pushed, without_a_rehearsal(&signed));
    assert_eq!(builder.finish().unwrap().receipts, [pushed.receipt]);
}

/// What the transaction comes to without a rehearsal.
fn without_a_rehearsal(signed: &SignedTransaction) -> Report {
    let (mut world, _) = World::with_script(100);
    world.submit(signed).unwrap()
}
