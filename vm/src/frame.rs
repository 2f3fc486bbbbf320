//! One message, from the account it names to its outcome.
//!
//! The steps are in a fixed order, because each can fail and its failure is part of the
//! protocol:
//! 1. the target is resolved: [`Status::NotAContract`], [`Status::CodeNotFound`],
//!    [`Status::ReentryRefused`], [`Status::ContractExists`];
//! 2. the value moves: [`Status::BalanceTooLow`]. Up to here no gas is used;
//! 3. the code is loaded, charged by its length, unless the transaction has it loaded already;
//! 4. the method is looked up: [`Status::MethodNotFound`]. Nobody can name `init` and
//!    `upgraded`. A contract whose code exports no `init` can be made with an empty input, and
//!    likewise for `upgraded`;
//! 5. an instance is charged for, made, and the method runs in it.
//!
//! Whatever fails, the state goes back to where it was before step 1 and only the gas is gone: all
//! of it after a trap or when it ran out, otherwise what was used.
//!
//! What a run used is the difference of the gas counter between the points where the host sees
//! it, so the buckets add up to the gas used without rounding. Of a frame that ran out of gas in
//! Wasm the rest counts as Wasm gas. What a frame that trapped had at its last host call, and what
//! is left when a host call or the loading cannot be paid, counts as forfeited.

mod admit;
mod conclude;
mod load;

use lockstep_abi::AccountId;

use self::admit::{Admitted, Refused, admit};
use self::conclude::conclude;
use self::load::load;
use crate::code_cache::LoadedCode;
use crate::engine::Call;
use crate::fatal::Fatal;
use crate::gas::GasBucket;
use crate::host::{Frame, FrameContext};
use crate::message::{FrameOutcome, Message, Target};
use crate::observer::{FrameEnd, FrameStart, MessageCharge, MessageEnd, MessageGas, MessageStart};
use crate::session::Session;
use crate::status::Status;

/// Native stack that a message must find. One takes some 40 KiB, if it compiles functions, and 22 more
/// if it grows its memory page by page (see `growth` of the metering pass). Without optimisation it takes
/// up to 300, and more than 128 where a sanitizer watches.
const NATIVE_STACK_MIN_BYTES: usize = 512 << 10;
/// The stack of a message that finds less, with room for all that nest in it.
const NATIVE_STACK_BYTES: usize = 2 << 20;
/// The method that a new contract runs.
const INIT: &str = "init";
/// The method that new code of a contract runs.
const UPGRADED: &str = "upgraded";

/// Runs a message. The gas it used is added to [`Session::gas_used`].
///
/// Frames nest on the native stack, one host call inside the other, at most as deep as the
/// metered stack allows: 31 calls in protocol version 1. When the thread has little left, the
/// message runs on a stack of its own. Recursion in a contract takes none.
///
/// # Errors
/// When the state's store or the engine fails; the session and its state are then of no use.
///
/// # Panics
/// When the machine has no address space for a stack.
pub fn run_message(session: &mut Session<'_>, message: Message) -> Result<FrameOutcome, Fatal> {
    let (least, whole) = (NATIVE_STACK_MIN_BYTES, NATIVE_STACK_BYTES);
    stacker::maybe_grow(least, whole, || run_here(session, message))
}

fn run_here(session: &mut Session<'_>, message: Message) -> Result<FrameOutcome, Fatal> {
    let checkpoint = session.state.checkpoint();
    let outcome = execute(session, message)?;
    if !outcome.status.is_success() {
        session.state.revert(checkpoint);
    }
    Ok(outcome)
}

fn execute(session: &mut Session<'_>, message: Message) -> Result<FrameOutcome, Fatal> {
    let admitted = match admit(session, &message) {
        Ok(admitted) => admitted,
        Err(Refused::Status(status)) => return Ok(ended(status, message.gas, None)),
        Err(Refused::Fatal(fatal)) => return Err(fatal),
    };
    let depth = session.depth();
    session.observer.message_start(&MessageStart {
        depth,
        contract: admitted.contract,
        code: admitted.code,
        method: method_name(&message.target),
        input: &message.input,
        gas: message.gas,
        gas_used: session.gas,
    });
    let outcome = enter(session, message, admitted)?;
    session.observer.message_end(&MessageEnd {
        depth,
        status: outcome.status,
        gas_left: outcome.gas_left,
        gas_used: session.gas,
    });
    Ok(outcome)
}

