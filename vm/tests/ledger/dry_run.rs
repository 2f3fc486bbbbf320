//! Dry runs: what they say is what happens, and they leave nothing behind.

use lockstep_vm::{
    Action, DryRun, InvalidTransaction, NoObserver, Receipt, SignedTransaction, SmallestGasLimit,
    Status, Transaction, code_hash,
};

use crate::script::{self, Step, call, sub_call};
use crate::world::{PLENTY, World, account, environment, signer, transaction};

/// No search goes further than this.
const SEARCH_GAS_MAX: u64 = 40_000_000;

/// A contract whose methods look at the gas in the two ways there are.
const LOOKS_AT_GAS: &str = r#"(module
    (import "lockstep" "gas_left" (func $gas_left (result i64)))
    (import "lockstep" "caller" (func $caller (param i32)))
    (import "lockstep" "balance" (func $balance (param i32 i32)))
    (memory 1)
    (func (export "asks")
        (if (i64.lt_u (call $gas_left) (i64.const 3000000)) (then (unreachable))))
    (func (export "looks")
        (call $caller (i32.const 0))
        (call $balance (i32.const 0) (i32.const 32))))"#;

pub(crate) fn dry_run(world: &mut World, signed: &SignedTransaction) -> DryRun {
    let mut builder = world.chain.begin(environment(world.height));
    let first = builder.dry_run(signed, SEARCH_GAS_MAX).unwrap();
    assert_eq!(builder.dry_run(signed, SEARCH_GAS_MAX).unwrap(), first);
    first
}

/// The transaction of account 0 that does this.
pub(crate) fn sign(world: &World, action: Action, gas_limit: u64) -> SignedTransaction {
    let nonce = world.account(account(0)).nonce;
    signer(0).sign(Transaction {
        gas_limit,
        ..transaction(0, nonce, action)
    })
}

/// What the transaction comes to on a state that is then dropped.
fn tried(world: &mut World, action: &Action, gas_limit: u64) -> Option<Receipt> {
    let signed = sign(world, action.clone(), gas_limit);
    let mut builder = world.chain.begin(environment(world.height));
    let result = builder.push(&signed, &mut NoObserver).unwrap();
    result.ok().map(|report| report.receipt)
}

fn succeeds(world: &mut World, action: &Action, gas_limit: u64) -> bool {
    tried(world, action, gas_limit).is_some_and(|receipt| receipt.status.is_success())
}

/// Programs that end in every way.
fn programs(other: lockstep_abi::AccountId) -> Vec<Vec<Step>> {
    let limited = |gas, program: &[Step]| Step::Call {
        contract: other,
        value: 0,
        gas,
        flags: 0,
        program: program.to_vec(),
    };
    vec![
        vec![],
        vec![
            Step::Write { key: 1, length: 40 },
            Step::Event(3),
            Step::Return(9),
        ],
        vec![Step::Write { key: 1, length: 8 }, Step::Remove { key: 1 }],
        vec![sub_call(
            other,
            &[Step::Write { key: 2, length: 1 }, Step::Return(1)],
        )],
        vec![limited(400_000, &[Step::Burn]), Step::Event(1)],
        vec![
            limited(400_000, &[Step::Trap]),
            Step::Write { key: 3, length: 9 },
        ],
        vec![
            sub_call(other, &[Step::Revert(2)]),
            Step::TransientWrite { key: 1 },
        ],
        vec![Step::Write { key: 1, length: 1 }, Step::Revert(7)],
        vec![Step::Panic],
        vec![Step::Trap],
        vec![Step::Transfer {
            to: account(2),
            value: 5,
        }],
        vec![Step::Terminate { to: account(1) }],
    ]
}

#[test]
fn what_a_dry_run_says_is_what_happens() {
    let (mut plain, contract) = World::with_script(1_000);
    let (mut dry, _) = World::with_script(1_000);
    let other = plain.instantiate(7, 0);
    assert_eq!(dry.instantiate(7, 0), other);
    for program in programs(other) {
        let signed = sign(&plain, call(contract, &program), 5_000_000);
        let said = dry_run(&mut dry, &signed);
        let happened = plain.submit(&signed);
        assert_eq!(said.outcome, happened, "{program:?}");
        assert_eq!(dry.submit(&signed), happened, "{program:?}");
        assert_eq!(dry.chain.state_root(), plain.chain.state_root());
    }
}

#[test]
fn an_upload_in_a_dry_run_leaves_no_code() {
    let mut world = World::new();
    let signed = sign(&world, script::upload(), PLENTY);
    let said = dry_run(&mut world, &signed);
    assert!(said.outcome.unwrap().receipt.status.is_success());
    let missing = world.receipt(0, script::instantiate(1, &[], 0));
    assert_eq!(missing.status, Status::CodeNotFound);
}

