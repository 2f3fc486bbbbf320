//! Code of several shapes and of any length, in the text format. Some shapes are what compilers
//! emit; some give the machine as much work per byte as there can be.

use std::fmt::Write as _;

use crate::calibrate::item::Care;

/// A kind of code, of any length.
pub(super) struct Shape {
    pub(super) label: &'static str,
    pub(super) care: Care,
    pub(super) text: fn(u32) -> String,
}

pub(super) const SHAPES: [Shape; 7] = [
    Shape {
        label: "small functions",
        care: Care::Ordinary,
        text: small_functions,
    },
    Shape {
        label: "straight arithmetic",
        care: Care::Ordinary,
        text: straight,
    },
    Shape {
        label: "blocks and branches",
        care: Care::Ordinary,
        text: branches,
    },
    Shape {
        label: "calls of many functions",
        care: Care::Ordinary,
        text: calls,
    },
    Shape {
        label: "short functions",
        care: Care::Hostile,
        text: short_functions,
    },
    Shape {
        label: "short functions of 70 locals",
        care: Care::Hostile,
        text: short_functions_of_locals,
    },
    Shape {
        label: "functions of as many locals as bytes",
        care: Care::Hostile,
        text: locals,
    },
];

/// Modules of so many functions that do a little arithmetic. Uploads are measured with them.
pub(in crate::calibrate) fn small_functions(count: u32) -> String {
    let mut text = String::from("(module (memory 1) (func (export \"run\"))\n");
    for k in 0..count {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "(func (param i32 i64) (result i64) (local i32)\n\
             (local.set 2 (i32.load offset={k} (local.get 0)))\n\
             (if (i32.lt_u (local.get 2) (i32.const {k})) (then (i64.store (local.get 2) (local.get 1))))\n\
             (i64.add (local.get 1) (i64.extend_i32_u (i32.mul (local.get 2) (i32.const {k})))))"
        );
    }
    text + ")"
}

fn straight(count: u32) -> String {
    let mut text = String::from("(module (func (export \"run\"))\n");
    for k in 0..count.div_ceil(10) {
        let step = format!(
            "(local.set 0 (i64.xor (i64.mul (local.get 0) (i64.const {k})) (local.get 0)))"
        );
        let _ = writeln!(text, "(func (local i64) {})", step.repeat(40));
    }
    text + ")"
}

fn branches(count: u32) -> String {
    let mut text = String::from("(module (func (export \"run\"))\n");
    for k in 0..count.div_ceil(10) {
        let step = format!(
            "(block (br_if 0 (local.get 0)) (loop (br_if 1 (i32.eqz (local.get 0))) (br_if 0 (i32.const {k}))))"
        );
        let _ = writeln!(text, "(func (param i32) {})", step.repeat(20));
    }
    text + ")"
}

fn calls(count: u32) -> String {
    let mut text = String::from("(module (func (export \"run\"))\n");
    for k in 0..count {
        let _ = writeln!(
            text,
            "(func (param i32) {})",
            format!("(call {} (local.get 0))", 1 + k % count).repeat(8)
        );
    }
    text + ")"
}

fn short_functions(count: u32) -> String {
    of_sixteen_bytes(count, "")
}

fn short_functions_of_locals(count: u32) -> String {
    of_sixteen_bytes(count, "(local i64)")
}

/// Functions as short as the policy lets thousands of them be, with as many of these locals as a
/// function of that length may have.
fn of_sixteen_bytes(count: u32, local: &str) -> String {
    let one = format!("(func {} {})", local.repeat(70), "nop ".repeat(15));
    format!(
        "(module (func (export \"run\")) {})",
        one.repeat((count * 8).min(9_000) as usize)
    )
}

fn locals(count: u32) -> String {
    let one = format!(
        "(func (local {}) {})",
        "i64 ".repeat(4000),
        "nop ".repeat(4000)
    );
    format!(
        "(module (func (export \"run\")) {})",
        one.repeat(count.min(200) as usize)
    )
}
