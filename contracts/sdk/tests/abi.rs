//! The ABI section that is computed at compile time, against SCALE's encoding of the same.

#![expect(
    missing_docs,
    reason = "the items are there to be described by the macros"
)]

use std::collections::BTreeMap;

use lockstep_abi::{ABI_VERSION, ContractAbi, EventAbi, Field, Method, MethodKind, Type, Variant};
use lockstep_sdk::codec::{Decode, Encode};
use lockstep_sdk::prelude::*;
use lockstep_sdk::{Contract, Describe};

/// A place.
#[data]
#[derive(Debug, PartialEq)]
pub struct Place {
    pub x: i16,
    pub y: i128,
}

#[data]
pub enum Level {
    Low = 3,
    High = 7,
}

#[data]
pub struct Pair(Level, bool);

#[data]
#[derive(Debug, PartialEq)]
pub enum Failure {
    Plain,
    #[codec(index = 9)]
    Numbered(u32, Place),
    #[codec(index = 4)]
    Named {
        r#type: Hash,
    },
}

/// Something moved.
#[derive(Event)]
pub struct Moved {
    pub from: Place,
    #[topic]
    pub number: u64,
    #[topic]
    pub name: String,
}

#[derive(Storage)]
pub struct Everything {
    count: Item<u64>,
}

/// All that an ABI can hold.
///
/// In two paragraphs.
#[contract(events(Moved))]
impl Everything {
    pub fn init(&mut self) {}

