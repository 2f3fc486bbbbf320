//! Getting code ready: loading it (validation, instrumentation, translation) and making
//! instances of it.
//!
//! Loading is priced as if no cache had the code, because a sender can see to that. Several
//! shapes of code are measured, among them those that give the machine the most work per byte.

use std::fmt::Write as _;

use lockstep_gas_meter::{Protocol, prepare};
use lockstep_vm::{Engine, WasmiEngine};

use super::bench::{Case, Times, interleaved};
use super::clock::timed;
use super::item::{Care, Item, Observation};
use super::program::{Compiled, assemble, compile};
use super::{Effort, Noise};
use crate::problem::Failure;

/// Measures loading and instances.
pub(super) fn measure(
    effort: Effort,
    protocol: &Protocol,
    noise: &mut Noise,
) -> Result<Vec<Item>, Failure> {
    let mut items = vec![loading(effort, protocol, noise)?];
    items.extend(instances(effort, protocol, noise)?);
    Ok(items)
}

/// A kind of code, of any length.
struct Shape {
    label: &'static str,
    care: Care,
    text: fn(u32) -> String,
}

const SHAPES: [Shape; 6] = [
    Shape { label: "small functions", care: Care::Ordinary, text: small_functions },
    Shape { label: "straight arithmetic", care: Care::Ordinary, text: straight },
    Shape { label: "blocks and branches", care: Care::Ordinary, text: branches },
    Shape { label: "calls of many functions", care: Care::Ordinary, text: calls },
    Shape { label: "empty functions", care: Care::Hostile, text: empty_functions },
    Shape { label: "functions of 4,000 locals", care: Care::Hostile, text: locals },
];

/// Modules of so many functions that do a little arithmetic. Uploads are measured with them.
pub(super) fn small_functions(count: u32) -> String {
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
        let step = format!("(local.set 0 (i64.xor (i64.mul (local.get 0) (i64.const {k})) (local.get 0)))");
        let _ = writeln!(text, "(func (local i64) {})", step.repeat(40));
    }
    text + ")"
}

fn branches(count: u32) -> String {
    let mut text = String::from("(module (func (export \"run\"))\n");
    for k in 0..count.div_ceil(10) {
        let step = format!("(block (br_if 0 (local.get 0)) (loop (br_if 1 (i32.eqz (local.get 0))) (br_if 0 (i32.const {k}))))");
        let _ = writeln!(text, "(func (param i32) {})", step.repeat(20));
    }
    text + ")"
}

fn calls(count: u32) -> String {
    let mut text = String::from("(module (func (export \"run\"))\n");
    for k in 0..count {
        let _ = writeln!(text, "(func (param i32) {})", format!("(call {} (local.get 0))", 1 + k % count).repeat(8));
    }
    text + ")"
}

fn empty_functions(count: u32) -> String {
    let count = (count * 8).min(9_000);
    format!("(module (func (export \"run\")) {})", "(func)".repeat(count as usize))
}

fn locals(count: u32) -> String {
    let one = format!("(func (local {}))", "i64 ".repeat(4000));
    format!("(module (func (export \"run\")) {})", one.repeat(count.min(500) as usize))
}

fn loading(effort: Effort, protocol: &Protocol, noise: &mut Noise) -> Result<Item, Failure> {
    let mut item = Item::new("loading code", Some("code.load_base"), Some("code.load_per_byte"));
    for shape in SHAPES {
        let counts = if effort.shrink > 1 { [1, 20, 60] } else { [1, 100, 1000] };
        let mut cases: Vec<Case<'_>> = Vec::new();
        let mut lengths = Vec::new();
        for count in counts {
            let bytes = assemble(&(shape.text)(count))?;
            lengths.push(bytes.len() as f64);
            let engine = WasmiEngine::new();
            cases.push(Box::new(move || {
                let (made, ns) = timed(|| {
                    let prepared = prepare(&bytes, protocol).map_err(Failure::bug)?;
                    engine.compile(&prepared).map_err(Failure::bug)
                });
                made.map(|_| ns)
            }));
        }
        let times = interleaved(&mut cases, effort.rounds.div_ceil(3))?;
        for (length, times) in lengths.iter().zip(&times) {
            noise.add(times);
            item.observations.push(observation(shape.label, shape.care, *length, times, &[]));
        }
    }
    Ok(item)
}

