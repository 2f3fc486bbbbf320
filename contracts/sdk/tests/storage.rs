//! The storage collections against ordinary Rust collections, on the native stand-in.

use std::collections::BTreeMap;
use std::ops::Bound;

use lockstep_sdk::prelude::*;
use lockstep_sdk::testing::{self, Context};
use lockstep_sdk::{OrderedKey, StorageField};
use proptest::prelude::*;

type Key = (String, i16);

/// Keys that collide, contain zero bytes and are prefixes of each other often.
fn keys() -> impl Strategy<Value = Key> {
    let letters = prop::sample::select(vec!['\0', '\u{1}', 'a', '\u{ff}', '\u{10ffff}']);
    let text = prop::collection::vec(letters, 0..4).prop_map(|text| text.into_iter().collect());
    (
        text,
        prop::sample::select(vec![i16::MIN, -1, 0, 1, 256, i16::MAX]),
    )
}

fn bounds() -> impl Strategy<Value = Bound<Key>> {
    prop_oneof![
        Just(Bound::Unbounded),
        keys().prop_map(Bound::Included),
        keys().prop_map(Bound::Excluded),
    ]
}

/// The range of the model, without the panic of `BTreeMap::range` on a range the wrong way round.
fn model_range(model: &BTreeMap<Key, u32>, range: &(Bound<Key>, Bound<Key>)) -> Vec<(Key, u32)> {
    let inside = |key: &Key| std::ops::RangeBounds::contains(range, key);
    model
        .iter()
        .filter(|(key, _)| inside(key))
        .map(|(key, value)| (key.clone(), *value))
        .collect()
}

#[test]
fn an_entry_is_the_place_that_the_map_itself_uses() {
    testing::reset(Context::default());
    let mut map = Map::<Key, u32>::named("entries");
    let (one, other) = (("one".to_string(), 1), ("other".to_string(), 1));
    map.insert(&other, &7);
    let mut entry: MapEntry<'_, u32> = map.entry(&one);
    assert!(!entry.exists());
    assert_eq!((entry.get(), entry.get_or_default()), (None, 0));
    entry.set(&5);
    entry.set(&6);
    assert!(entry.exists());
    assert_eq!(entry.get(), Some(6));
    assert_eq!((map.get(&one), map.get(&other)), (Some(6), Some(7)));
    let mut entry = map.entry(&one);
    assert!(entry.remove());
    assert!(!entry.remove());
    assert!(!map.contains(&one));
}

#[test]
fn a_map_takes_keys_up_to_the_machines_limit() {
    testing::reset(Context::default());
    let mut map = Map::<[u8; 232], u8>::named("longest");
    map.insert(&[1; 232], &1);
    assert_eq!(map.get(&[1; 232]), Some(1));
}

