//! The description of a contract as constants, and its encoding at compile time.
//!
//! These types mirror those of `lockstep_abi` ([`ContractAbi`](lockstep_abi::ContractAbi) and
//! its parts) with references in place of owned values, so that `#[contract]` can write a
//! contract's description into a custom section without running any code. The bytes are those
//! that SCALE writes for the owned types; the tests compare the two.

use lockstep_abi::{ABI_VERSION, MethodKind};

/// A type; see [`lockstep_abi::Type`], which has the same variants in the same order.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the variants are those of lockstep_abi::Type")]
pub enum Shape {
    Unit,
    Bool,
    U8,
    U16,
    U32,
    U64,
    U128,
    I8,
    I16,
    I32,
    I64,
    I128,
    String,
    Bytes,
    AccountId,
    CodeHash,
    Hash,
    Option(&'static Shape),
    List(&'static Shape),
    Array(&'static Shape, u32),
    Map(&'static Shape, &'static Shape),
    Tuple(&'static [&'static Shape]),
    Struct {
        name: &'static str,
        fields: &'static [FieldShape],
    },
    Enum {
        name: &'static str,
        variants: &'static [VariantShape],
    },
}

/// A named value; see [`lockstep_abi::Field`].
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the fields are those of lockstep_abi::Field")]
pub struct FieldShape {
    pub name: &'static str,
    pub ty: &'static Shape,
}

/// One variant of an enum; see [`lockstep_abi::Variant`].
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the fields are those of lockstep_abi::Variant")]
pub struct VariantShape {
    pub name: &'static str,
    pub index: u8,
    pub fields: &'static [FieldShape],
}

/// One method; see [`lockstep_abi::Method`].
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the fields are those of lockstep_abi::Method")]
pub struct MethodShape {
    pub name: &'static str,
    pub docs: &'static str,
    pub kind: MethodKind,
    pub mutates: bool,
    pub payable: bool,
    pub params: &'static [FieldShape],
    pub output: &'static Shape,
    pub error: Option<&'static Shape>,
}

/// One event; see [`lockstep_abi::EventAbi`].
#[derive(Clone, Copy, Debug)]
#[expect(
    missing_docs,
    reason = "the fields are those of lockstep_abi::EventAbi"
)]
pub struct EventShape {
    pub name: &'static str,
    pub docs: &'static str,
    pub fields: &'static [FieldShape],
    pub topics: &'static [u8],
}

/// A contract; see [`lockstep_abi::ContractAbi`].
#[derive(Clone, Copy, Debug)]
#[expect(
    missing_docs,
    reason = "the fields are those of lockstep_abi::ContractAbi"
)]
pub struct ContractShape {
    pub name: &'static str,
    pub docs: &'static str,
    pub methods: &'static [MethodShape],
    pub events: &'static [EventShape],
}

impl ContractShape {
    /// The length of the custom section in bytes.
    pub const fn section_length(&self) -> usize {
        self.write(Writer::<0>::new()).length
    }

    /// The custom section: the version byte, then the SCALE encoding.
    ///
    /// # Panics
    /// When `N` is not [`section_length`](ContractShape::section_length).
    pub const fn section<const N: usize>(&self) -> [u8; N] {
        let writer = self.write(Writer::<N>::new());
        assert!(writer.length == N, "N is the section's length");
        writer.bytes
    }

    const fn write<const N: usize>(&self, writer: Writer<N>) -> Writer<N> {
        let mut writer = writer;
        writer.byte(ABI_VERSION);
        writer.text(self.name);
        writer.text(self.docs);
        writer.compact(self.methods.len());
        let mut i = 0;
        while i < self.methods.len() {
            writer.method(&self.methods[i]);
            i += 1;
        }
        writer.compact(self.events.len());
        let mut i = 0;
        while i < self.events.len() {
            writer.event(&self.events[i]);
            i += 1;
        }
        writer
    }
}

/// Writes SCALE into a fixed array. What does not fit is only counted, so that a writer without
/// room measures. Iterators and `for` are not available at compile time, hence the loops.
struct Writer<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Writer<N> {
    const fn new() -> Self {
        Writer {
            bytes: [0; N],
            length: 0,
        }
    }

