//! What a guest says in a call of the host: its arguments, and its memory.

use lockstep_abi::{AccountId, CallFlags, CodeHash, HostFunction};
use lockstep_vm::contract_id;

use super::super::asked::{Asked, Sent};

/// A guest that calls the host.
pub(super) struct Guest<'m> {
    pub(super) args: &'m [u64],
    pub(super) memory: &'m [u8],
}

impl Guest<'_> {
    /// An argument.
    pub(super) fn arg(&self, index: usize) -> Option<usize> {
        usize::try_from(*self.args.get(index)?).ok()
    }

    /// So many bytes at the pointer that is an argument.
    pub(super) fn part(&self, index: usize, length: usize) -> Option<&[u8]> {
        self.memory.get(self.arg(index)?..)?.get(..length)
    }

    /// The bytes whose pointer and length are an argument and the next.
    pub(super) fn bytes(&self, index: usize) -> Option<&[u8]> {
        self.part(index, self.arg(index + 1)?)
    }

    pub(super) fn array<const N: usize>(&self, index: usize) -> Option<[u8; N]> {
        self.part(index, N)?.first_chunk().copied()
    }

    pub(super) fn account(&self, index: usize) -> Option<AccountId> {
        self.array(index).map(AccountId)
    }

    pub(super) fn balance(&self, index: usize) -> Option<u128> {
        self.array(index).map(u128::from_le_bytes)
    }

    fn flags(&self, index: usize) -> Option<CallFlags> {
        CallFlags::from_bits(u32::try_from(*self.args.get(index)?).ok()?)
    }

    /// What a function of the context told: what it wrote, or its value.
    pub(super) fn told(&self, function: HostFunction, value: Option<u64>) -> Option<Vec<u8>> {
        match function {
            HostFunction::Caller | HostFunction::SelfId | HostFunction::Origin => {
                self.part(0, 32).map(<[u8]>::to_vec)
            }
            HostFunction::Value => self.part(0, 16).map(<[u8]>::to_vec),
            _ => value.map(|value| value.to_le_bytes().to_vec()),
        }
    }
}

/// The message that a call sends, still without gas; `None` when it sends none, or points outside of the memory.
pub(super) fn sent(frame: &Asked, function: HostFunction, guest: &Guest<'_>) -> Option<Sent> {
    let by_contract = Asked {
        caller: frame.contract,
        value: 0,
        code: None,
        ..*frame
    };
    let (asked, input, flags) = match function {
        HostFunction::Call => {
            let flags = guest.flags(7)?;
            let asked = Asked {
                contract: guest.account(0)?,
                value: guest.balance(5)?,
                ..by_contract
            };
            (asked, 3, flags)
        }
        // The frame's caller and value stay.
        HostFunction::DelegateCall => {
            let code = Some(CodeHash(guest.array(0)?));
            (Asked { code, ..*frame }, 3, guest.flags(6)?)
        }
        HostFunction::Instantiate => {
            let code = CodeHash(guest.array(0)?);
            let asked = Asked {
                contract: contract_id(&frame.contract, &code, &guest.array(1)?),
                value: guest.balance(4)?,
                code: Some(code),
                ..by_contract
            };
            (asked, 2, CallFlags::NONE)
        }
        HostFunction::Upgrade => {
            let code = Some(CodeHash(guest.array(0)?));
            let asked = Asked {
                code,
                ..by_contract
            };
            (asked, 1, CallFlags::NONE)
        }
        _ => return None,
    };
    Some(Sent {
        function,
        gas: 0,
        frame: Asked {
            read_only: frame.read_only || flags.contains(CallFlags::READ_ONLY),
            ..asked
        },
        input: guest.bytes(input)?.to_vec(),
        allows_reentry: flags.contains(CallFlags::ALLOW_REENTRY),
    })
}
