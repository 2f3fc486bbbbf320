//! Phase 3: the action.
//!
//! Transfers and uploads are done here. Everything that runs code becomes a message, with all
//! the gas that is left. Whatever the action does lies above a checkpoint, so that an action
//! that fails, here or because its deposits cannot be settled, leaves nothing but its gas. For the
//! same reason an action can be carried out again: on the interpreter, when the native stack under
//! compiled code ended before the metered one.

use lockstep_abi::{AccountId, CodeHash};
use lockstep_gas_meter::Protocol;

use crate::action::Action;
use crate::block::BlockEnvironment;
use crate::charge::ChargedTransaction;
use crate::code_cache::CodeCache;
use crate::engine::Engine;
use crate::fatal::Fatal;
use crate::frame::run_message;
use crate::gas::GasPool;
use crate::identity::code_hash;
use crate::machine::Machine;
use crate::message::{FrameOutcome, Message, Target};
use crate::observer::Observer;
use crate::observer::resumed::Resumed;
use crate::session::{Environment, Session};
use crate::state::{Checkpoint, State};
use crate::status::Status;
use crate::transaction::Transaction;

/// What the action came to.
#[derive(Clone, Debug)]
pub(crate) struct Execution {
    pub(crate) status: Status,
    pub(crate) output: Vec<u8>,
    pub(crate) pool: GasPool,
    /// Before the action's first change. When the status is not success, nothing lies above it.
    pub(crate) checkpoint: Checkpoint,
}

/// A status and an output.
type Outcome = (Status, Vec<u8>);

/// Carries out the action of a transaction that is paid for. Its message starts with
/// `stack_slots` of the metered stack, which is the protocol's limit but in a dry run that
/// measures how many it needs.
pub(crate) fn execute(
    charged: &ChargedTransaction<'_>,
    stack_slots: u32,
    machine: &mut Machine,
    block: &BlockEnvironment,
    state: &mut dyn State,
    observer: &mut dyn Observer,
) -> Result<Execution, Fatal> {
    let checkpoint = state.checkpoint();
    let carry_out = |parts: Parts<'_>, state: &mut dyn State, observer: &mut dyn Observer| {
        let mut action = ActionRun {
            transaction: charged.transaction,
            stack_slots,
            pool: charged.pool,
            parts,
            block,
            state,
            observer,
        };
        let (status, output) = action.dispatch()?;
        Ok::<_, Fatal>((status, output, action.pool))
    };
    let outcome = if machine.engine().can_exhaust_native_stack() {
        let mut observer = Resumed::new(observer);
        match carry_out(machine.parts(), state, &mut observer) {
            Err(fatal) if fatal.is_native_stack() => {
                state.revert(checkpoint);
                observer.begin_again();
                carry_out(machine.parts_on_interpreter(), state, &mut observer)
            }
            outcome => outcome,
        }
    } else {
        carry_out(machine.parts(), state, observer)
    };
    let (status, output, pool) = outcome?;
    if !status.is_success() {
        state.revert(checkpoint);
    }
    Ok(Execution {
        status,
        output,
        pool,
        checkpoint,
    })
}

/// What a machine lends: its rules, an engine, and its code.
type Parts<'a> = (&'a Protocol, &'a dyn Engine, &'a mut CodeCache);

/// One action being carried out, with all that it may touch.
struct ActionRun<'a> {
    transaction: &'a Transaction,
    stack_slots: u32,
    pool: GasPool,
    parts: Parts<'a>,
    block: &'a BlockEnvironment,
    state: &'a mut dyn State,
    observer: &'a mut dyn Observer,
}

