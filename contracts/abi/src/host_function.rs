//! The one list of host functions: everything a contract can ask of the machine.
//!
//! A contract imports these from the module [`HOST_MODULE`]. Nothing else can be imported. To
//! add a function, add a variant and its row in `HostFunction::row`; the schedule (its price),
//! the machine (its behaviour) and the SDK (its declaration) then fail to compile or to pass
//! their tests until they know it.
//!
//! Conventions, which hold for every row:
//! - A pointer and a length are unsigned 32-bit numbers, passed as `i32`. A range that leaves
//!   the guest's memory, wrapping included, traps the calling frame.
//! - Account ids, code hashes, salts and digests are 32 bytes, balances 16 bytes little-endian,
//!   at the pointer given.
//! - A function that yields bytes takes `out` and `out_capacity`, writes no more than the
//!   capacity, and returns the full length, so that a caller can ask again with more room; `-1`
//!   means that there is no value.
//! - Each call is charged before it does anything, from the lengths it was given.

mod row;

/// The module name that every import of a contract carries.
pub const HOST_MODULE: &str = "lockstep";

/// A Wasm value type that host functions use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ValueType {
    /// A 32-bit integer.
    I32,
    /// A 64-bit integer.
    I64,
}

/// The exact Wasm function type of a host function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The parameters in order.
    pub params: &'static [ValueType],
    /// The result, if there is one.
    pub result: Option<ValueType>,
}

/// What a host function is about; the receipt accounts `Storage` apart from the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Call data and results.
    Result,
    /// Who calls, with what, in which block.
    Context,
    /// The contract's own key-value storage.
    Storage,
    /// Calls, transfers and the life of contracts.
    Call,
    /// Events.
    Event,
    /// Hash functions.
    Hashing,
    /// Signature checks.
    Signature,
    /// Observers, without effect on the result.
    Debug,
}

/// A function that the machine offers to contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum HostFunction {
    /// `input_length() -> length`: the length of this call's input in bytes.
    InputLength,
    /// `input_read(out, offset, length)`: copies that part of the input to `out`. Traps when the
    /// part leaves the input.
    InputRead,
    /// `return(ptr, length)`: ends the frame with this output. Does not come back.
    Return,
    /// `revert(ptr, length)`: ends the frame with this error; nothing the frame did remains, and
    /// the gas that is left goes back. Does not come back.
    Revert,
    /// `panic(ptr, length)`: as `revert`, with a message in UTF-8 for people. Does not come back.
    Panic,
    /// `caller(out)`: writes the id of the account that called this frame.
    Caller,
    /// `self_id(out)`: writes the id of the contract whose storage this frame uses.
    SelfId,
    /// `origin(out)`: writes the id of the transaction's sender.
    Origin,
    /// `value(out)`: writes the value that came with this call.
    Value,
    /// `balance(account, out)`: writes the balance of the account at `account`; 0 if it does not
    /// exist.
    Balance,
    /// `block_height() -> height`.
    BlockHeight,
    /// `block_timestamp() -> milliseconds` since the Unix epoch, as the block states it.
    BlockTimestamp,
    /// `chain_id() -> id`.
    ChainId,
    /// `gas_left() -> gas`, after this call was charged.
    GasLeft,
    /// `is_read_only() -> 0 or 1`.
    IsReadOnly,
    /// `storage_read(key, key_length, out, out_capacity) -> length or -1`.
    StorageRead,
    /// `storage_write(key, key_length, value, value_length)`: sets the value. Traps on an empty
    /// key, and on a key or value over the limit.
    StorageWrite,
    /// `storage_remove(key, key_length) -> 0 or 1`: whether there was a value.
    StorageRemove,
    /// `storage_length(key, key_length) -> length or -1`: the value's length.
    StorageLength,
    /// `storage_next(from, from_length, out, out_capacity) -> length or -1`: the smallest stored
    /// key that is at or after `from`, in byte order, as the storage stands now.
    StorageNext,
    /// `storage_previous(before, before_length, out, out_capacity) -> length or -1`: the largest
    /// stored key that is below `before`; an empty `before` is above every key.
    StoragePrevious,
    /// `transient_read(key, key_length, out, out_capacity) -> length or -1`: storage that is
    /// forgotten at the end of the transaction.
    TransientRead,
    /// `transient_write(key, key_length, value, value_length)`.
    TransientWrite,
    /// `transient_remove(key, key_length) -> 0 or 1`.
    TransientRemove,
    /// `call(contract, method, method_length, input, input_length, value, gas_limit, flags)
    /// -> status`: runs a method of another contract with at most `gas_limit` gas (all that is
    /// left when that is less). The status is a [`CallStatus`](crate::CallStatus).
    Call,
    /// `delegate_call(code_hash, method, method_length, input, input_length, gas_limit, flags)
    /// -> status`: runs a method of other code on this contract's storage, balance, caller and
    /// value.
    DelegateCall,
    /// `instantiate(code_hash, salt, input, input_length, value, gas_limit, out) -> status`:
    /// makes a contract and runs its `init`; writes the new contract's id to `out`.
    Instantiate,
    /// `transfer(to, value) -> status`: moves balance from this contract. Runs no code.
    Transfer,
    /// `upgrade(code_hash, input, input_length, gas_limit) -> status`: replaces this contract's
    /// code and runs the new code's `upgraded`, if it exports one. The running frame goes on in
    /// the old code.
    Upgrade,
    /// `terminate(beneficiary)`: removes this contract and sends its balance on. Traps when its
    /// storage is not empty or when it is on the call stack more than once. Does not come back.
    Terminate,
    /// `returned_length() -> length` of the data that the last call or instantiation gave back.
    ReturnedLength,
    /// `returned_read(out, offset, length)`: copies that part of the returned data to `out`.
    ReturnedRead,
    /// `emit_event(topics, topic_count, data, data_length)`: topics of 32 bytes each.
    EmitEvent,
    /// `hash_sha2_256(ptr, length, out)`.
    HashSha2x256,
    /// `hash_sha3_256(ptr, length, out)`.
    HashSha3x256,
    /// `hash_keccak_256(ptr, length, out)`.
    HashKeccak256,
    /// `hash_blake2b_256(ptr, length, out)`.
    HashBlake2b256,
    /// `hash_blake2b_128(ptr, length, out)`: writes 16 bytes.
    HashBlake2b128,
    /// `ed25519_verify(public_key, signature, message, message_length) -> 0 or 1`: 32-byte key,
    /// 64-byte signature, ZIP-215 rules.
    Ed25519Verify,
    /// `secp256k1_recover(digest, signature, out) -> 0 or 1`: 32-byte digest, 65-byte signature
    /// (r, s, recovery id 0 to 3; s in the lower half of the order); writes the 64-byte public
    /// key (x, y; big-endian) when it returns 1.
    Secp256k1Recover,
    /// `p256_verify(digest, signature, public_key) -> 0 or 1`: 32-byte digest, 64-byte signature
    /// (r, s), 64-byte public key (x, y), all big-endian.
    P256Verify,
    /// `debug_log(ptr, length)`: hands a UTF-8 message to whoever watches. No effect otherwise.
    DebugLog,
}

