//! Branches: taken and not, foreseeable and random, with and without values.

use super::{Bodies, Context, Contexts};
use crate::calibrate::program::Setup;

const REPEATS: u32 = 200;

/// Moves `$p` on through the random page, leaving room for offsets.
const STEP: &str =
    "(local.set $p (i32.and (i32.add (local.get $p) (i32.const 211)) (i32.const 0x7fff)))";

/// Random byte k at `$p`.
fn random(k: u32) -> String {
    format!("(i32.load8_u offset={k} (local.get $p))")
}

/// A context whose operator is fed with random bytes, against one that only reads them.
fn on_random(
    contexts: &mut Contexts,
    label: impl Into<String>,
    body: impl Fn(&str) -> String,
) -> &mut Context {
    let step = |k: u32| if k == 0 { STEP } else { "" };
    contexts
        .add(
            label,
            Bodies::against(
                REPEATS,
                1,
                |k| format!("{}{}", step(k), body(&random(k))),
                |k| format!("{}(local.set $a {})", step(k), random(k)),
            ),
        )
        .setup(Setup::Random)
        .hostile()
}

pub(super) fn add(contexts: &mut Contexts) {
    branch(contexts);
    branch_if(contexts);
    conditional(contexts);
    branch_table(contexts);
}

fn branch(contexts: &mut Contexts) {
    contexts.item("br", Some("wasm.branch"), None);
    contexts.add(
        "out of a block",
        Bodies::plain(REPEATS, 1, |_| {
            "(block (local.set $a (local.get $b)) (br 0) (local.set $c (local.get $b)))".to_owned()
        }),
    );
    contexts.add(
        "out of three blocks",
        Bodies::plain(REPEATS, 1, |_| {
            "(block (block (block (br 2)) nop) (local.set $c (local.get $b)))".to_owned()
        }),
    );
}

fn branch_if(contexts: &mut Contexts) {
    contexts.item("br_if", Some("wasm.branch_if"), None);
    for (label, condition) in [
        ("taken", "(local.get $b)"),
        ("not taken", "(i32.eqz (local.get $b))"),
        (
            "on a comparison",
            "(i64.lt_s (local.get $y) (local.get $x))",
        ),
        ("on a loaded value", "(i32.load8_u (local.get $p))"),
    ] {
        contexts.add(
            label,
            Bodies::plain(REPEATS, 1, |_| {
                format!("(block (br_if 0 {condition}) (local.set $c (local.get $b)))")
            }),
        );
    }
    contexts.add(
        "at the end of a loop",
        Bodies::plain(1, 200, |_| {
            "(local.set $a (i32.const 200)) (loop (br_if 0 (local.tee $a (i32.sub (local.get $a) (i32.const 1)))))"
                .to_owned()
        }),
    )
    .also("wasm.local", 2.0)
    .also("wasm.constant", 1.0)
    .also("wasm.arithmetic", 1.0);
    on_random(contexts, "on random bits", |random| {
        format!("(block (br_if 0 (i32.and {random} (i32.const 1))) (local.set $c (local.get $b)))")
    });
    on_random(contexts, "with a value, on random bits", |random| {
        format!(
            "(local.set $c (block (result i32) (drop (br_if 0 (local.get $b) (i32.and {random} (i32.const 1)))) (local.get $a)))"
        )
    });
}

fn conditional(contexts: &mut Contexts) {
    contexts.item("if", Some("wasm.conditional"), None);
    for (label, condition) in [
        ("taken", "(local.get $b)"),
        ("not taken", "(i32.eqz (local.get $b))"),
    ] {
        contexts.add(
            label,
            Bodies::plain(REPEATS, 1, |_| {
                format!("(if {condition} (then (local.set $c (local.get $b))) (else (local.set $c (local.get $a))))")
            }),
        );
    }
    on_random(contexts, "on random bits", |random| {
        format!(
            "(if (i32.and {random} (i32.const 1)) (then (local.set $c (local.get $b))) (else (local.set $c (local.get $a))))"
        )
    });
}

fn branch_table(contexts: &mut Contexts) {
    contexts.item("br_table", Some("wasm.branch_table"), None);
    contexts.add(
        "always to the same of four",
        Bodies::plain(REPEATS, 1, |_| {
            "(block (block (block (block (br_table 0 1 2 3 (local.get $b))))))".to_owned()
        }),
    );
    on_random(contexts, "to one of four at random", |random| {
        format!(
            "(block (block (block (block (br_table 0 1 2 3 (i32.and {random} (i32.const 3)))) \
             (local.set $a (local.get $b))) (local.set $c (local.get $b))) (local.set $b (local.get $c)))"
        )
    });
    let targets = (0..8192).map(|k| if k % 3 == 0 { "0 " } else { "1 " });
    let targets: String = targets.collect();
    let index = "(i32.and (i32.mul (local.get $n) (i32.const 40503)) (i32.const 8191))";
    contexts
        .add(
            "through a table of 8,192 targets, at random",
            Bodies::against(
                8,
                1,
                |_| format!("(block (block (br_table {targets} 0 {index})) (local.set $c (local.get $b)))"),
                |_| format!("(local.set $a {index})"),
            ),
        )
        .rounds(4000)
        .hostile();
}
