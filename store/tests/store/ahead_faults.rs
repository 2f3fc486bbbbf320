//! A frame that is missing, and a disk that fails while opening makes up for it.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use lockstep_store::{Access, Settings, Store};
use twox_hash::XxHash3_64;

use crate::ahead::AHEAD_STEPS;
use crate::entries::{Numbers, batch};
use crate::failing_disk::{FailingDisk, Trip};
use crate::hooked::{Hooked, Use};
use crate::refusals::snapshot;
use crate::workload::{Event, Model, PLACE, open_with};

/// As many frames as stand behind a checkpoint before another is due.
const FRAMES: u64 = 64;

fn settings(background: bool, kept_versions: u32) -> Settings {
    Settings {
        kept_versions,
        cache_bytes: 64 << 10,
        segment_bytes: 1 << 20,
        dead_percent_max: 200,
        background,
    }
}

fn commit(numbers: &mut Numbers) -> Event {
    Event::Commit(batch(numbers, 6, 40))
}

/// A disk after a machine has stopped when the changes of a commit were durable and its frame was not,
/// with so many versions and as many frames behind the checkpoint, and the model of it.
fn without_frame(versions: u64) -> (FailingDisk, Model) {
    let kept = u32::try_from(versions).expect("few") + 1;
    let disk = FailingDisk::default();
    let (mut store, _) = open_with(&disk, Access::Create, settings(false, kept)).expect("a store");
    let (mut model, mut numbers) = (Model::new(kept as usize), Numbers(11));
    let mut make = |model: &mut Model, store: Store| {
        let event = commit(&mut numbers);
        let (store, result) = model.make_in(store, &event);
        result.expect("a commit");
        model.make(&event);
        store
    };
    for _ in 1..versions {
        store = make(&mut model, store);
    }
    // As if the process had ended: without a checkpoint.
    let disk = disk.restart(&mut Numbers(1));
    drop(store);
    let (store, _) = open_with(&disk, Access::Change, settings(true, kept)).expect("it opens");
    // The write-ahead log is made first.
    let (opened, synced, room) = (1, 1, 1);
    disk.trip_after(opened + synced + room + AHEAD_STEPS, Trip::Stop);
    drop(make(&mut model, store));
    (disk.restart(&mut Numbers(2)), model)
}

/// The disk with a log that takes so many writes and no more, and of which one read fails.
fn failing(disk: &FailingDisk, writes: u64, reads: u64) -> Hooked {
    let (writes, reads) = (AtomicU64::new(writes), AtomicU64::new(reads));
    Hooked::with_log(disk, move |wanted| match wanted {
        Use::Read(_) => match reads.fetch_sub(1, Ordering::Relaxed) {
            0 => Err(io::Error::other("it cannot be read this once")),
            _ => Ok(()),
        },
        Use::Write => {
            let less = |left: u64| left.checked_sub(1);
            let left = writes.try_update(Ordering::Relaxed, Ordering::Relaxed, less);
            left.map(|_| ())
                .map_err(|_| io::ErrorKind::StorageFull.into())
        }
    })
}

#[test]
fn no_checkpoint_names_a_frame_that_is_in_memory_alone() {
    let (disk, model) = without_frame(FRAMES);
    // Opening writes the last frame once more.
    let full = failing(&disk, 1, u64::MAX);
    let kept = settings(true, u32::try_from(FRAMES + 1).expect("few"));
    let (store, opening) = open_with(&full, Access::Change, kept).expect("it opens");
    assert!(opening.made_again && opening.frames_read >= FRAMES - 1);
    model.assert_same(&store);
    let (store, result) = model.make_in(store, &commit(&mut Numbers(3)));
    result.expect_err("there is no room");
    drop(store);
    let (store, opening) = open_with(&disk, Access::Change, kept).expect("it opens");
    assert!(opening.made_again);
    model.assert_same(&store);
}

