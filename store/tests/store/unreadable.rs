//! A log of which some bytes cannot be read, when a commit whose frame is missing is to be made again.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use lockstep_store::{Access, StoreError};

use crate::ahead::{checkpoint, left_without_frame};
use crate::entries::Numbers;
use crate::failing_disk::{FailingDisk, Trip};
use crate::hooked::{Hooked, Use};
use crate::workload::{Model, PLACE, open};

/// A disk after a machine has stopped when the changes of a commit were durable and its frame was not,
/// and the models with it and without.
fn without_frame() -> (FailingDisk, Model, Model) {
    let disk = FailingDisk::default();
    let (store, model) = left_without_frame(&disk, Trip::Stop);
    drop(store);
    let mut before = model.clone();
    before.versions.pop();
    (disk.restart(&mut Numbers(3)), model, before)
}

/// The disk with a log of which one byte cannot be read.
fn without_byte(disk: &FailingDisk, at: u64) -> Hooked {
    Hooked::with_log(disk, move |wanted| match wanted {
        Use::Read(bytes) if bytes.contains(&at) => Err(io::Error::other("a bad sector")),
        _ => Ok(()),
    })
}

/// The disk with a log that takes no writes, and of which one read fails after so many.
fn full_without_read(disk: &FailingDisk, reads: u64) -> Hooked {
    let done = AtomicU64::new(0);
    Hooked::with_log(disk, move |wanted| match wanted {
        Use::Read(_) if done.fetch_add(1, Ordering::Relaxed) == reads => {
            Err(io::Error::other("it cannot be read this once"))
        }
        Use::Read(_) => Ok(()),
        Use::Write => Err(io::ErrorKind::StorageFull.into()),
    })
}

#[test]
fn what_cannot_be_read_on_the_way_of_missing_nodes_leaves_the_version_before_to_read() {
    let (disk, model, before) = without_frame();
    let wal = Path::new(PLACE).join("wal");
    let mut not_made = 0;
    for at in (64..3_500).step_by(16) {
        let without = disk.restart(&mut Numbers(1));
        without.lose(&wal);
        let can_be_read = open(&without_byte(&without, at), Access::Read).is_ok();
        for access in [Access::Read, Access::Change] {
            let disk = disk.restart(&mut Numbers(1));
            let opened = open(&without_byte(&disk, at), access);
            assert_eq!(opened.is_ok(), can_be_read, "byte {at}, {access:?}");
            let Ok((mut store, opening)) = opened else {
                continue;
            };
            assert_ne!(opening.made_again, opening.not_made.is_some());
            if let Some(why) = opening.not_made {
                not_made += 1;
                assert!(why.contains("cannot read /state/00000001.log"), "{why}");
                assert!(before.assert_same_or_damaged(&store) > 0);
                let (pending, checkpointed) = (disk.contents(&wal), checkpoint(&disk));
                let refused = [store.rollback(0), store.checkpoint()];
                for error in refused.map(|result| result.expect_err("no changes")) {
                    assert_is_read_failure(&error);
                }
                drop(store);
                assert_eq!(disk.contents(&wal), pending);
                assert_eq!(checkpoint(&disk), checkpointed);
            } else {
                model.assert_same_or_damaged(&store);
                drop(store);
            }
            // Nothing is lost when it can be read again.
            let (store, _) = open(&disk, Access::Change).expect("it opens");
            model.assert_same(&store);
        }
    }
    assert!(not_made > 20, "{not_made}");
}

#[test]
fn a_read_that_fails_beside_a_full_disk_leaves_the_version_before_to_read() {
    let (disk, model, before) = without_frame();
    let (mut made_again, mut not_made) = (0, 0);
    for reads in 0..60 {
        let opened = [Access::Read, Access::Change].map(|access| {
            let disk = disk.restart(&mut Numbers(1));
            open(&full_without_read(&disk, reads), access)
        });
        assert_eq!(opened[0].is_ok(), opened[1].is_ok(), "read {reads}");
        for (mut store, opening) in opened.into_iter().flatten() {
            assert_ne!(opening.made_again, opening.not_made.is_some());
            let expected = if opening.made_again { &model } else { &before };
            made_again += u64::from(opening.made_again);
            not_made += u64::from(opening.not_made.is_some());
            expected.assert_same_or_damaged(&store);
            store.checkpoint().expect_err("no changes");
        }
    }
    assert!(made_again > 20 && not_made > 4, "{made_again}, {not_made}");
}

fn assert_is_read_failure(error: &StoreError) {
    let is_reading = matches!(error, StoreError::Io { action: "read", .. });
    assert!(is_reading, "{error}");
}
