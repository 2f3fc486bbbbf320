//! Tapes that differ here and there.

use lockstep_abi::{AccountId, HostFunction};
use lockstep_vm::HostCallResult;

use super::super::entry::Entry;
use super::super::tape::Tape;
use super::{Difference, of_tapes};

fn call(gas_left: i64) -> Entry {
    Entry::HostCall {
        function: HostFunction::Caller,
        depth: 0,
        contract: AccountId([1; 32]),
        arguments: vec![7],
        result: HostCallResult::Returned(None),
        gas_before: 100,
        gas_left,
        memory_pages: 1,
        bytes: [0; 32],
    }
}

fn tape(stretch: usize, calls: impl IntoIterator<Item = i64>) -> Tape {
    let mut tape = Tape::keeping(stretch);
    for gas_left in calls {
        tape.take(call(gas_left));
    }
    tape.end();
    tape
}

#[test]
fn equal_tapes_have_no_difference() {
    assert_eq!(of_tapes(&tape(0, [1]), &tape(0, [1])), None);
    assert_eq!(of_tapes(&tape(0, 0..20_000), &tape(0, 0..20_000)), None);
}

#[test]
fn the_first_difference_is_named_by_call_and_field() {
    let difference = of_tapes(&tape(0, [1, 2, 3]), &tape(0, [1, 5, 6]));
    let difference = difference.expect("they differ");
    assert_eq!(difference.host_calls_before, 1);
    assert_eq!(difference.place, "host call 1 (`caller`)");
    assert_eq!(difference.field, "gas_left");
    assert_eq!(difference.values, ("2".to_string(), "5".to_string()));
}

#[test]
fn a_tape_that_ends_early_differs_where_it_ends() {
    let difference = of_tapes(&tape(0, [1, 2]), &tape(0, [1])).expect("they differ");
    assert_eq!(
        difference.values,
        ("`caller`".to_string(), "nothing".to_string())
    );
}

/// What differs on tapes of which the entries of a stretch are kept, and which stretch is to be.
fn of_calls(stretch: usize, first: &[i64], second: &[i64]) -> (Difference, Option<usize>) {
    let tapes = [first, second].map(|calls| tape(stretch, calls.iter().copied()));
    let difference = of_tapes(&tapes[0], &tapes[1]).expect("they differ");
    let next = difference.stretch;
    (difference, next)
}

#[test]
fn a_difference_anywhere_is_told_by_its_stretch_and_exactly_when_that_is_kept() {
    let calls: Vec<i64> = (0..25_000).collect();
    let in_a_stretch = tape(0, calls.iter().copied()).entries.len();
    let ends = [1, 2].map(|count| count * in_a_stretch);
    let places = [0, ends[0] - 1, ends[0], ends[1] - 1, ends[1], 24_999];
    for place in places {
        let mut others = calls.clone();
        others[place] = -1;
        let number = place / in_a_stretch;
        for kept in [0, number, number + 1] {
            let (difference, next) = of_calls(kept, &calls, &others);
            if kept != number {
                assert_eq!(next, Some(number));
                assert_eq!(difference.host_calls_before, number * in_a_stretch);
                let to = ((number + 1) * in_a_stretch).min(calls.len());
                let words = format!("between host calls {} and {to}", number * in_a_stretch);
                assert_eq!(difference.place, words);
                assert_ne!(difference.values.0, difference.values.1);
                continue;
            }
            assert_eq!(next, None);
            assert_eq!(difference.host_calls_before, place);
            assert_eq!(difference.place, format!("host call {place} (`caller`)"));
            assert_eq!(difference.field, "gas_left");
            assert_eq!(difference.values, (place.to_string(), "-1".to_string()));
        }
    }
}

#[test]
fn a_tape_that_ends_anywhere_differs_there() {
    let calls: Vec<i64> = (0..30_000).collect();
    let in_a_stretch = tape(0, calls.iter().copied()).entries.len();
    for length in [in_a_stretch - 1, in_a_stretch, in_a_stretch + 1, 29_999] {
        let number = length / in_a_stretch;
        let (difference, next) = of_calls(number + 1, &calls, &calls[..length]);
        assert_eq!(next, Some(number), "{length}: {difference:?}");
        let (difference, next) = of_calls(number, &calls, &calls[..length]);
        assert_eq!(next, None);
        assert_eq!(difference.place, format!("host call {length} (`caller`)"));
        assert_eq!(difference.values.1, "nothing");
    }
}
