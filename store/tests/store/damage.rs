//! Damage beside a crash: what only looks like the work of a crash is refused, and nothing is
//! written to a store that is refused.

use std::path::PathBuf;

use lockstep_store::{Access, Store, StoreError};

use crate::entries::{Batch, Numbers, batch};
use crate::failing_disk::FailingDisk;
use crate::refusals::{frames_end, refusal, segments};
use crate::workload::{Event, Model, open, tight};

/// Length of a segment's header.
const HEADER_BYTES: usize = 64;

/// A store that is written to on a disk, and what it holds.
struct Written {
    disk: FailingDisk,
    store: Store,
    model: Model,
}

impl Written {
    fn new() -> Written {
        let disk = FailingDisk::default();
        let (store, _) = open(&disk, Access::Create).expect("a store");
        let model = Model::new(tight().kept_versions as usize);
        Written { disk, store, model }
    }

    fn commit(self, batch: Batch) -> Written {
        let event = Event::Commit(batch);
        let (mut model, disk) = (self.model, self.disk);
        let (store, result) = model.make_in(self.store, &event);
        result.expect("a commit");
        model.make(&event);
        Written { disk, store, model }
    }

    fn last_segment(&self) -> PathBuf {
        segments(&self.disk).pop().expect("a segment")
    }

    /// Commits until the next commit begins a segment.
    fn fill_segment(mut self, numbers: &mut Numbers) -> Written {
        let limit = usize::try_from(tight().segment_bytes).expect("small");
        loop {
            self = self.commit(batch(numbers, 4, 40));
            if frames_end(&self.disk.contents(&self.last_segment())) >= limit {
                return self;
            }
        }
    }
}

#[test]
fn an_incomplete_frame_in_front_of_another_segment_is_damage() {
    let mut numbers = Numbers(21);
    let written = Written::new().fill_segment(&mut numbers);
    let last = written.last_segment();
    let disk = written.disk.restart(&mut numbers);
    let model = written.model.clone();
    // The next segment is begun, and then the machine stops.
    let written = written.commit(batch(&mut numbers, 4, 40));
    let next = written.last_segment();
    assert_ne!(last, next);
    let header = written.disk.contents(&next)[..HEADER_BYTES].to_vec();
    for header in [&header[..], &header[..HEADER_BYTES / 2], &[]] {
        let disk = disk.restart(&mut numbers);
        disk.add(&next, header);
        let (store, opening) = open(&disk, Access::Read).expect("it is whole");
        assert!(opening.frames_read > 0);
        model.assert_same(&store);
        drop(store);
        let mut decayed = disk.contents(&last);
        let at = frames_end(&decayed) - 20;
        decayed[at] ^= 1;
        disk.overwrite(&last, decayed);
        for error in [
            open(&disk, Access::Read).map(|_| ()).expect_err("damage"),
            refusal(&disk),
        ] {
            let StoreError::Damaged { path, what, .. } = &error else {
                panic!("{error}");
            };
            assert_eq!(path, &last);
            assert!(what.contains("another segment follows"), "{error}");
        }
    }
}
