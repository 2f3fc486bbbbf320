//! Compactions of the same version, again and again, while an older one is kept.

use std::path::Path;
use std::sync::Arc;

use lockstep_store::{Access, Settings, Statistics, Store};

use crate::entries::{Contents, Numbers, batch};
use crate::failing_disk::{FailingDisk, Trip};
use crate::workload::{Event, Model, PLACE, open, tight};

fn make(store: Store, model: &mut Model, event: &Event) -> Store {
    let (store, result) = model.make_in(store, event);
    result.expect("it is made");
    model.make(event);
    assert!(!store.statistics().is_miscounted, "{event:?}");
    store
}

/// A store on a disk of its own to which these events have happened, and what it holds.
fn after(events: &[Event]) -> (FailingDisk, Store, Model) {
    let disk = FailingDisk::default();
    let (mut store, _) = open(&disk, Access::Create).expect("a store");
    let mut model = Model::new(tight().kept_versions as usize);
    for event in events {
        store = make(store, &mut model, event);
    }
    (disk, store, model)
}

fn two_commits() -> [Event; 2] {
    let mut numbers = Numbers(61);
    [300, 40].map(|changes| Event::Commit(batch(&mut numbers, changes, 400)))
}

/// What a store says of itself when the process ends and another opens it.
fn reopened(disk: &FailingDisk) -> Statistics {
    let disk = disk.restart(&mut Numbers(1));
    let (store, _) = open(&disk, Access::Change).expect("it opens");
    store.statistics()
}

/// The needed bytes that an opening counts that reads the frames of a compaction again, because the
/// machine stopped at a step of the checkpoint behind them.
fn counts_from_frames(before: &FailingDisk, model: &Model) -> Vec<u64> {
    let stopped = |step| {
        let disk = before.restart(&mut Numbers(1));
        let (store, _) = open(&disk, Access::Change).expect("it opens");
        disk.trip_after(step, Trip::Stop);
        let (_, result) = model.make_in(store, &Event::Compact);
        let is_durable = result.is_err_and(|error| error.starts_with("every change is made"));
        is_durable.then(|| reopened(&disk).live_bytes)
    };
    (0..20).filter_map(stopped).collect()
}

fn assert_same_counts(one: Statistics, other: Statistics) {
    assert_eq!(one.live_bytes, other.live_bytes);
    assert!(!one.is_miscounted && !other.is_miscounted);
}

#[test]
fn compacting_again_and_again_takes_no_more_room() {
    let (disk, mut store, mut model) = after(&two_commits());
    let before = disk.restart(&mut Numbers(1));
    store = make(store, &mut model, &Event::Compact);
    let first = store.statistics();
    let counted = counts_from_frames(&before, &model);
    assert!(!counted.is_empty());
    assert!(counted.iter().all(|bytes| *bytes == first.live_bytes));
    for _ in 0..12 {
        store = make(store, &mut model, &Event::Compact);
        let now = store.statistics();
        assert_eq!(
            (now.segments, now.log_bytes),
            (first.segments, first.log_bytes)
        );
        assert_eq!(now.live_bytes, first.live_bytes);
        assert_same_counts(reopened(&disk), now);
    }
    model.assert_same(&store);

    // What the older versions needed comes back with them, without another copy.
    store = make(store, &mut model, &Event::Prune(1));
    let pruned = store.statistics();
    assert_same_counts(reopened(&disk), pruned);
    // The copy, and a segment that the prune has begun behind it.
    assert_eq!(pruned.segments, 2);
    let mut only = two_commits().to_vec();
    only.extend([Event::Prune(1), Event::Compact]);
    let (_, expected, _) = after(&only);
    assert_same_counts(pruned, expected.statistics());
    model.assert_same(&store);
}

#[test]
fn a_rollback_gives_back_what_compactions_have_made() {
    let [first, second] = two_commits();
    let (disk, mut store, mut model) = after(&[first.clone(), second]);
    for event in [Event::Compact, Event::Compact, Event::Rollback(1)] {
        store = make(store, &mut model, &event);
        assert_same_counts(reopened(&disk), store.statistics());
    }
    let (_, expected, _) = after(&[first]);
    assert_same_counts(store.statistics(), expected.statistics());
    model.assert_same(&store);
}

#[test]
fn compactions_of_several_steps_take_no_more_room_either() {
    let settings = Settings {
        segment_bytes: 3 << 20,
        background: false,
        ..Settings::default()
    };
    let disk = Arc::new(FailingDisk::default());
    let opened = Store::on(disk.clone(), Path::new(PLACE), Access::Create, settings);
    let mut trie = lockstep_state_trie::Trie::new(opened.expect("a store").0);
    let entry = |number: u64| (number.to_be_bytes().to_vec(), vec![7; 30_000]);
    let contents: Contents = (0..400).map(entry).collect();
    trie.load(contents.clone()).expect("a load");
    let root = trie.update([(b"more".to_vec(), Some(b"more".to_vec()))]);
    let root = root.expect("a commit");
    let mut store = trie.into_store();
    let mut sizes = Vec::new();
    for _ in 0..4 {
        let mut steps = 0;
        let done = store.compact(|_| {
            steps += 1;
            std::ops::ControlFlow::Continue(())
        });
        assert!(done.expect("it compacts") && steps > 1);
        sizes.push(store.statistics().segments);
    }
    assert_eq!(sizes[1..], [sizes[0]; 3]);
    assert!(!store.statistics().is_miscounted);
    let mut contents = contents;
    contents.insert(b"more".to_vec(), b"more".to_vec());
    crate::entries::assert_holds(&store, root, &contents);
}
