//! Static bounds of modules that are made to take long: the work is that of the code's length, or
//! it is given up.
//!
//! Times are CPU time of the thread, and each hostile module is held against a gentle one with as
//! much code. Where the system does not tell that time, nothing is compared.

use std::fs;

use lockstep_gas_meter::{Bound, Cause, ExportBound, Protocol, bounds, validate};

/// How many times longer than the gentle module the hostile one may take. The faults that these tests
/// were written for took 7 to 400 times as long.
const SLOWER_MAX: u64 = 4;

/// How often two modules are compared before the verdict, because of noise.
const ATTEMPTS: usize = 3;

/// The bounds of a module, and the CPU time that they took in nanoseconds.
fn timed(text: &str) -> (Vec<ExportBound>, Option<u64>) {
    let bytes = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"));
    let protocol = Protocol::v1();
    let valid = validate(&bytes, &protocol).unwrap_or_else(|error| panic!("{error}"));
    let before = used();
    let found = bounds(&valid).unwrap_or_else(|error| panic!("{error}"));
    let time = used().zip(before);
    (
        found,
        time.map(|(after, before)| after.saturating_sub(before)),
    )
}

/// The CPU time that this thread has used, in nanoseconds.
fn used() -> Option<u64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok()
}

fn assert_not_much_slower(hostile: &str, gentle: &str) {
    let mut found = Vec::new();
    for _ in 0..ATTEMPTS {
        let Some((long, short)) = timed(hostile).1.zip(timed(gentle).1) else {
            return;
        };
        if long <= short * SLOWER_MAX {
            return;
        }
        found.push(format!("{long} ns, the gentle one {short} ns"));
    }
    panic!("{}", found.join("; "));
}

#[test]
fn many_locals_set_in_blocks_within_blocks() {
    let sets: String = (0..4_000)
        .map(|local| format!("local.tee {local} "))
        .collect();
    let module = |open: &str, close: &str| {
        let tower = format!("{open} i32.const 0 {sets} drop {close}");
        format!(
            "(module (func (export \"f\") (local{}) {}))",
            " i32".repeat(4_000),
            tower.repeat(4)
        )
    };
    let nested = module(&"block ".repeat(1_000), &"end ".repeat(1_000));
    let flat = module(&"block end ".repeat(1_000), "");
    assert_not_much_slower(&nested, &flat);
}

#[test]
fn calls_through_a_table_full_of_functions_of_another_type() {
    let module = |functions: &str, in_table: usize| {
        let others: String = (1..=in_table).map(|index| format!("{index} ")).collect();
        format!(
            "(module (type $one (func)) (type $other (func (param i32))) (table 5000 5000 funcref)
                (elem (i32.const 0) 0 {others})
                (func (type $one)) {functions}
                (func (export \"f\") {}))",
            "(call_indirect (type $one) (i32.const 0))".repeat(40_000)
        )
    };
    let functions = "(func (type $other))".repeat(4_000);
    assert_not_much_slower(&module(&functions, 4_000), &module(&functions, 10));
}

#[test]
fn conditionals_among_many_operands_are_given_up() {
    let text = format!(
        "(module (global $g (mut i32) (i32.const 0))
            (func (export \"f\") (local{}) {} {} {}))",
        " i32".repeat(4_000),
        "i32.const 0 ".repeat(2_000),
        "global.get $g if end ".repeat(50_000),
        "drop ".repeat(2_000)
    );
    let (found, _) = timed(&text);
    match found.as_slice() {
        [
            ExportBound {
                bound: Bound::Unbounded { causes, .. },
                ..
            },
        ] => {
            assert!(
                causes
                    .iter()
                    .any(|cause| matches!(cause, Cause::TooComplex { .. })),
                "{causes:?}"
            );
        }
        other => panic!("{other:?}"),
    }
}

/// Of each operand the comparison says what range it has, and nothing names it any longer behind that.
#[test]
fn comparisons_of_values_that_nothing_names_any_more() {
    let module = |comparison: &str| {
        let once = format!(
            "(if ({comparison} (i32.load (i32.const 4)) (i32.const 5)) (then unreachable))"
        );
        let body = once.repeat(16_000);
        format!("(module (memory 1) (func (export \"f\") {body}))")
    };
    let (hostile, gentle) = (module("i32.gt_u"), module("i32.gt_s"));
    let (found, _) = timed(&hostile);
    let is_exact = matches!(found[0].bound, Bound::Exact { .. });
    assert!(is_exact, "{:?}", found[0].bound);
    assert_not_much_slower(&hostile, &gentle);
}
