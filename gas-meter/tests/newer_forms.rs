//! Forms of the binary format that came with garbage collection and mean what older ones mean.

use lockstep_gas_meter::{PrepareError, Protocol, Refusal, ViolationCode as C, prepare};

fn refusal_of(bytes: &[u8]) -> Refusal {
    match prepare(bytes, &Protocol::v1()) {
        Err(PrepareError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

/// Other engines may not know these forms, and the prepared module has the section as it was.
#[test]
fn newer_forms_of_what_is_accepted_are_refused() {
    let types = |first: &[u8]| {
        let content = [&[1], first, &[0x60, 0, 0]].concat();
        let length = u8::try_from(content.len()).expect("a short section");
        [&b"\0asm\x01\0\0\0\x01"[..], &[length], &content].concat()
    };
    assert!(prepare(&types(&[]), &Protocol::v1()).is_ok());
    let sub_final = refusal_of(&types(&[0x4f, 0]));
    assert_eq!(sub_final.violations[0].code, C::Gc);
    assert_eq!(sub_final.violations[0].offset, 11);
    let table = |reference: &[u8]| {
        let content = [&[1], reference, &[0, 1]].concat();
        let length = u8::try_from(content.len()).expect("a short section");
        [&b"\0asm\x01\0\0\0\x04"[..], &[length], &content].concat()
    };
    assert!(prepare(&table(&[0x70]), &Protocol::v1()).is_ok());
    let typed = refusal_of(&table(&[0x63, 0x70]));
    assert_eq!(typed.violations[0].code, C::FunctionReferences);
    assert_eq!(typed.violations[0].offset, 11);
}
