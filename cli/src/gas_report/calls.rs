//! From what the machine tells an observer to calls with their gas.

use lockstep_abi::{AccountId, CodeHash};
use lockstep_vm::{GasUsed, InvalidTransaction, MessageEnd, MessageStart, Observer, Report};

use crate::run::{Companion, StepPlace};
use crate::scenario::Step;

/// One message into a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) contract: AccountId,
    pub(super) code: CodeHash,
    pub(super) method: String,
    pub(super) succeeded: bool,
    /// The gas that it used itself.
    pub(super) own: GasUsed,
    /// The gas that it used with everything that it called.
    pub(super) with_callees: u64,
}

/// The calls of one transaction, and its receipt's gas.
#[derive(Clone, Debug, Default)]
pub(super) struct TransactionCalls {
    pub(super) calls: Vec<Call>,
    /// None when it was not included.
    pub(super) receipt: Option<GasUsed>,
}

/// A message under way.
#[derive(Debug)]
struct Open {
    call: Call,
    at_start: GasUsed,
    callees: GasUsed,
}

/// Collects the calls of a run.
#[derive(Debug, Default)]
pub(super) struct CallCollector {
    watch: CallWatch,
    transactions: Vec<TransactionCalls>,
}

#[derive(Debug, Default)]
struct CallWatch {
    open: Vec<Open>,
    calls: Vec<Call>,
}

impl CallCollector {
    pub(super) fn into_transactions(self) -> Vec<TransactionCalls> {
        self.transactions
    }
}

impl Companion for CallCollector {
    fn observer(&mut self) -> &mut dyn Observer {
        &mut self.watch
    }

    fn step_is_over(
        &mut self,
        _place: StepPlace,
        _step: &Step,
        outcome: &Result<Report, InvalidTransaction>,
    ) {
        let receipt = outcome.as_ref().ok();
        self.transactions.push(TransactionCalls {
            calls: std::mem::take(&mut self.watch.calls),
            receipt: receipt.map(|report| report.receipt.gas_used),
        });
    }
}

impl Observer for CallWatch {
    fn message_start(&mut self, message: &MessageStart<'_>) {
        self.open.push(Open {
            call: Call {
                contract: message.contract,
                code: message.code,
                method: message.method.to_string(),
                succeeded: false,
                own: GasUsed::default(),
                with_callees: 0,
            },
            at_start: message.gas_used,
            callees: GasUsed::default(),
        });
    }

    fn message_end(&mut self, message: &MessageEnd) {
        let Some(mut ended) = self.open.pop() else {
            return;
        };
        let all = less(message.gas_used, ended.at_start);
        ended.call.own = less(all, ended.callees);
        ended.call.with_callees = all.total();
        ended.call.succeeded = message.status.is_success();
        if let Some(caller) = self.open.last_mut() {
            caller.callees = plus(caller.callees, all);
        }
        self.calls.push(ended.call);
    }
}

/// The sum, bucket by bucket.
pub(super) fn plus(left: GasUsed, right: GasUsed) -> GasUsed {
    GasUsed {
        intrinsic: left.intrinsic + right.intrinsic,
        wasm: left.wasm + right.wasm,
        host: left.host + right.host,
        storage: left.storage + right.storage,
        forfeited: left.forfeited + right.forfeited,
    }
}

/// What `whole` has more than `part`, bucket by bucket.
fn less(whole: GasUsed, part: GasUsed) -> GasUsed {
    GasUsed {
        intrinsic: whole.intrinsic - part.intrinsic,
        wasm: whole.wasm - part.wasm,
        host: whole.host - part.host,
        storage: whole.storage - part.storage,
        forfeited: whole.forfeited - part.forfeited,
    }
}
