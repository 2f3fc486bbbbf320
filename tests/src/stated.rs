//! The lengths that calls of the host state, and are charged for.

use lockstep_abi::HostFunction;
use lockstep_gas_meter::Limits;

/// Bytes of an event topic.
const TOPIC_BYTES: u64 = 32;

/// Bytes in and out that a call states, or `None` when one of its lengths is over its limit, so that
/// the machine refuses it. `memory_bytes` are those of the guest's memory, which no length can
/// exceed that has no other limit. What a call finds in storage is charged besides.
pub fn stated_bytes(
    function: HostFunction,
    arguments: &[u64],
    limits: &Limits,
    memory_bytes: u64,
) -> Option<(u64, u64)> {
    use HostFunction as F;
    let (key, value) = (limits.storage_key_bytes_max, limits.storage_value_bytes_max);
    let (input, output) = (limits.input_bytes_max, limits.output_bytes_max);
    let at = |index: usize, limit: u32| {
        let length = arguments.get(index).copied();
        length.filter(|length| *length <= u64::from(limit))
    };
    let in_memory = |index: usize| {
        let length = arguments.get(index).copied();
        length.filter(|length| *length <= memory_bytes)
    };
    Some(match function {
        F::InputRead => (0, at(2, input)?),
        F::ReturnedRead => (0, at(2, output)?),
        F::Return | F::Revert | F::Panic => (at(1, output)?, 0),
        F::DebugLog => (at(1, limits.debug_log_bytes_max)?, 0),
        F::StorageRead
        | F::TransientRead
        | F::StorageNext
        | F::StoragePrevious
        | F::StorageRemove
        | F::StorageLength
        | F::TransientRemove => (at(1, key)?, 0),
        F::StorageWrite => (at(1, key)?, at(3, value)?),
        F::TransientWrite => (at(1, key)? + at(3, value)?, 0),
        F::Call | F::DelegateCall => {
            let method = at(2, limits.method_name_bytes_max)?;
            (method + at(4, input)?, 0)
        }
        F::Instantiate => (at(3, input)?, 0),
        F::Upgrade => (at(2, input)?, 0),
        F::EmitEvent => {
            let topics = at(1, limits.event_topics_max)? * TOPIC_BYTES;
            (topics + at(3, limits.event_data_bytes_max)?, 0)
        }
        F::HashSha2x256
        | F::HashSha3x256
        | F::HashKeccak256
        | F::HashBlake2b256
        | F::HashBlake2b128 => (in_memory(1)?, 0),
        F::Ed25519Verify => (in_memory(3)?, 0),
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
        | F::P256Verify => (0, 0),
    })
}