/// Steps 3 to 5.
fn enter(
    session: &mut Session<'_>,
    message: Message,
    admitted: Admitted,
) -> Result<FrameOutcome, Fatal> {
    let mut gas = message.gas;
    let contract = Some(admitted.contract);
    let Some(code) = load(session, &admitted, &mut gas)? else {
        return Ok(out_of_gas(session, gas, &admitted));
    };
    let Some(method) = method(&message.target, &code) else {
        let hook = matches!(
            message.target,
            Target::Instantiate { .. } | Target::Upgrade { .. }
        );
        let status = match hook && message.input.is_empty() {
            true => Status::Success,
            false => Status::MethodNotFound,
        };
        return Ok(ended(status, gas, contract));
    };
    let price = code.instantiation_gas;
    if !pay(
        session,
        &mut gas,
        price,
        (&admitted, MessageCharge::Instantiate),
    ) {
        return Ok(out_of_gas(session, gas, &admitted));
    }
    let method = method.to_owned();
    run(session, message, admitted, &code, &method, gas)
}

/// The outcome of a message whose code did not run.
fn ended(status: Status, gas_left: u64, contract: Option<AccountId>) -> FrameOutcome {
    FrameOutcome {
        status,
        output: Vec::new(),
        gas_left,
        contract,
    }
}

/// The outcome of a message that could not pay for its code.
fn out_of_gas(session: &mut Session<'_>, gas: u64, admitted: &Admitted) -> FrameOutcome {
    session.gas.add(GasBucket::Forfeited, gas);
    tell(session, admitted, MessageCharge::Forfeited, gas);
    ended(Status::OutOfGas, 0, Some(admitted.contract))
}

/// Tells the observer of gas that was used before a method ran.
fn tell(session: &mut Session<'_>, admitted: &Admitted, charge: MessageCharge, gas: u64) {
    let depth = session.depth();
    session.observer.message_gas(&MessageGas {
        depth,
        contract: admitted.contract,
        code: admitted.code,
        charge,
        gas,
    });
}

/// Takes the price of loading or instantiating, or nothing.
fn pay(
    session: &mut Session<'_>,
    gas: &mut u64,
    price: u64,
    (admitted, charge): (&Admitted, MessageCharge),
) -> bool {
    let Some(left) = gas.checked_sub(price) else {
        return false;
    };
    *gas = left;
    session.gas.add(GasBucket::Host, price);
    tell(session, admitted, charge, price);
    true
}

/// Step 4: the exported method that the target runs, if there is one.
fn method<'t>(target: &'t Target, code: &LoadedCode) -> Option<&'t str> {
    let name = method_name(target);
    let nameable = match target {
        Target::Call { .. } | Target::Delegate { .. } => !is_reserved(name),
        Target::Instantiate { .. } | Target::Upgrade { .. } => true,
    };
    (nameable && code.methods.contains(name)).then_some(name)
}

/// The method that the target asks for.
fn method_name(target: &Target) -> &str {
    match target {
        Target::Call { method, .. } | Target::Delegate { method, .. } => method,
        Target::Instantiate { .. } => INIT,
        Target::Upgrade { .. } => UPGRADED,
    }
}

/// Whether only the machine calls methods of this name.
pub(crate) fn is_reserved(method: &str) -> bool {
    matches!(method, INIT | UPGRADED)
}

/// Step 5.
fn run(
    session: &mut Session<'_>,
    message: Message,
    admitted: Admitted,
    code: &LoadedCode,
    method: &str,
    gas: u64,
) -> Result<FrameOutcome, Fatal> {
    let depth = session.depth();
    let contract = admitted.contract;
    session.observer.frame_start(&FrameStart {
        depth,
        contract,
        code: admitted.code,
        method,
        gas: message.gas,
        gas_left: gas,
    });
    session.push_frame(contract);
    let call = Call {
        method,
        gas,
        stack_slots: message.stack_slots,
    };
    let context = FrameContext {
        contract,
        caller: message.caller,
        value: message.value,
        read_only: message.read_only,
        depth,
    };
    let mut frame = Box::new(Frame::new(session, context, message.input, gas)?);
    let run = code.module.run(call, &mut *frame).map_err(Fatal::engine)?;
    let memory_pages = run.memory_pages;
    let (status, output, gas_left) = conclude(*frame, run)?;
    session.pop_frame();
    session.observer.frame_end(&FrameEnd {
        depth,
        status,
        output: &output,
        gas_left,
        gas_used: session.gas,
        memory_pages,
    });
    Ok(FrameOutcome {
        status,
        output,
        gas_left,
        contract: Some(contract),
    })
}
