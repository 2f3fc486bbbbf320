//! Names that a process has left after the sync of the directory had failed: they are there, another sync
//! succeeds, and the machine stops without them all the same.

use std::path::Path;

use lockstep_store::{Access, Store};

use crate::ahead::{commit, settings};
use crate::entries::Numbers;
use crate::failing_disk::{FailingDisk, Trip};
use crate::lost_end::{assert_kept, at_the_end_of_a_segment, end_process, new};
use crate::workload::{Event, Model, PLACE, open_with, tight};

/// Has a step fail beside which names are dropped, and the process end before it can take back what it has
/// made; the next process goes on. Returns whether a commit of that one was acknowledged.
fn after_an_end(begin: fn(&FailingDisk) -> (Store, Model), failing: u64, step: u64) -> bool {
    let disk = FailingDisk::default();
    let (store, mut model) = begin(&disk);
    disk.drop_unsynced();
    disk.trip_after(failing, Trip::FailAndStop);
    let event: Event = commit(&mut Numbers(30), 20);
    let (store, _) = model.make_in(store, &event);
    end_process(&disk, store);
    let (store, _) = open_with(&disk, Access::Change, settings()).expect("it opens");
    if store.last().number > model.last().number {
        model.make(&event);
    }
    let what = format!("failed at {failing}, stopped at {step}");
    assert_kept(&disk, store, &model, step, &what)
}

#[test]
fn no_commit_is_acknowledged_on_a_name_that_a_process_has_left() {
    for begin in [new, at_the_end_of_a_segment] {
        let mut acknowledged = 0;
        for failing in 0..8 {
            for step in 0..16 {
                acknowledged += u32::from(after_an_end(begin, failing, step));
            }
        }
        assert!(acknowledged > 20, "{acknowledged}");
    }
}

#[test]
fn no_commit_is_acknowledged_on_a_checkpoint_that_a_creation_has_left() {
    let (mut acknowledged, mut failed) = (0, 0);
    for failing in 0..12 {
        for step in 0..20 {
            let disk = FailingDisk::default();
            // The directory itself is durable.
            disk.add(&Path::new(PLACE).join("LOCK"), &[]);
            disk.drop_unsynced();
            disk.trip_after(failing, Trip::FailAndStop);
            let created = open_with(&disk, Access::Create, settings());
            failed += u32::from(created.is_err());
            if let Ok((store, _)) = created {
                end_process(&disk, store);
            }
            disk.mend();
            let opened = open_with(&disk, Access::ChangeOrCreate, settings());
            let (store, _) = opened.expect("it opens");
            let model = Model::new(tight().kept_versions as usize);
            let what = format!("failed at {failing}, stopped at {step}");
            acknowledged += u32::from(assert_kept(&disk, store, &model, step, &what));
        }
    }
    assert!(
        acknowledged > 60 && failed > 100,
        "{acknowledged}, {failed}"
    );
}
