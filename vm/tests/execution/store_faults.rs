//! A store that fails at any read stops the block: no failure becomes a receipt, no contract and no
//! caller gets to see it, and the state is that of the last commit. Every host function that reads the
//! state has each of its reads fail once, in the transaction's own message and in a nested one.

mod faulty;

use lockstep_abi::{AccountId, HostFunction};
use lockstep_vm::{Action, ContractRecord, Fatal};

use self::faulty::{NEVER, attempt, signer};
use crate::cases::{BALANCE, INPUT, STORED, Stage, good};
use crate::script::Script;
use crate::world::World;

/// The contract that calls the function.
const CALLER: AccountId = AccountId([1; 32]);

/// Whether a good call of the function reads the state. The match is exhaustive, so a new host function
/// does not compile here until this is said of it.
fn reads_state(function: HostFunction) -> bool {
    use HostFunction as F;
    match function {
        F::Balance
        | F::StorageRead
        | F::StorageWrite
        | F::StorageRemove
        | F::StorageLength
        | F::StorageNext
        | F::StoragePrevious
        | F::Call
        | F::DelegateCall
        | F::Instantiate
        | F::Transfer
        | F::Upgrade
        | F::Terminate => true,
        F::InputLength
        | F::InputRead
        | F::Return
        | F::Revert
        | F::Panic
        | F::Caller
        | F::SelfId
        | F::Origin
        | F::Value
        | F::BlockHeight
        | F::BlockTimestamp
        | F::ChainId
        | F::GasLeft
        | F::IsReadOnly
        | F::TransientRead
        | F::TransientWrite
        | F::TransientRemove
        | F::ReturnedLength
        | F::ReturnedRead
        | F::EmitEvent
        | F::HashSha2x256
        | F::HashSha3x256
        | F::HashKeccak256
        | F::HashBlake2b256
        | F::HashBlake2b128
        | F::Ed25519Verify
        | F::Secp256k1Recover
        | F::P256Verify
        | F::DebugLog => false,
    }
}

/// Lets every read of a transaction fail, one after the other. Returns how many it has before the block
/// is finished.
fn fail_everywhere(world: &World, action: &Action, what: &str) -> u64 {
    let before = world.trie.root();
    let clean = attempt(world, action, NEVER);
    assert_eq!(clean.block.unwrap().receipts.len(), 1);
    assert_ne!(clean.root, before);
    for number in 0..clean.reads.1 {
        let failed = attempt(world, action, number);
        match failed.block {
            Err(Fatal::Store(error)) => assert!(error.to_string().ends_with("injected")),
            other => panic!("{what}: read {number} of {:?}: {other:?}", clean.reads),
        }
        assert_eq!(failed.root, before, "{what}: read {number}");
        let is_in_push = number < clean.reads.0;
        let last = if is_in_push {
            failed.reads.0
        } else {
            failed.reads.1
        };
        assert_eq!(last, number + 1, "{what}: it went on");
    }
    clean.reads.0
}

/// A world in which [`CALLER`] calls the function when it gets input, and another contract calls that
/// one, goes on whatever comes back, and has a state of its own.
fn staged(function: HostFunction) -> (World, AccountId) {
    let mut stage = Stage::new();
    let script = stage
        .script()
        .wat_call(HostFunction::InputLength)
        .wat_line("i32.eqz if return end")
        .call(function, &good(function).args);
    let mut world = std::mem::replace(&mut stage.world, World::new());
    assert_eq!(world.deploy(1, &script.wat()), CALLER);
    if function != HostFunction::Terminate {
        world.store(CALLER, b"key", STORED);
    }
    world.fund(CALLER, BALANCE);
    world.fund(signer().account(), u128::from(u64::MAX));
    let outer = Script::new()
        .data(0x100, &CALLER.0)
        .data(0x140, b"main")
        .data(0x150, INPUT)
        .data(0x180, b"key")
        .call(
            HostFunction::Call,
            &[
                0x100,
                0x140,
                4,
                0x150,
                INPUT.len() as u64,
                0x1c0,
                u64::MAX,
                0,
            ],
        )
        .call(HostFunction::StorageWrite, &[0x180, 3, 0x140, 4]);
    let outer = world.deploy(4, &outer.wat());
    (world, outer)
}

fn call(contract: AccountId, input: &[u8]) -> Action {
    Action::Call {
        contract,
        method: "main".to_owned(),
        input: input.to_vec(),
        value: 0,
    }
}

#[test]
fn every_host_function_that_reads_the_state_is_known() {
    for function in HostFunction::ALL {
        let (world, _) = staged(function);
        let reads = |input: &[u8]| attempt(&world, &call(CALLER, input), NEVER).reads.0;
        let more = reads(INPUT) > reads(b"");
        assert_eq!(more, reads_state(function), "{function:?}");
    }
}

#[test]
fn a_read_that_fails_in_a_host_function_stops_the_block() {
    for function in HostFunction::ALL
        .into_iter()
        .filter(|function| reads_state(*function))
    {
        let (world, outer) = staged(function);
        let own = fail_everywhere(&world, &call(CALLER, INPUT), &format!("{function:?}"));
        let nested = format!("{function:?}, nested");
        let nested = fail_everywhere(&world, &call(outer, INPUT), &nested);
        assert!(own > 3 && nested > own, "{function:?}: {own}, {nested}");
    }
}

/// The position of an action's kind in the list of the test below; exhaustive, as above.
fn kind(action: &Action) -> usize {
    match action {
        Action::Transfer { .. } => 0,
        Action::Upload { .. } => 1,
        Action::Instantiate { .. } => 2,
        Action::Call { .. } => 3,
        Action::Upgrade { .. } => 4,
    }
}

#[test]
fn a_read_that_fails_in_any_transaction_stops_the_block() {
    let (mut world, _) = staged(HostFunction::GasLeft);
    let code = world.upload(&Script::new().method("init").method("upgraded").wat());
    world.edit(|state| {
        let mut account = state.account(&CALLER).unwrap();
        account.contract = Some(ContractRecord {
            admin: signer().account(),
            ..account.contract.unwrap()
        });
        state.set_account(&CALLER, account).unwrap();
    });
    let fresh = wat::parse_str(Script::new().method("fresh").wat()).unwrap();
    let actions = [
        Action::Transfer {
            to: CALLER,
            value: 7,
        },
        Action::Upload { code: fresh },
        Action::Instantiate {
            code,
            salt: [3; 32],
            input: Vec::new(),
            value: 2,
        },
        call(CALLER, INPUT),
        Action::Upgrade {
            contract: CALLER,
            code,
            input: Vec::new(),
        },
    ];
    for (position, action) in actions.iter().enumerate() {
        assert_eq!(kind(action), position);
        let receipt = &attempt(&world, action, NEVER).block.unwrap().receipts[0];
        assert!(receipt.status.is_success(), "{receipt:?}");
        assert!(fail_everywhere(&world, action, "an action") > 2);
    }
}
