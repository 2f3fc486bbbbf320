//! A message that was sent and did not come back: whether it must be refused, what the state must
//! be when its frame begins, and what must be left of it.

use lockstep_abi::{CallStatus, CodeHash, HostFunction};
use lockstep_vm::ContractRecord;

use super::asked::Sent;
use super::model::{Model, prepared_codes, uploaded};
use super::protocol;

/// How a message ended: what its sender is told, and what comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ending {
    pub(super) status: CallStatus,
    pub(super) output: Vec<u8>,
}

impl Ending {
    /// One that gives nothing back.
    pub(super) fn bare(status: CallStatus) -> Ending {
        let output = Vec::new();
        Ending { status, output }
    }
}

pub(super) struct Waiting {
    pub(super) sent: Sent,
    /// The state when it was sent.
    before: Model,
    /// What the state is when its frame begins, or why there is none.
    entered: Result<Model, CallStatus>,
    /// Whether its frame began.
    pub(super) begun: bool,
    /// How its frame ended, and the state then.
    pub(super) ended: Option<(Ending, Model)>,
}

impl Waiting {
    pub(super) fn new(sent: Sent, before: Model, may_enter: bool) -> Waiting {
        let entered = entered(&sent, before.clone(), may_enter);
        Waiting {
            sent,
            before,
            entered,
            begun: false,
            ended: None,
        }
    }

    /// Its frame begins in an instance of a code, and the state is this.
    pub(super) fn check_begin(
        &self,
        code: Option<CodeHash>,
        model: &Model,
    ) -> Result<(), (&'static str, String)> {
        let frame = self.sent.frame;
        let entered = self.entered.as_ref();
        let entered = entered
            .map_err(|status| ("asked", format!("{frame:?} begins in place of {status:?}")))?;
        let of_contract = entered.record(&frame.contract).map(|record| record.code);
        let expected = frame.code.or(of_contract);
        if code != expected {
            let what = format!("{frame:?} runs the code {code:?}, not {expected:?}");
            return Err(("capability", what));
        }
        if entered != model {
            let what = format!("{frame:?} begins with {model:?}, not {entered:?}");
            return Err(("asked", what));
        }
        Ok(())
    }

    /// It is over. When its frame did not begin, although it was not refused, it had no gas for it,
    /// because both codes have every method that programs name.
    pub(super) fn check_end(&self) -> Result<(), String> {
        let (Ok(entered), false) = (&self.entered, self.begun) else {
            return Ok(());
        };
        let frame = &self.sent.frame;
        let of_contract = entered.record(&frame.contract).map(|record| record.code);
        let needed = frame.code.or(of_contract).and_then(gas_to_begin);
        let gas = self.sent.gas;
        match needed.is_none_or(|needed| gas < needed) {
            true => Ok(()),
            false => Err(format!("{frame:?} does not begin with {gas} gas")),
        }
    }

    /// How it must have ended, and what the state must be: of a message that failed nothing is
    /// left.
    pub(super) fn outcome(self) -> (Ending, Model) {
        match (self.ended, self.entered) {
            (Some((ending, after)), _) if ending.status == CallStatus::Success => (ending, after),
            (Some((ending, _)), _) => (ending, self.before),
            (None, Err(status)) => (Ending::bare(status), self.before),
            (None, Ok(_)) => (Ending::bare(CallStatus::Trapped), self.before),
        }
    }
}

/// The gas with which a message to a code surely begins: it is loaded and instantiated.
fn gas_to_begin(code: CodeHash) -> Option<u64> {
    let mut codes = prepared_codes().iter();
    let (_, module) = codes.find(|(known, _)| *known == code)?;
    let prices = &protocol().schedule.code;
    let bytes = uploaded(&code)?.len() as u64;
    Some(prices.load_base + prices.load_per_byte * bytes + module.instantiation_gas())
}

/// What the state is when the frame of a message begins, or why none does.
fn entered(sent: &Sent, mut model: Model, may_enter: bool) -> Result<Model, CallStatus> {
    let frame = &sent.frame;
    let is_contract = model.record(&frame.contract).is_some();
    let code = frame.code.filter(|code| uploaded(code).is_some());
    let code = code.ok_or(CallStatus::CodeNotFound);
    match sent.function {
        // It only shows the value of the frame that asks.
        HostFunction::DelegateCall => return code.map(|_| model),
        HostFunction::Instantiate => {
            let record = ContractRecord::new(code?, frame.caller);
            if is_contract {
                return Err(CallStatus::ContractExists);
            }
            let mut account = model.account(&frame.contract);
            account.contract = Some(record);
            model.set_account(&frame.contract, account);
        }
        _ if !is_contract => return Err(CallStatus::NotAContract),
        HostFunction::Upgrade => {
            let mut account = model.account(&frame.contract);
            let code = code?;
            account
                .contract
                .iter_mut()
                .for_each(|record| record.code = code);
            model.set_account(&frame.contract, account);
        }
        _ if !may_enter => return Err(CallStatus::ReentryRefused),
        _ => {}
    }
    match model.transfer(&frame.caller, &frame.contract, frame.value) {
        true => Ok(model),
        false => Err(CallStatus::BalanceTooLow),
    }
}
