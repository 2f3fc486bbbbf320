//! Generated programs and chains do something: they reach every host function, and a stated share
//! of them does real work. `fuzz/README.md` records the shares.

use std::collections::BTreeSet;

use lockstep_abi::HostFunction;
use lockstep_cli::base_engine;
use lockstep_fuzz::generators::Rng;
use lockstep_fuzz::message::{CONTRACTS, InBlock, Messages};
use lockstep_fuzz::mutant::MutantJudge;
use lockstep_fuzz::script::top_message;
use lockstep_fuzz::sequence::SequenceJudge;
use lockstep_fuzz::smith::SmithJudge;
use lockstep_vm::Status;

/// So many programs must reach every host function.
const PROGRAMS: u64 = 600;

#[test]
fn programs_reach_every_host_function_and_do_real_work() {
    let mut messages = Messages::default();
    for seed in 0..PROGRAMS {
        let message = top_message(&mut Rng::new(seed), &CONTRACTS);
        let judged = messages.judge(&message, None);
        judged.unwrap_or_else(|finding| panic!("seed {seed}: {finding}: {message:?}"));
    }
    let work = &messages.work;
    println!(
        "{} programs, {} succeeded, {} with real work, {} host calls",
        work.programs, work.succeeded, work.working, work.host_calls
    );
    let all = BTreeSet::from(HostFunction::ALL);
    let missing: Vec<_> = all.difference(&work.reached).collect();
    assert!(missing.is_empty(), "not reached: {missing:?}");
    assert!(work.working * 100 >= PROGRAMS * 65, "{work:?}");
    assert!(work.succeeded * 100 >= PROGRAMS * 30, "{work:?}");
}

#[test]
fn blocks_of_programs_keep_and_undo_what_they_do() {
    let mut messages = Messages::default();
    let (mut programs, mut undone) = (0, 0);
    for seed in 0..PROGRAMS / 4 {
        let block = InBlock::draw(&mut Rng::new(seed));
        let judged = messages.judge_block(&block, None);
        judged.unwrap_or_else(|finding| panic!("seed {seed}: {finding}: {block:?}"));
        programs += block.len() as u64;
        undone += block.iter().filter(|sent| sent.undone).count() as u64;
    }
    let work = &messages.work;
    assert_eq!(work.programs, programs);
    assert!(undone * 100 >= programs * 10, "{undone} of {programs}");
    assert!(work.working * 100 >= programs * 65, "{work:?}");
    assert!(work.succeeded * 100 >= programs * 30, "{work:?}");
}

/// So many chains and mutants every run of the tests makes.
const CHAINS: u64 = 24;
/// So many chains must reach every ending of transactions.
const CHAINS_OF_ENDINGS: u64 = 150;
const MUTANTS: u64 = 24;

#[test]
fn chains_come_to_the_same_in_all_worlds_and_do_real_work() {
    let mut judge = SequenceJudge::default();
    for seed in 0..CHAINS {
        let judged = judge.seed(seed);
        judged.unwrap_or_else(|finding| panic!("seed {seed}: {finding}"));
    }
    let work = &judge.work;
    println!("{work:?}");
    assert!(work.executions > 6 * CHAINS, "{work:?}");
    assert!(work.included * 100 >= work.transactions * 60, "{work:?}");
    assert!(work.succeeded * 100 >= work.transactions * 25, "{work:?}");
    assert!(work.working * 100 >= work.transactions * 40, "{work:?}");
}

