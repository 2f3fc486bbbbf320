//! Every limit on modules: the value itself is accepted, one more is refused under the limit's
//! code, stating the limit and what was found.

use std::fmt::Write;

use lockstep_gas_meter::{
    Excess, Limits, PrepareError, Protocol, Refusal, ViolationCode as C, prepare,
};

fn outcome(bytes: &[u8], limits: &Limits) -> Result<(), Refusal> {
    let protocol = Protocol {
        limits: limits.clone(),
        ..Protocol::v1()
    };
    match prepare(bytes, &protocol) {
        Ok(_) => Ok(()),
        Err(PrepareError::Refused(refusal)) => Err(refusal),
        Err(PrepareError::Internal(error)) => panic!("{error}"),
    }
}

/// Builds a module of a given size in the dimension tested, and checks `limit` and `limit + 1`.
fn check(code: C, limit: u32, build: impl Fn(usize) -> String) {
    check_under(&Limits::v1(), code, limit, |size| {
        wat::parse_str(build(size)).expect("the text is a module")
    });
}

fn check_under(limits: &Limits, code: C, limit: u32, build: impl Fn(usize) -> Vec<u8>) {
    let size = usize::try_from(limit).expect("32 bits");
    if let Err(refusal) = outcome(&build(size), limits) {
        panic!("at the limit of {code}: {refusal}");
    }
    let refusal = outcome(&build(size + 1), limits).expect_err("past the limit");
    let past = Excess {
        limit: u64::from(limit),
        actual: u64::from(limit) + 1,
    };
    let violation = &refusal.violations[0];
    assert_eq!(
        (violation.code, violation.excess),
        (code, Some(past)),
        "{refusal}"
    );
}

/// `count` times `part`, with `{}` in it replaced by the position.
fn repeated(count: usize, part: &str) -> String {
    let mut text = String::new();
    for position in 0..count {
        text.push_str(&part.replace("{}", &position.to_string()));
    }
    text
}

#[test]
fn counts_of_declarations() {
    let v1 = Limits::v1();
    check(C::TypeCount, v1.types_max, |n| {
        format!("(module {})", repeated(n, "(type (func (param i32)))"))
    });
    check(C::ParamCount, v1.params_max, |n| {
        format!("(module (type (func (param {}))))", repeated(n, "i32 "))
    });
    check(C::ResultCount, v1.results_max, |n| {
        format!("(module (type (func (result {}))))", repeated(n, "i64 "))
    });
    check(C::GlobalCount, v1.globals_max, |n| {
        format!("(module {})", repeated(n, "(global i32 (i32.const {}))"))
    });
    check(C::ExportCount, v1.exports_max, |n| {
        format!("(module (func {}))", repeated(n, "(export \"e{}\")"))
    });
    check(C::ImportCount, v1.imports_max, |n| {
        let import = "(import \"lockstep\" \"gas_left\" (func (result i64)))";
        format!("(module {})", repeated(n, import))
    });
    check(C::FunctionCount, v1.functions_max, |n| {
        let function = format!("(func (type 0) {})", repeated(16, "nop "));
        format!("(module (type (func)) {})", repeated(n, &function))
    });
    // Bodies of four bytes with their length, and three bytes for the count of n functions: the
    // limit L fits into 512 + (4 L + 2) / 16.
    check(C::FunctionCount, 682, |n| {
        format!(
            "(module (type (func)) {})",
            repeated(n, "(func (type 0) nop)")
        )
    });
    check(C::NameBytes, v1.name_bytes_max, |n| {
        format!("(module (func (export \"{}\")))", repeated(n, "x"))
    });
    check(C::CustomSectionCount, v1.custom_sections_max, |n| {
        format!("(module {})", repeated(n, "(@custom \"c\" \"\")"))
    });
}

#[test]
fn counts_of_segments_and_sizes_of_table_and_memory() {
    let v1 = Limits::v1();
    check(C::DataSegmentCount, v1.data_segments_max, |n| {
        format!(
            "(module (memory 1) {})",
            repeated(n, "(data (i32.const 0))")
        )
    });
    check(C::ElementSegmentCount, v1.element_segments_max, |n| {
        let segment = "(elem (i32.const 0) func)";
        format!("(module (table 1 funcref) {})", repeated(n, segment))
    });
    check(C::TableElements, v1.table_elements_max, |n| {
        format!("(module (table {n} funcref))")
    });
    check(C::TableElements, v1.table_elements_max, |n| {
        let elements = v1.table_elements_max;
        format!(
            "(module (table {elements} funcref) (func) (elem (i32.const 0) func {}))",
            repeated(n, "0 ")
        )
    });
    check(C::MemoryPages, v1.memory_pages_max, |n| {
        format!("(module (memory {n}))")
    });
}