impl HostFunction {
    /// Every host function, in the order of the list.
    pub const ALL: [HostFunction; 42] = [
        HostFunction::InputLength,
        HostFunction::InputRead,
        HostFunction::Return,
        HostFunction::Revert,
        HostFunction::Panic,
        HostFunction::Caller,
        HostFunction::SelfId,
        HostFunction::Origin,
        HostFunction::Value,
        HostFunction::Balance,
        HostFunction::BlockHeight,
        HostFunction::BlockTimestamp,
        HostFunction::ChainId,
        HostFunction::GasLeft,
        HostFunction::IsReadOnly,
        HostFunction::StorageRead,
        HostFunction::StorageWrite,
        HostFunction::StorageRemove,
        HostFunction::StorageLength,
        HostFunction::StorageNext,
        HostFunction::StoragePrevious,
        HostFunction::TransientRead,
        HostFunction::TransientWrite,
        HostFunction::TransientRemove,
        HostFunction::Call,
        HostFunction::DelegateCall,
        HostFunction::Instantiate,
        HostFunction::Transfer,
        HostFunction::Upgrade,
        HostFunction::Terminate,
        HostFunction::ReturnedLength,
        HostFunction::ReturnedRead,
        HostFunction::EmitEvent,
        HostFunction::HashSha2x256,
        HostFunction::HashSha3x256,
        HostFunction::HashKeccak256,
        HostFunction::HashBlake2b256,
        HostFunction::HashBlake2b128,
        HostFunction::Ed25519Verify,
        HostFunction::Secp256k1Recover,
        HostFunction::P256Verify,
        HostFunction::DebugLog,
    ];

    /// The function's position in [`HostFunction::ALL`]. Observations and traces use it.
    #[expect(
        clippy::as_conversions,
        reason = "a fieldless enum's number, which fits"
    )]
    pub const fn index(self) -> u8 {
        self as u8
    }

    /// The name under which contracts import it.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// What it is about.
    pub const fn family(self) -> Family {
        self.row().family
    }

    /// Whether it changes state, so that a read-only frame that calls it traps. A call that
    /// carries a value changes state too; the machine checks that apart.
    pub const fn writes_state(self) -> bool {
        self.row().writes
    }

    /// Its exact Wasm type.
    pub const fn signature(self) -> Signature {
        self.row().signature
    }

    /// The function that contracts import as `name`.
    pub fn from_name(name: &str) -> Option<HostFunction> {
        HostFunction::ALL
            .into_iter()
            .find(|function| function.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::HostFunction;

    #[test]
    fn the_list_is_in_order_and_names_are_unique() {
        for (position, function) in HostFunction::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(function.index()), position);
            assert_eq!(HostFunction::from_name(function.name()), Some(function));
        }
        assert_eq!(HostFunction::from_name("clock"), None);
    }
}
