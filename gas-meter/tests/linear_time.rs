//! Preparing a module takes time in proportion to its length, whatever is in it, and what comes out
//! is as long in proportion.
//!
//! A module is made of one piece of code, repeated; one that is 128 times as long may take a few times
//! as long for each byte, where time that grows with the square of the length takes many times.
//! Nothing but a clock sees the time everywhere in the pass, so this is one of CPU time, of this thread
//! alone, with ample room, and only where Linux offers it. What depends on the call graph is counted
//! without a clock, in `plan::recursion`.

use std::fs;

use lockstep_gas_meter::{PrepareError, Protocol, prepare};
use wasm_encoder::{
    CodeSection, ConstExpr, ElementSection, Elements, ExportKind, ExportSection, Function,
    FunctionSection, MemorySection, MemoryType, Module, RefType, TableSection, TableType,
    TypeSection, ValType,
};

/// How many times as long the longer module of a pair is.
const TIMES: usize = 128;

/// How many times as long the longer module may take for each byte.
const SLOWER_MAX: u64 = 6;

/// What it may take besides, in nanoseconds: the counter moves in steps.
const SLACK: u64 = 100_000_000;

/// How many times as large the output of the longer module may be for each byte: its numbers are
/// larger.
const LARGER_MAX: f64 = 1.5;

/// How often a pair is measured before it is found too slow.
const ATTEMPTS: usize = 3;

/// What the module's functions are made of: `unit` in their middle, as often as it has to be.
struct Shape<'c> {
    name: &'c str,
    before: &'c [u8],
    unit: &'c [u8],
    after: &'c [u8],
    /// How often at most in one function, and in the longer module.
    of_function: usize,
    of_module: usize,
    /// How many entries element segments have for each unit. Each is the last function, which calls
    /// all others.
    entries: usize,
}

impl<'c> Shape<'c> {
    /// A piece of code that fills functions to their limit, and modules to `of_module`.
    const fn of(name: &'c str, unit: &'c [u8], of_module: usize) -> Shape<'c> {
        Shape {
            name,
            before: &[],
            unit,
            after: &[],
            of_function: 250_000 / unit.len(),
            of_module,
            entries: 0,
        }
    }

    /// A module with so many units.
    fn module(&self, mut units: usize) -> Vec<u8> {
        let mut module = Module::new();
        let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
        let entries = units * self.entries;
        while units > 0 {
            let here = units.min(self.of_function);
            units -= here;
            let mut function = Function::new([(2, ValType::I32)]);
            function.raw(self.before.iter().copied());
            function.raw(self.unit.repeat(here));
            function.raw(self.after.iter().copied());
            function.instructions().end();
            functions.function(0);
            code.function(&function);
        }
        let last = functions.len();
        let mut function = Function::new([]);
        for callee in 0..last {
            function.instructions().call(callee);
        }
        function.instructions().end();
        functions.function(0);
        code.function(&function);
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut tables = TableSection::new();
        tables.table(TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: 16_384,
            maximum: None,
            shared: false,
        });
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: 1,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut exports = ExportSection::new();
        exports.export("go", ExportKind::Func, last);
        let mut elements = ElementSection::new();
        for segment in vec![last; entries].chunks(16_384) {
            let offset = ConstExpr::i32_const(0);
            elements.active(None, &offset, Elements::Functions(segment.into()));
        }
        module.section(&types).section(&functions).section(&tables);
        module.section(&memories).section(&exports);
        module.section(&elements).section(&code);
        module.finish()
    }
}

/// The CPU time that this thread has used, in nanoseconds.
fn used() -> Option<u64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok()
}

/// What it takes to prepare a module so many times.
fn time(bytes: &[u8], times: usize) -> Option<u64> {
    let protocol = Protocol::v1();
    let before = used()?;
    for _ in 0..times {
        match prepare(bytes, &protocol) {
            Ok(_) => {}
            Err(PrepareError::Refused(refusal)) => panic!("{refusal}"),
            Err(error) => panic!("{error}"),
        }
    }
    used()?.checked_sub(before)
}

