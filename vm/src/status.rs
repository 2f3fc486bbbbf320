//! How a frame or a transaction ended, as numbers that never change meaning.
//!
//! 0 is success; 1 and 2 are the contract's own refusals, which keep the gas that is left; 3 to
//! 39 are traps, which use up all gas that was given; from 40 on the transaction could not do
//! what it asked for, for a reason outside of the contract, and keeps the gas that is left.

use lockstep_abi::CallStatus;
use parity_scale_codec::{Decode, Encode, Error, Input, Output};

/// Declares the enum, its numbers and the list of all of them from one table.
macro_rules! statuses {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal, $text:literal;)+) => {
        /// How a frame or a transaction ended.
        ///
        /// Encoded as a u16 LE; a number without a meaning is refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Status {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Status {
            /// Every status, by number.
            pub const ALL: &'static [Status] = &[$(Status::$name),+];

            /// Its number.
            pub const fn code(self) -> u16 {
                match self {
                    $(Status::$name => $code,)+
                }
            }

            /// The status of a number, or `None` when there is none.
            pub const fn from_code(code: u16) -> Option<Status> {
                match code {
                    $($code => Some(Status::$name),)+
                    _ => None,
                }
            }

            /// A short lower-case phrase for people. Not part of any encoding.
            pub const fn text(self) -> &'static str {
                match self {
                    $(Status::$name => $text,)+
                }
            }
        }
    };
}

statuses! {
    /// Everything it asked for was done.
    Success = 0, "success";
    /// The contract reverted with an error of its own.
    Reverted = 1, "reverted";
    /// The contract panicked with a message.
    Panicked = 2, "panicked";
    /// The gas given did not suffice.
    OutOfGas = 3, "out of gas";
    /// The metered call stack is used up, by recursion or by calls between contracts.
    StackOverflow = 4, "stack overflow";
    /// The `unreachable` operator ran.
    Unreachable = 5, "unreachable executed";
    /// A Wasm load, store or bulk operation left the memory or a segment.
    MemoryOutOfBounds = 6, "memory access out of bounds";
    /// A table access left the table.
    TableOutOfBounds = 7, "table access out of bounds";
    /// An indirect call met an empty table element.
    IndirectCallNull = 8, "indirect call to null";
    /// An indirect call met a function of another type.
    SignatureMismatch = 9, "indirect call type mismatch";
    /// An integer was divided by zero.
    DivisionByZero = 10, "division by zero";
    /// The quotient of a signed division does not fit.
    IntegerOverflow = 11, "integer overflow";
    /// A host function was given a range that leaves the guest's memory.
    PointerOutOfBounds = 20, "pointer out of bounds";
    /// A host function was given more bytes than the limit for that argument.
    LengthOverLimit = 21, "length over limit";
    /// A storage key is empty.
    KeyEmpty = 22, "empty storage key";
    /// A read-only frame tried to change state.
    ReadOnlyViolation = 23, "write in a read-only call";
    /// A call has a flag that does not exist.
    UnknownCallFlags = 24, "unknown call flags";
    /// A part of the input that does not exist was read.
    InputOutOfRange = 25, "input range out of bounds";
    /// A part of the returned data that does not exist was read.
    ReturnedOutOfRange = 26, "returned data range out of bounds";
    /// The transaction emitted more events than the limit.
    TooManyEvents = 27, "too many events";
    /// An event has more topics than the limit.
    TooManyTopics = 28, "too many topics";
    /// A contract that still has storage asked to be terminated.
    StorageNotEmpty = 29, "storage not empty at termination";
    /// A contract that is on the call stack more than once asked to be terminated.
    TerminateReentered = 30, "terminated while re-entered";
    /// A call named `init` or `upgraded`, which only the machine calls.
    ReservedMethod = 31, "reserved method";
    /// Text given to a host function is not UTF-8.
    InvalidUtf8 = 32, "invalid UTF-8";
    /// The sender's balance does not cover the value.
    BalanceTooLow = 40, "balance too low";
    /// The account to call is not a contract.
    NotAContract = 41, "not a contract";
    /// The code exports no method of that name.
    MethodNotFound = 42, "method not found";
    /// No code of that hash was uploaded.
    CodeNotFound = 43, "code not found";
    /// A contract with that creator, code hash and salt exists.
    ContractExists = 44, "contract exists";
    /// The uploaded code does not meet the policy.
    CodeRefused = 45, "code refused";
    /// Only the contract's admin may upgrade it by transaction.
    NotAdmin = 46, "not the contract's admin";
    /// The storage deposit is more than the transaction allows.
    DepositOverLimit = 47, "deposit over limit";
    /// The sender cannot pay the storage deposit.
    DepositUnaffordable = 48, "deposit unaffordable";
    /// The contract to call is waiting for a call of its own and does not allow re-entry.
    ReentryRefused = 49, "re-entry refused";
}

impl Status {
    /// Whether everything was done.
    pub const fn is_success(self) -> bool {
        matches!(self, Status::Success)
    }

    /// Whether it is a trap: the frame loses all gas that it was given.
    pub const fn is_trap(self) -> bool {
        matches!(self.code(), 3..40)
    }

    /// What a calling contract sees of this status.
    pub const fn call_status(self) -> CallStatus {
        match self {
            Status::Success => CallStatus::Success,
            Status::Reverted => CallStatus::Reverted,
            Status::Panicked => CallStatus::Panicked,
            Status::BalanceTooLow => CallStatus::BalanceTooLow,
            Status::NotAContract => CallStatus::NotAContract,
            Status::MethodNotFound => CallStatus::MethodNotFound,
            Status::ReentryRefused => CallStatus::ReentryRefused,
            Status::CodeNotFound => CallStatus::CodeNotFound,
            Status::ContractExists => CallStatus::ContractExists,
            _ => CallStatus::Trapped,
        }
    }
}

impl Encode for Status {
    fn size_hint(&self) -> usize {
        2
    }

    fn encode_to<T: Output + ?Sized>(&self, dest: &mut T) {
        self.code().encode_to(dest);
    }
}

impl Decode for Status {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        Status::from_code(u16::decode(input)?).ok_or_else(|| Error::from("unknown status number"))
    }
}

#[cfg(test)]
mod tests {
    use super::Status;
    use lockstep_abi::CallStatus;
    use parity_scale_codec::{Decode, Encode};

    #[test]
    fn numbers_are_stable_and_unique() {
        let mut last = None;
        for status in Status::ALL {
            assert!(Some(status.code()) > last, "{status:?} is out of order");
            last = Some(status.code());
            assert_eq!(Status::from_code(status.code()), Some(*status));
            assert_eq!(status.encode(), status.code().to_le_bytes());
        }
        assert_eq!(Status::Success.code(), 0);
        assert_eq!(Status::PointerOutOfBounds.code(), 20);
        assert_eq!(Status::BalanceTooLow.code(), 40);
        assert!(Status::decode(&mut &[12, 0][..]).is_err());
    }

    #[test]
    fn traps_look_the_same_to_a_caller() {
        for status in Status::ALL {
            if status.is_trap() {
                assert_eq!(status.call_status(), CallStatus::Trapped, "{status:?}");
            }
        }
        assert_eq!(Status::Success.call_status(), CallStatus::Success);
        assert_eq!(Status::Reverted.call_status(), CallStatus::Reverted);
    }
}
