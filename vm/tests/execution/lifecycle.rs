//! Instantiation, upgrade and termination, by contracts and by messages.

use lockstep_abi::{AccountId, CallStatus, CodeHash, HostFunction as F};
use lockstep_vm::{Account, Message, Status, Target, contract_id};

use crate::script::{OUT, Script};
use crate::world::{Ran, SENDER, World};

const OUT64: u64 = OUT as u64;

/// Code whose `init` and `upgraded` store their input and return it.
fn with_hooks() -> Script {
    let mut script = Script::new().data(0, b"key");
    for method in ["init", "upgraded"] {
        script = script
            .method(method)
            .call(F::InputRead, &[0x40, 0, 3])
            .call(F::StorageWrite, &[0, 3, 0x40, 3])
            .give(0x40, 3);
    }
    script
}

fn instantiate(world: &World, code: CodeHash, input: &[u8], value: u128) -> Message {
    let target = Target::Instantiate {
        code,
        salt: [5; 32],
    };
    Message {
        target,
        value,
        ..world.message(SENDER, "", input)
    }
}

fn upgrade(world: &World, contract: AccountId, code: CodeHash, input: &[u8]) -> Message {
    Message {
        target: Target::Upgrade { contract, code },
        ..world.message(SENDER, "", input)
    }
}

#[test]
fn a_contract_is_made_with_value_and_init() {
    let mut world = World::new();
    let code = world.upload(&with_hooks().wat());
    let ran = world.run(instantiate(&world, code, b"one", 25));
    assert_eq!(ran.bytes(), b"one");
    let id = contract_id(&SENDER, &code, &[5; 32]);
    assert_eq!(ran.contract, Some(id));
    assert_eq!(world.balance(id), 25);
    assert_eq!(world.stored(id, b"key").unwrap(), b"one");
    let record = world.account(id).contract.unwrap();
    assert_eq!((record.code, record.admin), (code, SENDER));

    let again = world.run(instantiate(&world, code, b"two", 0));
    assert_eq!(again.status, Status::ContractExists);
    assert_eq!(world.stored(id, b"key").unwrap(), b"one");
}

#[test]
fn an_account_that_has_balance_already_keeps_it() {
    let mut world = World::new();
    let code = world.upload(&with_hooks().wat());
    let id = contract_id(&SENDER, &code, &[5; 32]);
    world.fund(id, 100);
    assert_eq!(
        world.run(instantiate(&world, code, b"one", 1)).status,
        Status::Success
    );
    assert_eq!(world.balance(id), 101);
}

#[test]
fn hooks_may_be_missing_when_the_input_is_empty() {
    let mut world = World::new();
    let plain = world.upload(&Script::new().wat());
    let ran = world.run(instantiate(&world, plain, b"input", 0));
    assert_eq!(ran.status, Status::MethodNotFound);
    let id = contract_id(&SENDER, &plain, &[5; 32]);
    assert_eq!(world.account(id), Account::default(), "nothing was made");
    let ran = world.run(instantiate(&world, plain, b"", 3));
    assert_eq!(ran.status, Status::Success);
    assert_eq!(world.balance(id), 3);

    let hooks = world.upload(&with_hooks().wat());
    assert_eq!(
        world.run(upgrade(&world, id, hooks, b"")).status,
        Status::InputOutOfRange
    );
    assert_eq!(
        world.account(id).contract.unwrap().code,
        plain,
        "a failed hook undoes it"
    );
    assert_eq!(
        world.run(upgrade(&world, id, hooks, b"new")).bytes(),
        b"new"
    );
    assert_eq!(world.account(id).contract.unwrap().code, hooks);
    assert_eq!(
        world.run(upgrade(&world, id, plain, b"x")).status,
        Status::MethodNotFound
    );
    assert_eq!(
        world.run(upgrade(&world, id, plain, b"")).status,
        Status::Success
    );
}

#[test]
fn what_cannot_be_made_or_upgraded() {
    let mut world = World::new();
    let code = world.upload(&with_hooks().wat());
    let unknown = CodeHash([1; 32]);
    assert_eq!(
        world.run(instantiate(&world, unknown, b"", 0)).status,
        Status::CodeNotFound
    );
    let ran = world.run(instantiate(&world, code, b"one", 1_000_001));
    assert_eq!(ran.status, Status::BalanceTooLow);
    assert_eq!(world.balance(SENDER), 1_000_000);
    let nobody = AccountId([9; 32]);
    assert_eq!(
        world.run(upgrade(&world, nobody, code, b"")).status,
        Status::NotAContract
    );
    let id = world.deploy(1, &with_hooks().wat());
    assert_eq!(
        world.run(upgrade(&world, id, unknown, b"")).status,
        Status::CodeNotFound
    );
}

/// A contract that instantiates `code` with two salts, the first twice.
fn factory(world: &mut World, code: CodeHash) -> (AccountId, Ran) {
    let args = |salt: u64, out: u64| [0, salt, 0x60, 3, 0x80, u64::MAX, out];
    let script = Script::new()
        .data(0, &code.0)
        .data(0x20, &[1; 32])
        .data(0x40, &[2; 32])
        .data(0x60, b"abc")
        .data(0x80, &2_u128.to_le_bytes())
        .keep(F::Instantiate, &args(0x20, OUT64 + 64), OUT)
        .keep(F::Instantiate, &args(0x20, OUT64 + 128), OUT + 8)
        .keep(F::Instantiate, &args(0x40, OUT64 + 96), OUT + 16)
        .give(OUT, 160);
    let id = world.deploy(1, &script.wat());
    world.fund(id, 10);
    let ran = world.run(world.message(id, "main", &[]));
    (id, ran)
}

