//! How much code runs when the gas does not suffice: never much more than was paid, whatever the
//! code is made of. The engine counts what it executes by its own fuel.

mod circles;
mod random;

use lockstep_gas_meter::{GAS_EXPORT, PreparedModule, Protocol, STACK_EXPORT, prepare};
use wasmi::{CompilationMode, Config, Engine, Linker, Module, Store, TrapCode, Val};
use wasmparser::Operator;

/// Slots for a run, as in protocol version 1.
const STACK_SLOTS: i32 = 65_536;
/// Stops a run that is not bounded at all.
const FUEL: u64 = 200_000_000;
/// The gas that code may be charged without a look, and what runs into a trap unpaid besides.
const UNPAID: u64 = (1 << 14) + (1 << 12);
/// Operators that the engine counts for one gas, at most: the pass adds some to each charge.
const FUEL_PER_GAS: u64 = 4;

/// A module of text.
fn prepared(functions: &str) -> PreparedModule {
    let text = format!("(module (type $t (func (param i32))) {functions})");
    let bytes = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"));
    prepare(&bytes, &Protocol::v1()).unwrap_or_else(|error| panic!("{error}"))
}

/// What the engine executes of `f` with an argument and so much gas, until it ends in whatever way.
fn executed(module: &PreparedModule, argument: i32, gas: u64) -> u64 {
    let mut config = Config::default();
    config
        .consume_fuel(true)
        .compilation_mode(CompilationMode::Eager)
        .set_max_recursion_depth(200_000)
        .set_max_stack_height(512 << 20);
    let engine = Engine::new(&config);
    let code = Module::new(&engine, module.bytes()).expect("prepared code is valid");
    let mut store = Store::new(&engine, ());
    store.set_fuel(FUEL).expect("fuel is counted");
    let instance = Linker::new(&engine)
        .instantiate_and_start(&mut store, &code)
        .expect("nothing is imported");
    let global = |name| instance.get_global(&store, name).expect("a counter");
    let (gas_global, stack_global) = (global(GAS_EXPORT), global(STACK_EXPORT));
    let gas = i64::try_from(gas).expect("little gas");
    gas_global
        .set(&mut store, Val::I64(gas))
        .expect("it is mutable");
    let slots = Val::I32(STACK_SLOTS);
    stack_global.set(&mut store, slots).expect("it is mutable");
    let function = instance.get_func(&store, "f").expect("an export");
    let ended = function.call(&mut store, &[Val::I32(argument)], &mut []);
    let out_of_fuel = Some(TrapCode::OutOfFuel);
    assert_ne!(
        ended.err().and_then(|trap| trap.as_trap_code()),
        out_of_fuel
    );
    FUEL - store.get_fuel().expect("fuel is counted")
}

/// What `f` does with so much gas by its own account, which it keeps in the module's first global.
fn noted(module: &PreparedModule, argument: i32, gas: i64) -> i64 {
    let engine = Engine::default();
    let code = Module::new(&engine, module.bytes()).expect("prepared code is valid");
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine)
        .instantiate_and_start(&mut store, &code)
        .expect("nothing is imported");
    let global = |name| instance.get_global(&store, name).expect("a global");
    let (gas_global, stack_global) = (global(GAS_EXPORT), global(STACK_EXPORT));
    let account = global("lockstep.global.0");
    gas_global
        .set(&mut store, Val::I64(gas))
        .expect("it is mutable");
    let slots = Val::I32(STACK_SLOTS);
    stack_global.set(&mut store, slots).expect("it is mutable");
    let function = instance.get_func(&store, "f").expect("an export");
    // However it ends: what it did counts.
    let _ended = function.call(&mut store, &[Val::I32(argument)], &mut []);
    account.get(&store).i64().expect("a number of 64 bits")
}

/// Holds every run with little gas to what was paid. `calls` is how many calls of a circle may come
/// behind each other without a look.
fn hold(name: &str, module: &PreparedModule, argument: i32, calls: u64) {
    assert!(module.unpaid_gas_max() <= 2 * UNPAID, "{name}");
    for gas in [0, 100, 5_000, 20_000, 100_000, 400_000] {
        let executed = executed(module, argument, gas);
        let most = FUEL_PER_GAS * (gas + UNPAID + 16 * calls);
        assert!(
            executed <= most,
            "{name}: {executed} operators for {gas} gas"
        );
    }
}

/// So many operators that cost as little as any.
fn work(operators: usize) -> String {
    format!("(local.get 0) {} (drop)", "(i32.eqz) ".repeat(operators))
}

/// A loop that takes the same number of runs each time.
fn fixed_loop() -> &'static str {
    "(local.set 1 (i32.const -5900))
     (loop $l (br_if $l (local.tee 1 (i32.add (local.get 1) (i32.const 1)))))"
}