fn observation(
    context: &str,
    care: Care,
    units: f64,
    times: &Times,
    also: &[(&str, f64)],
) -> Observation {
    Observation {
        context: context.to_owned(),
        care,
        units,
        also: also.iter().map(|(path, count)| ((*path).to_owned(), *count)).collect(),
        ns: times.minimum,
    }
}

/// A module whose method does nothing, with other parts besides.
fn idle(parts: &str) -> String {
    format!("(module {parts} (func (export \"run\")))")
}

/// One kind of instance: the item it belongs to, how many units of its price it has, and its text.
type Instance = (usize, &'static str, Care, f64, String);

fn instance_cases() -> (Vec<Item>, Vec<Instance>) {
    let items = vec![
        Item::new("instance", Some("code.instantiate_base"), None),
        Item::new("page of an instance", None, Some("code.memory_per_page")),
        Item::new("data byte of an instance", None, Some("code.data_per_byte")),
        Item::new("element of an instance", None, Some("code.table_per_element")),
    ];
    let exports: String = (0..2000).map(|k| format!("(export \"name {k}\" (func 0))")).collect();
    let mut cases: Vec<Instance> = vec![
        (0, "of one function", Care::Ordinary, 0.0, idle("")),
        (0, "of 200 functions", Care::Ordinary, 0.0, idle(&"(func)".repeat(200))),
        (0, "of 9,000 functions", Care::Hostile, 0.0, idle(&"(func)".repeat(9000))),
        (0, "of 500 globals", Care::Hostile, 0.0, idle(&"(global (mut i64) (i64.const 1))".repeat(500))),
        (0, "of 2,000 exports", Care::Hostile, 0.0, format!("(module (func (export \"run\")) {exports})")),
    ];
    for pages in [1_u32, 16, 128] {
        cases.push((1, "zeroed", Care::Ordinary, f64::from(pages), idle(&format!("(memory {pages})"))));
    }
    for bytes in [1_u32, 4096, 65_536] {
        let data = "x".repeat(bytes as usize);
        cases.push((2, "in one segment", Care::Ordinary, f64::from(bytes), idle(&format!("(memory 1) (data (i32.const 0) \"{data}\")"))));
    }
    for segments in [1_u32, 2000] {
        let data = "(data (i32.const 0) \"x\")".repeat(segments as usize);
        cases.push((2, "one in each segment", Care::Hostile, f64::from(segments), idle(&format!("(memory 1) {data}"))));
    }
    for count in [16_u32, 16_000] {
        let table = format!("(table {count} funcref)");
        cases.push((3, "empty", Care::Ordinary, f64::from(count), idle(&table)));
        let names = "0 ".repeat(count as usize);
        let filled = format!("{table} (elem (i32.const 0) func {names})");
        cases.push((3, "filled", Care::Ordinary, 2.0 * f64::from(count), idle(&filled)));
    }
    (items, cases)
}

fn instances(effort: Effort, protocol: &Protocol, noise: &mut Noise) -> Result<Vec<Item>, Failure> {
    let (mut items, kinds) = instance_cases();
    let mut cases: Vec<Case<'_>> = Vec::new();
    for (_, _, _, _, text) in &kinds {
        let compiled: Compiled = compile(text, protocol)?;
        cases.push(Box::new(move || compiled.time().map(|(ns, _)| ns)));
    }
    let times = interleaved(&mut cases, effort.rounds * 2)?;
    for ((item, label, care, units, text), times) in kinds.iter().zip(&times) {
        noise.add(times);
        let mut also = vec![("wasm.function_entry", 1.0)];
        if *item > 0 {
            also.push(("code.instantiate_base", 1.0));
        }
        if *item > 1 && text.contains("(memory 1)") {
            also.push(("code.memory_per_page", 1.0));
        }
        items[*item].observations.push(observation(label, *care, *units, times, &also));
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::{SHAPES, instance_cases};
    use crate::calibrate::program::{assemble, compile};
    use lockstep_gas_meter::{Protocol, prepare};

    #[test]
    fn all_shapes_and_instances_are_accepted() {
        let protocol = Protocol::v1();
        for shape in SHAPES {
            for count in [1, 20] {
                let bytes = assemble(&(shape.text)(count)).expect(shape.label);
                prepare(&bytes, &protocol).expect(shape.label);
            }
        }
        let (items, cases) = instance_cases();
        for (item, label, _, _, text) in cases {
            assert!(item < items.len());
            compile(&text, &protocol).and_then(|it| it.time()).expect(label);
        }
    }
}
