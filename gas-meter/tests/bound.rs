//! Static bounds: one module for each answer, each shape of loop, and each way in which a loop may
//! not be counted. `bound_on_success.rs` is about runs that succeed. Runs are compared with bounds
//! in `tests/tests/bounds/main.rs`.

use lockstep_gas_meter::{
    Bound, Cause, ExportBound, Protocol, Quantity, Schedule, Source, Term, Why, bounds, validate,
};

/// The bounds of a module in text form, with some imports and a memory.
fn module(functions: &str) -> Vec<ExportBound> {
    let text = format!(
        r#"(module
            (import "lockstep" "return" (func $return (param i32 i32)))
            (import "lockstep" "input_length" (func $input_length (result i32)))
            (import "lockstep" "input_read" (func $input_read (param i32 i32 i32)))
            (import "lockstep" "hash_blake2b_256" (func $hash (param i32 i32 i32)))
            (type $number (func (result i32)))
            (memory 1)
            {functions})"#
    );
    let bytes = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"));
    let mut protocol = Protocol::v1();
    protocol.schedule = Schedule::from_toml(include_str!("prices.toml")).expect("a schedule");
    let valid = validate(&bytes, &protocol).unwrap_or_else(|error| panic!("{error}"));
    bounds(&valid).unwrap_or_else(|error| panic!("{error}"))
}

/// The bound of a function without parameters and with some locals.
fn bound(body: &str) -> Bound {
    let text = format!("(func (export \"f\") (local $i i32) (local $n i32) (local $l i64) {body})");
    module(&text).remove(0).bound
}

/// The bound of a loop whose body goes back with `br $again` and out with `br $out`.
fn of_loop(body: &str) -> Bound {
    bound(&format!("(block $out (loop $again {body}))"))
}

const ENTRY: u64 = 4 + 3;

fn exact(gas: u64) -> Bound {
    Bound::Exact { gas }
}

fn at_most(gas: u64) -> Bound {
    Bound::AtMost { gas }
}

