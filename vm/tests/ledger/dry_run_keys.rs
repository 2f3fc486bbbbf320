//! What a dry run says of each host function that uses the state: the keys, the sizes, and the same
//! outcome.

use lockstep_abi::AccountId;
use lockstep_vm::{
    Action, Chain, DryRun, InvalidTransaction, KeyUse, SmallestGasLimit, StateKey, Status,
    code_hash,
};

use crate::dry_run::{dry_run, sign};
use crate::world::{COLLECTOR, PLENTY, World, account, environment, machine, signer, transaction};

/// Its methods do one thing each.
pub(crate) fn wasm() -> Vec<u8> {
    wat::parse_str(include_str!("dry_run_keys.wat")).unwrap()
}

/// A chain with the contract, which has a balance.
pub(crate) fn world() -> (World, AccountId) {
    let mut world = World::new();
    world.send(0, Action::Upload { code: wasm() });
    let code = code_hash(&wasm());
    let made = world.receipt(
        0,
        Action::Instantiate {
            code,
            salt: [0; 32],
            input: Vec::new(),
            value: 10,
        },
    );
    assert_eq!(made.status, Status::Success);
    (world, AccountId(made.output.try_into().unwrap()))
}

/// What a dry run says of a call of the method, which then comes to just that.
fn said(method: &str, gas_limit: u64) -> (DryRun, AccountId) {
    let (mut world, contract) = world();
    let action = Action::Call {
        contract,
        method: method.to_owned(),
        input: account(2).0.to_vec(),
        value: 0,
    };
    let signed = sign(&world, action, gas_limit);
    // Once with the code ready, once without.
    let said = dry_run(&mut world, &signed);
    world.chain = Chain::new(world.chain.into_trie(), machine());
    assert_eq!(dry_run(&mut world, &signed), said, "{method}");
    assert_eq!(said.outcome, world.submit(&signed), "{method}");
    (said, contract)
}

fn used(said: &DryRun, name: &str) -> u128 {
    said.limits
        .iter()
        .find(|row| row.limit == name)
        .unwrap()
        .used
}

#[test]
fn each_function_notes_the_keys_and_how_long_they_are() {
    // Method, longest key and value, the key of storage with read and written, and whether the
    // contract's record changes.
    for (method, key_bytes, value_bytes, key, record) in [
        ("read", 2, 3, Some(("kk", true, false)), false),
        ("length", 2, 3, Some(("kk", true, false)), false),
        ("grow", 2, 5, Some(("kk", false, true)), true),
        ("rewrite", 2, 3, Some(("kk", false, true)), false),
        ("remove", 2, 0, Some(("kk", true, true)), true),
        ("remove_none", 1, 0, Some(("z", true, true)), false),
        ("next", 4, 0, Some(("kk", true, false)), false),
        ("next_none", 1, 0, None, false),
        ("previous", 5, 0, Some(("kk", true, false)), false),
        ("transient", 6, 7, None, false),
        ("transient_read", 6, 0, None, false),
        ("transient_remove", 6, 0, None, false),
        ("transient_removes", 6, 7, None, false),
    ] {
        let (said, contract) = said(method, PLENTY);
        let status = said.outcome.as_ref().unwrap().receipt.status;
        assert_eq!(status, Status::Success, "{method}");
        assert_eq!(used(&said, "storage_key_bytes"), key_bytes, "{method}");
        assert_eq!(used(&said, "storage_value_bytes"), value_bytes, "{method}");
        let is_storage = |entry: &&KeyUse| matches!(entry.key, StateKey::Storage(..));
        let storage: Vec<KeyUse> = said.keys.iter().filter(is_storage).cloned().collect();
        let expected = key.map(|(key, read, written)| KeyUse {
            key: StateKey::Storage(contract, key.as_bytes().to_vec()),
            read,
            written,
        });
        assert_eq!(storage, Vec::from_iter(expected), "{method}");
        assert_eq!(
            account_use(&said, contract),
            Some((true, record)),
            "{method}"
        );
    }
}

/// Whether an account is read, and whether it is written.
fn account_use(said: &DryRun, id: AccountId) -> Option<(bool, bool)> {
    let key = StateKey::Account(id);
    let found = said.keys.iter().find(|entry| entry.key == key)?;
    Some((found.read, found.written))
}

#[test]
fn a_record_that_changed_is_noted_also_when_that_is_undone() {
    for method in ["transfer", "grow_undone", "remove_undone"] {
        let (said, contract) = said(method, PLENTY);
        let status = said.outcome.as_ref().unwrap().receipt.status;
        assert_eq!(status, Status::Reverted, "{method}");
        assert_eq!(account_use(&said, contract), Some((true, true)), "{method}");
        let other = (method == "transfer").then_some((true, true));
        assert_eq!(account_use(&said, account(2)), other, "{method}");
    }
}

