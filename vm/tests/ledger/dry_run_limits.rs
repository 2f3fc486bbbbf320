//! What a dry run measures beside the outcome: limits and keys.

use lockstep_gas_meter::Protocol;
use lockstep_state_trie::{MemoryStore, Trie};
use lockstep_vm::{Chain, KeyUse, Machine, StateKey, Status, WasmiEngine, code_hash};

use crate::dry_run::{dry_run, sign};
use crate::script::{self, Step, call, sub_call};
use crate::world::{PLENTY, World, account};

#[test]
fn the_stack_that_is_measured_is_the_least_that_suffices() {
    let (mut world, contract) = World::with_script(0);
    let other = world.instantiate(7, 0);
    let action = call(contract, &[sub_call(other, &[Step::Return(1)])]);
    let signed = sign(&world, action.clone(), PLENTY);
    let said = dry_run(&mut world, &signed);
    let used = |name: &str| said.limits.iter().find(|row| row.limit == name).unwrap();
    let slots = u32::try_from(used("stack_slots").used).unwrap();
    assert!(
        slots > 2_048,
        "a call from contract to contract takes 2,048: {slots}"
    );
    assert_eq!((used("call_depth").used, used("call_depth").max), (1, 31));
    for (stack_slots_max, status) in [(slots, Status::Success), (slots - 1, Status::StackOverflow)]
    {
        let mut protocol = Protocol::v1();
        protocol.limits.stack_slots_max = stack_slots_max;
        let machine = Machine::new(protocol, Box::new(WasmiEngine::new()));
        let trie = Trie::new(MemoryStore::new());
        let mut small = Chain::new(trie, machine);
        small.genesis(&crate::world::balances()).unwrap();
        let mut small = World {
            chain: small,
            height: 1,
        };
        small.send(0, script::upload());
        small.instantiate(0, 0);
        small.instantiate(7, 0);
        let ended = small.submit(&signed).unwrap().receipt.status;
        // The callee overflows and the caller, given nothing back, runs out of gas.
        let outer = match status {
            Status::Success => Status::Success,
            _ => Status::OutOfGas,
        };
        assert_eq!(ended, outer, "{stack_slots_max}");
    }
}

#[test]
fn limits_and_keys_are_those_of_the_run() {
    let (mut world, contract) = World::with_script(0);
    let program = [
        Step::Write { key: 5, length: 40 },
        Step::Event(3),
        Step::Event(4),
        Step::Remove { key: 6 },
        Step::Return(9),
    ];
    let signed = sign(&world, call(contract, &program), PLENTY);
    let said = dry_run(&mut world, &signed);
    let prices = Protocol::v1().schedule.deposit;
    let deposit = u128::from(prices.per_item) + 41 * u128::from(prices.per_byte);
    let used = |name: &str| {
        said.limits
            .iter()
            .find(|row| row.limit == name)
            .unwrap()
            .used
    };
    for (name, expected) in [
        (
            "transaction_bytes",
            u128::try_from(signed.to_bytes().len()).unwrap(),
        ),
        ("module_bytes", 0),
        ("call_depth", 0),
        ("memory_pages", 1),
        ("input_bytes", 11),
        ("output_bytes", 1),
        ("method_name_bytes", 3),
        ("storage_key_bytes", 1),
        ("storage_value_bytes", 40),
        ("events_per_transaction", 2),
        ("event_topics", 0),
        ("event_data_bytes", 1),
        ("debug_log_bytes", 0),
        ("deposit", deposit),
    ] {
        assert_eq!(used(name), expected, "{name}");
    }
    let uses = |key: StateKey| said.keys.iter().find(|entry| entry.key == key).cloned();
    let entry = |key: StateKey, read, written| Some(KeyUse { key, read, written });
    for (key, read, written) in [
        (StateKey::Account(account(0)), true, true),
        (StateKey::Account(contract), true, true),
        (StateKey::Account(crate::world::COLLECTOR), true, true),
        (StateKey::Storage(contract, vec![5]), false, true),
        (StateKey::Storage(contract, vec![6]), true, true),
        (StateKey::Code(code_hash(&script::wasm())), true, false),
        (
            StateKey::CodeLength(code_hash(&script::wasm())),
            true,
            false,
        ),
    ] {
        assert_eq!(uses(key.clone()), entry(key, read, written));
    }
    assert_eq!(said.keys.len(), 7);
}
