//! Where an empty block keeps an operator apart from what is in front of it.

use crate::reading::lines;

/// Whether the operator on this line of a function is kept apart.
fn is_apart(body: &str, operator: &str) -> bool {
    let text = format!(
        "(module (import \"lockstep\" \"caller\" (func $caller (param i32)))
            (memory 3) (global $g (mut i32) (i32.const 0)) (table 1 funcref)
            (type $t (func (result i32)))
            (func $f (result i32) (i32.const 1))
            (func (export \"g\") (param $x i32) (param $w i64) (local $y i32) {body}))"
    );
    let lines = lines(&text, 1);
    let mut places = lines.iter().enumerate();
    let (place, _) = places
        .rfind(|(_, line)| line.starts_with(operator))
        .expect("it is there");
    lines[..place].ends_with(&["Block".to_owned(), "End".to_owned()])
}

#[test]
fn a_select_is_apart_from_all_that_may_be_joined_with_it() {
    let select = |condition: &str| {
        let body = format!("(local.get $y) (local.get $x) {condition} select drop");
        is_apart(&body, "Select")
    };
    for condition in [
        "(i32.eqz (local.get $x))",
        "(i32.eq (local.get $x) (i32.const 0))",
        "(i32.ne (local.get $x) (i32.const 0))",
        "(i32.eqz (local.get $x)) nop",
        "(i64.eqz (i64.extend_i32_u (i32.eqz (local.get $x))))",
        "(i32.wrap_i64 (local.get $w))",
        "(i32.add (i32.eqz (local.get $x)) (i32.const 0))",
        "(i32.and (local.get $x) (i32.const 1))",
        "(local.tee $y (i32.eqz (local.get $x)))",
        "(i32.eqz (local.get $x)) (local.set $y (local.get $y))",
        "(i32.eqz (local.get $x)) (drop (local.get $y))",
        "(loop (result i32) (i32.eqz (local.get $x)))",
        "(select (i32.eqz (local.get $x)) (i32.const 3) (i32.const 1))",
        "(block (result i32) (i32.eqz (local.get $x)))",
    ] {
        assert!(select(condition), "{condition}");
    }
    for condition in [
        "(i32.const 1)",
        "(local.get $y)",
        "(local.get $y) nop",
        "(global.get $g)",
        "(i32.load (local.get $x))",
        "(memory.size)",
        "(i32.lt_u (local.get $x) (local.get $y))",
        "(i64.ge_s (local.get $w) (i64.const 3))",
        "(call $f)",
        "(call_indirect (type $t) (local.get $x))",
    ] {
        assert!(!select(condition), "{condition}");
    }
}

#[test]
fn a_far_store_is_apart_unless_its_value_is_new() {
    let store = |operator: &str, value: &str| {
        let body = format!("local.get $x {value} {operator}");
        let (name, _) = operator.split_once(' ').expect("an offset");
        let name = match name {
            "i32.store" => "I32Store",
            "i32.store8" => "I32Store8",
            "i32.store16" => "I32Store16",
            "i64.store" => "I64Store",
            "i64.store8" => "I64Store8",
            "i64.store16" => "I64Store16",
            _ => "I64Store32",
        };
        is_apart(&body, name)
    };
    for name in ["i32.store", "i32.store8", "i32.store16"] {
        assert!(
            store(&format!("{name} offset=65536"), "local.get $x"),
            "{name}"
        );
        assert!(
            !store(&format!("{name} offset=65535"), "local.get $x"),
            "{name}"
        );
    }
    let wide = "(i64.extend_i32_u (local.get $x))";
    for name in ["i64.store", "i64.store8", "i64.store16", "i64.store32"] {
        assert!(store(&format!("{name} offset=65536"), wide), "{name}");
        assert!(!store(&format!("{name} offset=65535"), wide), "{name}");
    }
    let far = "i32.store offset=70000";
    for value in [
        "(local.tee $y (local.get $x))",
        "(i32.add (local.get $x) (i32.const 0))",
    ] {
        assert!(store(far, value), "{value}");
    }
    for value in ["(i32.const 3)", "(i32.load (local.get $x))", "(call $f)"] {
        assert!(!store(far, value), "{value}");
    }
}
