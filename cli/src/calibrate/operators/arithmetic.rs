//! Operators that compute: constants, locals, globals, arithmetic, comparison, selection.

use super::{Bodies, Contexts};
use crate::calibrate::program::Setup;

const BITS_I32: [&str; 5] = ["clz", "ctz", "popcnt", "extend8_s", "extend16_s"];
const BITS_I64: [&str; 6] = [
    "clz",
    "ctz",
    "popcnt",
    "extend8_s",
    "extend16_s",
    "extend32_s",
];
const BINARY: [&str; 10] = [
    "add", "sub", "and", "or", "xor", "shl", "shr_s", "shr_u", "rotl", "rotr",
];
const COMPARE: [&str; 10] = [
    "eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u",
];
const DIVIDE: [&str; 4] = ["div_s", "div_u", "rem_s", "rem_u"];

/// How many operators stand in one body.
const REPEATS: u32 = 200;

pub(super) fn add(contexts: &mut Contexts) {
    trivial(contexts);
    variables(contexts);
    selection(contexts);
    arithmetic(contexts);
    contexts.item("multiply", Some("wasm.multiply"), None);
    binary(contexts, &["mul"]);
    unary(contexts, "i32", "$a", &BITS_I32);
    unary(contexts, "i64", "$x", &BITS_I64);
    contexts.item("divide", Some("wasm.divide"), None);
    binary(contexts, &DIVIDE);
    for operator in DIVIDE {
        contexts.add(
            format!("i64.{operator} of the result before by 1"),
            Bodies::plain(REPEATS, 1, |_| {
                format!("(local.set $x (i64.{operator} (i64.or (local.get $x) (local.get $z)) (local.get $y)))")
            }),
        );
    }
}

fn trivial(contexts: &mut Contexts) {
    contexts.item("nop", Some("wasm.nop"), None);
    contexts.add("alone", Bodies::plain(REPEATS, 1, |_| "nop".to_owned()));
    contexts.item("drop", Some("wasm.drop"), None);
    contexts.add(
        "of a local",
        Bodies::plain(REPEATS, 1, |_| "(drop (local.get $a))".to_owned()),
    );
    contexts.add(
        "of a sum",
        Bodies::against(
            REPEATS,
            1,
            |_| "(drop (i32.add (local.get $a) (local.get $b)))".to_owned(),
            |_| "(local.set $c (i32.add (local.get $a) (local.get $b)))".to_owned(),
        ),
    );
    contexts.item("constant", Some("wasm.constant"), None);
    contexts.add(
        "i32, kept in a local",
        Bodies::plain(REPEATS, 1, |k| format!("(local.set $a (i32.const {k}))")),
    );
    contexts.add(
        "i64 of all bits, kept in a local",
        Bodies::plain(REPEATS, 1, |k| {
            format!("(local.set $x (i64.const 0x7123456789abc{k:03x}))")
        }),
    );
}

fn variables(contexts: &mut Contexts) {
    contexts.item("local", Some("wasm.local"), None);
    contexts.add(
        "copied to another",
        Bodies::plain(REPEATS, 2, |_| "(local.set $a (local.get $b))".to_owned()),
    );
    contexts.add(
        "two exchanged",
        Bodies::plain(REPEATS, 4, |_| {
            "local.get $x local.get $z local.set $x local.set $z".to_owned()
        }),
    );
    contexts.add(
        "tee of a local",
        Bodies::plain(REPEATS, 3, |_| {
            "(local.set $a (local.tee $b (local.get $c)))".to_owned()
        }),
    );
    contexts.add(
        "overwritten while still on the operand stack",
        Bodies::plain(REPEATS, 4, |k| {
            format!("local.get $a local.get $b local.set $a (local.set $b (i32.const {k})) drop")
        }),
    );
    contexts.item("global", Some("wasm.global"), None);
    contexts.add(
        "read",
        Bodies::plain(REPEATS, 1, |_| "(local.set $a (global.get $g))".to_owned()),
    );
    contexts.add(
        "written",
        Bodies::plain(REPEATS, 1, |_| "(global.set $h (local.get $x))".to_owned()),
    );
    contexts.add(
        "written with a constant",
        Bodies::plain(REPEATS, 1, |k| format!("(global.set $g (i32.const {k}))")),
    );
    contexts.add(
        "read, changed, written",
        Bodies::plain(REPEATS, 2, |_| {
            "(global.set $h (i64.add (global.get $h) (local.get $y)))".to_owned()
        }),
    );
}

