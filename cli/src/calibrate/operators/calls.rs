//! Calls within a module: `call`, `call_indirect`, `return`, function entries and locals.
//!
//! Call and entry always come together, so what is measured is their sum; a third of it is put
//! down to the entry, which calls from the machine pay as well.

use std::fmt::Write as _;

use super::{Bodies, Contexts};
use crate::calibrate::program::Setup;

const REPEATS: u32 = 100;

/// The function entry's part of a call: half of what the call itself costs.
const ENTRY: (&str, f64) = ("wasm.function_entry", 1.0);

pub(super) fn add(contexts: &mut Contexts) {
    direct(contexts);
    indirect(contexts);
    returns(contexts);
    locals(contexts);
}

/// `count` functions that each do a little of their own.
fn functions(count: u32) -> String {
    let mut text = String::new();
    for k in 0..count {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "(func $f{k} (param i32) (result i32) (i32.xor (i32.mul (local.get 0) (i32.const {})) (i32.const {k})))",
            2 * k + 3
        );
    }
    text
}

fn direct(contexts: &mut Contexts) {
    contexts.item("call", Some("wasm.call"), None);
    contexts
        .add(
            "of an empty function",
            Bodies::plain(REPEATS, 1, |_| "(call $f)".to_owned()),
        )
        .declare("(func $f)")
        .also(ENTRY.0, ENTRY.1);
    contexts
        .add(
            "with a parameter and a result",
            Bodies::plain(REPEATS, 1, |_| {
                "(local.set $a (call $f (local.get $a)))".to_owned()
            }),
        )
        .declare("(func $f (param i32) (result i32) (local.get 0))")
        .also(ENTRY.0, ENTRY.1)
        .also("wasm.local", 3.0);
    let parameters = "i64 ".repeat(16);
    let get: String = (0..16).map(|k| format!("(local.get {k})")).collect();
    contexts
        .add(
            "with 16 parameters and results",
            Bodies::plain(REPEATS / 4, 1, |_| {
                format!(
                    "(call $f {}) {}",
                    "(local.get $x)".repeat(16),
                    "drop ".repeat(16)
                )
            }),
        )
        .declare(&format!(
            "(func $f (param {parameters}) (result {parameters}) {get})"
        ))
        .also(ENTRY.0, ENTRY.1)
        .also("wasm.local", 32.0)
        .also("wasm.drop", 16.0);
    contexts
        .add(
            "200 frames deep",
            Bodies::plain(1, 200, |_| "(call $f (i32.const 199))".to_owned()),
        )
        .declare(
            "(func $f (param i32) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1))))))",
        )
        .also(ENTRY.0, ENTRY.1)
        .also("wasm.conditional", 1.0)
        .also("wasm.local", 2.0)
        .also("wasm.constant", 1.0)
        .also("wasm.arithmetic", 1.0);
    contexts
        .add(
            "of 4,000 functions in turn",
            Bodies::against(
                4000,
                1,
                |k| format!("(local.set $a (call $f{} (local.get $a)))", k * 1777 % 4000),
                |_| {
                    "(local.set $a (i32.xor (i32.mul (local.get $a) (i32.const 3)) (i32.const 1)))"
                        .to_owned()
                },
            ),
        )
        .declare(&functions(4000))
        .also(ENTRY.0, ENTRY.1)
        .hostile();
}

fn indirect(contexts: &mut Contexts) {
    contexts.item("call_indirect", Some("wasm.call_indirect"), None);
    let table = |count: u32| {
        let names: String = (0..count).map(|k| format!("$f{k} ")).collect();
        format!(
            "(type $t (func (param i32) (result i32))) (table {count} funcref) (elem (i32.const 0) {names}) {}",
            functions(count)
        )
    };
    contexts
        .add(
            "always of the same function",
            Bodies::plain(REPEATS, 1, |_| {
                "(local.set $a (call_indirect (type $t) (local.get $a) (local.get $b)))".to_owned()
            }),
        )
        .declare(&table(8))
        .also(ENTRY.0, ENTRY.1)
        .also("wasm.local", 4.0)
        .also("wasm.constant", 2.0)
        .also("wasm.arithmetic", 1.0)
        .also("wasm.multiply", 1.0);
    for count in [8_u32, 256] {
        let index = |k: u32| {
            format!(
                "(i32.and (i32.load8_u offset={k} (local.get $p)) (i32.const {}))",
                count - 1
            )
        };
        let label = format!("of one of {count} functions at random");
        indirect_at_random(contexts, label, &table(count), index);
    }
    // Every call through another of 16,384 elements, and of another of 3,000 functions.
    let names: String = (0..16_384_u32)
        .map(|k| format!("$f{} ", k.wrapping_mul(1777) % 3000))
        .collect();
    let table = format!(
        "(type $t (func (param i32) (result i32))) (table 16384 funcref) (elem (i32.const 0) {names}) {}",
        functions(3000)
    );
    let index =
        |k: u32| format!("(i32.and (i32.load16_u offset={k} (local.get $p)) (i32.const 16383))");
    let label = "through one of 16,384 elements at random".to_owned();
    indirect_at_random(contexts, label, &table, index);
}

/// Calls through elements of a table that random bytes choose, as `index` reads them for each.
fn indirect_at_random(
    contexts: &mut Contexts,
    label: String,
    table: &str,
    index: impl Fn(u32) -> String,
) {
    let step = |k: u32| match k {
        0 => "(local.set $p (i32.and (i32.add (local.get $p) (i32.const 211)) (i32.const 0x7fff)))",
        _ => "",
    };
    let call = |k: u32| {
        format!(
            "{}(local.set $a (call_indirect (type $t) (local.get $a) {}))",
            step(k),
            index(k)
        )
    };
    let no_call = |k: u32| format!("{}(local.set $c {})", step(k), index(k));
    contexts
        .add(label, Bodies::against(REPEATS, 1, call, no_call))
        .declare(table)
        .setup(Setup::Random)
        .also(ENTRY.0, ENTRY.1)
        .also("wasm.local", 3.0)
        .also("wasm.constant", 2.0)
        .also("wasm.arithmetic", 1.0)
        .also("wasm.multiply", 1.0)
        .hostile();
}

fn returns(contexts: &mut Contexts) {
    contexts.item("return", Some("wasm.return"), None);
    contexts
        .add(
            "instead of reaching the end",
            Bodies::against(
                REPEATS,
                1,
                |_| "(call $f (local.get $b))".to_owned(),
                |_| "(call $e (local.get $b))".to_owned(),
            ),
        )
        .declare(
            "(func $f (param i32) (if (local.get 0) (then (return))))\
             (func $e (param i32) (if (local.get 0) (then)))",
        );
}

fn locals(contexts: &mut Contexts) {
    contexts.item("declared local", None, Some("wasm.per_local"));
    for count in [16_u32, 256, 2048] {
        contexts
            .add(
                "of a function that is entered",
                Bodies::against(
                    REPEATS / 4,
                    1,
                    |_| "(call $f)".to_owned(),
                    |_| "(call $e)".to_owned(),
                ),
            )
            .declare(&format!(
                // The dead code lets the body be long enough for its locals.
                "(func $f (local {}) (return) {}) (func $e (return))",
                "i64 ".repeat(count as usize),
                "(nop)".repeat(count as usize)
            ))
            .units(f64::from(count))
            .rounds(40);
    }
}
