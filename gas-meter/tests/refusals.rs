//! One module per row of the list of refused features, each refused under its own code, at the
//! right place.

use lockstep_gas_meter::{PrepareError, Protocol, Refusal, ViolationCode as C, prepare};

fn refusal_of(bytes: &[u8]) -> Refusal {
    match prepare(bytes, &Protocol::v1()) {
        Ok(_) => panic!("the module was accepted"),
        Err(PrepareError::Refused(refusal)) => refusal,
        Err(PrepareError::Internal(error)) => panic!("{error}"),
    }
}

fn codes_of(text: &str) -> Vec<C> {
    let bytes = wat::parse_str(text).expect("the text is a module");
    let violations = refusal_of(&bytes).violations;
    assert!(violations.is_sorted_by_key(|violation| violation.offset));
    violations.iter().map(|violation| violation.code).collect()
}

/// Every row, apart from operators, which `every_operator.rs` goes through.
const ROWS: &[(C, &str)] = &[
    (C::FloatType, "(module (type (func (param f32))))"),
    (C::FloatType, "(module (type (func (result f64))))"),
    (C::FloatType, "(module (func (local f32)))"),
    (C::FloatType, "(module (global f64 (f64.const 1)))"),
    (
        C::FloatType,
        "(module (func unreachable (block (result f32) unreachable) unreachable))",
    ),
    (
        C::FloatType,
        "(module (func unreachable (loop (result f64) unreachable) unreachable))",
    ),
    (C::Simd, "(module (type (func (param v128))))"),
    (C::Simd, "(module (func (local v128)))"),
    (
        C::ReferenceTypes,
        "(module (type (func (param externref))))",
    ),
    (C::ReferenceTypes, "(module (func (local funcref)))"),
    (C::ReferenceTypes, "(module (table 1 externref))"),
    (
        C::ReferenceTypes,
        "(module (global funcref (ref.null func)))",
    ),
    (C::Threads, "(module (memory 1 2 shared))"),
    (
        C::Threads,
        "(module (table shared 1 2 (ref null (shared func))))",
    ),
    (C::Threads, "(module (global (shared i32) (i32.const 0)))"),
    (C::Exceptions, "(module (type (func)) (tag (type 0)))"),
    (C::Exceptions, "(module (func (local exnref)))"),
    (C::Gc, "(module (type (struct)))"),
    (C::Gc, "(module (type (array i32)))"),
    (C::Gc, "(module (rec (type (func)) (type (func))))"),
    (C::Gc, "(module (type (sub (func))))"),
    (C::Gc, "(module (func (local anyref)))"),
    (
        C::FunctionReferences,
        "(module (type (func)) (func (local (ref null 0))))",
    ),
    (C::StackSwitching, "(module (type (func)) (type (cont 0)))"),
    (C::Memory64, "(module (memory i64 1))"),
    (C::Memory64, "(module (table i64 1 funcref))"),
    (C::MultiMemory, "(module (memory 1) (memory 1))"),
    (
        C::MultiTable,
        "(module (table 1 funcref) (table 1 funcref))",
    ),
    (C::CustomPageSizes, "(module (memory 1 (pagesize 1)))"),
    (
        C::ExtendedConst,
        "(module (global i32 (i32.add (i32.const 1) (i32.const 2))))",
    ),
    (
        C::ExtendedConst,
        "(module (global i32 (i32.const 1)) (global i32 (global.get 0)))",
    ),
    (
        C::ExtendedConst,
        "(module (memory 1) (data (i32.mul (i32.const 1) (i32.const 2)) \"a\"))",
    ),
    (C::StartSection, "(module (func) (start 0))"),
    (C::UnknownImport, "(module (import \"env\" \"now\" (func)))"),
    (
        C::UnknownImport,
        "(module (import \"lockstep\" \"clock\" (func)))",
    ),
    (
        C::UnknownImport,
        "(module (import \"seal0\" \"input_length\" (func (result i32))))",
    ),
    (
        C::ImportType,
        "(module (import \"lockstep\" \"input_length\" (func (result i64))))",
    ),
    (
        C::ImportType,
        "(module (import \"lockstep\" \"caller\" (func)))",
    ),
    (
        C::ImportedMemory,
        "(module (import \"env\" \"memory\" (memory 1)))",
    ),
    (
        C::ImportedTable,
        "(module (import \"env\" \"table\" (table 1 funcref)))",
    ),
    (
        C::ImportedGlobal,
        "(module (import \"env\" \"base\" (global i32)))",
    ),
    (
        C::ExportedMutableGlobal,
        "(module (global (export \"g\") (mut i32) (i32.const 0)))",
    ),
    (
        C::ReservedExport,
        "(module (func (export \"lockstep.gas\")))",
    ),
    (
        C::ReservedExport,
        "(module (memory (export \"lockstep.anything\") 1))",
    ),
    (C::PassiveElements, "(module (func) (elem func 0))"),
    (C::DeclaredElements, "(module (func) (elem declare func 0))"),
    (
        C::ElementExpressions,
        "(module (table 1 funcref) (func) (elem (i32.const 0) funcref (ref.func 0)))",
    ),
    (
        C::TableInitializer,
        "(module (func) (table 1 funcref (ref.func 0)))",
    ),
    (C::Invalid, "(module (func (result i32)))"),
    (
        C::Invalid,
        "(module (func (export \"a\")) (func (export \"a\")))",
    ),
    (C::Invalid, "(module (func (i32.load (i32.const 0)) drop))"),
];

