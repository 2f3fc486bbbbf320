//! What the code of a module refers to, in the form that the walk looks it up in.

use lockstep_abi::ValueType;
use wasmparser::{BlockType, ValType};

use super::row::Rows;
use super::values::{Signature, Values};
use crate::module_facts::ModuleFacts;
use crate::operator::Class;
use crate::schedule::WasmPrices;

/// The section in which tables are declared, and the one in which data segments are counted.
const TABLE_SECTION: u8 = 4;
const DATA_COUNT_SECTION: u8 = 12;

/// How many signatures precede those of the module's types.
const BUILT_IN: usize = 3;

/// The position of a signature in [`Code::signatures`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SignatureAt(u32);

/// The signatures of blocks whose type is written in one byte.
const EMPTY: SignatureAt = SignatureAt(0);
const RESULT_I32: SignatureAt = SignatureAt(1);
const RESULT_I64: SignatureAt = SignatureAt(2);

/// What the code of a module refers to.
pub(super) struct Code {
    pub(super) rows: Rows,
    signatures: Vec<Signature>,
    /// Whether there is a memory, and a table.
    pub(super) has_memory: bool,
    pub(super) has_table: bool,
    /// How many data segments there are, if that is said in front of the code.
    pub(super) data_count: Option<u32>,
    /// What `data.drop` costs: it shares its opcode with operators of another class.
    pub(super) data_drop_price: u64,
}

impl Code {
    /// What the code refers to, once everything in front of it was read.
    pub(super) fn new(facts: &ModuleFacts<'_>, prices: &WasmPrices) -> Code {
        let count_of = |section| facts.sections.get(&section).map(|place| place.count);
        let built_in = [&[][..], &[ValueType::I32], &[ValueType::I64]];
        let built_in = built_in.map(|results| Signature {
            params: Values::default(),
            results: Values::of(results),
        });
        let has_memory = facts.memory.is_some();
        Code {
            rows: Rows::new(prices, has_memory),
            signatures: built_in
                .into_iter()
                .chain(facts.types.iter().map(Signature::of))
                .collect(),
            has_memory,
            has_table: count_of(TABLE_SECTION).is_some_and(|count| count > 0),
            data_count: count_of(DATA_COUNT_SECTION),
            data_drop_price: prices.of(Class::DataDrop),
        }
    }

    /// The signature at a position.
    #[inline]
    pub(super) fn signature(&self, at: SignatureAt) -> Option<&Signature> {
        self.signatures.get(usize::try_from(at.0).ok()?)
    }

    /// Where the signature of the type at `index` is, if there is such a type.
    #[inline]
    pub(super) fn of_type(&self, index: u32) -> Option<SignatureAt> {
        let position = usize::try_from(index).ok()?.checked_add(BUILT_IN)?;
        let at = u32::try_from(position).ok()?;
        (position < self.signatures.len()).then_some(SignatureAt(at))
    }

    /// Where the signature of a block is that is written in one byte.
    #[inline]
    pub(super) fn of_block(&self, byte: u8) -> Option<(SignatureAt, BlockType)> {
        match byte {
            0x40 => Some((EMPTY, BlockType::Empty)),
            0x7f => Some((RESULT_I32, BlockType::Type(ValType::I32))),
            0x7e => Some((RESULT_I64, BlockType::Type(ValType::I64))),
            0..0x40 => {
                let index = u32::from(byte);
                Some((self.of_type(index)?, BlockType::FuncType(index)))
            }
            _ => None,
        }
    }
}
