//! Random courses of events, against the model.

use lockstep_store::{Access, Store};
use proptest::prelude::*;

use crate::entries::Numbers;
use crate::failing_disk::FailingDisk;
use crate::workload::{Event, Model, open, tight};

#[derive(Clone, Debug)]
enum Step {
    Make(Event),
    Reopen,
    /// The machine stops between two events, and everything that was synced is there.
    Stop,
}

fn batch() -> impl Strategy<Value = Event> {
    // Few and short keys, so that they meet, begin each other and are removed.
    let key = prop::collection::vec(0_u8..4, 0..5);
    let value = prop::option::weighted(0.7, prop::collection::vec(any::<u8>(), 0..300));
    let changes = prop::collection::btree_map(key, value, 0..25);
    changes.prop_map(|changes| Event::Commit(changes.into_iter().collect()))
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => batch().prop_map(Step::Make),
        2 => (0_u64..4).prop_map(|by| Step::Make(Event::Rollback(by))),
        1 => (0_u64..4).prop_map(|keep| Step::Make(Event::Prune(keep))),
        1 => Just(Step::Make(Event::Compact)),
        2 => Just(Step::Reopen),
        1 => Just(Step::Stop),
    ]
}

fn reopen(disk: &FailingDisk, store: Store) -> Store {
    drop(store);
    let (store, opening) = open(disk, Access::Change).expect("it opens");
    assert_eq!((opening.frames_read, opening.torn_tail), (0, None));
    store
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_kept_version_is_what_it_should_be(steps in prop::collection::vec(step(), 1..50)) {
        let mut disk = FailingDisk::default();
        let (mut store, _) = open(&disk, Access::Create).expect("a store");
        let mut model = Model::new(tight().kept_versions as usize);
        for step in steps {
            match step {
                Step::Make(event) => {
                    let (after, result) = model.make_in(store, &event);
                    store = after;
                    prop_assert_eq!(result, Ok(()));
                    model.make(&event);
                }
                Step::Reopen => store = reopen(&disk, store),
                Step::Stop => {
                    // The same disk, and the handle of the old store goes with the old machine.
                    let found = disk.restart(&mut Numbers(1));
                    disk = found;
                    store = open(&disk, Access::Change).expect("it opens").0;
                }
            }
            model.assert_same(&store);
            prop_assert!(!store.statistics().is_miscounted);
        }
        assert_space_comes_back(store, &model);
    }
}

/// After pruning to one version and compacting, the log has that version and nothing else.
fn assert_space_comes_back(mut store: Store, model: &Model) {
    store.prune(1).expect("it prunes");
    store
        .compact(|_| std::ops::ControlFlow::Continue(()))
        .expect("it compacts");
    let statistics = store.statistics();
    let headers = statistics.segments * 64;
    let frames = 512 * (statistics.segments + 2);
    assert!(
        statistics.log_bytes <= statistics.live_bytes + headers + frames,
        "{statistics:?}"
    );
    let entries = model.last().contents.iter();
    let bytes: usize = entries.map(|(key, value)| key.len() + value.len()).sum();
    let pages = model.last().contents.len() as u64 * 220;
    assert!(
        statistics.live_bytes <= bytes as u64 + pages + headers + 4 * frames,
        "{statistics:?}"
    );
}