/// Why the only loop has no bound.
fn why(bound: &Bound) -> Why {
    match bound {
        Bound::Unbounded { causes, omitted: 0 } => match causes.as_slice() {
            [Cause::Loop { why, .. }] => *why,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

/// The terms of a linear bound.
fn terms(bound: Bound) -> (u64, Vec<Term>, Option<u64>) {
    match bound {
        Bound::Linear {
            base,
            terms,
            at_most,
        } => (base, terms, at_most),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_example_of_the_document_is_exact() {
    let found = module(
        r#"(func (export "sum") (local $i i32) (local $total i32)
            (loop $again
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (local.set $total (i32.add (local.get $total) (local.get $i)))
              (br_if $again (i32.lt_u (local.get $i) (i32.const 10))))
            (call $return (i32.const 0) (i32.const 0)))"#,
    );
    assert_eq!(found[0].bound, exact(146 + 100));
}

#[test]
fn the_dearest_way_counts_and_equal_ways_are_exact() {
    let ways = "(if (i32.load (i32.const 0)) (then (nop) (nop)) (else (nop)))";
    assert_eq!(bound(ways), at_most(ENTRY + 3 + 2 + 2));
    let equal = "(if (i32.load (i32.const 0)) (then (nop)) (else (nop)))";
    assert_eq!(bound(equal), exact(ENTRY + 3 + 2 + 1));
    let known = "(if (i32.const 0) (then (nop) (nop) (nop)))";
    assert_eq!(bound(known), exact(ENTRY + 1 + 2));
    let early = "(br_if 0 (i32.load (i32.const 0))) (nop) (return)";
    assert_eq!(bound(early), at_most(ENTRY + 3 + 2 + 1 + 2));
}

#[test]
fn ways_that_trap_or_end_are_told_apart() {
    assert_eq!(bound("(unreachable)"), Bound::Traps);
    assert_eq!(
        bound("(i32.store (i32.const -1) (i32.const 0))"),
        Bound::Traps
    );
    let trap = "(if (i32.load (i32.const 0)) (then (nop) (nop) (unreachable)))";
    assert_eq!(bound(trap), exact(ENTRY + 3 + 2));
    let ends = "(call $return (i32.const 0) (i32.const 2)) (nop) (nop)";
    assert_eq!(bound(ends), exact(ENTRY + 2 + 8 + 100 + 2));
}

#[test]
fn counted_loops_of_every_shape_are_exact() {
    // One repeat: get, const, add, set, then get, const, compare, br_if.
    let repeats = |repeats: u64| exact(ENTRY + repeats * (4 + 3 + 2));
    let up = "(local.set $i (i32.add (local.get $i) (i32.const 3)))";
    let body = |step: &str, test: &str| of_loop(&format!("{step} (br_if $again {test})"));
    for (test, count) in [
        ("(i32.lt_u (local.get $i) (i32.const 30))", 10),
        ("(i32.lt_u (local.get $i) (i32.const 31))", 11),
        ("(i32.le_u (local.get $i) (i32.const 30))", 11),
        ("(i32.gt_u (i32.const 30) (local.get $i))", 10),
        ("(i32.lt_s (local.get $i) (i32.const 30))", 10),
        ("(i32.ne (local.get $i) (i32.const 30))", 10),
        // More repeats than are followed one by one.
        ("(i32.lt_u (local.get $i) (i32.const 3000000))", 1_000_000),
        ("(i32.ne (local.get $i) (i32.const 3000000))", 1_000_000),
        ("(i32.le_s (local.get $i) (i32.const 2999999))", 1_000_000),
    ] {
        assert_eq!(body(up, test), repeats(count), "{test}");
    }
    let down = "(local.set $i (i32.sub (local.get $i) (i32.const 1)))";
    let from = "(local.set $i (i32.const 2000000))";
    let counted = bound(&format!(
        "{from} (loop $again {down} (br_if $again (i32.gt_s (local.get $i) (i32.const -5))))"
    ));
    assert_eq!(counted, exact(ENTRY + 2 + 2_000_005 * 9));
}

#[test]
fn a_loop_that_may_be_left_early_is_at_most() {
    let leave = "(br_if $out (i32.load8_u (local.get $i)))";
    let step = "(local.set $i (i32.add (local.get $i) (i32.const 1)))";
    let test = "(br_if $again (i32.lt_u (local.get $i) (i32.const 20)))";
    let found = of_loop(&format!("{leave} {step} {test}"));
    assert_eq!(found, at_most(ENTRY + 20 * (1 + 2 + 2 + 4 + 3 + 2)));
    let test = "(br_table $out $again (i32.lt_u (local.get $i) (i32.const 20)))";
    let found = of_loop(&format!("{step} {test}"));
    assert_eq!(found, exact(ENTRY + 20 * (4 + 3 + 4)));
    let unknown = of_loop("(br_table $out $again $again (i32.load (i32.const 0)))");
    assert!(matches!(why(&unknown), Why::Depends { .. }), "{unknown:?}");
}

#[test]
fn nested_loops_multiply() {
    let found = bound(
        "(block $out (loop $outer
            (local.set $n (i32.const 0))
            (loop $inner
              (br_if $out (i32.load (i32.const 0)))
              (local.set $n (i32.add (local.get $n) (i32.const 1)))
              (br_if $inner (i32.lt_u (local.get $n) (i32.const 5))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $outer (i32.lt_u (local.get $i) (i32.const 7)))))",
    );
    assert_eq!(found, at_most(ENTRY + 7 * (2 + 5 * (5 + 4 + 5) + 4 + 5)));
}

#[test]
fn loops_that_cannot_be_counted_say_why() {
    let step = "(local.set $i (i32.add (local.get $i) (i32.const 4)))";
    let loaded = "(i32.load (i32.const 0))";
    let endless = module(
        r#"(func $may_end (if (i32.load (i32.const 0)) (then (call $return (i32.const 0) (i32.const 0)))))
           (func (export "f") (loop $again (call $may_end) (br $again)))"#,
    );
    assert_eq!(why(&endless[0].bound), Why::NoCondition);
    // It always runs out of gas.
    assert_eq!(of_loop("(br $again)"), Bound::Traps);
    let by_memory = of_loop(&format!("(br_if $again {loaded})"));
    assert!(matches!(
        why(&by_memory),
        Why::Depends {
            source: Source::Memory { .. }
        }
    ));
    let misses = format!("{step} (br_if $again (i32.ne (local.get $i) (local.get $n)))");
    let misses = bound(&format!("(local.set $n {loaded}) (loop $again {misses})"));
    assert_eq!(why(&misses), Why::MayMissEnd { local: 0 });
    let moves = of_loop(&format!(
        "{step} (local.set $n {loaded}) (br_if $again (i32.lt_u (local.get $i) (local.get $n)))"
    ));
    assert!(matches!(why(&moves), Why::EndChanges { .. }), "{moves:?}");
    let still = of_loop(&format!(
        "(br_if $out {loaded}) (br_if $again (i32.lt_u (local.get $i) (i32.const 5)))"
    ));
    assert!(matches!(why(&still), Why::Depends { .. }), "{still:?}");
    let twice = of_loop(&format!(
        "{step} (if {loaded} (then {step})) (br_if $again (i32.lt_u (local.get $i) (i32.const 50)))"
    ));
    assert!(matches!(why(&twice), Why::Depends { .. }), "{twice:?}");
    // 0xffffffff is above every number that `lt_u` lets go on, but a step of 4 passes it.
    let wraps = bound(&format!(
        "(local.set $i {loaded}) (loop $again {step} (br_if $again (i32.lt_u (local.get $i) (i32.const -1))))"
    ));
    assert_eq!(why(&wraps), Why::MayMissEnd { local: 0 });
    let away = of_loop(&format!(
        "(br_if $out {loaded}) {step} (br_if $again (i32.gt_u (local.get $i) (i32.const 0)))"
    ));
    assert_eq!(why(&away), Why::MayMissEnd { local: 0 });
}

#[test]
fn an_input_is_a_named_quantity() {
    let found = bound(
        "(local.set $n (call $input_length))
         (block $out (br_if $out (i32.eqz (local.get $n)))
           (loop $again
             (local.set $i (i32.add (local.get $i) (i32.const 1)))
             (br_if $again (i32.lt_u (local.get $i) (local.get $n)))))",
    );
    let (_, terms, _) = terms(found);
    assert_eq!(terms.len(), 1);
    assert_eq!(terms[0].quantity, Quantity::InputLength);
    assert_eq!((terms[0].per_unit, terms[0].quantity_max), (9, 131_072));
}

#[test]
fn lengths_of_operands_are_quantities() {
    let copy = "(memory.copy (i32.const 0) (i32.const 9) (i32.load (i32.const 0)))";
    let (base, found, most) = terms(bound(copy));
    assert_eq!(base, ENTRY + 2 + 3 + 20);
    assert!(matches!(found[0].quantity, Quantity::BulkBytes { .. }));
    assert_eq!(
        (found[0].per_unit, found[0].quantity_max),
        (1, 128 * 65_536)
    );
    assert_eq!(most, Some(base + 128 * 65_536));
    let known = "(memory.fill (i32.const 0) (i32.const 9) (i32.const 40))";
    assert_eq!(bound(known), exact(ENTRY + 3 + 20 + 40));
    let grow = "(drop (memory.grow (i32.and (i32.load (i32.const 0)) (i32.const 3))))";
    assert_eq!(bound(grow), at_most(ENTRY + 5 + 200 + 3 * 8_000 + 1));
    let input = "(call $input_read (i32.const 0) (i32.const 0) (call $input_length))";
    let (_, found, _) = terms(bound(input));
    assert_eq!(found[0].quantity, Quantity::InputLength);
    let hash = "(call $hash (i32.const 0) (i32.load (i32.const 0)) (i32.const 64))";
    let (_, found, _) = terms(bound(hash));
    assert!(matches!(found[0].quantity, Quantity::HostBytes { .. }));
    assert_eq!(found[0].quantity_max, 128 * 65_536);
}

#[test]
fn a_callee_is_looked_at_for_its_arguments() {
    let text = |argument: &str| {
        format!(
            "(func $count (param $n i32)
               (loop $again (br_if $again
                 (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
             (func (export \"f\") (call $count {argument}))"
        )
    };
    let one = 4 + 2;
    let found = module(&text("(i32.const 6)")).remove(0).bound;
    assert_eq!(found, exact(4 + 1 + 8 + 4 + 6 * one));
    let found = module(&text("(i32.load (i32.const 0))")).remove(0).bound;
    assert!(matches!(why(&found), Why::Depends { .. }));
}

#[test]
fn recursion_is_unbounded_and_named() {
    let found = module(
        r#"(func $a (export "a") (if (i32.load (i32.const 0)) (then (call $b))))
           (func $b (call $a))"#,
    );
    let Bound::Unbounded { causes, .. } = &found[0].bound else {
        panic!("{found:?}");
    };
    assert!(
        matches!(causes.as_slice(), [Cause::Recursion { functions, .. }] if *functions == [4, 5]),
        "{causes:?}"
    );
}

#[test]
fn an_indirect_call_costs_the_dearest_function_of_its_type() {
    let found = module(
        r#"(table 3 funcref)
           (elem (i32.const 0) $one $two $other)
           (func $one (result i32) (i32.const 1))
           (func $two (result i32) (nop) (nop) (i32.const 2))
           (func $other (nop) (nop) (nop) (nop) (nop))
           (func (export "f") (drop (call_indirect (type $number) (i32.load (i32.const 0)))))"#,
    );
    assert_eq!(found[0].bound, at_most(4 + 3 + 12 + 4 + 3 + 1));
}