impl ActionRun<'_> {
    fn dispatch(&mut self) -> Result<Outcome, Fatal> {
        match &self.transaction.action {
            Action::Transfer { to, value } => self.transfer(to, *value),
            Action::Upload { code } => self.upload(code),
            Action::Instantiate {
                code,
                salt,
                input,
                value,
            } => self.instantiate(code, salt, input, *value),
            Action::Call {
                contract,
                method,
                input,
                value,
            } => {
                let target = Target::Call {
                    contract: *contract,
                    method: method.clone(),
                };
                let outcome = self.message(target, input, *value)?;
                Ok((outcome.status, outcome.output))
            }
            Action::Upgrade {
                contract,
                code,
                input,
            } => self.upgrade(contract, code, input),
        }
    }

    fn transfer(&mut self, to: &AccountId, value: u128) -> Result<Outcome, Fatal> {
        let moved = self.state.transfer(&self.transaction.sender, to, value)?;
        let status = if moved {
            Status::Success
        } else {
            Status::BalanceTooLow
        };
        Ok((status, Vec::new()))
    }

    /// Stores code that the policy accepts and the engine compiles. Its gas was charged as
    /// intrinsic, so refused code pays like accepted code. Code that is there already was
    /// accepted before, and uploading it again succeeds without effect.
    fn upload(&mut self, code: &[u8]) -> Result<Outcome, Fatal> {
        let hash = code_hash(code);
        let success = (Status::Success, hash.0.to_vec());
        if self.state.code_length(&hash)?.is_some() {
            return Ok(success);
        }
        let (protocol, engine, cache) = &mut self.parts;
        if let Err(refusal) = cache.admit(hash, code, protocol, *engine)? {
            self.observer.code_refused(&hash, &refusal);
            return Ok((Status::CodeRefused, Vec::new()));
        }
        self.state.put_code(&hash, code.to_vec())?;
        Ok(success)
    }

    /// Makes a contract; the output of success is its id.
    fn instantiate(
        &mut self,
        code: &CodeHash,
        salt: &[u8; 32],
        input: &[u8],
        value: u128,
    ) -> Result<Outcome, Fatal> {
        let target = Target::Instantiate {
            code: *code,
            salt: *salt,
        };
        let outcome = self.message(target, input, value)?;
        if !outcome.status.is_success() {
            return Ok((outcome.status, outcome.output));
        }
        let id = outcome
            .contract
            .ok_or_else(|| Fatal::Internal("an instantiation succeeded without a contract"))?;
        Ok((Status::Success, id.0.to_vec()))
    }

    /// Replaces a contract's code, which only its admin may do by transaction.
    fn upgrade(
        &mut self,
        contract: &AccountId,
        code: &CodeHash,
        input: &[u8],
    ) -> Result<Outcome, Fatal> {
        let Some(record) = self.state.account(contract)?.contract else {
            return Ok((Status::NotAContract, Vec::new()));
        };
        if record.admin != self.transaction.sender {
            return Ok((Status::NotAdmin, Vec::new()));
        }
        let target = Target::Upgrade {
            contract: *contract,
            code: *code,
        };
        let outcome = self.message(target, input, 0)?;
        Ok((outcome.status, outcome.output))
    }

    /// Runs the transaction's own message with all gas that is left, and takes what it used
    /// from the pool.
    fn message(
        &mut self,
        target: Target,
        input: &[u8],
        value: u128,
    ) -> Result<FrameOutcome, Fatal> {
        let (protocol, engine, cache) = &mut self.parts;
        let environment = Environment {
            engine: *engine,
            protocol,
            block: self.block,
            origin: self.transaction.sender,
        };
        let message = Message {
            target,
            caller: self.transaction.sender,
            value,
            input: input.to_vec(),
            gas: self.pool.left(),
            stack_slots: self.stack_slots,
            read_only: false,
        };
        let mut session = Session::new(environment, self.state, cache, self.observer);
        let outcome = run_message(&mut session, message)?;
        let used = session.gas_used();
        if !self.pool.take_all(used) || self.pool.left() != outcome.gas_left {
            return Err(Fatal::Internal(
                "the gas of a transaction's frames does not add up",
            ));
        }
        Ok(outcome)
    }
}
