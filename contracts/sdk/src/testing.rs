//! A small stand-in for the machine, so that contracts can be unit-tested natively.
//!
//! It keeps one contract's storage, events and context for each thread, in memory. It does not
//! meter, does not undo a failed call and runs no other contract: [`on_call`] says what those
//! answer. Nor does it know where a call or a transaction begins: a test moves the value that comes
//! with a call ([`Context::value`]), and says when a transaction is over ([`end_transaction`]).
//! Keys, values, events, inputs and debug messages over the machine's limits panic; the machine traps.
//! What it lacks panics with a message that says so; scenarios on the real machine cover the rest.
//! Ending a frame (`return`, `revert`, `panic`) is a Rust panic here, and tests call the methods
//! themselves, which return their results as usual.

pub(crate) mod host;
mod limits;

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use lockstep_abi::{AccountId, CallFlags, CallStatus};

/// The context in which the contract runs.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// Who calls.
    pub caller: AccountId,
    /// The contract itself.
    pub self_id: AccountId,
    /// The sender of the transaction.
    pub origin: AccountId,
    /// The value that comes with the call. It is not in `balances` by itself: add it to the balance of
    /// `self_id` there, as the machine does before a method runs.
    pub value: u128,
    /// The balances of accounts, which `context::balance` answers as they stand here; those that are
    /// absent have 0.
    pub balances: BTreeMap<AccountId, u128>,
    /// The block's height.
    pub block_height: u64,
    /// The block's time in milliseconds since the Unix epoch.
    pub block_timestamp: u64,
    /// The chain's number.
    pub chain_id: u64,
    /// What `gas_left` answers.
    pub gas_left: u64,
    /// Whether the frame is read-only; writes are not refused here.
    pub read_only: bool,
}

/// An event that was emitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emitted {
    /// Its topics; the first is its name.
    pub topics: Vec<[u8; 32]>,
    /// Its encoded fields.
    pub data: Vec<u8>,
}

/// A call that the contract made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// The contract called.
    pub contract: AccountId,
    /// The method's name.
    pub method: String,
    /// The encoded parameters.
    pub input: Vec<u8>,
    /// The value sent along. The stand-in leaves the balances as they are.
    pub value: u128,
    /// The most gas that it passes on; `u64::MAX` is all that is left.
    pub gas_limit: u64,
    /// Whether it is read-only, and whether this contract may be entered again meanwhile.
    pub flags: CallFlags,
}

type Answer = Box<dyn FnMut(&Called) -> (CallStatus, Vec<u8>)>;

/// Everything that the stand-in keeps.
#[derive(Default)]
struct Machine {
    context: Context,
    storage: BTreeMap<Vec<u8>, Vec<u8>>,
    transient: BTreeMap<Vec<u8>, Vec<u8>>,
    events: Vec<Emitted>,
    returned: Vec<u8>,
    answer: Option<Answer>,
}

std::thread_local! {
    static MACHINE: RefCell<Machine> = RefCell::default();
}

fn with<T>(act: impl FnOnce(&mut Machine) -> T) -> T {
    MACHINE.with_borrow_mut(act)
}

/// Forgets everything and starts with this context.
pub fn reset(context: Context) {
    with(|machine| {
        *machine = Machine {
            context,
            ..Machine::default()
        }
    });
}

/// Changes the context and keeps the rest.
pub fn update(change: impl FnOnce(&mut Context)) {
    with(|machine| change(&mut machine.context));
}

/// Ends the transaction: transient storage is forgotten. All else stays, the context, the events
/// and how calls are answered included.
pub fn end_transaction() {
    with(|machine| machine.transient.clear());
}

/// The events emitted since the last [`reset`].
pub fn events() -> Vec<Emitted> {
    with(|machine| machine.events.clone())
}

/// The storage as it stands.
pub fn storage() -> BTreeMap<Vec<u8>, Vec<u8>> {
    with(|machine| machine.storage.clone())
}

/// Says how calls to other contracts end: with a status, and the data that they give back.
pub fn on_call(answer: impl FnMut(&Called) -> (CallStatus, Vec<u8>) + 'static) {
    with(|machine| machine.answer = Some(Box::new(answer)));
}