#[test]
fn a_read_that_fails_once_while_a_commit_is_made_again_loses_nothing() {
    let (disk, model) = without_frame(5);
    let (mut refused, mut readable) = (0, 0);
    for reads in 0..60 {
        let disk = disk.restart(&mut Numbers(reads));
        let once = failing(&disk, u64::MAX, reads);
        let kept = settings(true, 6);
        let mut model = model.clone();
        match open_with(&once, Access::Change, kept) {
            Err(_) => refused += 1,
            Ok((store, _)) => {
                let event = commit(&mut Numbers(3));
                let (store, result) = model.make_in(store, &event);
                match result {
                    Ok(()) => model.make(&event),
                    Err(_) => readable += 1,
                }
                drop(store);
            }
        }
        let (store, _) = open_with(&disk, Access::Change, kept).expect("it opens");
        model.assert_same(&store);
    }
    assert!(refused > 5 && readable > 0, "{refused} and {readable}");
}

#[test]
fn what_is_made_again_gives_up_what_the_commit_did_and_no_more() {
    let (disk, model) = without_frame(5);
    let (store, opening) = open_with(&disk, Access::Change, settings(true, 1)).expect("it opens");
    assert!(opening.made_again);
    model.assert_same(&store);
}

#[test]
fn a_checkpoint_that_is_due_is_not_written_by_who_has_lost_the_lock_file() {
    let disk = FailingDisk::default();
    let kept = settings(true, 2);
    let (mut store, _) = open_with(&disk, Access::Create, kept).expect("a store");
    let (mut model, mut numbers) = (Model::new(2), Numbers(12));
    for _ in 0..FRAMES {
        let event = commit(&mut numbers);
        let (after, result) = model.make_in(store, &event);
        result.expect("a commit");
        model.make(&event);
        store = after;
    }
    // One is due, and waits for the next change.
    assert_eq!(store.last().number, FRAMES);
    let place = Path::new(PLACE);
    let before = disk.contents(&place.join("checkpoint"));
    disk.lose(&place.join("LOCK"));
    let (store, result) = model.make_in(store, &commit(&mut numbers));
    let error = result.expect_err("the lock is lost");
    assert!(error.contains("is in use by another process"), "{error}");
    drop(store);
    assert_eq!(disk.contents(&place.join("checkpoint")), before);
}

/// Has the write-ahead log name another root than its changes lead to.
fn name_another_root(disk: &FailingDisk) {
    let path = Path::new(PLACE).join("wal");
    let mut entry = disk.contents(&path);
    let number = |entry: &[u8], at: usize| {
        u64::from_le_bytes(entry[at..at + 8].try_into().expect("eight bytes"))
    };
    let place = number(&entry, 32);
    // The root stands in the next page behind the entry.
    let entry_bytes = usize::try_from(number(&entry, 40)).expect("short");
    let root = entry_bytes.next_multiple_of(4096);
    let end = root + 32;
    entry[root..end].fill(7);
    let seed = XxHash3_64::oneshot(&entry[16..32]) ^ place.rotate_left(20);
    let sealed = [&entry[root..end], &entry[entry_bytes - 8..entry_bytes]].concat();
    let checksum = XxHash3_64::oneshot_with_seed(seed, &sealed);
    entry[end..end + 8].copy_from_slice(&checksum.to_le_bytes());
    disk.overwrite(&path, entry);
}

#[test]
fn a_store_whose_changes_lead_to_another_root_is_refused_and_left() {
    // There are frames behind the checkpoint.
    let (disk, _) = without_frame(5);
    name_another_root(&disk);
    let before = snapshot(&disk);
    let error = open_with(&disk, Access::Change, settings(true, 6));
    let error = error.map(|_| ()).expect_err("it is refused").to_string();
    assert!(
        error.contains("its changes do not lead to the root that it names"),
        "{error}"
    );
    // The end of the log is in order then, and everything else is what it was.
    for (path, bytes) in before {
        let now = disk.contents(&path);
        let is_log = path.extension().is_some_and(|ending| ending == "log");
        let is_left = bytes == now || is_log && bytes.starts_with(&now);
        assert!(is_left, "{}", path.display());
    }
}
