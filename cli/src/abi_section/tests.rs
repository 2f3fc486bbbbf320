//! Sections that are read, and those that are not.

use super::AbiSection;
use lockstep_abi::{
    ABI_SECTION_NAME, ContractAbi, EventAbi, Field, Method, MethodKind, Type, Variant,
};
use parity_scale_codec::Encode;

fn module(content: &[u8]) -> Vec<u8> {
    let name = ABI_SECTION_NAME.as_bytes();
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    module.extend([0, 3, 1, b'x', 9]);
    let size = u32::try_from(name.len() + content.len() + 1).expect("a size");
    let group = |at: u32| u8::try_from(size >> at & 0x7f).expect("7 bits");
    module.extend([
        0,
        group(0) | 0x80,
        group(7) | 0x80,
        group(14) | 0x80,
        group(21),
    ]);
    module.push(u8::try_from(name.len()).expect("a short name"));
    module.extend(name);
    module.extend(content);
    module
}

fn abi(ty: Type) -> ContractAbi {
    let method = Method {
        name: "f".into(),
        docs: String::new(),
        kind: MethodKind::Call,
        mutates: false,
        payable: false,
        params: vec![Field {
            name: "x".into(),
            ty,
        }],
        output: Type::Unit,
        error: None,
    };
    ContractAbi {
        name: "C".into(),
        docs: String::new(),
        methods: vec![method],
        events: vec![],
    }
}

#[test]
fn the_section_is_found_after_others() {
    let abi = abi(Type::U8);
    let content = [vec![1], abi.encode()].concat();
    assert_eq!(
        AbiSection::of(&module(&content)),
        AbiSection::Found(Box::new(abi))
    );
    assert_eq!(AbiSection::of(b"\0asm\x01\0\0\0"), AbiSection::Missing);
    assert_eq!(AbiSection::of(b"garbage"), AbiSection::Missing);
}

#[test]
fn what_cannot_be_read_counts_as_none() {
    let one = [vec![1], abi(Type::U8).encode()].concat();
    let trailing = [&one[..], &[0]].concat();
    for content in [&[][..], &[2, 0], &[1, 0xff, 0xff], &trailing] {
        let section = AbiSection::of(&module(content));
        assert!(matches!(section, AbiSection::Unreadable(_)), "{content:?}");
        assert_eq!(section.found(), None);
    }
}

/// Each parameter takes two bytes of the section, and many times as much when it is read.
#[test]
fn a_section_that_no_contract_can_have_is_not_read() {
    let mut wide = abi(Type::Unit);
    let param = Field {
        name: String::new(),
        ty: Type::Unit,
    };
    let params =
        |wide: &mut ContractAbi, count| wide.methods[0].params = vec![param.clone(); count];
    params(&mut wide, 500_000);
    let section = AbiSection::of(&module(&[vec![1], wide.encode()].concat()));
    assert!(matches!(section, AbiSection::Found(_)));
    params(&mut wide, 600_000);
    let section = AbiSection::of(&module(&[vec![1], wide.encode()].concat()));
    let AbiSection::Unreadable(reason) = section else {
        panic!("it is readable");
    };
    assert!(
        reason.ends_with("bytes; at most 1048576 are read"),
        "{reason}"
    );
}

#[test]
fn one_of_two_sections_is_not_chosen() {
    let one = module(&[vec![1], abi(Type::U8).encode()].concat());
    let twice = [&one[..], &one[8..]].concat();
    let message = "the module has 2 such sections".to_string();
    assert_eq!(AbiSection::of(&twice), AbiSection::Unreadable(message));
}

#[test]
fn a_name_that_would_steer_a_terminal_is_refused() {
    let text = "\u{1b}[2J".to_string();
    let named = |ty| Field {
        name: "x".into(),
        ty,
    };
    let inner = Type::Enum {
        name: "E".into(),
        variants: vec![Variant {
            name: text.clone(),
            index: 0,
            fields: vec![],
        }],
    };
    let mut of_contract = abi(Type::U8);
    of_contract.name.clone_from(&text);
    let mut of_method = abi(Type::U8);
    of_method.methods[0].name.clone_from(&text);
    let mut of_error = abi(Type::U8);
    of_error.methods[0].error = Some(inner.clone());
    let mut of_event = abi(Type::U8);
    of_event.events.push(EventAbi {
        name: "E\u{202e}".into(),
        docs: String::new(),
        fields: vec![],
        topics: vec![],
    });
    let fields = vec![named(Type::List(Box::new(inner)))];
    let name = "S".into();
    let of_type = abi(Type::Struct { name, fields });
    for abi in [of_contract, of_method, of_error, of_event, of_type] {
        let content = [vec![1], abi.encode()].concat();
        let AbiSection::Unreadable(reason) = AbiSection::of(&module(&content)) else {
            panic!("{abi:?} is readable");
        };
        assert!(reason.contains("\\u{"), "{reason}");
    }
    let mut documented = abi(Type::U8);
    documented.docs = "two\nlines".into();
    let content = [vec![1], documented.encode()].concat();
    assert!(AbiSection::of(&module(&content)).found().is_some());
}

#[test]
fn two_contracts_are_told_apart() {
    let one = [vec![1], abi(Type::U8).encode()].concat();
    let mut other = abi(Type::Unit);
    other.name = "D".into();
    let content = [one, vec![1], other.encode()].concat();
    let section = AbiSection::of(&module(&content));
    assert_eq!(section, AbiSection::Several(["C".into(), "D".into()]));
    assert_eq!(section.found(), None);
}

#[test]
fn a_type_that_nests_without_end_is_refused() {
    let mut ty = Type::U8;
    for _ in 0..100 {
        ty = Type::Option(Box::new(ty));
    }
    let content = [vec![1], abi(ty).encode()].concat();
    let section = AbiSection::of(&module(&content[..content.len().min(100)]));
    let AbiSection::Unreadable(reason) = section else {
        panic!("{section:?}");
    };
    assert!(!reason.is_empty() && !reason.contains('\n'), "{reason}");
}
