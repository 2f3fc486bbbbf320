//! The prepared module as a whole: what is added where, what stays, and the facts about it.

use lockstep_gas_meter::{
    GAS_EXPORT, MEMORY_EXPORT, PreparedModule, Protocol, STACK_EXPORT, Schedule, prepare,
};
use wasmparser::{Parser, Payload};

/// With blocks of several values, which version 1 refuses and the pass knows.
fn prepared(text: &str) -> PreparedModule {
    let bytes = wat::parse_str(text).expect("the text is a module");
    let mut protocol = Protocol::v1();
    protocol.limits.block_results_max = 16;
    protocol.limits.block_params_max = 16;
    match prepare(&bytes, &protocol) {
        Ok(module) => module,
        Err(error) => panic!("{error}"),
    }
}

/// The index of the exported global.
fn global(module: &PreparedModule, name: &str) -> u32 {
    for payload in Parser::new(0).parse_all(module.bytes()) {
        if let Payload::ExportSection(section) = payload.expect("valid") {
            for export in section {
                let export = export.expect("valid");
                if export.name == name {
                    return export.index;
                }
            }
        }
    }
    panic!("{name} is not exported");
}

#[test]
fn frames_follow_the_validation_algorithm() {
    let frame = |text: &str| prepared(text).functions()[0].frame_slots;
    // Three constants on the stack at once.
    assert_eq!(
        frame("(module (func (result i32) (select (i32.const 1) (i32.const 2) (i32.const 3))))"),
        7
    );
    // In dead code the stack is counted from the base of its block.
    assert_eq!(
        frame("(module (func (i32.const 1) (i32.const 2) unreachable (i32.const 3) drop))"),
        4 + 2
    );
    assert_eq!(
        frame(
            "(module (func unreachable (i32.const 1) (i32.const 2) (i32.const 3) drop drop drop))"
        ),
        4 + 3
    );
    // The results of the function count at its end, also when nothing pushed them.
    assert_eq!(frame("(module (func (result i64 i64) unreachable))"), 4 + 2);
    // A block's results count behind its end, its parameters at its start.
    assert_eq!(
        frame("(module (func (i32.const 1) (block (result i32 i32) unreachable) drop drop drop))"),
        4 + 3
    );
    // A branch that is not taken leaves its values: in dead code they come out of nothing.
    assert_eq!(
        frame("(module (func (result i32 i32) unreachable (br_if 0) drop drop unreachable))"),
        4 + 2
    );
}

#[test]
fn functions_with_several_results_get_a_block_type_once() {
    let module = prepared(
        "(module (func (param i32) (result i32 i64) (local.get 0) (i64.const 1))
            (func (param i64) (result i32 i64) (i32.const 0) (local.get 0))
            (func (result i64 i64) (i64.const 0) (i64.const 1)))",
    );
    let mut types = 0;
    for payload in Parser::new(0).parse_all(module.bytes()) {
        if let Payload::TypeSection(section) = payload.expect("valid") {
            types = section.count();
        }
    }
    // Three of the module; `() -> (i32, i64)` is added, `() -> (i64, i64)` exists.
    assert_eq!(types, 4);
}

#[test]
fn the_counters_come_last_and_everything_else_keeps_its_number() {
    let module = prepared(
        "(module (memory (export \"memory\") 1) (global i32 (i32.const 1))
            (global (export \"g\") i64 (i64.const 2)) (func (export \"f\")) (@custom \"x\" \"y\"))",
    );
    let mut exports = Vec::new();
    let mut customs = Vec::new();
    let mut memory = None;
    for payload in Parser::new(0).parse_all(module.bytes()) {
        match payload.expect("valid") {
            Payload::ExportSection(section) => exports.extend(section.into_iter().map(|export| {
                let export = export.expect("valid");
                (export.name.to_owned(), export.index)
            })),
            Payload::MemorySection(section) => {
                memory = section
                    .into_iter()
                    .next()
                    .map(|memory| memory.expect("valid"));
            }
            Payload::CustomSection(section) => customs.push(section.name().to_owned()),
            _ => {}
        }
    }
    let expected = [
        ("memory", 0),
        ("g", 1),
        // The only function is 0; 1 is the front that leads to it.
        ("f", 1),
        (GAS_EXPORT, 2),
        (STACK_EXPORT, 3),
        (MEMORY_EXPORT, 0),
    ];
    assert_eq!(
        exports,
        expected.map(|(name, index)| (name.to_owned(), index))
    );
    assert!(customs.iter().all(|name| name == "name"), "{customs:?}");
    assert_eq!(memory.and_then(|memory| memory.maximum), Some(128));
    assert_eq!(module.methods().collect::<Vec<_>>(), ["f"]);
}

#[test]
fn a_function_is_added_only_where_something_grows_the_memory() {
    let functions = |code: &str| {
        let module = prepared(&format!("(module (memory 1) (func {code}))"));
        let mut payloads = Parser::new(0).parse_all(module.bytes());
        payloads.find_map(|payload| match payload.expect("valid") {
            Payload::FunctionSection(section) => Some(section.count()),
            _ => None,
        })
    };
    assert_eq!(functions("(drop (memory.size))"), Some(1));
    assert_eq!(functions("(drop (memory.grow (i32.const 1)))"), Some(2));
}

#[test]
fn a_lower_declared_maximum_of_the_memory_stays() {
    let maximum = |text: &str| prepared(text).memory_pages_maximum();
    assert_eq!(maximum("(module (memory 1))"), 128);
    assert_eq!(maximum("(module (memory 1 65536))"), 128);
    assert_eq!(maximum("(module (memory 1 3))"), 3);
    assert_eq!(maximum("(module)"), 0);
}

#[test]
fn an_empty_module_is_prepared_too() {
    let module = prepared("(module)");
    assert_eq!(global(&module, GAS_EXPORT), 0);
    assert_eq!(module.frame_slots_max(), 0);
    let base = Schedule::v1().code.instantiate_base;
    assert_eq!(module.instantiation_gas(), base);
}

#[test]
fn instantiation_is_priced_by_all_parts_of_the_module() {
    let module = prepared(
        "(module (import \"lockstep\" \"caller\" (func (param i32)))
            (global i32 (i32.const 0)) (global (mut i64) (i64.const 0)) (export \"a\" (func 1)) (export \"b\" (func 1)) (memory 2) (table 5 funcref) (func) (elem (i32.const 0) func 0 0 0)
            (data (i32.const 0) \"0123456789\") (data \"abc\"))",
    );
    let prices = Schedule::v1().code;
    assert_eq!(
        module.instantiation_gas(),
        prices.instantiate_base
            + (2 + 2) * prices.instantiate_per_item
            + (2 + 1) * prices.instantiate_per_export
            + (1 + 2) * prices.instantiate_per_segment
            + 2 * prices.memory_per_page
            + 13 * prices.data_per_byte
            + (5 + 3) * prices.table_per_element
    );
}

#[test]
fn preparing_twice_gives_the_same_bytes() {
    let text = "(module (func $f (param i32) (result i32) (if (local.get 0) (then (drop (call $f (i32.const 0))))) (i32.const 1)))";
    assert_eq!(prepared(text), prepared(text));
}
