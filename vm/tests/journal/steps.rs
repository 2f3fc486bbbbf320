//! What is tried on the journal.

use proptest::prelude::*;

use crate::{CONTRACTS, KEYS};

/// What is done to a journal and to its model.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Checkpoint,
    Revert,
    Commit,
    Set(u8, u8, Vec<u8>),
    Remove(u8, u8),
    TransientSet(u8, u8, Vec<u8>),
    TransientRemove(u8, u8),
    Balance(u8, u128),
    Transfer(u8, u8, u128),
    Event(u8),
    EndTransaction,
}

/// Steps at few keys of few contracts.
pub(crate) fn step() -> impl Strategy<Value = Step> {
    let value = || prop::collection::vec(any::<u8>(), 0..4);
    prop_oneof![
        2 => Just(Step::Checkpoint),
        1 => Just(Step::Revert),
        1 => Just(Step::Commit),
        4 => (0..CONTRACTS, 0..KEYS, value()).prop_map(|(c, k, v)| Step::Set(c, k, v)),
        4 => (0..CONTRACTS, 0..KEYS).prop_map(|(c, k)| Step::Remove(c, k)),
        1 => (0..CONTRACTS, 0..KEYS, value()).prop_map(|(c, k, v)| Step::TransientSet(c, k, v)),
        1 => (0..CONTRACTS, 0..KEYS).prop_map(|(c, k)| Step::TransientRemove(c, k)),
        1 => (0..CONTRACTS, 0..1_000_u128).prop_map(|(c, b)| Step::Balance(c, b)),
        2 => (0..CONTRACTS, 0..CONTRACTS, 0..1_000_u128)
            .prop_map(|(a, b, amount)| Step::Transfer(a, b, amount)),
        1 => any::<u8>().prop_map(Step::Event),
        1 => Just(Step::EndTransaction),
    ]
}

/// Steps that meet at one key of each storage, so that it is often set, removed and set again behind
/// checkpoints.
pub(crate) fn step_at_one_key() -> impl Strategy<Value = Step> {
    let value = || prop::collection::vec(any::<u8>(), 0..2);
    prop_oneof![
        2 => Just(Step::Checkpoint),
        2 => Just(Step::Revert),
        1 => value().prop_map(|value| Step::Set(0, 0, value)),
        1 => Just(Step::Remove(0, 0)),
        1 => value().prop_map(|value| Step::TransientSet(0, 0, value)),
        1 => Just(Step::TransientRemove(0, 0)),
    ]
}