#[test]
fn every_row_is_refused_under_its_code_alone() {
    for (code, text) in ROWS {
        let codes = codes_of(text);
        assert!(
            !codes.is_empty() && codes.iter().all(|found| found == code),
            "{text}: {codes:?}"
        );
    }
}

#[test]
fn imported_tags_are_refused() {
    let text = "(module (type (func)) (import \"env\" \"t\" (tag (type 0))))";
    assert_eq!(codes_of(text), [C::ImportedTag]);
}

#[test]
fn unknown_sections_and_opcodes_are_refused() {
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    bytes.extend_from_slice(&[99, 1, 0]);
    assert_eq!(refusal_of(&bytes).violations[0].code, C::UnknownSection);

    for opcode in [
        &[0x16][..],
        &[0xfb, 0x7f],
        &[0xfc, 0x7f],
        &[0xfd, 0xff, 0x7f],
        &[0xfe, 0x7e],
        &[0xff],
    ] {
        let mut body = vec![0];
        body.extend_from_slice(opcode);
        body.push(0x0b);
        let length = u8::try_from(body.len()).expect("short");
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        bytes.extend_from_slice(&[1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0]);
        bytes.extend_from_slice(&[10, length + 2, 1, length]);
        bytes.extend_from_slice(&body);
        let refusal = refusal_of(&bytes);
        assert_eq!(
            refusal.violations[0].code,
            C::UnknownOperator,
            "{opcode:x?}"
        );
        assert_eq!(
            refusal.violations[0].function.as_ref().map(|f| f.index),
            Some(0)
        );
    }
}

#[test]
fn a_component_is_named_as_such() {
    let refusal = refusal_of(b"\0asm\x0d\0\x01\0");
    assert_eq!(refusal.violations[0].code, C::NotAModule);
    let refusal = refusal_of(b"\0asm\x02\0\0\0");
    assert_eq!(refusal.violations[0].code, C::NotAModule);
    let refusal = refusal_of(b"(module)");
    assert_eq!(refusal.violations[0].code, C::Malformed);
}

#[test]
fn all_violations_are_listed_with_place_name_and_fix() {
    let text = "(module
        (import \"env\" \"now\" (func $now))
        (func $price (export \"price\") (param i32) (local f64)
            (drop (f64.add (f64.const 1) (f64.const 2))))
        (func (export \"second\") (drop (i32.trunc_f32_s (f32.const 1)))))";
    let bytes = wat::parse_str(text).expect("a module");
    let refusal = refusal_of(&bytes);
    let found: Vec<_> = refusal
        .violations
        .iter()
        .map(|violation| {
            let function = violation.function.as_ref();
            (
                violation.code,
                function.map(|function| function.index),
                function.and_then(|function| function.name.as_deref()),
                violation.operator.as_deref(),
            )
        })
        .collect();
    let price = (Some(1), Some("price"));
    let second = (Some(2), Some("second"));
    assert_eq!(
        found,
        [
            (C::UnknownImport, None, None, None),
            (C::FloatType, price.0, price.1, None),
            (C::FloatOperator, price.0, price.1, Some("f64.const")),
            (C::FloatOperator, price.0, price.1, Some("f64.const")),
            (C::FloatOperator, price.0, price.1, Some("f64.add")),
            (C::FloatOperator, second.0, second.1, Some("f32.const")),
            (
                C::FloatOperator,
                second.0,
                second.1,
                Some("i32.trunc_f32_s")
            ),
        ]
    );
    let add = &refusal.violations[4];
    let offset = usize::try_from(add.offset).expect("small");
    assert_eq!(bytes[offset], 0xa0, "the offset is that of f64.add");
    let shown = add.to_string();
    for part in [
        "LS0202",
        "float-operator",
        "function 1 `price`",
        "f64.add",
        "help:",
    ] {
        assert!(shown.contains(part), "{shown}");
    }
    assert!(shown.contains(&format!("at byte {offset:#x}")), "{shown}");
}

#[test]
fn a_long_list_is_cut_and_counts_the_rest() {
    let body = "(drop (f32.const 0))".repeat(1_000);
    let text = format!("(module (func {body}) (func (local f64)))");
    let bytes = wat::parse_str(text).expect("a module");
    let refusal = refusal_of(&bytes);
    assert_eq!(refusal.violations.len(), 100);
    assert_eq!(refusal.omitted, 901);
    assert!(refusal.to_string().ends_with("and 901 more"));
    let mut offsets = refusal.violations.iter().map(|violation| violation.offset);
    let first = offsets.next().expect("one");
    assert!(offsets.all(|offset| offset > first && offset < first + 1_000));
}

#[test]
fn names_from_the_module_cannot_break_the_lines_of_a_message() {
    let text = "(module (import \"env\" \"a\\nhelp: \\1b[31m\" (func)))";
    let shown = refusal_of(&wat::parse_str(text).expect("a module")).to_string();
    assert!(!shown.contains('\u{1b}'));
    assert_eq!(shown.lines().count(), 3);
}

#[test]
fn a_message_of_the_parser_is_one_readable_line() {
    let refusal = refusal_of(b"schema = 1");
    let end = "expected=[0x0, 0x61, 0x73, 0x6d] actual=[0x73, 0x63, 0x68, 0x65]";
    let message = &refusal.violations[0].message;
    assert!(message.ends_with(end), "{message}");
}
