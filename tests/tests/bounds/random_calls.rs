//! Functions that call each other, also through the table, and end in every way: they return, the
//! host ends them with success or failure, or they trap. In loops, behind conditions, too late to
//! matter.

use crate::random_loop::Random;

/// How many functions there are; all of them are exported.
const FUNCTIONS: usize = 3;

/// A module of such functions.
pub(crate) fn random_calls(random: &mut Random) -> String {
    let functions: String = (0..FUNCTIONS)
        .map(|index| {
            let body = statements(random, &mut Vec::new(), 2);
            format!(
                "(func $f{index} (export \"f{index}\") (param $p i32)
                   (local $i0 i32) (local $i1 i32) (local $i2 i32) (local $i3 i32) {body})\n"
            )
        })
        .collect();
    let other = random.of(&["$revert", "$return", "$panic"]);
    format!(
        "(module
           (import \"lockstep\" \"return\" (func $return (param i32 i32)))
           (import \"lockstep\" \"revert\" (func $revert (param i32 i32)))
           (import \"lockstep\" \"panic\" (func $panic (param i32 i32)))
           (import \"lockstep\" \"terminate\" (func $terminate (param i32)))
           (import \"lockstep\" \"is_read_only\" (func $coin (result i32)))
           (type $one (func (param i32)))
           (type $two (func (param i32 i32)))
           (memory 1 4)
           (table 4 funcref)
           (elem (i32.const 0) {} {} {other})
           {functions})",
        random.of(&["$f1", "$f1", "$terminate"]),
        random.of(&["$f0", "$f2", "$revert"]),
    )
}

/// Some statements. `open` says of each open block, the outermost first, whether it is a loop.
fn statements(random: &mut Random, open: &mut Vec<bool>, depth: usize) -> String {
    let count = random.of(&[1, 2, 2, 3]);
    (0..count).map(|_| statement(random, open, depth)).collect()
}

fn statement(random: &mut Random, open: &mut Vec<bool>, depth: usize) -> String {
    if depth == 0 || random.of(&[true, false, false]) {
        return simple(random, open);
    }
    let test = condition(random);
    match random.of(&[0, 1, 2, 3, 4]) {
        0 => {
            open.push(false);
            let (then, otherwise) = (
                statements(random, open, depth - 1),
                statements(random, open, depth - 1),
            );
            open.pop();
            format!("(if {test} (then {then}) (else {otherwise}))\n")
        }
        1 => {
            open.push(false);
            let body = statements(random, open, depth - 1);
            open.pop();
            format!("(block {body})\n")
        }
        2 => {
            let (end, counter) = (random.of(&[1, 3, 9]), format!("$i{depth}"));
            open.push(true);
            let body = statements(random, open, depth - 1);
            open.pop();
            format!(
                "(local.set {counter} (i32.const 0))
                 (loop {body} (br_if 0 (i32.lt_u (local.tee {counter} (i32.add (local.get \
                 {counter}) (i32.const 1))) (i32.const {end}))))\n"
            )
        }
        3 => divides(random, open, depth),
        _ => {
            open.push(false);
            let body = statements(random, open, depth - 1);
            open.pop();
            format!("(if {test} (then {body}))\n")
        }
    }
}

/// A loop that divides a number until it is small; some never do.
fn divides(random: &mut Random, open: &mut Vec<bool>, depth: usize) -> String {
    let counter = format!("$i{depth}");
    open.extend([false, true]);
    let body = statements(random, open, depth - 1);
    open.truncate(open.len() - 2);
    let by = random.of(&["i32.div_u", "i32.shr_u"]);
    let (divisor, small) = (random.of(&[1, 2, 3, 10]), random.of(&[0, 1, 10]));
    let step = format!("(local.set {counter} ({by} (local.get {counter}) (i32.const {divisor})))");
    let small = format!("(i32.lt_u (local.get {counter}) (i32.const {small}))");
    let inside = match random.of(&[0, 1, 2]) {
        0 => format!("(br_if 1 {small}) {body} {step} (br 0)"),
        1 => format!("{body} {step} (br_if 0 (i32.eqz {small}))"),
        _ => format!("{step} (br_if 1 {small}) {body} (br 0)"),
    };
    format!("(local.set {counter} (local.get $p)) (block (loop {inside}))\n")
}

/// A statement without others in it.
fn simple(random: &mut Random, open: &[bool]) -> String {
    let value = value(random);
    let test = condition(random);
    let host = random.of(&["$return", "$revert", "$revert", "$panic", "$panic"]);
    let callee = random.of(&["$f0", "$f1", "$f1", "$f2", "$f2"]);
    let labels = open.len() + 1;
    let label = random.of(&[0, 1, 2, 3]) % labels;
    let other = random.of(&[0, 1, 2, 3]) % labels;
    let line = match random.of(&[0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) {
        0 => "(nop) (nop)".to_string(),
        1 => format!("(call {callee} {value})"),
        2 => format!("(call_indirect (type $one) {value} {value})"),
        3 => format!("(call_indirect (type $two) (i32.const 0) (i32.const 4) {value})"),
        4 => format!("(call {host} (i32.const 0) (i32.const 8))"),
        5 => format!("(if {test} (then (call {host} (i32.const 0) (i32.const 8))))"),
        6 => random
            .of(&[
                "(unreachable)",
                "(return)",
                "(call $terminate (i32.const 0))",
            ])
            .to_string(),
        7 => format!("(br_if {label} {test})"),
        8 => format!("(br_table {label} {other} {value})"),
        9 => format!("(br_if {label} (i32.eq (memory.grow {value}) (i32.const -1)))"),
        _ => format!("(if (i32.eq (memory.grow {value}) (i32.const -1)) (then (unreachable)))"),
    };
    format!("{line}\n")
}

fn value(random: &mut Random) -> &'static str {
    random.of(&[
        "(i32.const 0)",
        "(i32.const 1)",
        "(i32.const 2)",
        "(local.get $p)",
        "(i32.and (local.get $p) (i32.const 3))",
        "(i32.shr_u (local.get $p) (i32.const 1))",
        "(call $coin)",
    ])
}

fn condition(random: &mut Random) -> &'static str {
    random.of(&[
        "(local.get $p)",
        "(i32.and (local.get $p) (i32.const 1))",
        "(i32.eqz (i32.and (local.get $p) (i32.const 2)))",
        "(call $coin)",
        "(call $coin)",
        "(i32.load8_u (local.get $p))",
        "(i32.const 1)",
        "(i32.const 0)",
    ])
}
