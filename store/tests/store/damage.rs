//! Damage beside a crash: what only looks like the work of a crash is refused, and nothing is
//! written to a store that is refused.

use std::path::{Path, PathBuf};

use lockstep_store::{Access, Store, StoreError};

use crate::entries::{Batch, Numbers, batch};
use crate::failing_disk::FailingDisk;
use crate::refusals::{filled, frames_end, refusal, segments};
use crate::workload::{Event, Model, PLACE, open, tight};

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

fn place(index: u32) -> PathBuf {
    Path::new(PLACE).join(format!("{index:08}.log"))
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

#[test]
fn a_file_that_only_has_the_name_of_a_segment_is_not_deleted() {
    let mut numbers = Numbers(22);
    let mut written = Written::new().fill_segment(&mut numbers);
    let first = written.last_segment();
    let old = written.disk.contents(&first);
    while written.disk.paths().contains(&first) {
        written = written.fill_segment(&mut numbers);
    }
    let (last, model) = (written.last_segment(), written.model.clone());
    let disk = written.disk.clone();
    drop(written.store);
    let last_index = disk.paths().iter().position(|path| *path == last);
    assert!(last_index.is_some());
    let digits = last.file_stem().and_then(|stem| stem.to_str());
    let index: u32 = digits.and_then(|text| text.parse().ok()).expect("digits");
    let next = place(index + 1);

    let (other, _) = filled();
    let foreign = other.contents(&segments(&other)[0]);
    for (path, bytes) in [
        (&first, b"my precious".as_slice()),
        (&first, &foreign),
        (&first, &[7; 100]),
        (&next, b"my precious"),
        (&next, &foreign[..HEADER_BYTES]),
    ] {
        disk.add(path, bytes);
        let error = refusal(&disk);
        let StoreError::ForeignFile { name, .. } = &error else {
            panic!("{error}");
        };
        assert_eq!(
            Some(name.as_str()),
            path.file_name().and_then(|n| n.to_str())
        );
        open(&disk, Access::Read).map(|_| ()).expect_err("the same");
        disk.lose(path);
    }
    // What an interrupted deletion or creation leaves is cleared away.
    for (path, bytes) in [
        (&first, old.as_slice()),
        (&next, &[]),
        (&next, &[0; 64]),
        (&next, &old[..20]),
    ] {
        disk.add(path, bytes);
        let (store, opening) = open(&disk, Access::Change).expect("it opens");
        assert_eq!(opening.torn_tail, None);
        model.assert_same(&store);
        drop(store);
        assert!(!disk.paths().contains(path), "{}", path.display());
    }
}

#[test]
fn a_small_file_with_the_name_of_the_first_segment_is_not_taken_for_an_unfinished_store() {
    for bytes in [b"my precious".as_slice(), &[7; 64]] {
        let disk = FailingDisk::default();
        disk.add(&place(1), bytes);
        for access in [Access::Create, Access::ChangeOrCreate] {
            open(&disk, access).map(|_| ()).expect_err("it is refused");
            assert_eq!(disk.contents(&place(1)), bytes);
        }
    }
    let (other, _) = filled();
    let header = other.contents(&segments(&other)[0])[..HEADER_BYTES].to_vec();
    for bytes in [&[][..], &[0; 64], &header, &header[..5], &header[..40]] {
        let disk = FailingDisk::default();
        disk.add(&place(1), bytes);
        open(&disk, Access::Create).expect("it is what a crash leaves");
    }
}

#[test]
fn a_missing_segment_is_damage() {
    let (disk, _) = filled();
    let paths = segments(&disk);
    for path in &paths {
        let whole = disk.contents(path);
        disk.lose(path);
        let error = refusal(&disk);
        let StoreError::Damaged {
            path: named,
            offset: 0,
            what,
        } = &error
        else {
            panic!("{error}");
        };
        assert_eq!((named, what.as_str()), (path, "the file is not there"));
        disk.add(path, &whole);
    }
    open(&disk, Access::Change).expect("all are there again");
}

#[test]
fn a_store_that_is_refused_as_damaged_stays_as_it_is() {
    let mut numbers = Numbers(23);
    let key = |number: u8| vec![number << 4, number];
    let entry = |number: u8, value: u8| (key(number), Some(vec![value; 8]));
    let mut written = Written::new().commit((0..16).map(|number| entry(number, 1)).collect());
    written.store.checkpoint().expect("a checkpoint");
    // The page at the top is written as what differs from the one before the checkpoint.
    for value in [2, 3] {
        written = written.commit(vec![entry(5, value)]);
    }
    let whole = written.disk.restart(&mut numbers);
    assert_eq!(segments(&whole).len(), 1);
    let log = written.last_segment();
    let mut torn = whole.contents(&log);
    let end = frames_end(&torn);
    // What a crash leaves is cut off when the store is opened.
    torn.resize(torn.len().max(end + 80), 0);
    torn[end + 40] = 1;
    let (mut refused, mut opened) = (0, 0);
    for at in HEADER_BYTES..end {
        let disk = whole.restart(&mut Numbers(1));
        let mut changed = torn.clone();
        changed[at] ^= 0x10;
        disk.overwrite(&log, changed);
        if open(&disk.restart(&mut Numbers(1)), Access::Change).is_ok() {
            opened += 1;
        } else {
            refusal(&disk);
            refused += 1;
        }
    }
    assert!(refused > 100, "{refused} refused, {opened} opened");
}
