//! What a call of the host costs and answers.
//!
//! The lengths that a call is charged for are its arguments, or those of a stored value or key. A
//! call whose length is over the limit, or whose range leaves the memory or the input, traps; so
//! in a run that does not trap each length is within its limit.

use lockstep_abi::HostFunction;

use super::analyser::Analyser;
use super::answer::{Place, Quantity, Source};
use super::code::width;
use super::cost::{Cost, Units};
use super::range::{Range, Width};
use super::state::State;
use super::value::{SymbolFacts, Value};
use crate::limits::Limits;

/// Bytes of an event topic.
const TOPIC_BYTES: u64 = 32;

/// What a call means for the way that it is on.
pub(super) struct HostCalled {
    pub(super) cost: Cost,
    /// Whether the run ends here.
    pub(super) ends: bool,
    /// Whether a contract may be called, made or upgraded.
    pub(super) calls_contracts: bool,
    /// What the function answers.
    pub(super) result: Option<Value>,
}

/// A length that a call is charged for.
struct Length {
    /// The argument that states it; `None` for what is found in storage.
    argument: Option<usize>,
    /// The greatest it can be.
    most: u64,
    /// How many bytes each unit is.
    bytes: u64,
    /// Whether the bytes go out, to the guest or, when a value is written, to the state.
    out: bool,
}

/// Bytes that an argument states.
fn given(argument: usize, most: u64) -> Length {
    Length {
        argument: Some(argument),
        most,
        bytes: 1,
        out: false,
    }
}

/// Bytes that the guest asks for.
fn asked(argument: usize, most: u64) -> Length {
    Length {
        out: true,
        ..given(argument, most)
    }
}

/// Bytes that are found in storage.
fn found(most: u64) -> Length {
    Length {
        argument: None,
        most,
        bytes: 1,
        out: true,
    }
}

/// The lengths that a call of this function is charged for.
fn lengths(function: HostFunction, limits: &Limits, memory_bytes: u64) -> Vec<Length> {
    use HostFunction as F;
    let key = u64::from(limits.storage_key_bytes_max);
    let value = u64::from(limits.storage_value_bytes_max);
    let input = u64::from(limits.input_bytes_max);
    let output = u64::from(limits.output_bytes_max);
    let method = u64::from(limits.method_name_bytes_max);
    match function {
        F::InputRead => vec![asked(2, input)],
        F::ReturnedRead => vec![asked(2, output)],
        F::Return | F::Revert | F::Panic => vec![given(1, output)],
        F::DebugLog => vec![given(1, u64::from(limits.debug_log_bytes_max))],
        F::StorageRead | F::TransientRead => vec![given(1, key), found(value)],
        F::StorageNext | F::StoragePrevious => vec![given(1, key), found(key)],
        F::StorageRemove | F::StorageLength | F::TransientRemove => vec![given(1, key)],
        F::StorageWrite => vec![given(1, key), asked(3, value)],
        F::TransientWrite => vec![given(1, key), given(3, value)],
        F::Call | F::DelegateCall => vec![given(2, method), given(4, input)],
        F::Instantiate => vec![given(3, input)],
        F::Upgrade => vec![given(2, input)],
        F::EmitEvent => {
            let topics = Length {
                bytes: TOPIC_BYTES,
                ..given(1, u64::from(limits.event_topics_max))
            };
            vec![topics, given(3, u64::from(limits.event_data_bytes_max))]
        }
        F::HashSha2x256
        | F::HashSha3x256
        | F::HashKeccak256
        | F::HashBlake2b256
        | F::HashBlake2b128 => vec![given(1, memory_bytes)],
        F::Ed25519Verify => vec![given(3, memory_bytes)],
        F::InputLength
        | F::Caller
        | F::SelfId
        | F::Origin
        | F::Value
        | F::Balance
        | F::BlockHeight
        | F::BlockTimestamp
        | F::ChainId
        | F::GasLeft
        | F::IsReadOnly
        | F::Transfer
        | F::Terminate
        | F::ReturnedLength
        | F::Secp256k1Recover
        | F::P256Verify => Vec::new(),
    }
}

