//! Calls to other contracts, transfers, and the life of contracts.
//!
//! `#[interface]` turns a trait into a typed caller, which is built on [`Remote`]. Whatever the
//! callee does comes back as an output or a [`CallError`]; the caller decides what to do, and goes on
//! with the gas that it did not pass on.
//!
//! A call that the machine would not take is a mistake of the caller, and ends the caller's own
//! frame. The SDK panics on input over 131,072 bytes, and on a value that a read-only call would
//! carry. The machine traps on a method that no call can name (`init`, `upgraded`, a name over 128
//! bytes), and in a read-only frame on what writes: a call with a value, a transfer, and the others
//! below.

use alloc::string::String;
use alloc::vec::Vec;

use lockstep_abi::{AccountId, CallFlags, CallStatus, CodeHash, GAS_LIMIT_ALL};
use parity_scale_codec::{Decode, Encode, Error, Input};

use crate::entry::fail;
use crate::host;
use crate::unread::Unread;

/// Why a call, transfer, instantiation or upgrade gave no output. Nothing that the callee did remains
/// but the gas it used, with one exception: [`CallError::OutputUndecodable`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallError<E = Never> {
    /// The callee reverted with this error.
    Reverted(E),
    /// The callee panicked with this message.
    Panicked(String),
    /// The callee trapped or ran out of gas; it used up all gas it was given.
    Trapped,
    /// This contract's balance does not cover the value.
    BalanceTooLow,
    /// The account is not a contract.
    NotAContract,
    /// The contract has no method of that name.
    MethodNotFound,
    /// The contract is waiting for a call of its own and does not allow re-entry.
    ReentryRefused,
    /// No code of that hash was uploaded.
    CodeNotFound,
    /// A contract with that creator, code hash and salt exists already.
    ContractExists,
    /// The call succeeded, and its output is not of the type that the interface names. What the callee
    /// did and the value that was sent stay, unless this frame reverts as well.
    OutputUndecodable,
    /// The callee reverted, and its error is not of the type that the interface names; or the call
    /// failed in a way that this SDK does not know. Nothing of it stays.
    ErrorUndecodable,
}

/// The error of what cannot revert. It has no values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Never {}

impl Decode for Never {
    fn decode<I: Input>(_: &mut I) -> Result<Self, Error> {
        Err(Error::from("no such value"))
    }
}

/// What an interface's method returns, split into output and error: `Result<T, E>`, or `T` for a
/// method that does not fail.
#[diagnostic::on_unimplemented(
    message = "an interface's method cannot return `{Self}`",
    label = "this, or a type in it, has no encoding or no description for the ABI",
    note = "put `#[data]` on a struct or enum of your own, that of an error too",
    note = "floats are refused, and so are `usize` and `isize`: use `u32` or `u64`"
)]
pub trait CallResult {
    /// What comes back on success.
    type Output: Decode;
    /// What it reverts with.
    type Error: Decode;
}

impl<T: Decode + crate::Describe> CallResult for T {
    type Output = T;
    type Error = Never;
}

impl<T: Decode + crate::Describe, E: Decode + crate::Describe> CallResult for Result<T, E> {
    type Output = T;
    type Error = E;
}

/// Another contract, and how to call it. Without further settings a call carries no value, may
/// use all gas that is left, and cannot lead back into this contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remote {
    contract: AccountId,
    value: u128,
    gas_limit: u64,
    flags: CallFlags,
}

impl Remote {
    /// The contract with this id.
    pub const fn at(contract: AccountId) -> Self {
        Remote {
            contract,
            value: 0,
            gas_limit: GAS_LIMIT_ALL,
            flags: CallFlags::NONE,
        }
    }

    /// Sends this value along.
    pub const fn with_value(self, value: u128) -> Self {
        Remote { value, ..self }
    }

    /// Passes on at most this much gas.
    pub const fn with_gas_limit(self, gas_limit: u64) -> Self {
        Remote { gas_limit, ..self }
    }

    /// Requires that the callee leaves state, balances and events untouched.
    pub const fn read_only(self) -> Self {
        Remote {
            flags: self.flags.union(CallFlags::READ_ONLY),
            ..self
        }
    }

    /// Allows that this contract is called again before the call returns.
    pub const fn allow_reentry(self) -> Self {
        Remote {
            flags: self.flags.union(CallFlags::ALLOW_REENTRY),
            ..self
        }
    }

    /// Calls a method. `input` is the tuple of its parameters, or anything else that encodes as
    /// they do.
    ///
    /// # Errors
    /// When the call does not succeed, or its output does not decode.
    ///
    /// # Panics
    /// When a read-only call would carry a value, and when the input is over the machine's limit.
    pub fn call<T: Decode, E: Decode>(
        &self,
        method: &str,
        input: &impl Encode,
    ) -> Result<T, CallError<E>> {
        let (contract, value) = (&self.contract.0, self.value.to_le_bytes());
        let (gas_limit, flags) = (self.gas_limit, self.flags.bits());
        if self.value != 0 && self.flags.contains(CallFlags::READ_ONLY) {
            fail(&[method, " is called read-only and cannot be sent a value"]);
        }
        let status = input.using_encoded(|input| {
            check_length(method, input);
            host::call(contract, method.as_bytes(), input, &value, gas_limit, flags)
        });
        outcome(status, output)
    }
}