    /// Takes value.
    #[payable]
    pub fn pay(&mut self, to: AccountId, r#type: Option<[u16; 3]>) -> Result<Vec<u8>, Failure> {
        let _ = (to, r#type);
        Err(Failure::Named {
            r#type: Hash([1; 32]),
        })
    }

    pub fn read(&self, key: (Pair, CodeHash), map: BTreeMap<String, Vec<Place>>) -> (u8,) {
        let _ = (key, map, self.private());
        (0,)
    }

    pub fn upgraded(&mut self) {}

    #[invariant]
    pub fn holds(&self) {}

    fn private(&self) -> u64 {
        self.count.get_or_default()
    }
}

fn field(name: &str, ty: Type) -> Field {
    Field {
        name: name.to_string(),
        ty,
    }
}

fn place() -> Type {
    let fields = vec![field("x", Type::I16), field("y", Type::I128)];
    Type::Struct {
        name: "Place".to_string(),
        fields,
    }
}

fn failure() -> Type {
    let variant = |name: &str, index, fields| Variant {
        name: name.to_string(),
        index,
        fields,
    };
    let variants = vec![
        variant("Plain", 0, vec![]),
        variant(
            "Numbered",
            9,
            vec![field("", Type::U32), field("", place())],
        ),
        variant("Named", 4, vec![field("type", Type::Hash)]),
    ];
    Type::Enum {
        name: "Failure".to_string(),
        variants,
    }
}

fn method(name: &str, kind: MethodKind, mutates: bool) -> Method {
    Method {
        name: name.to_string(),
        docs: String::new(),
        kind,
        mutates,
        payable: false,
        params: vec![],
        output: Type::Unit,
        error: None,
    }
}

fn expected() -> ContractAbi {
    let optional = Type::Option(Box::new(Type::Array(Box::new(Type::U16), 3)));
    let level = |name: &str, index| Variant {
        name: name.to_string(),
        index,
        fields: vec![],
    };
    let level = vec![level("Low", 3), level("High", 7)];
    let level = Type::Enum {
        name: "Level".to_string(),
        variants: level,
    };
    let pair = vec![field("", level), field("", Type::Bool)];
    let pair = Type::Struct {
        name: "Pair".to_string(),
        fields: pair,
    };
    let places = Type::Map(
        Box::new(Type::String),
        Box::new(Type::List(Box::new(place()))),
    );
    ContractAbi {
        name: "Everything".to_string(),
        docs: "All that an ABI can hold.\n\nIn two paragraphs.".to_string(),
        methods: vec![
            method("init", MethodKind::Init, true),
            Method {
                docs: "Takes value.".to_string(),
                payable: true,
                params: vec![field("to", Type::AccountId), field("type", optional)],
                output: Type::Bytes,
                error: Some(failure()),
                ..method("pay", MethodKind::Call, true)
            },
            Method {
                params: vec![
                    field("key", Type::Tuple(vec![pair, Type::CodeHash])),
                    field("map", places),
                ],
                output: Type::Tuple(vec![Type::U8]),
                ..method("read", MethodKind::Call, false)
            },
            method("upgraded", MethodKind::Upgraded, true),
            method("holds", MethodKind::Invariant, false),
        ],
        events: vec![EventAbi {
            name: "Moved".to_string(),
            docs: "Something moved.".to_string(),
            fields: vec![
                field("from", place()),
                field("number", Type::U64),
                field("name", Type::String),
            ],
            topics: vec![1, 2],
        }],
    }
}

#[test]
fn the_section_is_the_scale_encoding_of_the_abi() {
    const LENGTH: usize = Everything::ABI.section_length();
    const SECTION: [u8; LENGTH] = Everything::ABI.section();
    let (version, mut rest) = SECTION.split_first().expect("the version");
    assert_eq!(*version, ABI_VERSION);
    assert_eq!(
        ContractAbi::decode(&mut rest).expect("it decodes"),
        expected()
    );
    assert_eq!(SECTION[1..], expected().encode());
}

/// Every shape has the index of its counterpart in `lockstep_abi`, and lengths beyond one byte
/// are written as SCALE writes them.
#[test]
fn shapes_encode_as_their_types() {
    use lockstep_sdk::shape::{ContractShape, MethodShape, Shape};

    const LONG: &str = include_str!("abi.rs");
    const fn one(output: &'static Shape) -> MethodShape {
        MethodShape {
            name: "m",
            docs: "",
            kind: MethodKind::Call,
            mutates: false,
            payable: false,
            params: &[],
            output,
            error: None,
        }
    }
    const ALL: [MethodShape; 24] = [
        one(&Shape::Unit),
        one(&Shape::Bool),
        one(&Shape::U8),
        one(&Shape::U16),
        one(&Shape::U32),
        one(&Shape::U64),
        one(&Shape::U128),
        one(&Shape::I8),
        one(&Shape::I16),
        one(&Shape::I32),
        one(&Shape::I64),
        one(&Shape::I128),
        one(&Shape::String),
        one(&Shape::Bytes),
        one(&Shape::AccountId),
        one(&Shape::CodeHash),
        one(&Shape::Hash),
        one(&Shape::Option(&Shape::U8)),
        one(&Shape::List(&Shape::U8)),
        one(&Shape::Array(&Shape::U8, 70_000)),
        one(&Shape::Map(&Shape::U8, &Shape::Bool)),
        one(&Shape::Tuple(&[&Shape::U8, &Shape::Unit])),
        one(<Pair as Describe>::SHAPE),
        one(<Failure as Describe>::SHAPE),
    ];
    const ABI: ContractShape = ContractShape {
        name: "n",
        docs: LONG,
        methods: &ALL,
        events: &[],
    };
    const LENGTH: usize = ABI.section_length();
    const SECTION: [u8; LENGTH] = ABI.section();

    let decoded = ContractAbi::decode(&mut &SECTION[1..]).expect("it decodes");
    assert_eq!(decoded.encode(), SECTION[1..]);
    assert_eq!(decoded.docs, LONG);
    for (method, shape) in decoded.methods.iter().zip(ALL) {
        // Both derive Debug with the same names but for these two, and references print as values.
        let constant = format!("{:?}", shape.output);
        let constant = constant
            .replace("FieldShape", "Field")
            .replace("VariantShape", "Variant");
        assert_eq!(format!("{:?}", method.output), constant);
    }
}

#[test]
fn an_events_topics_are_its_name_and_its_marked_fields() {
    let long = "a name that is longer than thirty-two bytes".to_string();
    let event = Moved {
        from: Place { x: 1, y: 2 },
        number: 3,
        name: long.clone(),
    };
    let mut name = [0; 32];
    name[..5].copy_from_slice(b"Moved");
    let mut number = [0; 32];
    number[0] = 3;
    assert_eq!(
        event.topics(),
        [name, number, crypto::blake2b_256(&long.encode()).0]
    );
    assert_eq!(event.data(), (1_i16, 2_i128, 3_u64, long).encode());
}