#[test]
fn sizes_within_a_function() {
    let v1 = Limits::v1();
    check(C::LocalCount, v1.locals_max, |n| {
        format!(
            "(module (func (param i32 i32) (local {}) {}))",
            repeated(n - 2, "i64 "),
            repeated(4_096, "nop ")
        )
    });
    // An empty body has four bytes: one group of locals, and `end`.
    check(C::LocalCount, v1.locals_beyond_body_max + 4, |n| {
        format!("(module (func (local {})))", repeated(n, "i64 "))
    });
    check(C::OperandHeight, v1.operand_height_max, |n| {
        let pushes = repeated(n, "(i32.const 0) ");
        format!("(module (func {pushes} {}))", repeated(n, "drop "))
    });
    check(C::Nesting, v1.nesting_max, |n| {
        format!(
            "(module (func {} {}))",
            repeated(n, "block "),
            repeated(n, "end ")
        )
    });
    check(C::BlockParamCount, v1.block_params_max, |n| {
        let (params, drops) = (repeated(n, "i32 "), repeated(n, "drop "));
        let operands = repeated(n, "(i32.const {}) ");
        format!("(module (func {operands} (block (param {params}) {drops})))")
    });
    let block = |n| {
        let (results, values) = (repeated(n, "i32 "), repeated(n, "(i32.const {}) "));
        let drops = repeated(n, "drop ");
        format!("(module (func (block (result {results}) {values}) {drops}))")
    };
    check(C::BlockResultCount, v1.block_results_max, block);
    check(C::BranchTableTargets, v1.branch_table_targets_max, |n| {
        format!(
            "(module (func (br_table {} 0 (i32.const 0))))",
            repeated(n, "0 ")
        )
    });
    check(C::BodyBytes, v1.body_bytes_max, |n| {
        // No locals and the end: two bytes.
        format!("(module (func {}))", repeated(n - 2, "nop "))
    });
}

/// A module whose custom section fills it up to `size` bytes.
fn padded(size: usize) -> Vec<u8> {
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    let rest = size - bytes.len();
    // Id, a length of four bytes, and a name of one byte.
    let content = rest - 5;
    let mut length = u32::try_from(content).expect("32 bits");
    bytes.push(0);
    for position in 0..4 {
        let low = u8::try_from(length & 0x7f).expect("seven bits");
        bytes.push(if position < 3 { low | 0x80 } else { low });
        length >>= 7;
    }
    bytes.extend_from_slice(&[1, b'p']);
    bytes.resize(size, 0);
    bytes
}

#[test]
fn the_length_of_the_file() {
    let v1 = Limits::v1();
    check_under(&v1, C::ModuleBytes, v1.module_bytes_max, padded);
}

/// The file's length is compared before the bytes are read.
#[test]
fn a_long_file_is_refused_for_its_length_alone() {
    let refusal = outcome(&vec![0xff; 2_000_000], &Limits::v1()).expect_err("too long");
    assert_eq!(refusal.violations.len(), 1);
    assert_eq!(refusal.violations[0].code, C::ModuleBytes);
}

#[test]
fn the_length_of_the_output() {
    let mut text = "(module (func (local i32) loop ".to_owned();
    for _ in 0..1_000 {
        text.push_str("(br_if 0 (local.get 0)) ");
    }
    text.push_str("end))");
    let bytes = wat::parse_str(text).expect("a module");
    let whole = prepare(&bytes, &Protocol::v1())
        .expect("accepted")
        .bytes()
        .len();
    let mut limits = Limits::v1();
    limits.prepared_bytes_max = u32::try_from(whole).expect("32 bits");
    assert!(outcome(&bytes, &limits).is_ok());
    limits.prepared_bytes_max -= 1;
    let refusal = outcome(&bytes, &limits).expect_err("too long");
    assert_eq!(refusal.violations[0].code, C::PreparedBytes);
    limits.prepared_bytes_max = 1_000;
    let refusal = outcome(&bytes, &limits).expect_err("too long");
    assert_eq!(
        refusal.violations[0].function.as_ref().map(|f| f.index),
        Some(0)
    );
}

/// Counts are compared before anything is reserved for the items: a count of billions in a few
/// bytes is refused at once.
#[test]
fn counts_of_billions_cost_nothing() {
    let huge = [0xff, 0xff, 0xff, 0xff, 0x0f];
    for (section, code) in [
        (1, C::TypeCount),
        (2, C::ImportCount),
        (3, C::FunctionCount),
        (6, C::GlobalCount),
        (7, C::ExportCount),
        (9, C::ElementSegmentCount),
        (11, C::DataSegmentCount),
    ] {
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        bytes.extend_from_slice(&[section, 5]);
        bytes.extend_from_slice(&huge);
        let refusal = outcome(&bytes, &Limits::v1()).expect_err("too many");
        let violation = &refusal.violations[0];
        assert_eq!(violation.code, code);
        assert_eq!(
            violation.excess.map(|excess| excess.actual),
            Some(u64::from(u32::MAX))
        );
    }
}

/// Locals are counted by group: four billion of them take seven bytes.
#[test]
fn billions_of_locals_and_targets_cost_nothing() {
    let refused = |body: &[u8]| {
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        bytes.extend_from_slice(&[1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0]);
        let length = u8::try_from(body.len()).expect("short");
        bytes.extend_from_slice(&[10, length + 2, 1, length]);
        bytes.extend_from_slice(body);
        let refusal = outcome(&bytes, &Limits::v1()).expect_err("too many");
        (
            refusal.violations[0].code,
            refusal.violations[0].excess.map(|e| e.actual),
        )
    };
    let billions = u64::from(u32::MAX);
    let two_groups = [
        2, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7e, 0x0b,
    ];
    assert_eq!(refused(&two_groups), (C::LocalCount, Some(2 * billions)));
    let branch_table = [0, 0x0e, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x0b];
    assert_eq!(
        refused(&branch_table),
        (C::BranchTableTargets, Some(billions))
    );
}

/// A count past its limit does not hide what else is wrong.
#[test]
fn other_sections_are_still_read() {
    let mut text = "(module ".to_owned();
    for _ in 0..600 {
        text.push_str("(global i32 (i32.const 0))");
    }
    write!(text, "(memory 1000) (func (local f32)))").expect("a string");
    let bytes = wat::parse_str(text).expect("a module");
    let refusal = outcome(&bytes, &Limits::v1()).expect_err("refused");
    let codes: Vec<_> = refusal.violations.iter().map(|v| v.code).collect();
    assert_eq!(codes, [C::MemoryPages, C::GlobalCount, C::FloatType]);
}
