//! The declarations of the host functions, as the machine types them.
//!
//! A parameter that points at a fixed number of bytes is a reference to an array of that length,
//! which makes a function that takes nothing else safe to call. A parameter that points at a
//! varying number of bytes is a raw pointer, and the functions that have one are `unsafe`: the
//! length that goes with it must be right. A test compares the list with
//! [`HostFunction::ALL`](lockstep_abi::HostFunction::ALL), name by name and type by type.

/// Declares imports and, for the test, a table of what was declared.
macro_rules! imports {
    ($($safety:tt fn $name:ident($($arg:ident: $type:ty),*) $(-> $result:ty)?;)*) => {
        #[cfg(target_arch = "wasm32")]
        #[link(wasm_import_module = "lockstep")]
        // SAFETY: the machine offers exactly these functions under this module name and refuses
        // code whose imports differ; the test below compares the types with its list.
        unsafe extern "C" {
            $(pub(crate) $safety fn $name($($arg: $type),*) $(-> $result)?;)*
        }

        #[cfg(test)]
        const DECLARED: &[Declared] = &[$(Declared {
            name: stringify!($name),
            params: &[$(<$type as tests::RawType>::TYPE),*],
            result: &[$(<$result as tests::RawType>::TYPE)?],
        }),*];
    };
}

/// One declaration, for the test.
#[cfg(test)]
struct Declared {
    name: &'static str,
    params: &'static [lockstep_abi::ValueType],
    result: &'static [lockstep_abi::ValueType],
}

imports! {
    safe fn input_length() -> u32;
    unsafe fn input_read(out: *mut u8, offset: usize, length: usize);
    unsafe fn r#return(ptr: *const u8, length: usize);
    unsafe fn revert(ptr: *const u8, length: usize);
    unsafe fn panic(ptr: *const u8, length: usize);
    safe fn caller(out: &mut [u8; 32]);
    safe fn self_id(out: &mut [u8; 32]);
    safe fn origin(out: &mut [u8; 32]);
    safe fn value(out: &mut [u8; 16]);
    safe fn balance(account: &[u8; 32], out: &mut [u8; 16]);
    safe fn block_height() -> u64;
    safe fn block_timestamp() -> u64;
    safe fn chain_id() -> u64;
    safe fn gas_left() -> u64;
    safe fn is_read_only() -> i32;
    unsafe fn storage_read(key: *const u8, key_length: usize, out: *mut u8, out_capacity: usize) -> i32;
    unsafe fn storage_write(key: *const u8, key_length: usize, value: *const u8, value_length: usize);
    unsafe fn storage_remove(key: *const u8, key_length: usize) -> i32;
    unsafe fn storage_length(key: *const u8, key_length: usize) -> i32;
    unsafe fn storage_next(from: *const u8, from_length: usize, out: *mut u8, out_capacity: usize) -> i32;
    unsafe fn storage_previous(before: *const u8, before_length: usize, out: *mut u8, out_capacity: usize) -> i32;
    unsafe fn transient_read(key: *const u8, key_length: usize, out: *mut u8, out_capacity: usize) -> i32;
    unsafe fn transient_write(key: *const u8, key_length: usize, value: *const u8, value_length: usize);
    unsafe fn transient_remove(key: *const u8, key_length: usize) -> i32;
    unsafe fn call(contract: &[u8; 32], method: *const u8, method_length: usize, input: *const u8, input_length: usize, value: &[u8; 16], gas_limit: u64, flags: u32) -> i32;
    unsafe fn delegate_call(code_hash: &[u8; 32], method: *const u8, method_length: usize, input: *const u8, input_length: usize, gas_limit: u64, flags: u32) -> i32;
    unsafe fn instantiate(code_hash: &[u8; 32], salt: &[u8; 32], input: *const u8, input_length: usize, value: &[u8; 16], gas_limit: u64, out: &mut [u8; 32]) -> i32;
    safe fn transfer(to: &[u8; 32], value: &[u8; 16]) -> i32;
    unsafe fn upgrade(code_hash: &[u8; 32], input: *const u8, input_length: usize, gas_limit: u64) -> i32;
    safe fn terminate(beneficiary: &[u8; 32]);
    safe fn returned_length() -> u32;
    unsafe fn returned_read(out: *mut u8, offset: usize, length: usize);
    unsafe fn emit_event(topics: *const u8, topic_count: usize, data: *const u8, data_length: usize);
    unsafe fn hash_sha2_256(ptr: *const u8, length: usize, out: &mut [u8; 32]);
    unsafe fn hash_sha3_256(ptr: *const u8, length: usize, out: &mut [u8; 32]);
    unsafe fn hash_keccak_256(ptr: *const u8, length: usize, out: &mut [u8; 32]);
    unsafe fn hash_blake2b_256(ptr: *const u8, length: usize, out: &mut [u8; 32]);
    unsafe fn hash_blake2b_128(ptr: *const u8, length: usize, out: &mut [u8; 16]);
    unsafe fn ed25519_verify(public_key: &[u8; 32], signature: &[u8; 64], message: *const u8, message_length: usize) -> i32;
    safe fn secp256k1_recover(digest: &[u8; 32], signature: &[u8; 65], out: &mut [u8; 64]) -> i32;
    safe fn p256_verify(digest: &[u8; 32], signature: &[u8; 64], public_key: &[u8; 64]) -> i32;
    unsafe fn debug_log(ptr: *const u8, length: usize);
}

#[cfg(test)]
mod tests {
    use lockstep_abi::{HostFunction, ValueType};

    use super::DECLARED;

    /// The Wasm type as which a declared type is passed.
    pub(super) trait RawType {
        const TYPE: ValueType;
    }

    macro_rules! raw_types {
        ($($type:ty => $wasm:ident),* $(,)?) => {
            $(impl RawType for $type { const TYPE: ValueType = ValueType::$wasm; })*
        };
    }

    raw_types! {
        i32 => I32, u32 => I32, usize => I32, u64 => I64, *const u8 => I32, *mut u8 => I32,
    }

    impl<const N: usize> RawType for &[u8; N] {
        const TYPE: ValueType = ValueType::I32;
    }

    impl<const N: usize> RawType for &mut [u8; N] {
        const TYPE: ValueType = ValueType::I32;
    }

    #[test]
    fn every_host_function_is_declared_with_its_type() {
        assert_eq!(DECLARED.len(), HostFunction::ALL.len());
        for (declared, function) in DECLARED.iter().zip(HostFunction::ALL) {
            let signature = function.signature();
            assert_eq!(declared.name.trim_start_matches("r#"), function.name());
            assert_eq!(declared.params, signature.params, "{}", declared.name);
            assert_eq!(
                declared.result.first().copied(),
                signature.result,
                "{}",
                declared.name
            );
        }
    }
}
