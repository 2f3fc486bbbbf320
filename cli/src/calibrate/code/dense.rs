//! Code that is dense in what is work to load: loops, branches, tables, calls in circles. All of it
//! is made to hurt.

use std::fmt::Write as _;

use super::shapes::Shape;
use crate::calibrate::item::Care;

const fn hostile(label: &'static str, text: fn(u32) -> String) -> Shape {
    Shape {
        label,
        care: Care::Hostile,
        text,
    }
}

/// The kinds of it.
pub(super) const DENSE: [Shape; 14] = [
    hostile("loops of nothing", |count| {
        functions(count, "(loop (br_if 0 (local.get 0)))", 20)
    }),
    hostile("counted loops", |count| {
        functions(
            count,
            "(loop (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 100))))",
            20,
        )
    }),
    hostile("loops of straight code", |count| {
        functions(
            count,
            "(loop (br_if 0 (local.tee 0 (i32.shr_u (local.get 0) (i32.const 1)))))",
            20,
        )
    }),
    hostile("loops in loops", nested_loops),
    hostile("loops with two ways out", |count| {
        functions(
            count,
            "(block (loop (br_if 1 (local.get 0)) (br_if 0 (local.get 0))))",
            20,
        )
    }),
    hostile("one function of loops", |count| {
        one_function("(loop (br_if 0 (local.get 0)))", count * 37)
    }),
    hostile("one block with many ways out", |count| {
        let body = "(br_if 0 (local.get 0))".repeat((count * 20).min(40_000) as usize);
        format!("(module (func (export \"run\")) (func (param i32) (block {body})))")
    }),
    hostile("blocks in blocks", nested_blocks),
    hostile("ifs", |count| {
        functions(count, "(if (local.get 0) (then (return)))", 20)
    }),
    hostile("short branch tables", |count| {
        functions(count, "(block (br_table 0 0 0 (local.get 0)))", 20)
    }),
    hostile("long branch tables", long_tables),
    hostile("calls in circles", circles),
    hostile("calls through the table", through_the_table),
    hostile("types of 32 parameters", |count| {
        let one = format!("(type (func (param {})))", "i64 ".repeat(32));
        let types = one.repeat((count * 2).min(1_990) as usize);
        format!("(module (func (export \"run\")) {types})")
    }),
];

/// Functions of one parameter with so many of these statements each.
fn functions(count: u32, statement: &str, each: usize) -> String {
    let one = format!("(func (param i32) {})\n", statement.repeat(each));
    let functions = one.repeat(count.div_ceil(2) as usize);
    format!("(module (func (export \"run\")) {functions})")
}

/// One function with so many of these statements, as far as a body may be long.
fn one_function(statement: &str, count: u32) -> String {
    let body = statement.repeat(count.min(37_000) as usize);
    format!("(module (func (export \"run\")) (func (param i32) {body}))")
}

fn nested_loops(count: u32) -> String {
    let deep = 200;
    let inner = format!(
        "{}{}",
        "(loop ".repeat(deep),
        "(br_if 0 (local.get 0)))".repeat(deep)
    );
    functions(count.div_ceil(20), &inner, 1)
}

fn nested_blocks(count: u32) -> String {
    let deep = 1000;
    let ends: String = (0..deep)
        .map(|k| format!("(br_if {} (local.get 0)))", deep - 1 - k))
        .collect();
    functions(
        count.div_ceil(50),
        &format!("{}{ends}", "(block ".repeat(deep)),
        1,
    )
}

fn long_tables(count: u32) -> String {
    let targets: String = (0..4000_u32)
        .map(|k| format!("{} ", k.wrapping_mul(7919) % 50))
        .collect();
    let body = format!(
        "{}(br_table {targets} 0 (local.get 0)){}",
        "(block ".repeat(50),
        ")".repeat(50)
    );
    functions(count.div_ceil(10), &body, 1)
}

/// Functions that each call eight others, so that all of them call each other in circles.
fn circles(count: u32) -> String {
    let mut text = String::from("(module (func (export \"run\"))\n");
    for k in 0..count {
        let calls: String = (1..9_u32)
            .map(|n| format!("(call {})", 1 + (k.wrapping_mul(31) + n * 97) % count))
            .collect();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "(func {calls})");
    }
    text + ")"
}

/// Functions that are all in the table and each call eight times through it.
fn through_the_table(count: u32) -> String {
    let names: String = (1..=count).map(|k| format!("{k} ")).collect();
    let calls = "(call_indirect (type $t) (i32.const 0) (local.get 0))".repeat(8);
    let function = format!("(func (param i32) {calls})");
    format!(
        "(module (type $t (func (param i32))) (table {count} funcref) (elem (i32.const 0) func {names}) \
         (func (export \"run\")) {})",
        function.repeat(count as usize)
    )
}