#[test]
fn a_contract_makes_contracts() {
    let mut world = World::new();
    let code = world.upload(&with_hooks().wat());
    let (id, ran) = factory(&mut world, code);
    let bytes = ran.bytes();
    let exists = CallStatus::ContractExists.code() as u64;
    assert_eq!(
        bytes[..24],
        [0_u64, exists, 0].map(u64::to_le_bytes).concat()
    );
    let (first, second) = (
        contract_id(&id, &code, &[1; 32]),
        contract_id(&id, &code, &[2; 32]),
    );
    assert_eq!(bytes[64..128], [first.0, second.0].concat());
    assert_eq!(
        bytes[128..160],
        [0; 32],
        "no id is written when nothing is made"
    );
    for made in [first, second] {
        assert_eq!(world.balance(made), 2);
        assert_eq!(world.stored(made, b"key").unwrap(), b"abc");
        assert_eq!(world.account(made).contract.unwrap().admin, id);
    }
    assert_eq!(world.balance(id), 6);
}

#[test]
fn a_contract_upgrades_itself_and_runs_on_in_the_old_code() {
    let mut world = World::new();
    let code = world.upload(&with_hooks().wat());
    let script = Script::new()
        .data(0, &code.0)
        .data(0x20, b"new")
        .data(0x30, b"key")
        .keep(F::Upgrade, &[0, 0x20, 3, u64::MAX], OUT)
        .call(F::ReturnedRead, &[OUT64 + 8, 0, 3])
        .call(F::StorageRead, &[0x30, 3, OUT64 + 16, 8])
        .give(OUT, 24);
    let id = world.deploy(1, &script.wat());
    let ran = world.run(world.message(id, "main", &[]));
    assert_eq!(ran.bytes(), b"\0\0\0\0\0\0\0\0new\0\0\0\0\0new\0\0\0\0\0");
    assert_eq!(world.account(id).contract.unwrap().code, code);
    let failing = Script::new()
        .data(0, &code.0)
        .give_result(F::Upgrade, &[0, 0, 0, 1_000_000]);
    let id = world.deploy(3, &failing.wat());
    let old = world.account(id).contract.unwrap().code;
    let ran = world.run(world.message(id, "main", &[]));
    assert_eq!(ran.number(), CallStatus::Trapped.code() as u64);
    assert_eq!(world.account(id).contract.unwrap().code, old);
}

/// A contract whose `end` terminates it in favour of account 8.
fn mortal() -> Script {
    Script::new()
        .data(0, &[8; 32])
        .method("end")
        .call(F::Terminate, &[0])
}

#[test]
fn termination_pays_out_and_frees_the_id() {
    let mut world = World::new();
    let code = world.upload(&mortal().wat());
    let made = world
        .run(instantiate(&world, code, b"", 9))
        .contract
        .unwrap();
    let ran = world.run(world.message(made, "end", &[]));
    assert_eq!(ran.status, Status::Success);
    assert!(ran.output.is_empty());
    assert_eq!(world.balance(AccountId([8; 32])), 9);
    assert_eq!(world.account(made), Account::default());
    let gone = world.run(world.message(made, "end", &[]));
    assert_eq!(gone.status, Status::NotAContract);
    assert_eq!(
        world.run(instantiate(&world, code, b"", 0)).contract,
        Some(made)
    );
}

#[test]
fn termination_in_favour_of_itself_keeps_the_balance_in_the_account() {
    let mut world = World::new();
    let script = Script::new()
        .data(0, &[1; 32])
        .method("end")
        .call(F::Terminate, &[0]);
    let id = world.deploy(1, &script.wat());
    world.fund(id, 12);
    assert_eq!(
        world.run(world.message(id, "end", &[])).status,
        Status::Success
    );
    assert_eq!(
        world.account(id),
        Account {
            balance: 12,
            ..Account::default()
        }
    );
}

#[test]
fn a_contract_with_storage_or_entered_twice_cannot_terminate() {
    let mut world = World::new();
    let id = world.deploy(1, &mortal().wat());
    world.store(id, b"key", b"");
    assert_eq!(
        world.run(world.message(id, "end", &[])).status,
        Status::StorageNotEmpty
    );

    let code = world.upload(&mortal().wat());
    let script = Script::new()
        .data(0, &code.0)
        .data(0x20, b"end")
        .give_result(F::DelegateCall, &[0, 0x20, 3, 0, 0, 1_000_000, 0]);
    let id = world.deploy(2, &script.wat());
    let ran = world.run(world.message(id, "main", &[]));
    assert_eq!(ran.number(), CallStatus::Trapped.code() as u64);
    assert!(world.account(id).contract.is_some());
}

#[test]
fn a_contract_may_terminate_in_its_own_init() {
    let mut world = World::new();
    let script = Script::new()
        .data(0, &[8; 32])
        .method("init")
        .call(F::Terminate, &[0]);
    let code = world.upload(&script.wat());
    let ran = world.run(instantiate(&world, code, b"", 4));
    assert_eq!(ran.status, Status::Success);
    assert_eq!(world.balance(AccountId([8; 32])), 4);
    assert_eq!(world.account(ran.contract.unwrap()), Account::default());
}