/// Holds a long module against a short one of the same kind, prepared so much more often.
fn assert_in_proportion(shape: &Shape<'_>) {
    let (short, long) = (
        shape.module(shape.of_module / TIMES),
        shape.module(shape.of_module),
    );
    let sizes = [&short, &long].map(|module| {
        let prepared = prepare(module, &Protocol::v1()).expect("it is accepted");
        prepared.bytes().len() as f64 / module.len() as f64
    });
    let [of_short, of_long] = sizes;
    assert!(
        of_long <= of_short * LARGER_MAX,
        "{}: {sizes:?}",
        shape.name
    );
    let mut found = Vec::new();
    for _ in 0..ATTEMPTS {
        let Some((many, one)) = time(&short, TIMES).zip(time(&long, 1)) else {
            return;
        };
        if one <= many * SLOWER_MAX + SLACK {
            return;
        }
        found.push(format!("{one} ns, the short one {TIMES} times {many} ns"));
    }
    panic!("{}: the long one takes {}", shape.name, found.join("; "));
}

#[test]
fn indirect_calls_and_entries_of_the_table() {
    assert_in_proportion(&Shape {
        entries: 2,
        ..Shape::of("call_indirect", &[0x41, 0, 0x11, 0, 0], 120_000)
    });
}

#[test]
fn operators_that_are_charged_by_an_operand() {
    assert_in_proportion(&Shape {
        before: &[0x20, 0],
        after: &[0x1a],
        of_function: 120_000,
        ..Shape::of("memory.grow", &[0x40, 0], 360_000)
    });
}

#[test]
fn loops_that_are_copied() {
    let until = [0x03, 0x40, 0x20, 0, 0x0d, 0, 0x0b];
    assert_in_proportion(&Shape::of("pairs of runs", &until, 142_000));
    let counted = [
        0x03, 0x40, 0x20, 0, 0x41, 1, 0x6a, 0x22, 0, 0x20, 1, 0x47, 0x0d, 0, 0x0b,
    ];
    assert_in_proportion(&Shape::of("counted loops", &counted, 60_000));
}

#[test]
fn loops_that_are_not_copied() {
    // In each loop an `if` that leaves it, and one that goes back.
    let unit = [
        0x03, 0x40, 0x20, 0, 0x04, 0x40, 0x0c, 1, 0x0b, 0x20, 0, 0x0d, 0, 0x0b,
    ];
    assert_in_proportion(&Shape::of("loops", &unit, 70_000));
}

#[test]
fn loops_in_loops() {
    // A tower of 500 loops, each with one branch back, around many ways out of the innermost one.
    let (head, foot) = (
        [0x03, 0x40].repeat(500),
        [0x20, 0, 0x0d, 0, 0x0b].repeat(500),
    );
    let out = [0x20, 0, 0x0d, 0].repeat(140);
    let unit = [&head[..], &[0x02, 0x40], &out, &[0x0b], &foot].concat();
    assert_in_proportion(&Shape::of("nested loops", &unit, 240));
}

#[test]
fn forks_and_joins() {
    let ladder = [
        0x02, 0x40, 0x02, 0x40, 0x20, 0, 0x0d, 0, 0x20, 0, 0x0d, 1, 0x0b, 0x01, 0x20, 1, 0x1a, 0x0b,
    ];
    assert_in_proportion(&Shape::of("joins", &ladder, 55_000));
    let arms = [0x20, 0, 0x04, 0x40, 0x20, 0, 0x0d, 1, 0x05, 0x01, 0x0b];
    assert_in_proportion(&Shape {
        before: &[0x02, 0x40],
        after: &[0x0b],
        ..Shape::of("arms", &arms, 90_000)
    });
    let table = [
        0x02, 0x40, 0x02, 0x40, 0x20, 0, 0x0e, 6, 0, 1, 0, 1, 0, 1, 0, 0x0b, 0x0b,
    ];
    assert_in_proportion(&Shape::of("br_table", &table, 58_000));
}

#[test]
fn calls_that_go_in_circles() {
    // The first function calls itself, the others call it.
    let unit = [0x20, 0, 0x04, 0x40, 0x10, 0, 0x0b];
    assert_in_proportion(&Shape::of("calls", &unit, 140_000));
}