#[test]
fn the_smallest_limit_succeeds_and_one_less_does_not() {
    let (mut world, contract) = World::with_script(1_000);
    let other = world.instantiate(7, 0);
    for program in programs(other) {
        let action = call(contract, &program);
        let signed = sign(&world, action.clone(), 5_000_000);
        let said = dry_run(&mut world, &signed);
        let receipt = said.outcome.unwrap().receipt;
        match said.smallest_gas_limit {
            SmallestGasLimit::Found { gas_limit, only } => {
                assert!(succeeds(&mut world, &action, gas_limit), "{program:?}");
                assert!(!succeeds(&mut world, &action, gas_limit - 1), "{program:?}");
                if only {
                    assert_eq!(gas_limit, receipt.gas_used.total());
                    let largest = tried(&mut world, &action, PLENTY).unwrap();
                    assert_eq!(largest.gas_used, receipt.gas_used);
                }
                let trapped = receipt.gas_used.forfeited > 0;
                let burned = matches!(program.first(), Some(Step::Call { gas: 400_000, .. }));
                assert_eq!(only, !trapped && !burned, "{program:?}");
            }
            SmallestGasLimit::None => assert!(!receipt.status.is_success(), "{program:?}"),
            SmallestGasLimit::NotFound { .. } | SmallestGasLimit::NotAffordable { .. } => {
                panic!("{program:?}")
            }
        }
    }
}

#[test]
fn too_little_gas_is_answered_with_enough() {
    let (mut world, contract) = World::with_script(0);
    let action = call(contract, &[Step::Write { key: 1, length: 40 }]);
    let enough = tried(&mut world, &action, PLENTY).unwrap().gas_used.total();
    let found = SmallestGasLimit::Found {
        gas_limit: enough,
        only: true,
    };
    for gas_limit in [0, 10, enough - 1, enough, PLENTY] {
        let signed = sign(&world, action.clone(), gas_limit);
        let said = dry_run(&mut world, &signed);
        assert_eq!(said.smallest_gas_limit, found, "{gas_limit}");
    }
    let too_high = u64::MAX;
    let signed = sign(&world, action, too_high);
    let said = dry_run(&mut world, &signed);
    assert!(matches!(
        said.outcome,
        Err(InvalidTransaction::GasLimitTooHigh { .. })
    ));
    assert_eq!(said.smallest_gas_limit, found);
}

#[test]
fn what_no_limit_helps_is_told_from_what_was_not_found() {
    let (mut world, contract) = World::with_script(0);
    let endless = sign(&world, call(contract, &[Step::Burn]), 1_000_000);
    let said = dry_run(&mut world, &endless);
    let tried_max = SEARCH_GAS_MAX;
    let not_found = SmallestGasLimit::NotFound { tried_max };
    assert_eq!(said.smallest_gas_limit, not_found);
    let reverts = sign(&world, call(contract, &[Step::Revert(1)]), 1_000_000);
    assert_eq!(
        dry_run(&mut world, &reverts).smallest_gas_limit,
        SmallestGasLimit::None
    );
    let mut forged = sign(&world, call(contract, &[]), 1_000_000);
    forged.signature[0] ^= 1;
    let said = dry_run(&mut world, &forged);
    assert_eq!(said.outcome, Err(InvalidTransaction::BadSignature));
    assert_eq!(said.smallest_gas_limit, SmallestGasLimit::None);
    assert!(said.limits.is_empty() && said.keys.is_empty());
}

#[test]
fn what_the_balance_pays_no_limit_of_is_told_what_one_takes() {
    let mut world = World::new();
    let action = Action::Transfer {
        to: account(2),
        value: 7,
    };
    let least = tried(&mut world, &action, PLENTY).unwrap().gas_used.total();
    let balance = world.balance(account(0));
    let affordable = (balance - 7) / u128::from(least);
    for gas_limit in [0, least, 2 * least, u64::MAX] {
        let mut said = |gas_price| {
            let signed = signer(0).sign(Transaction {
                gas_limit,
                gas_price,
                ..transaction(0, world.account(account(0)).nonce, action.clone())
            });
            dry_run(&mut world, &signed).smallest_gas_limit
        };
        let found = SmallestGasLimit::Found {
            gas_limit: least,
            only: true,
        };
        assert_eq!(said(affordable), found, "{gas_limit}");
        for gas_price in [affordable + 1, balance, u128::MAX] {
            let cost = gas_price.checked_mul(u128::from(least));
            let needed = cost.map_or(u128::MAX, |cost| cost + 7);
            let not_affordable = SmallestGasLimit::NotAffordable { needed, balance };
            assert_eq!(said(gas_price), not_affordable, "{gas_limit}, {gas_price}");
        }
    }
}

#[test]
fn a_contract_that_looks_at_the_gas_is_searched() {
    let mut world = World::new();
    let code = wat::parse_str(LOOKS_AT_GAS).unwrap();
    let hash = code_hash(&code);
    assert!(
        world
            .receipt(0, Action::Upload { code })
            .status
            .is_success()
    );
    let made = world.receipt(
        0,
        Action::Instantiate {
            code: hash,
            salt: [0; 32],
            input: vec![],
            value: 0,
        },
    );
    let contract = lockstep_abi::AccountId(made.output.try_into().unwrap());
    for (method, least) in [("asks", 3_000_000), ("looks", 0)] {
        let action = Action::Call {
            contract,
            method: method.to_owned(),
            input: vec![],
            value: 0,
        };
        let signed = sign(&world, action.clone(), 20_000_000);
        let said = dry_run(&mut world, &signed);
        let SmallestGasLimit::Found { gas_limit, only } = said.smallest_gas_limit else {
            panic!("{method}: {said:?}");
        };
        assert!(!only && gas_limit > least, "{method}");
        assert!(succeeds(&mut world, &action, gas_limit), "{method}");
        assert!(!succeeds(&mut world, &action, gas_limit - 1), "{method}");
    }
}
