//! What a call from one contract into another carries, and what comes back as a number.

/// As a call's gas limit: pass on all gas that is left.
pub const GAS_LIMIT_ALL: u64 = u64::MAX;

/// What a host function that yields a length returns when there is nothing: `-1` as an `i32`.
pub const LENGTH_ABSENT: i32 = -1;

/// The flags of a call, as the bits of an `i32`. A bit that is not listed here is refused: the
/// calling frame traps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallFlags(u32);

impl CallFlags {
    /// No flag: the callee may write, and may not call back into a contract that is waiting.
    pub const NONE: CallFlags = CallFlags(0);
    /// The callee and everything it calls must leave state, balances and events untouched.
    pub const READ_ONLY: CallFlags = CallFlags(1);
    /// The calling contract may be entered again while this call is under way.
    pub const ALLOW_REENTRY: CallFlags = CallFlags(2);

    /// The flags with these bits, or `None` when an unknown bit is set.
    pub const fn from_bits(bits: u32) -> Option<CallFlags> {
        if bits & !3 == 0 {
            Some(CallFlags(bits))
        } else {
            None
        }
    }

    /// The flags as bits.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether every flag of `other` is set.
    pub const fn contains(self, other: CallFlags) -> bool {
        self.0 & other.0 == other.0
    }

    /// The flags of both.
    pub const fn union(self, other: CallFlags) -> CallFlags {
        CallFlags(self.0 | other.0)
    }
}

/// How a call, delegate call, instantiation, transfer or upgrade ended, as the `i32` that the
/// host function returns to the calling contract. The caller goes on in every case; all but
/// `Success` mean that nothing the callee did is left but the gas it used.
///
/// The numbers are part of the protocol and never change meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum CallStatus {
    /// The callee returned; its output is the returned data.
    Success = 0,
    /// The callee reverted; the SCALE encoded error is the returned data.
    Reverted = 1,
    /// The callee panicked; the message is the returned data.
    Panicked = 2,
    /// The callee trapped or ran out of gas and used up all gas it was given.
    Trapped = 3,
    /// The sending contract's balance does not cover the value.
    BalanceTooLow = 4,
    /// The account to call is not a contract.
    NotAContract = 5,
    /// The code exports no method of that name.
    MethodNotFound = 6,
    /// The contract to call is waiting for a call of its own and does not allow re-entry.
    ReentryRefused = 7,
    /// No code of that hash was uploaded.
    CodeNotFound = 8,
    /// A contract with that creator, code hash and salt exists already.
    ContractExists = 9,
}

impl CallStatus {
    /// Every status, by number.
    pub const ALL: [CallStatus; 10] = [
        CallStatus::Success,
        CallStatus::Reverted,
        CallStatus::Panicked,
        CallStatus::Trapped,
        CallStatus::BalanceTooLow,
        CallStatus::NotAContract,
        CallStatus::MethodNotFound,
        CallStatus::ReentryRefused,
        CallStatus::CodeNotFound,
        CallStatus::ContractExists,
    ];

    /// The number that the host function returns.
    #[expect(
        clippy::as_conversions,
        reason = "a fieldless enum's number, which fits"
    )]
    pub const fn code(self) -> i32 {
        self as i32
    }

    /// The status of a number, or `None` when there is none.
    pub fn from_code(code: i32) -> Option<CallStatus> {
        CallStatus::ALL
            .into_iter()
            .find(|status| status.code() == code)
    }
}
