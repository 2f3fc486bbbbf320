//! Calls between contracts, transfers, and the life of a contract.
//!
//! A call checks all that its own frame can get wrong (lengths, pointers, names, flags, writing
//! while read-only, the metered stack) before anything runs; such a mistake traps the caller.
//! Everything that depends on others comes back as a [`CallStatus`] and leaves nothing behind
//! but used gas. When the stack that is left does not cover the call itself, the caller traps,
//! so that nobody can make a contract's calls fail one by one by calling it from deep down.
//!
//! The callee gets the smaller of the gas limit and what is left after the charge; what it does
//! not use comes back.

use lockstep_abi::{AccountId, CallFlags, CallStatus, CodeHash};

use super::{Answer, HostCall, Stop};
use crate::account::Account;
use crate::frame::{is_reserved, run_message};
use crate::message::{FrameOutcome, Message, Target};
use crate::status::Status;

/// A message that is about to be sent, without what the sending frame adds.
struct Request {
    target: Target,
    caller: AccountId,
    value: u128,
    input: Vec<u8>,
    gas_limit: u64,
    flags: CallFlags,
}

/// A status as a function's value.
fn answer(status: CallStatus) -> Answer {
    Ok(Some(u64::from(status.code().cast_unsigned())))
}

/// A method's name out of its bytes.
fn method_name(bytes: Vec<u8>) -> Result<String, Stop> {
    let name = String::from_utf8(bytes).map_err(|_| Status::InvalidUtf8)?;
    match is_reserved(&name) {
        true => Err(Status::ReservedMethod.into()),
        false => Ok(name),
    }
}