#[test]
fn a_transfer_that_moves_nothing_changes_no_record() {
    for method in ["transfer_too_much", "transfer_to_itself"] {
        let (said, contract) = said(method, PLENTY);
        assert_eq!(
            account_use(&said, contract),
            Some((true, false)),
            "{method}"
        );
        assert_eq!(account_use(&said, account(2)), None, "{method}");
    }
    let mut world = World::new();
    let (to, value) = (account(2), 0);
    let signed = sign(&world, Action::Transfer { to, value }, PLENTY);
    assert_eq!(account_use(&dry_run(&mut world, &signed), to), None);
}

#[test]
fn other_limits_are_measured_also_when_they_are_exceeded() {
    for (method, limit, expected, status) in [
        ("event", "event_topics", 2, Status::Success),
        ("event", "event_data_bytes", 3, Status::Success),
        ("log", "debug_log_bytes", 10, Status::Success),
        (
            "long_key",
            "storage_key_bytes",
            300,
            Status::LengthOverLimit,
        ),
        (
            "events",
            "events_per_transaction",
            1_025,
            Status::TooManyEvents,
        ),
    ] {
        let (said, _) = said(method, PLENTY);
        assert_eq!(said.outcome.as_ref().unwrap().receipt.status, status);
        assert_eq!(used(&said, limit), expected, "{method}");
    }
}

#[test]
fn an_upload_notes_the_code_and_its_length() {
    let mut world = World::new();
    let wasm = wasm();
    let (code, length) = (code_hash(&wasm), wasm.len());
    let signed = sign(&world, Action::Upload { code: wasm }, PLENTY);
    let said = dry_run(&mut world, &signed);
    assert_eq!(used(&said, "module_bytes"), u128::try_from(length).unwrap());
    for (key, read) in [
        (StateKey::Code(code), false),
        (StateKey::CodeLength(code), true),
    ] {
        let written = true;
        assert!(said.keys.contains(&KeyUse { key, read, written }));
    }
    assert_eq!(said.outcome, world.submit(&signed));
}

#[test]
fn only_what_sees_the_gas_depends_on_it() {
    let only = |method| match said(method, PLENTY).0.smallest_gas_limit {
        SmallestGasLimit::Found { only, .. } => only,
        other => panic!("{method}: {other:?}"),
    };
    assert!(only("read"));
    assert!(only("looks"), "at the balance of another");
    assert!(!only("asks"));
    let SmallestGasLimit::Found { gas_limit, only } = said("asks", 1_000_000).0.smallest_gas_limit
    else {
        panic!("a larger limit succeeds");
    };
    assert!(gas_limit > 2_000_000 && !only);
}

#[test]
fn a_block_that_is_too_small_for_any_limit_is_told() {
    let mut world = World::new();
    let to = account(1);
    let signed = signer(0).sign(transaction(0, 0, Action::Transfer { to, value: 1 }));
    let least = world.submit(&signed).unwrap().receipt.gas_used.total();
    let mut small = environment(2);
    small.gas_limit = least - 1;
    let signed = signer(0).sign(transaction(0, 1, Action::Transfer { to, value: 1 }));
    let mut builder = world.chain.begin(small);
    let said = builder.dry_run(&signed, PLENTY).unwrap();
    let (left, wanted) = (least - 1, PLENTY);
    let full = InvalidTransaction::BlockFull { left, wanted };
    assert_eq!(said.outcome, Err(full));
    let tried_max = least;
    assert_eq!(
        said.smallest_gas_limit,
        SmallestGasLimit::NotFound { tried_max }
    );
}

#[test]
fn a_message_without_a_frame_needs_no_stack() {
    let mut world = World::new();
    let wasm = wat::parse_str("(module (func (export \"run\")))").unwrap();
    let code = code_hash(&wasm);
    world.send(0, Action::Upload { code: wasm });
    let (salt, input, value) = ([0; 32], Vec::new(), 0);
    let action = Action::Instantiate {
        code,
        salt,
        input,
        value,
    };
    let signed = sign(&world, action, PLENTY);
    let said = dry_run(&mut world, &signed);
    assert_eq!(
        said.outcome.as_ref().unwrap().receipt.status,
        Status::Success
    );
    assert_eq!(used(&said, "stack_slots"), 0);
}

#[test]
fn a_transfer_uses_no_code_and_notes_whom_it_changes() {
    let mut world = World::new();
    let (to, value) = (account(2), 1);
    let action = Action::Transfer { to, value };
    let signed = sign(&world, action.clone(), PLENTY);
    let said = dry_run(&mut world, &signed);
    assert_eq!(account_use(&said, to), Some((true, true)));
    for row in &said.limits {
        let is_used = row.limit == "transaction_bytes";
        assert_eq!(row.used > 0, is_used, "{}", row.limit);
    }

    // Who gets no fee is not written.
    let mut free = transaction(0, 0, action);
    free.gas_price = 0;
    let said = dry_run(&mut world, &signer(0).sign(free));
    assert_eq!(account_use(&said, COLLECTOR), Some((true, false)));
}
