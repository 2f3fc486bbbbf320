//! The names of receipt statuses and of reasons for which a transaction is not included, as
//! scenarios and output use them, with what `lockstep explain` says about each.

use lockstep_vm::{InvalidTransaction, Status};

/// A status as a scenario writes it, for example `out_of_gas`.
pub(crate) fn status_name(status: Status) -> String {
    snake_case(&format!("{status:?}"))
}

/// The status of a name.
pub(crate) fn status_from_name(name: &str) -> Option<Status> {
    Status::ALL
        .iter()
        .copied()
        .find(|status| status_name(*status) == name)
}

fn snake_case(camel: &str) -> String {
    let mut snake = String::new();
    for (position, character) in camel.chars().enumerate() {
        if character.is_ascii_uppercase() && position > 0 {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    snake
}

/// What a status means and what to do about it.
pub(crate) fn status_explanation(status: Status) -> &'static str {
    let row = STATUS_EXPLANATIONS
        .iter()
        .find(|(known, _)| *known == status);
    row.map_or_else(|| status.text(), |(_, explanation)| explanation)
}

/// Each status with its explanation.
const STATUS_EXPLANATIONS: [(Status, &str); 35] = [
    (
        Status::Success,
        "Everything that the transaction asked for was done.",
    ),
    (
        Status::Reverted,
        "The contract refused with an error of its own, which is the receipt's output. Nothing that it did remains; the gas that was left went back. Meet the condition that the error names.",
    ),
    (
        Status::Panicked,
        "The contract met a state that its author held to be impossible, and gave a message. Nothing that it did remains; the gas that was left went back. Whoever wrote the contract has to look into it.",
    ),
    (
        Status::OutOfGas,
        "The gas limit did not suffice. All of it is used up. Raise gas_limit, or let the contract do less in one call.",
    ),
    (
        Status::StackOverflow,
        "The metered call stack is used up, by recursion or by calls from contract to contract. All gas is used up. Nest less deeply.",
    ),
    (
        Status::Unreachable,
        "The Wasm operator `unreachable` ran, which compilers emit for aborts. All gas is used up. `lockstep gas profile` shows how far it came; a contract that panics with a message says why.",
    ),
    (
        Status::MemoryOutOfBounds,
        "A load, store or bulk operation left the contract's memory or a segment. All gas is used up. Let the contract check offsets and lengths first.",
    ),
    (
        Status::TableOutOfBounds,
        "An indirect call left the table. All gas is used up. The contract has a function pointer that is none.",
    ),
    (
        Status::IndirectCallNull,
        "An indirect call met an empty table element. All gas is used up. The contract has a function pointer that was never set.",
    ),
    (
        Status::SignatureMismatch,
        "An indirect call met a function of another type. All gas is used up. The contract calls a function pointer with other parameters or results than the function's.",
    ),
    (
        Status::DivisionByZero,
        "An integer was divided by zero. All gas is used up. Let the contract check the divisor.",
    ),
    (
        Status::IntegerOverflow,
        "A signed division's quotient does not fit its type. All gas is used up. Let the contract check for the least number divided by -1.",
    ),
    (
        Status::PointerOutOfBounds,
        "A host function was given a range that leaves the contract's memory. All gas is used up. Let the contract check offsets and lengths first.",
    ),
    (
        Status::LengthOverLimit,
        "A host function was given more bytes than that argument may have. All gas is used up. The line `over` of the run's report names the limit and the length. Pass less at a time.",
    ),
    (
        Status::KeyEmpty,
        "A storage key is empty. All gas is used up. Give it a byte at least.",
    ),
    (
        Status::ReadOnlyViolation,
        "A call that was made read-only tried to change state. All gas of that frame is used up. Make the call without that flag, or call a method that only reads.",
    ),
    (
        Status::UnknownCallFlags,
        "A call carries a flag that does not exist. All gas is used up. `docs/contract-abi.md` lists those that do.",
    ),
    (
        Status::InputOutOfRange,
        "A part of the input that does not exist was read. All gas is used up. Ask for the input's length first.",
    ),
    (
        Status::ReturnedOutOfRange,
        "A part of the returned data that does not exist was read. All gas is used up. Ask for its length first.",
    ),
    (
        Status::TooManyEvents,
        "The transaction emitted more events than the limit. All gas is used up. Emit fewer, or do the work in several transactions.",
    ),
    (
        Status::TooManyTopics,
        "An event has more topics than the limit. All gas is used up. Put the rest into its data.",
    ),
    (
        Status::StorageNotEmpty,
        "A contract asked to be terminated while it still has storage. Remove all keys first. All gas is used up.",
    ),
    (
        Status::TerminateReentered,
        "A contract asked to be terminated while it is on the call stack more than once. All gas is used up. Ask for it where no call of it is waiting.",
    ),
    (
        Status::ReservedMethod,
        "A call from a contract named `init` or `upgraded`, which only the machine calls. All gas is used up. Instantiate or upgrade in place of it, or name another method.",
    ),
    (
        Status::InvalidUtf8,
        "Text given to a host function is not UTF-8. All gas is used up. Pass what is no text as data.",
    ),
    (
        Status::BalanceTooLow,
        "The sender's balance does not cover the value. Send less, or give the sender more first.",
    ),
    (
        Status::NotAContract,
        "The account to call is not a contract. Check the id.",
    ),
    (
        Status::MethodNotFound,
        "The contract's code exports no function of that name without parameters and results. Compare the name with the contract's exports or ABI.",
    ),
    (
        Status::CodeNotFound,
        "No code of that hash was uploaded. Upload it first.",
    ),
    (
        Status::ContractExists,
        "A contract of that creator, code and salt exists. Use another salt.",
    ),
    (
        Status::CodeRefused,
        "The uploaded module does not meet the policy. `lockstep check FILE` lists every reason.",
    ),
    (
        Status::NotAdmin,
        "Only the contract's admin, its creator, may upgrade it by transaction. Send it from that account.",
    ),
    (
        Status::DepositOverLimit,
        "The storage deposit is more than the transaction's deposit_limit. Nothing that it did remains. Raise deposit_limit: a dry run with one that is high enough says how much is needed. Or let the contract store less.",
    ),
    (
        Status::DepositUnaffordable,
        "The sender cannot pay the storage deposit. Nothing that the transaction did remains. Give the sender more first, or let the contract store less.",
    ),
    (
        Status::ReentryRefused,
        "The contract to call is waiting for a call of its own that does not allow re-entry. Call it when that call has ended, or let it allow re-entry if it can bear that.",
    ),
];

/// Each reason's code, name and explanation.
pub(crate) const INVALID: [(u16, &str, &str); 13] = [
    (
        1,
        "too_long",
        "The transaction's encoding is over the protocol's limit. Do the work in several transactions.",
    ),
    (
        2,
        "wrong_chain",
        "It was signed for another chain id. Sign it for this chain.",
    ),
    (
        3,
        "input_too_long",
        "The input of its call is over the protocol's limit. Pass it in several calls.",
    ),
    (
        4,
        "method_too_long",
        "The name of its method is over the protocol's limit. Name a method that the contract has.",
    ),
    (
        5,
        "gas_limit_too_high",
        "It asks for more gas than any transaction may. Lower gas_limit; `lockstep explain out_of_gas` if less does not suffice.",
    ),
    (
        6,
        "gas_limit_too_low",
        "Its gas limit does not cover what it costs before anything runs. Raise gas_limit; a dry run says how much is needed.",
    ),
    (
        7,
        "block_full",
        "Its gas limit does not fit into the rest of the block. Put it into another block, or lower gas_limit.",
    ),
    (
        8,
        "bad_signature",
        "The sender did not sign exactly this transaction. Sign it as it is sent, with the sender's key.",
    ),
    (
        9,
        "sender_is_contract",
        "A contract cannot send transactions. Send it from an account with a key.",
    ),
    (
        10,
        "bad_nonce",
        "Its nonce is not the sender's next one. Each transaction of an account carries the number of those before it.",
    ),
    (
        11,
        "nonce_exhausted",
        "The sender has used up all nonces. Use another account.",
    ),
    (
        12,
        "cannot_pay",
        "The balance does not cover gas limit times gas price and the value. Lower gas_limit or the value, or give the sender more first.",
    ),
    (
        13,
        "reserved_method",
        "Its call names `init` or `upgraded`, which only the machine calls. Instantiate or upgrade in place of it, or name another method.",
    ),
];

/// The reason as a scenario writes it, for example `bad_nonce`.
pub(crate) fn invalid_name(reason: &InvalidTransaction) -> &'static str {
    let code = reason.code();
    let row = INVALID.iter().find(|(number, ..)| *number == code);
    row.map_or("invalid", |(_, name, _)| name)
}

#[cfg(test)]
mod tests;