#[test]
fn functions_without_loops_do_not_run_unpaid_for_long() {
    let calls = "(call $g (local.get 0)) ".repeat(2_000);
    for operators in [100, 3_000, 20_000] {
        let module = prepared(&format!(
            "(func $f (export \"f\") (type $t) {calls}) (func $g (type $t) {})",
            work(operators)
        ));
        hold("calls of straight code", &module, 1, 0);
        // What the callee costs depends on its argument.
        let module = prepared(&format!(
            "(func $f (export \"f\") (type $t) {calls})
             (func $g (type $t) (if (local.get 0) (then {})))",
            work(operators)
        ));
        hold("calls of code in an arm", &module, 1, 0);
    }
    let indirect = "(call_indirect (type $t) (local.get 0) (i32.const 0)) ".repeat(2_000);
    let module = prepared(&format!(
        "(table 2 2 funcref) (elem (i32.const 0) $g $h)
         (func (export \"f\") (type $t) {indirect})
         (func $g (type $t) (if (local.get 0) (then {})))
         (func $h (type $t) (call $g (local.get 0)) (call $g (local.get 0)))",
        work(3_000)
    ));
    hold("calls through the table", &module, 1, 0);
}

#[test]
fn arms_behind_each_other_do_not_run_unpaid_for_long() {
    for operators in [10, 1_000, 20_000] {
        let arm = format!("(if (local.get 0) (then {}))", work(operators));
        let arms = arm.repeat(200_000 / (operators + 10));
        let module = prepared(&format!("(func (export \"f\") (type $t) {arms})"));
        hold("arms", &module, 1, 0);
        let looped = format!(
            "(func (export \"f\") (type $t) (loop $l {} {} (br_if $l (local.get 0))))",
            arms,
            work(5)
        );
        hold("arms in a loop", &prepared(&looped), 1, 0);
    }
}

/// The way that looks ends in front of each piece of work; the way that a branch leads to it never
/// looks. (The engine counts what is in a block where the function is entered, so the work is in arms.)
#[test]
fn work_that_branches_lead_to_does_not_run_unpaid_for_long() {
    let branches = [
        "(br_if $work (local.get 0))",
        "(block $look (br_table $look $work (local.get 0)))",
        "(if (local.get 0) (then (br $work)))",
    ];
    for (branch, operators) in branches
        .iter()
        .flat_map(|branch| [(branch, 100), (branch, 2_000)])
    {
        let work = work(operators);
        let piece = format!(
            "(block $join (block $work {branch} (call $looks (local.get 0)) (br $join))
                 (if (local.get 0) (then {work})))"
        );
        let pieces = piece.repeat(200_000 / (operators + 30));
        let module = prepared(&format!(
            "(func (export \"f\") (type $t) {pieces})
             (func $looks (type $t) (loop $l (br_if $l (local.get 0))))"
        ));
        hold(branch, &module, 1, 0);
    }
}

#[test]
fn loops_of_a_fixed_length_do_not_run_unpaid_for_long() {
    let straight = fixed_loop().repeat(500);
    let arms = format!("(if (local.get 0) (then {}))", fixed_loop()).repeat(500);
    for code in [&straight, &arms] {
        let module = prepared(&format!(
            "(func (export \"f\") (type $t) (local i32) {code})"
        ));
        hold("fixed loops", &module, 1, 0);
        let doomed = format!(
            "(func (export \"f\") (type $t) (local i32)
                (if (local.get 0) (then {code} unreachable)))"
        );
        hold("fixed loops in front of a trap", &prepared(&doomed), 1, 0);
    }
}

/// A loop of so many runs, which costs 11 gas each.
fn runs(count: u32) -> String {
    format!(
        "(local.set 1 (i32.const -{count}))
         (loop $l (br_if $l (local.tee 1 (i32.add (local.get 1) (i32.const 1)))))"
    )
}

#[test]
fn code_in_front_of_a_trap_does_not_run_unpaid_for_long() {
    let dear = fixed_loop().repeat(2_000);
    let fork = format!("(if (local.get 0) (then {dear}) (else {dear})) unreachable");
    let one_arm = format!("(if (local.get 0) (then {dear}) (else unreachable)) unreachable");
    let nested = |count: usize| {
        let arm = format!("(if (local.get 0) (then {} ", runs(300));
        arm.repeat(count) + &"unreachable)) unreachable ".repeat(count)
    };
    for code in [&fork, &one_arm, &nested(150)] {
        let module = format!("(func (export \"f\") (type $t) (local i32) {code})");
        hold("forks in front of a trap", &prepared(&module), 1, 0);
    }
}

/// A loop that is paid two runs at a time looks only from its second run on.
#[test]
fn a_loop_that_runs_once_does_not_hide_what_is_unpaid() {
    let arm = format!("(if (local.get 0) (then {}))", runs(1_400));
    let once = "(loop $q (br_if $q (i32.eqz (local.get 0))))";
    let code = format!("{arm} {once}").repeat(200);
    let module = prepared(&format!(
        "(func (export \"f\") (type $t) (local i32) {code})"
    ));
    hold("loops that run once", &module, 1, 0);
}

/// The caller has the counter in a local, and all of the callee is paid by its callers.
#[test]
fn a_callee_that_looks_finds_what_its_caller_has_charged() {
    let calls = "(br_if 0 (i32.eqz (local.get 0))) (call $g (i32.const 0)) ".repeat(2_000);
    let module = prepared(&format!(
        "(func $g (type $t) (local i32) {})
         (func (export \"f\") (type $t)
            (loop $q (br_if $q (i32.eqz (local.get 0)))) (br_if 0 (i32.eqz (local.get 0))) {calls})",
        runs(1_450)
    ));
    hold("calls with the counter in a local", &module, 1, 0);
}

/// A leaf looks nowhere, so all that it costs may be unpaid.
#[test]
fn all_of_a_leaf_may_be_unpaid() {
    let longer = |operators| {
        let leaf = format!("(func (export \"f\") (type $t) {})", work(operators));
        prepared(&leaf).unpaid_gas_max()
    };
    let price = Protocol::v1().schedule.operator_price(&Operator::I32Eqz);
    let price = price.expect("a price");
    assert!(longer(10) > 10 * price);
    assert_eq!(longer(1_010) - longer(10), 1_000 * price);
}
