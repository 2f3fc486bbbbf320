//! Who calls, with what, in which block.

use lockstep_abi::AccountId;

use crate::host;

/// The account that called this method: an external account or a contract.
#[inline(always)]
pub fn caller() -> AccountId {
    let mut id = [0; 32];
    host::caller(&mut id);
    AccountId(id)
}

/// This contract.
#[inline(always)]
pub fn self_id() -> AccountId {
    let mut id = [0; 32];
    host::self_id(&mut id);
    AccountId(id)
}

/// The sender of the transaction. To decide who may do something, use [`caller`]: any contract
/// that the sender calls can call on with the same origin.
#[inline(always)]
pub fn origin() -> AccountId {
    let mut id = [0; 32];
    host::origin(&mut id);
    AccountId(id)
}

/// The value that came with this call.
#[inline(always)]
pub fn value() -> u128 {
    let mut value = [0; 16];
    host::value(&mut value);
    u128::from_le_bytes(value)
}

/// The balance of an account; 0 when it does not exist.
#[inline(always)]
pub fn balance(account: &AccountId) -> u128 {
    let mut balance = [0; 16];
    host::balance(&account.0, &mut balance);
    u128::from_le_bytes(balance)
}

/// The height of this block.
pub fn block_height() -> u64 {
    host::block_height()
}

/// The time of this block in milliseconds since the Unix epoch, as the block states it.
pub fn block_timestamp() -> u64 {
    host::block_timestamp()
}

/// The chain's number.
pub fn chain_id() -> u64 {
    host::chain_id()
}

/// The gas that is left to this frame.
pub fn gas_left() -> u64 {
    host::gas_left()
}

/// Whether this frame must leave state, balances and events untouched.
pub fn is_read_only() -> bool {
    host::is_read_only() != 0
}

/// Hands a message to whoever watches the run. It is not part of the receipt and has no effect but
/// its gas, unless it is over 4,096 bytes: the frame then traps.
pub fn debug_log(message: &str) {
    host::debug_log(message);
}

/// Ends the frame with the trap `unreachable`, which uses up all gas the frame was given. To
/// refuse something, return an error instead.
pub fn trap() -> ! {
    host::trap()
}
