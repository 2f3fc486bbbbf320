//! The machine's limits: what the SDK does at them, and that the native stand-in has them.

use std::ops::Bound::{Excluded, Included, Unbounded};

use lockstep_sdk::StorageField;
use lockstep_sdk::prelude::*;
use lockstep_sdk::testing::{self, Context};

/// With the name `m` and the separator a key of the machine's full length.
type Longest = [u8; 254];

/// Ends with these bytes.
fn key(end: [u8; 3]) -> Longest {
    let mut key = [b'k'; 254];
    key[251..].copy_from_slice(&end);
    key
}

fn map_of(keys: &[Longest]) -> OrderedMap<Longest, u8> {
    testing::reset(Context::default());
    let mut map = OrderedMap::named("m");
    for key in keys {
        map.insert(key, &1);
    }
    // Neighbours in the storage, which no walk may reach.
    Item::<u8>::named("m1").set(&1);
    Item::<u8>::named("n").set(&1);
    map
}

#[test]
fn an_ordered_map_is_walked_over_keys_of_the_full_length() {
    let keys = [
        key([0, 0, 0]),
        key([0, 255, 255]),
        key([1, 0, 0]),
        key([1, 0, 1]),
        [255; 254],
    ];
    let map = map_of(&keys);
    let walked = |walk: Vec<(Longest, u8)>| walk.into_iter().map(|(key, _)| key).collect();
    let forward: Vec<Longest> = walked(map.iter().collect());
    assert!(forward == keys);
    let mut backward: Vec<Longest> = walked(map.iter().rev().collect());
    backward.reverse();
    assert!(backward == keys);
    for (at, end) in keys.iter().enumerate() {
        let to: Vec<Longest> = walked(map.range(..=*end).collect());
        assert!(to == keys[..=at], "up to {at}");
        let to: Vec<Longest> = walked(map.range(..=*end).rev().collect());
        assert_eq!(to.len(), at + 1, "back from {at}");
        let behind: Vec<Longest> = walked(map.range((Excluded(*end), Unbounded)).collect());
        assert!(behind == keys[at + 1..], "behind {at}");
        assert_eq!(map.range((Excluded(*end), Included(*end))).count(), 0);
    }
}

#[test]
#[should_panic = "a key of the ordered map longest is too long"]
fn a_longer_key_names_the_ordered_map() {
    testing::reset(Context::default());
    // 8 bytes of prefix and 2 at the end.
    let map = OrderedMap::<String, u8>::named("longest");
    assert_eq!(map.get(&"k".repeat(246)), None);
    map.contains(&"k".repeat(247));
}

#[test]
fn what_is_at_a_limit_is_taken() {
    testing::reset(Context::default());
    Item::<[u8; 65_536]>::named("item").set(&[1; 65_536]);
    Large { data: [1; 16_384] }.emit();
    context::debug_log(&"m".repeat(4_096));
    assert_eq!(testing::events().len(), 1);
}

#[test]
#[should_panic = "a stored value has at most 65,536 bytes"]
fn a_longer_value_panics() {
    testing::reset(Context::default());
    Transient::<[u8; 65_537]>::named("item").set(&[1; 65_537]);
}

#[derive(Event)]
struct Large {
    data: [u8; 16_384],
}

#[derive(Event)]
struct TooLarge {
    data: [u8; 16_385],
}

#[test]
#[should_panic = "an event's data has at most 16,384 bytes"]
fn an_event_with_more_data_panics() {
    testing::reset(Context::default());
    TooLarge { data: [1; 16_385] }.emit();
}

#[test]
#[should_panic = "a storage key has at most 256 bytes"]
fn a_longer_key_panics() {
    testing::reset(Context::default());
    let name: &'static str = "k".repeat(257).leak();
    Item::<u8>::named(name).exists();
}

#[test]
#[should_panic = "no call can name `init` and `upgraded`"]
fn a_call_of_init_panics() {
    testing::reset(Context::default());
    let _: Result<(), CallError> = Remote::at(AccountId([1; 32])).call("init", &());
}

#[test]
#[should_panic = "a debug message has at most 4,096 bytes"]
fn a_longer_debug_message_panics() {
    testing::reset(Context::default());
    context::debug_log(&"m".repeat(4_097));
}
