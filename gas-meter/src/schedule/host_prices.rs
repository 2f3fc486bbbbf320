//! What each host function costs: one row per function of `lockstep_abi::HostFunction`.
//!
//! The rows and the match from function to row come from the same list below, and the match is
//! exhaustive, so that a host function without a price does not compile.

use lockstep_abi::HostFunction;
use parity_scale_codec::Encode;
use serde::{Deserialize, Serialize};

/// The price of one host function, in gas. Which lengths count as bytes in and out is written in
/// the table of host functions in `docs/gas.md`; what has a fixed size is part of the base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostPrice {
    /// Gas for the call itself.
    pub base: u64,
    /// Gas for each byte that the guest hands in.
    pub per_input_byte: u64,
    /// Gas for each byte that the function is asked to copy to the guest, at full length; for
    /// `storage_write`, for each byte of the value.
    pub per_output_byte: u64,
}

/// Defines [`HostPrices`] and its exhaustive match from one list.
macro_rules! host_prices {
    ($($variant:ident => $field:ident,)*) => {
        /// One price per host function; the fields carry the functions' import names.
        #[derive(Clone, Debug, PartialEq, Eq, Encode, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct HostPrices {
            $(
                #[doc = concat!("The price of `", stringify!($field), "`.")]
                pub $field: HostPrice,
            )*
        }

        impl HostPrices {
            /// The price of `function`.
            #[must_use]
            pub const fn of(&self, function: HostFunction) -> HostPrice {
                match function {
                    $(HostFunction::$variant => self.$field,)*
                }
            }
        }
    };
}

host_prices! {
    InputLength => input_length,
    InputRead => input_read,
    Return => r#return,
    Revert => revert,
    Panic => panic,
    Caller => caller,
    SelfId => self_id,
    Origin => origin,
    Value => value,
    Balance => balance,
    BlockHeight => block_height,
    BlockTimestamp => block_timestamp,
    ChainId => chain_id,
    GasLeft => gas_left,
    IsReadOnly => is_read_only,
    StorageRead => storage_read,
    StorageWrite => storage_write,
    StorageRemove => storage_remove,
    StorageLength => storage_length,
    StorageNext => storage_next,
    StoragePrevious => storage_previous,
    TransientRead => transient_read,
    TransientWrite => transient_write,
    TransientRemove => transient_remove,
    Call => call,
    DelegateCall => delegate_call,
    Instantiate => instantiate,
    Transfer => transfer,
    Upgrade => upgrade,
    Terminate => terminate,
    ReturnedLength => returned_length,
    ReturnedRead => returned_read,
    EmitEvent => emit_event,
    HashSha2x256 => hash_sha2_256,
    HashSha3x256 => hash_sha3_256,
    HashKeccak256 => hash_keccak_256,
    HashBlake2b256 => hash_blake2b_256,
    HashBlake2b128 => hash_blake2b_128,
    Ed25519Verify => ed25519_verify,
    Secp256k1Recover => secp256k1_recover,
    P256Verify => p256_verify,
    DebugLog => debug_log,
}