/// Runs a method of other code on this contract's storage, balance, caller and value.
///
/// # Errors
/// When the call does not succeed, or its output does not decode.
///
/// # Panics
/// When the input is over the machine's limit.
pub fn delegate_call<T: Decode, E: Decode>(
    code: &CodeHash,
    method: &str,
    input: &impl Encode,
    gas_limit: u64,
    flags: CallFlags,
) -> Result<T, CallError<E>> {
    let status = input.using_encoded(|input| {
        check_length(method, input);
        host::delegate_call(&code.0, method.as_bytes(), input, gas_limit, flags.bits())
    });
    outcome(status, output)
}

/// Makes a contract of uploaded code, runs its `init`, and returns its id.
///
/// # Errors
/// When the contract cannot be made or its `init` does not succeed.
///
/// # Panics
/// When the input is over the machine's limit.
pub fn instantiate<E: Decode>(
    code: &CodeHash,
    salt: &[u8; 32],
    input: &impl Encode,
    value: u128,
    gas_limit: u64,
) -> Result<AccountId, CallError<E>> {
    let mut id = [0; 32];
    let status = input.using_encoded(|input| {
        check_length("init", input);
        host::instantiate(
            &code.0,
            salt,
            input,
            &value.to_le_bytes(),
            gas_limit,
            &mut id,
        )
    });
    outcome(status, || Ok(AccountId(id)))
}

/// Sends balance of this contract to an account. Runs no code.
///
/// # Errors
/// [`CallError::BalanceTooLow`].
pub fn transfer(to: &AccountId, value: u128) -> Result<(), CallError> {
    outcome(host::transfer(&to.0, &value.to_le_bytes()), || Ok(()))
}

/// Replaces this contract's code and runs the new code's `upgraded`, if it has one. The running
/// method goes on in the old code.
///
/// # Errors
/// When there is no such code or `upgraded` does not succeed; the old code then stays.
///
/// # Panics
/// When the input is over the machine's limit.
pub fn upgrade<E: Decode>(
    code: &CodeHash,
    input: &impl Encode,
    gas_limit: u64,
) -> Result<(), CallError<E>> {
    let status = input.using_encoded(|input| {
        check_length("upgraded", input);
        host::upgrade(&code.0, input, gas_limit)
    });
    outcome(status, || Ok(()))
}

/// Removes this contract, sends its balance on, and ends the frame. The frame traps when the
/// contract's storage is not empty, or when it is on the call stack more than once.
pub fn terminate(beneficiary: &AccountId) -> ! {
    host::terminate(&beneficiary.0)
}

/// The machine's limit for a call's input, in bytes.
const INPUT_BYTES_MAX: usize = 131_072;

/// Panics when the machine would not take this input.
#[inline(always)]
fn check_length(method: &str, input: &[u8]) {
    if input.len() > INPUT_BYTES_MAX {
        fail(&["the input of ", method, " is over 131,072 bytes"]);
    }
}

/// The last call's output, which must be a `T` and nothing after it.
fn output<T: Decode, E>() -> Result<T, CallError<E>> {
    decode(&host::returned()).ok_or(CallError::OutputUndecodable)
}

fn decode<T: Decode>(bytes: &[u8]) -> Option<T> {
    let mut unread = Unread(bytes);
    T::decode(&mut unread).ok().filter(|_| unread.is_empty())
}

fn outcome<T, E: Decode>(
    status: i32,
    success: impl FnOnce() -> Result<T, CallError<E>>,
) -> Result<T, CallError<E>> {
    Err(match CallStatus::from_code(status) {
        Some(CallStatus::Success) => return success(),
        Some(CallStatus::Reverted) => match decode(&host::returned()) {
            Some(error) => CallError::Reverted(error),
            None => CallError::ErrorUndecodable,
        },
        Some(CallStatus::Panicked) => CallError::Panicked(message(host::returned())),
        Some(CallStatus::Trapped) => CallError::Trapped,
        Some(CallStatus::BalanceTooLow) => CallError::BalanceTooLow,
        Some(CallStatus::NotAContract) => CallError::NotAContract,
        Some(CallStatus::MethodNotFound) => CallError::MethodNotFound,
        Some(CallStatus::ReentryRefused) => CallError::ReentryRefused,
        Some(CallStatus::CodeNotFound) => CallError::CodeNotFound,
        Some(CallStatus::ContractExists) => CallError::ContractExists,
        // A later protocol version may know more ways to fail; none of them is success.
        None => CallError::ErrorUndecodable,
    })
}

/// A panic's message. The machine checked that it is UTF-8.
fn message(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_default()
}