/// How transactions of chains end, by their actions.
const ENDINGS: [(&str, &[Status]); 5] = [
    ("transfer", &[Status::Success]),
    ("upload", &[Status::Success, Status::CodeRefused]),
    (
        "instantiate",
        &[
            Status::Success,
            Status::Reverted,
            Status::OutOfGas,
            Status::CodeNotFound,
            Status::ContractExists,
            Status::DepositUnaffordable,
        ],
    ),
    (
        "call",
        &[
            Status::Success,
            Status::Reverted,
            Status::Panicked,
            Status::OutOfGas,
            Status::Unreachable,
            Status::ReadOnlyViolation,
            Status::ReturnedOutOfRange,
            Status::StorageNotEmpty,
            Status::NotAContract,
            Status::MethodNotFound,
            Status::DepositOverLimit,
            Status::DepositUnaffordable,
        ],
    ),
    (
        "upgrade",
        &[
            Status::Success,
            Status::NotAContract,
            Status::CodeNotFound,
            Status::NotAdmin,
        ],
    ),
];
/// The words for those that are not included, without their numbers, begin with these.
const NOT_INCLUDED: [&str; 6] = [
    "gas limit times price and value come to",
    "the gas limit is  and  is needed before anything runs",
    "the gas limit is  and the block has  gas left",
    "the nonce is",
    "the transaction is for chain",
    "`init` and `upgraded` run only when",
];

#[test]
fn chains_reach_every_action_and_its_ways_to_fail() {
    let mut judge = SequenceJudge::of("cache", base_engine());
    for seed in 0..CHAINS_OF_ENDINGS {
        let judged = judge.seed(seed);
        judged.unwrap_or_else(|finding| panic!("seed {seed}: {finding}"));
    }
    println!("{:?}", judge.work);
    let work = &judge.work;
    for (action, statuses) in ENDINGS {
        for status in statuses {
            let is_reached = work.ended.contains(&(action, *status));
            assert!(is_reached, "not reached: {action}, {status:?}");
        }
    }
    assert!(work.fresh_code > 0, "{work:?}");
    for begin in NOT_INCLUDED {
        let mut words = work.not_included.iter();
        assert!(
            words.any(|words| words.starts_with(begin)),
            "not reached: {begin}"
        );
    }
}

/// The profiler among them, whose stacks must add up to each receipt.
#[test]
fn watching_chains_in_any_manner_changes_nothing_and_profiles_add_up() {
    let mut judge = SequenceJudge::of("observed", base_engine());
    for seed in 0..2 * CHAINS {
        let judged = judge.seed(seed);
        judged.unwrap_or_else(|finding| panic!("seed {seed}: {finding}"));
    }
    println!("{:?}", judge.work);
    assert_eq!(judge.work.executions, 3 * 2 * CHAINS);
}

#[test]
fn mutants_of_real_contracts_are_executed_and_nobody_disagrees() {
    let mut judge = MutantJudge::default();
    for seed in 0..MUTANTS {
        let judged = judge.seed(seed);
        judged.unwrap_or_else(|finding| panic!("seed {seed}: {finding}"));
    }
    let work = &judge.work;
    println!("{work:?}");
    assert!(work.accepted * 100 >= work.drawn * 70, "{work:?}");
    assert!(
        work.scenarios > 0 && work.exact.ample_calls > MUTANTS,
        "{work:?}"
    );
}

/// So many modules of `wasm-smith` every run of the tests makes; together they import every host
/// function.
const SMITH_MODULES: u64 = 120;

#[test]
fn modules_of_wasm_smith_do_real_work_and_nobody_disagrees() {
    let mut judge = SmithJudge::default();
    for seed in 0..SMITH_MODULES {
        let judged = judge.seed(seed);
        judged.unwrap_or_else(|finding| panic!("seed {seed}: {finding}"));
    }
    let (work, agreement) = (&judge.work, judge.agreement());
    println!(
        "{} modules, {} refused, {} with real work: {}",
        work.modules, work.refused, work.working, work.exact
    );
    println!("{agreement:?}");
    let all = BTreeSet::from(HostFunction::ALL);
    let missing: Vec<_> = all.difference(&work.imported).collect();
    assert!(missing.is_empty(), "not imported: {missing:?}");
    assert!(work.refused * 10 < SMITH_MODULES, "{work:?}");
    assert!(work.working * 100 >= SMITH_MODULES * 50, "{work:?}");
    assert!(agreement.returned > SMITH_MODULES, "{agreement:?}");
    assert!(agreement.out_of_gas > SMITH_MODULES, "{agreement:?}");
    assert!(agreement.trapped > SMITH_MODULES, "{agreement:?}");
}
