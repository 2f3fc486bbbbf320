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
        "The contract refused with an error of its own, which is the receipt's output. Nothing that it did remains; the gas that was left went back.",
    ),
    (
        Status::Panicked,
        "The contract met a state that its author held to be impossible, and gave a message. Nothing that it did remains; the gas that was left went back.",
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
        "The Wasm operator `unreachable` ran, which compilers emit for aborts. All gas is used up.",
    ),
    (
        Status::MemoryOutOfBounds,
        "A load, store or bulk operation left the contract's memory or a segment. All gas is used up.",
    ),
    (
        Status::TableOutOfBounds,
        "An indirect call left the table. All gas is used up.",
    ),
    (
        Status::IndirectCallNull,
        "An indirect call met an empty table element. All gas is used up.",
    ),
    (
        Status::SignatureMismatch,
        "An indirect call met a function of another type. All gas is used up.",
    ),
    (
        Status::DivisionByZero,
        "An integer was divided by zero. All gas is used up.",
    ),
    (
        Status::IntegerOverflow,
        "A signed division's quotient does not fit its type. All gas is used up.",
    ),
    (
        Status::PointerOutOfBounds,
        "A host function was given a range that leaves the contract's memory. All gas is used up.",
    ),
    (
        Status::LengthOverLimit,
        "A host function was given more bytes than that argument may have. All gas is used up. The line `over` of the run's report names the limit and the length.",
    ),
    (
        Status::KeyEmpty,
        "A storage key is empty. All gas is used up.",
    ),
    (
        Status::ReadOnlyViolation,
        "A call that was made read-only tried to change state. All gas of that frame is used up.",
    ),
    (
        Status::UnknownCallFlags,
        "A call carries a flag that does not exist.",
    ),
    (
        Status::InputOutOfRange,
        "A part of the input that does not exist was read.",
    ),
    (
        Status::ReturnedOutOfRange,
        "A part of the returned data that does not exist was read.",
    ),
    (
        Status::TooManyEvents,
        "The transaction emitted more events than the limit.",
    ),
    (
        Status::TooManyTopics,
        "An event has more topics than the limit.",
    ),
    (
        Status::StorageNotEmpty,
        "A contract asked to be terminated while it still has storage. Remove all keys first.",
    ),
    (
        Status::TerminateReentered,
        "A contract asked to be terminated while it is on the call stack more than once.",
    ),
    (
        Status::ReservedMethod,
        "A call from a contract named `init` or `upgraded`, which only the machine calls.",
    ),
    (
        Status::InvalidUtf8,
        "Text given to a host function is not UTF-8.",
    ),
    (
        Status::BalanceTooLow,
        "The sender's balance does not cover the value.",
    ),
    (
        Status::NotAContract,
        "The account to call is not a contract. Check the id.",
    ),
    (
        Status::MethodNotFound,
        "The contract's code exports no function of that name without parameters and results.",
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
        "Only the contract's admin, its creator, may upgrade it by transaction.",
    ),
    (
        Status::DepositOverLimit,
        "The storage deposit is more than the transaction's deposit_limit. Nothing that it did remains.",
    ),
    (
        Status::DepositUnaffordable,
        "The sender cannot pay the storage deposit. Nothing that the transaction did remains.",
    ),
    (
        Status::ReentryRefused,
        "The contract to call is waiting for a call of its own that does not allow re-entry.",
    ),
];

/// Each reason's code, name and explanation.
pub(crate) const INVALID: [(u16, &str, &str); 13] = [
    (
        1,
        "too_long",
        "The transaction's encoding is over the protocol's limit.",
    ),
    (2, "wrong_chain", "It was signed for another chain id."),
    (
        3,
        "input_too_long",
        "The input of its call is over the protocol's limit.",
    ),
    (
        4,
        "method_too_long",
        "The name of its method is over the protocol's limit.",
    ),
    (
        5,
        "gas_limit_too_high",
        "It asks for more gas than any transaction may.",
    ),
    (
        6,
        "gas_limit_too_low",
        "Its gas limit does not cover what it costs before anything runs.",
    ),
    (
        7,
        "block_full",
        "Its gas limit does not fit into the rest of the block.",
    ),
    (
        8,
        "bad_signature",
        "The sender did not sign exactly this transaction.",
    ),
    (
        9,
        "sender_is_contract",
        "A contract cannot send transactions.",
    ),
    (
        10,
        "bad_nonce",
        "Its nonce is not the sender's next one. Each transaction of an account carries the number of those before it.",
    ),
    (11, "nonce_exhausted", "The sender has used up all nonces."),
    (
        12,
        "cannot_pay",
        "The balance does not cover gas limit times gas price and the value.",
    ),
    (
        13,
        "reserved_method",
        "Its call names `init` or `upgraded`, which only the machine calls.",
    ),
];

/// The reason as a scenario writes it, for example `bad_nonce`.
pub(crate) fn invalid_name(reason: &InvalidTransaction) -> &'static str {
    let code = reason.code();
    let row = INVALID.iter().find(|(number, ..)| *number == code);
    row.map_or("invalid", |(_, name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::{INVALID, STATUS_EXPLANATIONS, invalid_name, status_from_name, status_name};
    use lockstep_vm::{InvalidTransaction, Status};

    #[test]
    fn every_status_is_found_by_its_name() {
        assert_eq!(status_name(Status::OutOfGas), "out_of_gas");
        for status in Status::ALL.iter().copied() {
            assert_eq!(status_from_name(&status_name(status)), Some(status));
        }
        assert_eq!(status_from_name("outofgas"), None);
        let explained: Vec<Status> = STATUS_EXPLANATIONS
            .iter()
            .map(|(status, _)| *status)
            .collect();
        assert_eq!(explained, Status::ALL);
        let document = include_str!("../../docs/scenarios.md");
        let listed: Vec<String> = document
            .lines()
            .filter_map(|line| line.strip_prefix("| "))
            .filter(|line| line.starts_with(|first: char| first.is_ascii_digit()))
            .map(|line| line.split(" | ").take(2).collect::<Vec<_>>().join(" "))
            .collect();
        let expected: Vec<String> = Status::ALL
            .iter()
            .map(|status| format!("{} `{}`", status.code(), status_name(*status)))
            .collect();
        assert_eq!(listed, expected, "the tables of docs/scenarios.md");
    }

    #[test]
    fn reasons_have_the_machine_s_numbers() {
        let nonce = InvalidTransaction::WrongNonce {
            expected: 1,
            actual: 2,
        };
        assert_eq!(invalid_name(&nonce), "bad_nonce");
        assert_eq!(
            invalid_name(&InvalidTransaction::BadSignature),
            "bad_signature"
        );
        assert_eq!(
            invalid_name(&InvalidTransaction::ReservedMethod),
            "reserved_method"
        );
        let numbers: Vec<u16> = INVALID.iter().map(|(number, ..)| *number).collect();
        assert_eq!(numbers, (1..=13).collect::<Vec<u16>>());
    }
}