fn selection(contexts: &mut Contexts) {
    contexts.item("select", Some("wasm.select"), None);
    contexts.add(
        "of locals",
        Bodies::plain(REPEATS, 1, |_| {
            "(local.set $x (select (local.get $x) (local.get $z) (local.get $b)))".to_owned()
        }),
    );
    contexts.add(
        "by a comparison",
        Bodies::plain(REPEATS, 1, |_| {
            "(local.set $a (select (local.get $b) (local.get $c) (i32.lt_u (local.get $a) (local.get $c))))"
                .to_owned()
        }),
    );
    contexts
        .add(
            "by random bytes",
            Bodies::against(
                REPEATS,
                1,
                |k| {
                    format!(
                        "(local.set $x (select (local.get $y) (local.get $z) (i32.and (i32.load8_u offset={k} (local.get $p)) (i32.const 1))))"
                    )
                },
                |k| {
                    format!(
                        "(local.set $a (i32.and (i32.load8_u offset={k} (local.get $p)) (i32.const 1)))"
                    )
                },
            ),
        )
        .setup(Setup::Random)
        .hostile();
}

/// Operators of one operand and a result of the same type.
fn unary(contexts: &mut Contexts, ty: &str, local: &str, operators: &[&str]) {
    for operator in operators {
        let chain = format!("{ty}.{operator} ").repeat(20);
        contexts.add(
            format!("{ty}.{operator} of the result before"),
            Bodies::plain(REPEATS / 20, 20, |_| {
                format!("local.get {local} {chain} local.set {local}")
            }),
        );
        contexts.add(
            format!("{ty}.{operator} of a local"),
            Bodies::plain(REPEATS, 1, |_| {
                format!("(local.set {local} ({ty}.{operator} (local.get {local})))")
            }),
        );
    }
}

fn arithmetic(contexts: &mut Contexts) {
    contexts.item("arithmetic", Some("wasm.arithmetic"), None);
    unary(contexts, "i32", "$a", &["eqz"]);
    for pair in [
        "i64.extend_i32_s i32.wrap_i64",
        "i64.extend_i32_u i32.wrap_i64",
    ] {
        let chain = format!("{pair} ").repeat(10);
        contexts.add(
            format!("{pair} of the result before"),
            Bodies::plain(REPEATS / 20, 20, |_| {
                format!("local.get $a {chain} local.set $a")
            }),
        );
    }
    contexts.add(
        "i64.eqz and extension",
        Bodies::plain(REPEATS, 2, |_| {
            "(local.set $x (i64.extend_i32_u (i64.eqz (local.get $x))))".to_owned()
        }),
    );
    binary(contexts, &BINARY);
    for (ty, left, right) in [("i32", "$a", "$b"), ("i64", "$x", "$z")] {
        for operator in COMPARE {
            contexts.add(
                format!("{ty}.{operator} of locals"),
                Bodies::plain(REPEATS, 1, |_| {
                    format!(
                        "(local.set $c ({ty}.{operator} (local.get {left}) (local.get {right})))"
                    )
                }),
            );
        }
    }
}

/// Operators on two operands: both locals, one the result before, one a constant.
fn binary(contexts: &mut Contexts, operators: &[&str]) {
    for (ty, first, second, third) in [("i32", "$a", "$b", "$c"), ("i64", "$x", "$y", "$z")] {
        for operator in operators {
            let name = format!("{ty}.{operator}");
            contexts.add(
                format!("{name} of locals"),
                Bodies::plain(REPEATS, 1, |_| {
                    format!("(local.set {third} ({name} (local.get {first}) (local.get {second})))")
                }),
            );
            let chain = format!("local.get {second} {name} ").repeat(20);
            contexts.add(
                format!("{name} of the result before"),
                Bodies::plain(REPEATS / 20, 20, |_| {
                    format!("local.get {first} {chain} local.set {third}")
                }),
            );
            contexts.add(
                format!("{name} with a constant"),
                Bodies::plain(REPEATS, 1, |k| {
                    let constant = 3 + 2 * k;
                    format!(
                        "(local.set {third} ({name} (local.get {first}) ({ty}.const {constant})))"
                    )
                }),
            );
            contexts.add(
                format!("{name} from a constant"),
                Bodies::plain(REPEATS, 1, |k| {
                    format!("(local.set {third} ({name} ({ty}.const 0x7123456{}) (local.get {second})))", k % 10)
                }),
            );
        }
    }
}
