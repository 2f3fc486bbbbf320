//! Static bounds of loops that are not followed repeat by repeat: how many repeats a length with a
//! number added comes to, and what loops one behind the other cost together.

use lockstep_gas_meter::{Bound, ExportBound, Protocol, Quantity, Schedule, bounds, validate};

/// The gas of a repeat of [`loop_to`].
const REPEAT: u64 = 4 + 5 + 5;

/// The bounds of a module in text form.
fn module(functions: &str) -> Vec<ExportBound> {
    let text = format!(
        r#"(module
            (import "lockstep" "input_length" (func $length (result i32)))
            (memory 1)
            {functions})"#
    );
    let bytes = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"));
    let mut protocol = Protocol::v1();
    protocol.schedule = Schedule::from_toml(include_str!("prices.toml")).expect("a schedule");
    let valid = validate(&bytes, &protocol).unwrap_or_else(|error| panic!("{error}"));
    bounds(&valid).unwrap_or_else(|error| panic!("{error}"))
}

/// A loop that counts from a start to an end and may be left at any time.
fn loop_to(ty: &str, start: &str, step: i64, relation: &str, end: &str) -> Bound {
    let text = format!(
        "(func (export \"f\") (local $i {ty}) (local $n {ty})
            (local.set $i {start}) (local.set $n {end})
            (block $out (loop $again
                (br_if $out (i32.load (i32.const 0)))
                (local.set $i ({ty}.add (local.get $i) ({ty}.const {step})))
                (br_if $again ({ty}.{relation} (local.get $i) (local.get $n))))))"
    );
    module(&text).remove(0).bound
}

/// The most gas at an input of so many bytes.
fn at(bound: &Bound, input_bytes: u64) -> u64 {
    let Bound::Linear { base, terms, .. } = bound else {
        panic!("{bound:?}");
    };
    let [term] = terms.as_slice() else {
        panic!("{bound:?}");
    };
    assert_eq!(term.quantity, Quantity::InputLength);
    base + term.per_unit * input_bytes
}

#[test]
fn what_is_added_to_a_length_counts_however_much_it_is() {
    for added in [5_000_u64, 1 << 20, (1 << 20) + 1, 2_000_000, 50_000_000] {
        let narrow = format!("(i32.add (call $length) (i32.const {added}))");
        let wide = format!("(i64.add (i64.extend_i32_u (call $length)) (i64.const {added}))");
        let found = [
            loop_to("i32", "(i32.const 0)", 1, "lt_u", &narrow),
            loop_to("i32", "(i32.const 0)", 1, "ne", &narrow),
            loop_to("i32", &narrow, -1, "gt_u", "(i32.const 0)"),
            loop_to("i32", &narrow, -1, "ne", "(i32.const 0)"),
            loop_to("i64", "(i64.const 0)", 1, "lt_u", &wide),
            loop_to("i64", &wide, -1, "gt_u", "(i64.const 0)"),
        ];
        for bound in &found {
            for input_bytes in [0, 1, 1_000] {
                let least = (added + input_bytes) * REPEAT;
                let most = at(bound, input_bytes);
                assert!(least <= most && most <= least + 100, "{added}: {bound:?}");
            }
        }
    }
}

#[test]
fn what_is_subtracted_from_a_length_counts_for_nothing() {
    let less = "(i32.sub (call $length) (i32.const 3))";
    // 0 to 2 bytes make it nearly 2^32.
    let found = loop_to("i32", "(i32.const 0)", 1, "lt_u", less);
    assert!(!matches!(found, Bound::Linear { .. }), "{found:?}");
    // The greatest sums do not fit into the width, so that the sum says nothing.
    let over = "(i32.add (call $length) (i32.const 0xfffffff0))";
    let found = loop_to("i32", "(i32.const 0)", 1, "lt_u", over);
    assert!(!matches!(found, Bound::Linear { .. }), "{found:?}");
    // All of them fit, though the number has the sign bit.
    let most = "(i32.add (call $length) (i32.const 0x80000001))";
    let found = loop_to("i32", "(i32.const 0)", 1, "lt_u", most);
    assert!(!matches!(found, Bound::Exact { .. }), "{found:?}");
    if let Bound::Linear { base, .. } = found {
        assert!(base >= 0x8000_0001 * REPEAT, "{base}");
    }
}