impl HostCall<'_, '_, '_> {
    pub(super) fn call(&mut self) -> Answer {
        let flags = self.flags(7)?;
        let method =
            self.range_within(1, "method_name_bytes", self.limits().method_name_bytes_max)?;
        let input = self.range_within(3, "input_bytes", self.limits().input_bytes_max)?;
        let (contract, value) = (self.arg(0)?, self.arg(5)?);
        let contract = self.read_account(contract)?;
        let method = self.read(method.0, method.1)?;
        let input = self.read(input.0, input.1)?;
        let value = self.read_balance(value)?;
        let method = method_name(method)?;
        if value > 0 && flags.contains(CallFlags::READ_ONLY) {
            return Err(Status::ReadOnlyViolation.into());
        }
        if value > 0 {
            self.require_writable()?;
        }
        let gas_limit = self.arg64(6)?;
        let caller = self.frame.context.contract;
        let target = Target::Call { contract, method };
        let outcome = self.send(Request {
            target,
            caller,
            value,
            input,
            gas_limit,
            flags,
        })?;
        answer(outcome.status.call_status())
    }

    pub(super) fn delegate_call(&mut self) -> Answer {
        let flags = self.flags(6)?;
        let method =
            self.range_within(1, "method_name_bytes", self.limits().method_name_bytes_max)?;
        let input = self.range_within(3, "input_bytes", self.limits().input_bytes_max)?;
        let (code, gas_limit) = (self.arg(0)?, self.arg64(5)?);
        let code = CodeHash(self.read_array(code)?);
        let method = self.read(method.0, method.1)?;
        let input = self.read(input.0, input.1)?;
        let method = method_name(method)?;
        let context = self.frame.context;
        let (caller, value) = (context.caller, context.value);
        let target = Target::Delegate {
            contract: context.contract,
            code,
            method,
        };
        let outcome = self.send(Request {
            target,
            caller,
            value,
            input,
            gas_limit,
            flags,
        })?;
        answer(outcome.status.call_status())
    }

    /// The new contract's id is written only on success.
    pub(super) fn instantiate(&mut self) -> Answer {
        let input = self.range_within(2, "input_bytes", self.limits().input_bytes_max)?;
        let (code, salt, value) = (self.arg(0)?, self.arg(1)?, self.arg(4)?);
        let code = CodeHash(self.read_array(code)?);
        let salt = self.read_array(salt)?;
        let input = self.read(input.0, input.1)?;
        let value = self.read_balance(value)?;
        let (gas_limit, out) = (self.arg64(5)?, self.arg(6)?);
        self.check(out, 32)?;
        let caller = self.frame.context.contract;
        let target = Target::Instantiate { code, salt };
        let flags = CallFlags::NONE;
        let outcome = self.send(Request {
            target,
            caller,
            value,
            input,
            gas_limit,
            flags,
        })?;
        if let (Status::Success, Some(contract)) = (outcome.status, outcome.contract) {
            self.write(out, &contract.0)?;
        }
        answer(outcome.status.call_status())
    }

    pub(super) fn transfer(&mut self) -> Answer {
        let (to, value) = (self.arg(0)?, self.arg(1)?);
        let to = self.read_account(to)?;
        let value = self.read_balance(value)?;
        let from = self.frame.context.contract;
        match value == 0 || self.frame.session.state.transfer(&from, &to, value)? {
            true => answer(CallStatus::Success),
            false => answer(CallStatus::BalanceTooLow),
        }
    }

    /// The hook sees this contract as its own caller.
    pub(super) fn upgrade(&mut self) -> Answer {
        let input = self.range_within(1, "input_bytes", self.limits().input_bytes_max)?;
        let code = self.arg(0)?;
        let code = CodeHash(self.read_array(code)?);
        let input = self.read(input.0, input.1)?;
        let gas_limit = self.arg64(3)?;
        let contract = self.frame.context.contract;
        let target = Target::Upgrade { contract, code };
        let outcome = self.send(Request {
            target,
            caller: contract,
            value: 0,
            input,
            gas_limit,
            flags: CallFlags::NONE,
        })?;
        answer(outcome.status.call_status())
    }

    /// Balance goes on to the beneficiary; a contract that names itself keeps it, as an account
    /// that is no contract any more. The deposit goes back when the transaction is settled.
    pub(super) fn terminate(&mut self) -> Answer {
        let beneficiary = self.arg(0)?;
        let beneficiary = self.read_account(beneficiary)?;
        let id = self.frame.context.contract;
        let session = &mut *self.frame.session;
        if session.frames_of(&id) > 1 {
            return Err(Status::TerminateReentered.into());
        }
        let account = session.state.account(&id)?;
        if account
            .contract
            .is_some_and(|record| record.storage_items > 0)
        {
            return Err(Status::StorageNotEmpty.into());
        }
        session.state.transfer(&id, &beneficiary, account.balance)?;
        let balance = session.state.account(&id)?.balance;
        session.state.set_account(
            &id,
            Account {
                balance,
                ..Account::default()
            },
        )?;
        Err(Stop::Finished(Status::Success, Vec::new()))
    }

    pub(super) fn returned_length(&mut self) -> Answer {
        super::result::length(self.frame.returned.len())
    }

    pub(super) fn returned_read(&mut self) -> Answer {
        let (out, offset, length) = (self.arg(0)?, self.arg(1)?, self.arg(2)?);
        let bytes = super::result::part(&self.frame.returned, offset, length);
        let bytes = bytes.ok_or(Status::ReturnedOutOfRange)?;
        self.guest.write(self.frame.session.observer, out, bytes)?;
        Ok(None)
    }

    /// The flags at an argument.
    fn flags(&self, index: usize) -> Result<CallFlags, Stop> {
        Ok(CallFlags::from_bits(self.arg(index)?).ok_or(Status::UnknownCallFlags)?)
    }

    /// Runs a message with gas and stack of this frame, and keeps what it gave back.
    #[inline(never)]
    fn send(&mut self, request: Request) -> Result<FrameOutcome, Stop> {
        let per_call = self.limits().stack_slots_per_host_call;
        let stack_slots = u32::try_from(self.meter.stack)
            .ok()
            .and_then(|left| left.checked_sub(per_call))
            .ok_or(Status::StackOverflow)?;
        let left = u64::try_from(self.meter.gas).map_err(|_| Status::OutOfGas)?;
        let gas = left.min(request.gas_limit);
        let message = Message {
            target: request.target,
            caller: request.caller,
            value: request.value,
            input: request.input,
            gas,
            stack_slots,
            read_only: self.frame.context.read_only || request.flags.contains(CallFlags::READ_ONLY),
        };
        let session = &mut *self.frame.session;
        session.set_reentry(request.flags.contains(CallFlags::ALLOW_REENTRY))?;
        let mut outcome = run_message(session, message)?;
        session.set_reentry(false)?;
        let used = gas.saturating_sub(outcome.gas_left);
        self.meter.gas = self.meter.gas.saturating_sub_unsigned(used);
        self.frame.returned = std::mem::take(&mut outcome.output);
        Ok(outcome)
    }
}
