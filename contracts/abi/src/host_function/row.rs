//! The rows of the list: each host function's name, family, effect and exact Wasm type.

use super::{Family, HostFunction, Signature, ValueType};

/// One row of the list.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) family: Family,
    pub(super) writes: bool,
    pub(super) signature: Signature,
}

const I: ValueType = ValueType::I32;
const L: ValueType = ValueType::I64;

const fn row(
    name: &'static str,
    family: Family,
    writes: bool,
    params: &'static [ValueType],
    result: Option<ValueType>,
) -> Row {
    Row {
        name,
        family,
        writes,
        signature: Signature { params, result },
    }
}

impl HostFunction {
    /// The list itself.
    pub(super) const fn row(self) -> Row {
        use Family::{Call, Context, Debug, Event, Hashing, Result, Signature, Storage};
        match self {
            Self::InputLength => row("input_length", Result, false, &[], Some(I)),
            Self::InputRead => row("input_read", Result, false, &[I, I, I], None),
            Self::Return => row("return", Result, false, &[I, I], None),
            Self::Revert => row("revert", Result, false, &[I, I], None),
            Self::Panic => row("panic", Result, false, &[I, I], None),
            Self::Caller => row("caller", Context, false, &[I], None),
            Self::SelfId => row("self_id", Context, false, &[I], None),
            Self::Origin => row("origin", Context, false, &[I], None),
            Self::Value => row("value", Context, false, &[I], None),
            Self::Balance => row("balance", Context, false, &[I, I], None),
            Self::BlockHeight => row("block_height", Context, false, &[], Some(L)),
            Self::BlockTimestamp => row("block_timestamp", Context, false, &[], Some(L)),
            Self::ChainId => row("chain_id", Context, false, &[], Some(L)),
            Self::GasLeft => row("gas_left", Context, false, &[], Some(L)),
            Self::IsReadOnly => row("is_read_only", Context, false, &[], Some(I)),
            Self::StorageRead => row("storage_read", Storage, false, &[I, I, I, I], Some(I)),
            Self::StorageWrite => row("storage_write", Storage, true, &[I, I, I, I], None),
            Self::StorageRemove => row("storage_remove", Storage, true, &[I, I], Some(I)),
            Self::StorageLength => row("storage_length", Storage, false, &[I, I], Some(I)),
            Self::StorageNext => row("storage_next", Storage, false, &[I, I, I, I], Some(I)),
            Self::StoragePrevious => {
                row("storage_previous", Storage, false, &[I, I, I, I], Some(I))
            }
            Self::TransientRead => row("transient_read", Storage, false, &[I, I, I, I], Some(I)),
            Self::TransientWrite => row("transient_write", Storage, true, &[I, I, I, I], None),
            Self::TransientRemove => row("transient_remove", Storage, true, &[I, I], Some(I)),
            Self::Call => row("call", Call, false, &[I, I, I, I, I, I, L, I], Some(I)),
            Self::DelegateCall => row(
                "delegate_call",
                Call,
                false,
                &[I, I, I, I, I, L, I],
                Some(I),
            ),
            Self::Instantiate => row("instantiate", Call, true, &[I, I, I, I, I, L, I], Some(I)),
            Self::Transfer => row("transfer", Call, true, &[I, I], Some(I)),
            Self::Upgrade => row("upgrade", Call, true, &[I, I, I, L], Some(I)),
            Self::Terminate => row("terminate", Call, true, &[I], None),
            Self::ReturnedLength => row("returned_length", Call, false, &[], Some(I)),
            Self::ReturnedRead => row("returned_read", Call, false, &[I, I, I], None),
            Self::EmitEvent => row("emit_event", Event, true, &[I, I, I, I], None),
            Self::HashSha2x256 => row("hash_sha2_256", Hashing, false, &[I, I, I], None),
            Self::HashSha3x256 => row("hash_sha3_256", Hashing, false, &[I, I, I], None),
            Self::HashKeccak256 => row("hash_keccak_256", Hashing, false, &[I, I, I], None),
            Self::HashBlake2b256 => row("hash_blake2b_256", Hashing, false, &[I, I, I], None),
            Self::HashBlake2b128 => row("hash_blake2b_128", Hashing, false, &[I, I, I], None),
            Self::Ed25519Verify => row("ed25519_verify", Signature, false, &[I, I, I, I], Some(I)),
            Self::Secp256k1Recover => {
                row("secp256k1_recover", Signature, false, &[I, I, I], Some(I))
            }
            Self::P256Verify => row("p256_verify", Signature, false, &[I, I, I], Some(I)),
            Self::DebugLog => row("debug_log", Debug, false, &[I, I], None),
        }
    }
}
