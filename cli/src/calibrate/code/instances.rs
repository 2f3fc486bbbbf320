//! Instances: what each frame pays for before its method runs.
//!
//! Each is made anew, because a passive data segment keeps it from being set back, as a sender can
//! see to.

use lockstep_gas_meter::Protocol;

use super::observation;
use crate::calibrate::bench::{Case, interleaved};
use crate::calibrate::item::{Care, Item};
use crate::calibrate::program::{Compiled, compile};
use crate::calibrate::{Effort, Noise};
use crate::problem::Failure;

/// A module whose method does nothing, with a passive segment and other parts besides.
fn idle(parts: &str) -> String {
    format!("(module {parts} (func (export \"run\")) (data \"\"))")
}

/// One kind of instance: the item it belongs to, how many units of its price it has, and its text.
type Instance = (usize, &'static str, Care, f64, String);

fn cases() -> (Vec<Item>, Vec<Instance>) {
    let items = vec![
        Item::new(
            "instance",
            Some("code.instantiate_base"),
            Some("code.instantiate_per_item"),
        ),
        Item::new(
            "export of an instance",
            None,
            Some("code.instantiate_per_export"),
        ),
        Item::new("page of an instance", None, Some("code.memory_per_page")),
        Item::new("data byte of an instance", None, Some("code.data_per_byte")),
        Item::new(
            "element of an instance",
            None,
            Some("code.table_per_element"),
        ),
        Item::new(
            "segment of an instance",
            None,
            Some("code.instantiate_per_segment"),
        ),
    ];
    let mut cases: Vec<Instance> = Vec::new();
    for count in [1_u32, 200] {
        let functions = "(func)".repeat(count as usize - 1);
        cases.push((
            0,
            "of functions",
            Care::Ordinary,
            f64::from(count),
            idle(&functions),
        ));
    }
    let functions = format!("(func {})", "nop ".repeat(14)).repeat(9000);
    let globals = "(global i64 (i64.const 1))".repeat(500);
    let mutable = "(global (mut i64) (i64.const 1))".repeat(500);
    let imports = "(import \"lockstep\" \"caller\" (func (param i32)))".repeat(60);
    cases.extend([
        (
            0,
            "of 9,000 functions",
            Care::Hostile,
            9001.0,
            idle(&functions),
        ),
        (0, "of 500 globals", Care::Hostile, 501.0, idle(&globals)),
        (0, "of 60 imports", Care::Hostile, 61.0, idle(&imports)),
        (
            1,
            "and mutable globals",
            Care::Hostile,
            501.0,
            idle(&mutable),
        ),
    ]);
    for count in [1_u32, 20, 2000] {
        let exports: String = (1..count)
            .map(|k| format!("(export \"name {k}\" (func 0))"))
            .collect();
        let text = format!("(module (func (export \"run\")) {exports} (data \"\"))");
        cases.push((1, "of a function", Care::Ordinary, f64::from(count), text));
    }
    cases.extend(sized_cases());
    (items, cases)
}

/// The instances whose price depends on a size.
fn sized_cases() -> Vec<Instance> {
    let mut cases: Vec<Instance> = Vec::new();
    for pages in [1_u32, 16, 128] {
        cases.push((2, WRITTEN, Care::Hostile, f64::from(pages), written(pages)));
    }
    for pages in [1_u32, 16, 128] {
        cases.push((
            2,
            "zeroed",
            Care::Ordinary,
            f64::from(pages),
            idle(&format!("(memory {pages})")),
        ));
    }
    for bytes in [1_u32, 4096, 65_536] {
        let data = "x".repeat(bytes as usize);
        cases.push((
            3,
            "in one segment",
            Care::Ordinary,
            f64::from(bytes),
            idle(&format!("(memory 1) (data (i32.const 0) \"{data}\")")),
        ));
    }
    cases.extend(cases_of_segments());
    for count in [16_u32, 16_000] {
        let table = format!("(table {count} funcref)");
        cases.push((4, "empty", Care::Ordinary, f64::from(count), idle(&table)));
        let names = "0 ".repeat(count as usize);
        let filled = format!("{table} (elem (i32.const 0) func {names})");
        cases.push((
            4,
            "filled",
            Care::Ordinary,
            2.0 * f64::from(count),
            idle(&filled),
        ));
    }
    cases
}

/// The label of instances whose pages are written to.
const WRITTEN: &str = "zeroed, each written to";

/// A module whose method writes a byte to every 4 KiB of so many pages, so that the system has to
/// provide them. The loop is put down to the pages: it takes little beside them.
fn written(pages: u32) -> String {
    format!(
        "(module (memory {pages}) (data \"\") (func (export \"run\") (local $p i32) (loop $again \
         (i32.store8 (local.get $p) (i32.const 1)) \
         (br_if $again (i32.lt_u (local.tee $p (i32.add (local.get $p) (i32.const 4096))) (i32.const {}))))))",
        u64::from(pages) * 65_536
    )
}

/// The instances with many segments, which have nothing or a byte in them.
fn cases_of_segments() -> Vec<Instance> {
    let memory = |count: usize, data: &str| idle(&format!("(memory 1) {}", data.repeat(count)));
    let element = "(elem (i32.const 0) func)".repeat(500);
    let table = idle(&format!("(memory 1) (table 1 funcref) {element}"));
    vec![
        (
            5,
            "none but the passive one",
            Care::Ordinary,
            1.0,
            memory(0, ""),
        ),
        (
            5,
            "of no data",
            Care::Hostile,
            2001.0,
            memory(2000, "(data (i32.const 0) \"\")"),
        ),
        (
            5,
            "of a byte",
            Care::Hostile,
            2001.0,
            memory(2000, "(data (i32.const 0) \"x\")"),
        ),
        (5, "of no elements", Care::Hostile, 501.0, table),
    ]
}

pub(super) fn measure(
    effort: Effort,
    protocol: &Protocol,
    noise: &mut Noise,
) -> Result<Vec<Item>, Failure> {
    let (mut items, kinds) = cases();
    let mut runs: Vec<Case<'_>> = Vec::new();
    for (_, _, _, _, text) in &kinds {
        let compiled: Compiled = compile(text, protocol)?;
        // Freeing what another kind left in the heap would count as work of this one.
        runs.push(Box::new(move || {
            compiled.run()?;
            compiled.time().map(|(ns, _)| ns)
        }));
    }
    let times = interleaved(&mut runs, effort.rounds * 2)?;
    for ((item, label, care, units, text), times) in kinds.iter().zip(&times) {
        noise.add(times);
        let mut also = vec![("wasm.function_entry", 1.0)];
        if *item > 0 {
            also.push(("code.instantiate_base", 1.0));
        }
        if *item != 1 {
            also.push(("code.instantiate_per_export", 1.0));
        }
        if *item != 5 {
            also.push(("code.instantiate_per_segment", 1.0));
        }
        if *item > 2 && text.contains("(memory 1)") {
            also.push(("code.memory_per_page", 1.0));
        }
        items[*item]
            .observations
            .push(observation(label, *care, *units, times, &also));
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::cases;
    use crate::calibrate::program::compile;
    use lockstep_gas_meter::Protocol;

    #[test]
    fn all_kinds_of_instances_can_be_made() {
        let protocol = Protocol::v1();
        let (items, kinds) = cases();
        for (item, label, _, _, text) in kinds {
            assert!(item < items.len());
            compile(&text, &protocol)
                .and_then(|it| it.time())
                .expect(label);
        }
    }
}
