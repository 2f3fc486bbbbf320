//! Steps 1 and 2 of a message: the target is resolved, and the changes that precede the run are
//! made. No gas is used here; see [`frame`](crate::frame) for the order of the checks.

use lockstep_abi::{AccountId, CodeHash};

use crate::account::ContractRecord;
use crate::fatal::Fatal;
use crate::identity::contract_id;
use crate::message::{Message, Target};
use crate::session::Session;
use crate::status::Status;

/// What a target was resolved to.
pub(super) struct Admitted {
    pub(super) contract: AccountId,
    pub(super) code: CodeHash,
}

/// Why a message ended before its code ran.
pub(super) enum Refused {
    Status(Status),
    Fatal(Fatal),
}

impl From<Fatal> for Refused {
    fn from(fatal: Fatal) -> Self {
        Refused::Fatal(fatal)
    }
}

impl From<Status> for Refused {
    fn from(status: Status) -> Self {
        Refused::Status(status)
    }
}

/// Finds contract and code, and makes the changes that precede the run.
pub(super) fn admit(session: &mut Session<'_>, message: &Message) -> Result<Admitted, Refused> {
    match &message.target {
        Target::Call { contract, .. } => admit_call(session, message, contract),
        Target::Delegate { contract, code, .. } => {
            require_code(session, code)?;
            Ok(Admitted {
                contract: *contract,
                code: *code,
            })
        }
        Target::Instantiate { code, salt } => admit_instantiate(session, message, code, salt),
        Target::Upgrade { contract, code } => admit_upgrade(session, contract, code),
    }
}

fn admit_call(
    session: &mut Session<'_>,
    message: &Message,
    contract: &AccountId,
) -> Result<Admitted, Refused> {
    let record = session
        .state
        .account(contract)?
        .contract
        .ok_or(Status::NotAContract)?;
    if !session.may_enter(contract) {
        return Err(Status::ReentryRefused.into());
    }
    move_value(session, message, contract)?;
    Ok(Admitted {
        contract: *contract,
        code: record.code,
    })
}

fn admit_instantiate(
    session: &mut Session<'_>,
    message: &Message,
    code: &CodeHash,
    salt: &[u8; 32],
) -> Result<Admitted, Refused> {
    require_code(session, code)?;
    let id = contract_id(&message.caller, code, salt);
    let mut account = session.state.account(&id)?;
    if account.contract.is_some() {
        return Err(Status::ContractExists.into());
    }
    account.contract = Some(ContractRecord::new(*code, message.caller));
    session.state.set_account(&id, account)?;
    move_value(session, message, &id)?;
    Ok(Admitted {
        contract: id,
        code: *code,
    })
}

fn admit_upgrade(
    session: &mut Session<'_>,
    contract: &AccountId,
    code: &CodeHash,
) -> Result<Admitted, Refused> {
    let mut account = session.state.account(contract)?;
    let record = account.contract.as_mut().ok_or(Status::NotAContract)?;
    require_code(session, code)?;
    record.code = *code;
    session.state.set_account(contract, account)?;
    Ok(Admitted {
        contract: *contract,
        code: *code,
    })
}

fn require_code(session: &mut Session<'_>, code: &CodeHash) -> Result<(), Refused> {
    if session.is_loaded(code) || session.state.code_length(code)?.is_some() {
        return Ok(());
    }
    Err(Status::CodeNotFound.into())
}

fn move_value(session: &mut Session<'_>, message: &Message, to: &AccountId) -> Result<(), Refused> {
    if message.value == 0 || session.state.transfer(&message.caller, to, message.value)? {
        return Ok(());
    }
    Err(Status::BalanceTooLow.into())
}
