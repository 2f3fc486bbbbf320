//! Of two mistakes in one host call the one that is checked first decides how the frame ends, and
//! that shows in the receipt. The order is stated in `docs/contract-abi.md`, "What is checked first".

use lockstep_abi::HostFunction;
use lockstep_gas_meter::Limits;
use lockstep_vm::Status;

use crate::cases::{Case, NOT_UTF8, RESERVED, good};
use crate::misuse::assert_traps;
use crate::script::END;

/// An argument that is wrong, and how a frame ends that calls with it.
struct Mistake {
    argument: usize,
    value: u64,
    status: Status,
}

fn mistake(argument: usize, value: u64, status: Status) -> Mistake {
    Mistake {
        argument,
        value,
        status,
    }
}

/// The limit of the length at an argument, if it has one.
fn limit(function: HostFunction, argument: usize) -> Option<u32> {
    use HostFunction as F;
    let limits = Limits::v1();
    match (function, argument) {
        (F::Return | F::Revert | F::Panic, 1) => Some(limits.output_bytes_max),
        (F::DebugLog, 1) => Some(limits.debug_log_bytes_max),
        (
            F::StorageRead
            | F::StorageWrite
            | F::StorageRemove
            | F::StorageLength
            | F::StorageNext
            | F::StoragePrevious
            | F::TransientRead
            | F::TransientWrite
            | F::TransientRemove,
            1,
        ) => Some(limits.storage_key_bytes_max),
        (F::StorageWrite | F::TransientWrite, 3) => Some(limits.storage_value_bytes_max),
        (F::Call | F::DelegateCall, 2) => Some(limits.method_name_bytes_max),
        (F::Call | F::DelegateCall, 4) | (F::Instantiate, 3) | (F::Upgrade, 2) => {
            Some(limits.input_bytes_max)
        }
        (F::EmitEvent, 3) => Some(limits.event_data_bytes_max),
        _ => None,
    }
}

/// Flags and lengths, in the order in which they are checked.
fn flags_and_lengths(function: HostFunction, good: &Case) -> Vec<Mistake> {
    use HostFunction as F;
    let mut mistakes = Vec::new();
    match function {
        F::Call => mistakes.push(mistake(7, 1 << 31, Status::UnknownCallFlags)),
        F::DelegateCall => mistakes.push(mistake(6, 1 << 31, Status::UnknownCallFlags)),
        F::InputRead => mistakes.push(mistake(1, 12, Status::InputOutOfRange)),
        F::ReturnedRead => mistakes.push(mistake(1, 1, Status::ReturnedOutOfRange)),
        _ => {}
    }
    for argument in 0..good.args.len() {
        if let Some(limit) = limit(function, argument) {
            let over = u64::from(limit) + 1;
            mistakes.push(mistake(argument, over, Status::LengthOverLimit));
        }
        match (function, argument) {
            (F::StorageWrite | F::TransientWrite, 1) => {
                mistakes.push(mistake(1, 0, Status::KeyEmpty));
            }
            (F::EmitEvent, 1) => mistakes.push(mistake(1, 5, Status::TooManyTopics)),
            _ => {}
        }
    }
    mistakes
}

/// What the bytes say, in the order of the arguments.
fn contents(function: HostFunction) -> Vec<Mistake> {
    use HostFunction as F;
    match function {
        F::Panic => vec![mistake(0, NOT_UTF8, Status::InvalidUtf8)],
        F::DelegateCall => vec![
            mistake(1, NOT_UTF8, Status::InvalidUtf8),
            mistake(1, RESERVED, Status::ReservedMethod),
        ],
        F::Call => vec![
            mistake(1, NOT_UTF8, Status::InvalidUtf8),
            mistake(1, RESERVED, Status::ReservedMethod),
            // `READ_ONLY`, with the value of the good call.
            mistake(7, 1, Status::ReadOnlyViolation),
        ],
        _ => Vec::new(),
    }
}

/// Every mistake that a call can contain, the one that is checked first before the others.
fn mistakes(function: HostFunction, good: &Case) -> Vec<Mistake> {
    let mut mistakes = flags_and_lengths(function, good);
    let mut ranges = good.ranges.clone();
    ranges.sort_by_key(|(pointer, _)| *pointer);
    for (pointer, _) in ranges {
        // Not even an empty range may begin behind the end.
        let behind = u64::from(END) + 1;
        mistakes.push(mistake(pointer, behind, Status::PointerOutOfBounds));
    }
    mistakes.extend(contents(function));
    mistakes
}

#[test]
fn of_two_mistakes_the_first_that_is_checked_counts() {
    let mut pairs = 0;
    for function in HostFunction::ALL {
        let good = good(function);
        let mistakes = mistakes(function, &good);
        for (index, first) in mistakes.iter().enumerate() {
            let mut args = good.args.clone();
            args[first.argument] = first.value;
            assert_traps(function, &args, &[first.status]);
            let behind = mistakes.iter().skip(index + 1);
            for second in behind.filter(|second| second.argument != first.argument) {
                let mut args = args.clone();
                args[second.argument] = second.value;
                assert_traps(function, &args, &[first.status]);
                pairs += 1;
            }
        }
    }
    assert!(pairs > 80, "{pairs}");
}