/// How a host function ends the frame that calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameEnd {
    /// The call succeeds, and what it did stays.
    Success,
    /// The call fails, and what it did is undone.
    Failure,
}

/// How a host function ends the frame, if it does unless it traps.
pub(super) const fn frame_end(function: HostFunction) -> Option<FrameEnd> {
    match function {
        HostFunction::Return | HostFunction::Terminate => Some(FrameEnd::Success),
        HostFunction::Revert | HostFunction::Panic => Some(FrameEnd::Failure),
        _ => None,
    }
}

impl Analyser<'_, '_> {
    /// What a call of a host function with these arguments means; `None` when it traps.
    pub(super) fn host(
        &mut self,
        function: HostFunction,
        arguments: &[Value],
        state: &State,
        place: Place,
    ) -> Option<HostCalled> {
        let price = self.schedule().host_price(function);
        let memory_bytes = self.memory_bytes();
        let limits = &self.module.protocol.limits;
        let mut cost = Cost::fixed(price.base);
        for length in lengths(function, limits, memory_bytes) {
            let per_byte = if length.out {
                price.per_output_byte
            } else {
                price.per_input_byte
            };
            let stated = length.argument.and_then(|index| arguments.get(index));
            let known = stated.map(|value| state.range(*value, &self.symbols));
            let range = match known {
                Some(range) => range.meet(Range::up_to(length.most))?,
                None => Range::up_to(length.most),
            };
            let name = stated
                .and_then(|value| value.bare())
                .and_then(|symbol| self.symbols.facts(symbol))
                .and_then(|facts| facts.quantity);
            let quantity = name.unwrap_or(Quantity::HostBytes { function, place });
            let per_unit = per_byte.saturating_mul(length.bytes);
            cost.add(&Cost::of_units(per_unit, Units::counted(range, quantity)));
        }
        Some(HostCalled {
            cost,
            ends: frame_end(function).is_some(),
            calls_contracts: matches!(
                function,
                HostFunction::Call
                    | HostFunction::DelegateCall
                    | HostFunction::Instantiate
                    | HostFunction::Upgrade
            ),
            result: self.answer(function, place),
        })
    }

    /// What a host function answers.
    fn answer(&mut self, function: HostFunction, place: Place) -> Option<Value> {
        let source = Source::Host {
            function,
            offset: place.offset,
        };
        let width = width(function.signature().result?);
        let limits = &self.module.protocol.limits;
        let (most, quantity) = match function {
            // The same throughout the run: one symbol stands for it everywhere.
            HostFunction::InputLength => return Some(Value::symbol(0, Width::W32)),
            HostFunction::ReturnedLength => (
                u64::from(limits.output_bytes_max),
                Some(Quantity::ReturnedLength { place }),
            ),
            HostFunction::IsReadOnly
            | HostFunction::StorageRemove
            | HostFunction::TransientRemove
            | HostFunction::Ed25519Verify
            | HostFunction::Secp256k1Recover
            | HostFunction::P256Verify => (1, None),
            _ => (width.most(), None),
        };
        let facts = SymbolFacts {
            quantity,
            ..SymbolFacts::of(Range::up_to(most), source)
        };
        Some(self.symbols.add(facts, width))
    }

    /// Makes the symbols that mean the same in all functions: the input's length, which is symbol
    /// 0, and the parameters of an export.
    pub(super) fn make_global_symbols(&mut self, parameters: &[Width]) -> Vec<Value> {
        let range = Range::up_to(u64::from(self.module.protocol.limits.input_bytes_max));
        let source = Source::Host {
            function: HostFunction::InputLength,
            offset: 0,
        };
        let input = SymbolFacts {
            quantity: Some(Quantity::InputLength),
            ..SymbolFacts::of(range, source)
        };
        self.symbols.add(input, Width::W32);
        let mut values = Vec::with_capacity(parameters.len());
        for (index, width) in (0..).zip(parameters) {
            let range = Range::up_to(width.most());
            let facts = SymbolFacts {
                quantity: Some(Quantity::Parameter { index }),
                ..SymbolFacts::of(range, Source::Parameter { index })
            };
            values.push(self.symbols.add(facts, *width));
        }
        self.global_symbols = self.symbols.count();
        values
    }
}
