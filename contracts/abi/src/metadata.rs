//! The description of a contract that travels in its Wasm: methods, events and their types.
//!
//! The custom section [`ABI_SECTION_NAME`] holds one byte, [`ABI_VERSION`], and then the SCALE
//! encoding of a [`ContractAbi`]. The machine never reads it: it serves wallets, the command
//! line and explorers. A contract without the section runs as well; its input and output are
//! then shown as bytes.
//!
//! A method's input is the SCALE encoding of its parameters, one after the other. A method that
//! can fail returns its output through `return` and its error through `revert`, both encoded
//! without the `Result` around them.

#![expect(
    clippy::as_conversions,
    reason = "the derived encoding writes an enum's index with a cast that fits by construction"
)]

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use parity_scale_codec::{Decode, Encode};

/// The name of the custom section that carries a contract's ABI.
pub const ABI_SECTION_NAME: &str = "lockstep.abi";

/// The first byte of the section; a reader refuses any other.
pub const ABI_VERSION: u8 = 1;

/// Export names that begin with this belong to the metering pass; a module that uses one is
/// refused.
pub const RESERVED_EXPORT_PREFIX: &str = "lockstep.";

/// A contract's methods and events.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ContractAbi {
    /// The contract's name.
    pub name: String,
    /// What it is for, from its doc comment; may be empty.
    pub docs: String,
    /// Its methods in source order.
    pub methods: Vec<Method>,
    /// The events it can emit.
    pub events: Vec<EventAbi>,
}

/// When a method can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum MethodKind {
    /// Once, when the contract is made. Exported as `init`; no call can name it.
    Init,
    /// On any call.
    Call,
    /// Once, when the contract's code was replaced by this code. Exported as `upgraded`; no call
    /// can name it.
    Upgraded,
    /// On any call. It changes nothing and takes nothing, and returns `bool` or nothing: false, or an
    /// end other than success, means that what the contract promises of its state does not hold.
    /// `lockstep fuzz run` searches for calls after which that is so.
    Invariant,
}

impl MethodKind {
    /// Whether calls can name the method.
    pub const fn is_callable(self) -> bool {
        matches!(self, MethodKind::Call | MethodKind::Invariant)
    }
}

/// One method.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Method {
    /// The name under which the Wasm exports it.
    pub name: String,
    /// What it does, from its doc comment; may be empty.
    pub docs: String,
    /// When it can run.
    pub kind: MethodKind,
    /// Whether it declares that it can change state. A method that declares that it cannot is called
    /// read-only by typed callers, and the machine then keeps it from changes. Called otherwise
    /// nothing does: it can still emit events and call others.
    pub mutates: bool,
    /// Whether it takes a value.
    pub payable: bool,
    /// Its parameters in order.
    pub params: Vec<Field>,
    /// What it returns on success.
    pub output: Type,
    /// What it reverts with, if it can fail.
    pub error: Option<Type>,
}

/// One event. Topic 0 is its name in UTF-8, filled with zeros to 32 bytes; each field
/// that is a topic follows in order, the field's SCALE encoding filled with zeros to 32 bytes,
/// or its blake2b-256 when it is longer. The data is the SCALE encoding of all fields.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct EventAbi {
    /// The event's name, at most 32 bytes.
    pub name: String,
    /// What it tells, from its doc comment; may be empty.
    pub docs: String,
    /// Its fields in order.
    pub fields: Vec<Field>,
    /// Which fields are topics, by position.
    pub topics: Vec<u8>,
}

/// A named value.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Field {
    /// Its name; empty for the fields of a tuple struct or variant.
    pub name: String,
    /// Its type.
    pub ty: Type,
}

/// One variant of an enum.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// The byte that SCALE writes for it.
    pub index: u8,
    /// Its fields in order.
    pub fields: Vec<Field>,
}

/// A type, written out in full. Integers encode little-endian at their fixed width.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[expect(missing_docs, reason = "the integer types name themselves")]
pub enum Type {
    /// No value, no byte.
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
    /// UTF-8 text with a compact length.
    String,
    /// Bytes with a compact length.
    Bytes,
    /// 32 bytes.
    AccountId,
    /// 32 bytes.
    CodeHash,
    /// 32 bytes.
    Hash,
    /// One byte 0, or 1 and the value.
    Option(Box<Type>),
    /// A compact count, then the values.
    List(Box<Type>),
    /// That many values, without a count.
    Array(Box<Type>, u32),
    /// A compact count, then keys and values in key order.
    Map(Box<Type>, Box<Type>),
    /// The values one after the other.
    Tuple(Vec<Type>),
    /// The fields one after the other.
    Struct {
        name: String,
        fields: Vec<Field>,
    },
    /// The variant's byte, then its fields.
    Enum {
        name: String,
        variants: Vec<Variant>,
    },
}
