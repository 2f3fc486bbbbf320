//! What protocol version 1 accepts beyond the plain integers of the MVP, and the one encoding that
//! compilers emit and the MVP did not know.

use lockstep_gas_meter::{PrepareError, Protocol, ViolationCode as C, prepare};

fn accept(text: &str) {
    let bytes = wat::parse_str(text).expect("the text is a module");
    if let Err(error) = prepare(&bytes, &Protocol::v1()) {
        panic!("{text}\n{error}");
    }
}

#[test]
fn what_the_design_accepts_is_accepted() {
    // Mutable globals that stay inside, immutable ones that are exported.
    accept("(module (global (mut i64) (i64.const 1)) (global (export \"g\") i32 (i32.const 2)))");
    // A block whose type is one of the type section, without parameters.
    accept(
        "(module (type $t (func (result i32)))
            (func (export \"f\") (result i32) (block (type $t) (i32.const 1))))",
    );
    // Sign extension.
    accept(
        "(module (func (drop (i32.extend8_s (i32.const 1))) (drop (i64.extend32_s (i64.const 1)))))",
    );
    // Bulk memory, with a passive data segment.
    accept(
        "(module (memory 1) (data $d \"abc\")
            (func (memory.init $d (i32.const 0) (i32.const 0) (i32.const 3)) (data.drop $d)
                (memory.copy (i32.const 0) (i32.const 1) (i32.const 2))
                (memory.fill (i32.const 0) (i32.const 1) (i32.const 2))))",
    );
    // A table, filled by an active segment, and an indirect call.
    accept(
        "(module (type $t (func)) (table 1 funcref) (func $f) (elem (i32.const 0) func $f)
            (func (call_indirect (type $t) (i32.const 0))))",
    );
    // Every host function under its own type.
    accept(&all_imports());
}

fn all_imports() -> String {
    use lockstep_abi::{HostFunction, ValueType};
    let name = |value_type: &ValueType| match value_type {
        ValueType::I32 => "i32",
        ValueType::I64 => "i64",
    };
    let mut text = "(module".to_owned();
    for function in HostFunction::ALL {
        let signature = function.signature();
        let params: Vec<_> = signature.params.iter().map(name).collect();
        let results: Vec<_> = signature.result.iter().map(name).collect();
        text.push_str(&format!(
            "(import \"lockstep\" \"{}\" (func (param {}) (result {})))",
            function.name(),
            params.join(" "),
            results.join(" ")
        ));
    }
    text.push(')');
    text
}

/// `call_indirect` with the five-byte table index 0 that current rustc emits.
#[test]
fn the_overlong_table_index_is_accepted_and_another_table_is_not() {
    let module = |table_index: &[u8]| {
        let mut body = vec![0x00, 0x41, 0x00, 0x11, 0x00];
        body.extend_from_slice(table_index);
        body.push(0x0b);
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        bytes.extend_from_slice(&[1, 4, 1, 0x60, 0, 0]);
        bytes.extend_from_slice(&[3, 2, 1, 0]);
        bytes.extend_from_slice(&[4, 4, 1, 0x70, 0, 1]);
        let length = u8::try_from(body.len()).expect("short");
        bytes.extend_from_slice(&[10, length + 2, 1, length]);
        bytes.extend_from_slice(&body);
        bytes
    };
    let protocol = Protocol::v1();
    let plain = prepare(&module(&[0]), &protocol).expect("accepted");
    let overlong = prepare(&module(&[0x80, 0x80, 0x80, 0x80, 0x00]), &protocol).expect("accepted");
    assert_eq!(
        plain.functions()[0].frame_slots,
        overlong.functions()[0].frame_slots
    );
    let Err(PrepareError::Refused(refusal)) = prepare(&module(&[1]), &protocol) else {
        panic!("table 1 must be refused");
    };
    assert_eq!(refusal.violations[0].code, C::MultiTable);
    assert_eq!(
        refusal.violations[0].operator.as_deref(),
        Some("call_indirect")
    );
}