    const fn byte(&mut self, byte: u8) {
        if self.length < N {
            self.bytes[self.length] = byte;
        }
        self.length += 1;
    }

    const fn bytes(&mut self, bytes: &[u8]) {
        let mut i = 0;
        while i < bytes.len() {
            self.byte(bytes[i]);
            i += 1;
        }
    }

    /// SCALE's compact integer, up to 2^30 - 1, which no length here comes near.
    const fn compact(&mut self, number: usize) {
        assert!(number < 1 << 30, "too long for an ABI");
        let number = number as u32;
        let bytes = ((number << 2) | 2).to_le_bytes();
        match number {
            0..0x40 => self.byte((number as u8) << 2),
            0x40..0x4000 => self.bytes(&(((number as u16) << 2) | 1).to_le_bytes()),
            _ => self.bytes(&bytes),
        }
    }

    const fn text(&mut self, text: &str) {
        self.compact(text.len());
        self.bytes(text.as_bytes());
    }

    const fn fields(&mut self, fields: &[FieldShape]) {
        self.compact(fields.len());
        let mut i = 0;
        while i < fields.len() {
            self.text(fields[i].name);
            self.shape(fields[i].ty);
            i += 1;
        }
    }

    const fn method(&mut self, method: &MethodShape) {
        self.text(method.name);
        self.text(method.docs);
        self.byte(method.kind as u8);
        self.byte(method.mutates as u8);
        self.byte(method.payable as u8);
        self.fields(method.params);
        self.shape(method.output);
        match method.error {
            None => self.byte(0),
            Some(error) => {
                self.byte(1);
                self.shape(error);
            }
        }
    }

    const fn event(&mut self, event: &EventShape) {
        self.text(event.name);
        self.text(event.docs);
        self.fields(event.fields);
        self.compact(event.topics.len());
        self.bytes(event.topics);
    }

    const fn shape(&mut self, shape: &Shape) {
        self.byte(shape.index());
        match shape {
            Shape::Option(inner) | Shape::List(inner) => self.shape(inner),
            Shape::Array(inner, length) => {
                self.shape(inner);
                self.bytes(&length.to_le_bytes());
            }
            Shape::Map(key, value) => {
                self.shape(key);
                self.shape(value);
            }
            Shape::Tuple(parts) => {
                self.compact(parts.len());
                let mut i = 0;
                while i < parts.len() {
                    self.shape(parts[i]);
                    i += 1;
                }
            }
            Shape::Struct { name, fields } => {
                self.text(name);
                self.fields(fields);
            }
            Shape::Enum { name, variants } => {
                self.text(name);
                self.variants(variants);
            }
            _ => {}
        }
    }

    const fn variants(&mut self, variants: &[VariantShape]) {
        self.compact(variants.len());
        let mut i = 0;
        while i < variants.len() {
            self.text(variants[i].name);
            self.byte(variants[i].index);
            self.fields(variants[i].fields);
            i += 1;
        }
    }
}

impl Shape {
    /// The byte that SCALE writes for the variant.
    const fn index(&self) -> u8 {
        match self {
            Shape::Unit => 0,
            Shape::Bool => 1,
            Shape::U8 => 2,
            Shape::U16 => 3,
            Shape::U32 => 4,
            Shape::U64 => 5,
            Shape::U128 => 6,
            Shape::I8 => 7,
            Shape::I16 => 8,
            Shape::I32 => 9,
            Shape::I64 => 10,
            Shape::I128 => 11,
            Shape::String => 12,
            Shape::Bytes => 13,
            Shape::AccountId => 14,
            Shape::CodeHash => 15,
            Shape::Hash => 16,
            Shape::Option(_) => 17,
            Shape::List(_) => 18,
            Shape::Array(..) => 19,
            Shape::Map(..) => 20,
            Shape::Tuple(_) => 21,
            Shape::Struct { .. } => 22,
            Shape::Enum { .. } => 23,
        }
    }
}