#[test]
#[should_panic = "a key of the map longest is too long"]
fn a_longer_key_names_the_map() {
    testing::reset(Context::default());
    Map::<[u8; 233], u8>::named("longest").insert(&[1; 233], &1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn an_ordered_map_is_a_btree_map(
        writes in prop::collection::vec((keys(), prop::option::of(any::<u32>())), 0..40),
        ranges in prop::collection::vec((bounds(), bounds()), 8),
        from_back in prop::collection::vec(any::<bool>(), 40),
    ) {
        testing::reset(Context::default());
        let mut map = OrderedMap::<Key, u32>::named("entries");
        let mut model = BTreeMap::new();
        // Neighbours in the storage, which no walk may reach.
        OrderedMap::<u8, u32>::named("entrie").insert(&1, &1);
        Item::<u32>::named("entries1").set(&1);
        Item::<u32>::named("zzz").set(&1);
        for (key, value) in writes {
            match value {
                Some(value) => {
                    map.insert(&key, &value);
                    model.insert(key, value);
                }
                None => prop_assert_eq!(map.remove(&key), model.remove(&key).is_some()),
            }
        }
        prop_assert_eq!(map.keys().collect::<Vec<_>>(), model.keys().cloned().collect::<Vec<_>>());
        prop_assert_eq!(map.first(), model.first_key_value().map(|(k, v)| (k.clone(), *v)));
        prop_assert_eq!(map.last(), model.last_key_value().map(|(k, v)| (k.clone(), *v)));
        for range in ranges {
            let expected = model_range(&model, &range);
            prop_assert_eq!(map.range(range.clone()).collect::<Vec<_>>(), expected.clone());
            let mut backwards: Vec<_> = map.range(range.clone()).rev().collect();
            backwards.reverse();
            prop_assert_eq!(backwards, expected.clone());
            let (mut walk, mut left) = (map.range(range.clone()), expected.into_iter());
            let mut keys = map.range(range).keys();
            for from_back in &from_back {
                let (step, key, expected) = match from_back {
                    true => (walk.next_back(), keys.next_back(), left.next_back()),
                    false => (walk.next(), keys.next(), left.next()),
                };
                prop_assert_eq!(&step, &expected);
                prop_assert_eq!(key, expected.map(|(key, _)| key));
            }
        }
    }

    #[test]
    fn ordered_keys_keep_the_order_and_decode(a: (i64, u128, Vec<u8>), b: (i64, u128, Vec<u8>)) {
        let encoded = |key: &(i64, u128, Vec<u8>)| {
            let mut out = Vec::new();
            key.write(&mut out);
            out
        };
        prop_assert_eq!(encoded(&a).cmp(&encoded(&b)), a.cmp(&b));
        let bytes = encoded(&a);
        let mut rest = &bytes[..];
        prop_assert_eq!(OrderedKey::read(&mut rest), Some(a));
        prop_assert!(rest.is_empty());
    }
}

#[test]
fn what_is_not_a_key_does_not_decode() {
    assert_eq!(bool::read(&mut &[2][..]), None);
    assert_eq!(u32::read(&mut &[1, 2, 3][..]), None);
    assert_eq!(
        Vec::<u8>::read(&mut &[1, 0, 7, 0, 0][..]),
        None,
        "a zero is followed by 0 or 255"
    );
    assert_eq!(Vec::<u8>::read(&mut &[1, 2][..]), None, "there is no end");
    assert_eq!(String::read(&mut &[0xff, 0, 0][..]), None, "not UTF-8");
}

#[test]
fn a_map_stores_under_a_hash_and_the_key() {
    testing::reset(Context::default());
    let mut map = Map::<u16, String>::named("names");
    assert_eq!(
        (map.get(&7), map.contains(&7), map.remove(&7)),
        (None, false, false)
    );
    map.insert(&7, &"x".repeat(500));
    assert_eq!(
        map.get(&7),
        Some("x".repeat(500)),
        "longer than the first read"
    );
    assert_eq!(map.get_or_default(&8), String::new());

    let stored = testing::storage();
    let key = stored.first_key_value().expect("one entry").0;
    let mut expected = b"names:".to_vec();
    expected.extend_from_slice(&crypto::blake2b_128(&[7, 0]));
    expected.extend_from_slice(&[7, 0]);
    assert_eq!(*key, expected);
    assert!(map.remove(&7));
    assert!(testing::storage().is_empty());
}

#[test]
fn items_hold_one_value_and_transient_ones_are_no_storage() {
    testing::reset(Context::default());
    let mut item = Item::<(u8, String)>::named("item");
    assert!(!item.exists());
    item.set(&(3, "three".to_string()));
    assert!(item.exists());
    assert_eq!(item.get(), Some((3, "three".to_string())));
    assert_eq!(
        testing::storage().keys().cloned().collect::<Vec<_>>(),
        [b"item".to_vec()]
    );
    assert!(item.remove() && !item.remove());

    let mut transient = Transient::<u64>::named("item");
    transient.set(&9);
    assert_eq!((transient.get(), item.get()), (Some(9), None));
    assert!(testing::storage().is_empty());
    assert!(transient.remove());
    assert_eq!(transient.get(), None);
}

#[test]
fn a_transient_value_is_there_until_the_transaction_ends() {
    testing::reset(Context::default());
    let (mut transient, mut item) = (
        Transient::<String>::named("note"),
        Item::<u8>::named("item"),
    );
    assert_eq!(
        (transient.exists(), transient.get_or_default()),
        (false, String::new())
    );
    transient.set(&"x".repeat(500));
    item.set(&1);
    assert!(transient.exists());
    assert_eq!(transient.get_or_default(), "x".repeat(500));
    testing::end_transaction();
    assert_eq!((transient.exists(), transient.get()), (false, None));
    assert_eq!(item.get(), Some(1), "storage stays");
}

#[test]
fn an_ordered_map_has_defaults_and_ranges_that_hold_nothing() {
    testing::reset(Context::default());
    let mut map = OrderedMap::<u8, u32>::named("entries");
    map.insert(&3, &30);
    assert_eq!((map.get_or_default(&3), map.get_or_default(&4)), (30, 0));
    let (from, to) = (5, 2);
    assert_eq!(map.range(from..to).next(), None, "it ends before it begins");
    assert_eq!(map.range(from..=to).next_back(), None);
    assert_eq!(map.range(from..to).keys().next(), None);
}

/// The values are of another type: a walk that read them would panic.
#[test]
fn keys_are_walked_without_their_values() {
    testing::reset(Context::default());
    OrderedMap::<u8, u8>::named("entries").insert(&3, &30);
    let map = OrderedMap::<u8, u32>::named("entries");
    assert_eq!(map.keys().collect::<Vec<_>>(), [3]);
    assert_eq!(map.keys().next_back(), Some(3));
}

#[test]
#[should_panic(expected = "the ordered map entries holds keys of another type")]
fn keys_of_another_type_name_the_ordered_map() {
    testing::reset(Context::default());
    OrderedMap::<u16, u8>::named("entries").insert(&3, &30);
    OrderedMap::<u8, u8>::named("entries").keys().next();
}

#[test]
#[should_panic(expected = "the storage field count holds a value of another type")]
fn a_value_of_another_type_names_the_field() {
    testing::reset(Context::default());
    Item::<u16>::named("count").set(&1);
    let _: Option<u32> = Item::named("count").get();
}

#[test]
#[should_panic(expected = "the storage field count holds a value of another type")]
fn a_longer_value_is_not_cut() {
    testing::reset(Context::default());
    Item::<u64>::named("count").set(&1);
    let _: Option<u32> = Item::named("count").get();
}