#[test]
fn the_rests_of_two_numbers_can_fill_one_step_more() {
    let of_step = |step: u64, added: u64| {
        let text = format!(
            "(func (export \"f\") (local $i i32) (local $n i32)
                (local.set $n (i32.add (call $length) (i32.const {added})))
                (block $out (loop $again
                    (br_if $out (i32.ge_u (local.get $i) (local.get $n)))
                    (br_if $out (i32.load (i32.const 0)))
                    {}
                    (local.set $i (i32.add (local.get $i) (i32.const {step})))
                    (br $again))))",
            "nop ".repeat(80)
        );
        module(&text).remove(0).bound
    };
    let repeat = at(&of_step(1, 60_000), 0) - at(&of_step(1, 59_999), 0);
    let around = at(&of_step(1, 60_000), 0) - 60_000 * repeat;
    for step in [3, 7, 8] {
        for added in 50_000..50_008 {
            let bound = of_step(step, added);
            for input_bytes in 0..20 {
                let used = (added + input_bytes).div_ceil(step) * repeat + around;
                let most = at(&bound, input_bytes);
                assert!(used <= most, "{used} is above {most}: {bound:?}");
            }
        }
    }
}

#[test]
fn loops_behind_each_other_add_up() {
    let most = |loops: usize| {
        let one = "(local.set $i (i32.const 0))
            (block $out (loop $again
                (br_if $out (i32.ge_u (local.get $i) (local.get $n)))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br $again)))";
        let text = format!(
            "(func (export \"f\") (local $i i32) (local $n i32)
                (local.set $n (i32.and (call $length) (i32.const 1))) {})",
            one.repeat(loops)
        );
        match module(&text).remove(0).bound {
            Bound::Exact { gas } | Bound::AtMost { gas } => gas,
            other => panic!("{other:?}"),
        }
    };
    let (one, two) = (most(1), most(2));
    assert_eq!(most(24), one + 23 * (two - one));
}

#[test]
fn each_name_of_a_function_has_its_bound() {
    let names: String = (0..200)
        .map(|name| format!("(export \"{name}\")"))
        .collect();
    let found = module(&format!("(func {names} (drop (call $length)))"));
    assert_eq!(found.len(), 200);
    for (position, bound) in found.iter().enumerate() {
        assert_eq!(bound.name, position.to_string());
        assert_eq!(bound.bound, found[0].bound);
    }
}

#[test]
fn many_quantities_are_counted_at_their_greatest() {
    let text = |loops: usize| {
        let one = "(local.set $i (i32.load (i32.const 0)))
            (block $out (loop $again
                (br_if $out (i32.load (i32.const 0)))
                (local.set $i (i32.sub (local.get $i) (i32.const 1)))
                (br_if $again (i32.gt_u (local.get $i) (i32.const 0)))))
            (memory.fill (i32.const 0) (i32.const 0) (i32.load (i32.const 0)))";
        format!("(func (export \"f\") (local $i i32) {})", one.repeat(loops))
    };
    let fill = "(memory.fill (i32.const 0) (i32.const 0) (i32.load (i32.const 0)))";
    let fills = |count: usize| format!("(func (export \"f\") {})", fill.repeat(count));
    let few = module(&fills(60)).remove(0).bound;
    assert!(
        matches!(
            few,
            Bound::Linear {
                at_most: Some(_),
                ..
            }
        ),
        "{few:?}"
    );
    let Bound::Linear {
        at_most: Some(most_of_few),
        ..
    } = few
    else {
        panic!("{few:?}");
    };
    match module(&fills(90)).remove(0).bound {
        Bound::Linear {
            at_most: Some(most),
            terms,
            ..
        } => {
            assert!(terms.len() <= 64, "{}", terms.len());
            assert_eq!(most - most_of_few, (most_of_few - 3) / 2);
        }
        Bound::AtMost { gas } => assert_eq!(gas - most_of_few, (most_of_few - 3) / 2),
        other => panic!("{other:?}"),
    }
    // The loops have no bound; the work for them ends soon all the same.
    assert!(matches!(
        module(&text(2_000)).remove(0).bound,
        Bound::Unbounded { .. }
    ));
}
