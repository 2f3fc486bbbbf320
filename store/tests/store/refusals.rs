//! What is not a store, not whole, or not this program's is refused, and is left as it was.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lockstep_store::{Access, Disk, Settings, Store, StoreError};

use crate::entries::{Numbers, scratch};
use crate::failing_disk::FailingDisk;
use crate::workload::{Event, Model, PLACE, events, open, tight};

/// A disk with a store on it that has several segments, and what it holds.
pub(crate) fn filled() -> (FailingDisk, Model) {
    let disk = FailingDisk::default();
    let (mut store, _) = open(&disk, Access::Create).expect("a store");
    let mut model = Model::new(tight().kept_versions as usize);
    let mut numbers = Numbers(11);
    let commits = |event: &Event| matches!(event, Event::Commit(_));
    for event in events(&mut numbers, 60).into_iter().filter(commits) {
        let (after, result) = model.make_in(store, &event);
        store = after;
        result.expect("a commit");
        model.make(&event);
    }
    drop(store);
    (disk, model)
}

pub(crate) fn refusal(disk: &FailingDisk) -> StoreError {
    let before: Vec<(PathBuf, Vec<u8>)> = snapshot(disk);
    let error = open(disk, Access::Change)
        .map(|_| ())
        .expect_err("it is refused");
    assert!(
        snapshot(disk) == before,
        "it was changed although it was refused: {error}"
    );
    error
}

/// All files with their bytes.
pub(crate) fn snapshot(disk: &FailingDisk) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = disk.paths().into_iter();
    paths
        .map(|path| (path.clone(), disk.contents(&path)))
        .collect()
}

/// Where the last frame of a segment ends, but for zeros at its own end.
pub(crate) fn frames_end(segment: &[u8]) -> usize {
    let last = segment.iter().rposition(|byte| *byte != 0);
    last.expect("a segment has a header") + 1
}

pub(crate) fn segments(disk: &FailingDisk) -> Vec<PathBuf> {
    let is_segment = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "log");
    disk.paths().into_iter().filter(is_segment).collect()
}

#[test]
fn a_flipped_bit_is_found_when_it_is_read_at_the_latest() {
    let (disk, model) = filled();
    let mut found = 0;
    for path in disk.paths() {
        let whole = disk.contents(&path);
        for at in (0..whole.len()).step_by(37) {
            let mut changed = whole.clone();
            changed[at] ^= 0x10;
            disk.overwrite(&path, changed);
            // What no kept version needs may be wrong; everything else is found.
            match open(&disk, Access::Read) {
                Err(StoreError::Damaged { path: named, .. }) => {
                    assert_eq!(named, path);
                    found += 1;
                }
                Err(StoreError::UnknownFormat { .. }) => found += 1,
                Err(other) => panic!("{other}"),
                Ok((store, _)) => found += model.assert_same_or_damaged(&store),
            }
            disk.overwrite(&path, whole.clone());
        }
    }
    assert!(found > 50, "{found}");
    let (store, _) = open(&disk, Access::Change).expect("it is whole again");
    model.assert_same(&store);
}

#[test]
fn damage_in_the_middle_is_no_torn_tail() {
    let disk = FailingDisk::default();
    let (mut store, _) = open(&disk, Access::Create).expect("a store");
    let mut model = Model::new(3);
    let mut numbers = Numbers(4);
    for _ in 0..2 {
        let event = Event::Commit(crate::entries::batch(&mut numbers, 3, 10));
        store = model.make_in(store, &event).0;
        model.make(&event);
    }
    // The machine stops without a checkpoint: both frames are read again.
    let disk = disk.restart(&mut numbers);
    let log = segments(&disk).pop().expect("a segment");
    let whole = disk.contents(&log);
    let end = frames_end(&whole);
    let mut torn = whole.clone();
    torn[end - 20] ^= 1;
    disk.overwrite(&log, torn);
    let (store, opening) = open(&disk, Access::Read).expect("a torn tail is no damage");
    assert_eq!(store.last().number, 1);
    assert_eq!(opening.frames_read, 1);
    drop(store);
    let mut damaged = whole;
    damaged[64 + 200] ^= 1;
    disk.overwrite(&log, damaged);
    let error = refusal(&disk);
    assert!(
        error.to_string().contains("but there is another at byte"),
        "{error}"
    );
}

#[test]
fn zeros_behind_the_log_are_where_it_goes_on() {
    let disk = FailingDisk::default();
    let mut numbers = Numbers(5);
    let (mut store, _) = open(&disk, Access::Create).expect("a store");
    let mut model = Model::new(3);
    let mut commit = |store, model: &mut Model| {
        let event = Event::Commit(crate::entries::batch(&mut numbers, 3, 10));
        let store = model.make_in(store, &event).0;
        model.make(&event);
        store
    };
    store = commit(store, &mut model);
    let log = segments(&disk).pop().expect("a segment");
    let open_length = disk.contents(&log).len();
    let end = frames_end(&disk.contents(&log));
    assert!(open_length > end + 8, "{open_length} bytes, and {end} used");

    // The process ends without closing the store.
    let disk = disk.restart(&mut Numbers(1));
    std::mem::forget(store);
    let (store, opening) = open(&disk, Access::Change).expect("zeros are no damage");
    assert_eq!((opening.frames_read, opening.torn_tail), (1, None));
    let store = commit(store, &mut model);
    assert_eq!(disk.contents(&log).len(), open_length);
    model.assert_same(&store);
    drop(store);
    let closed = disk.contents(&log);
    assert_eq!(closed.len(), frames_end(&closed).next_multiple_of(8));

    // Anything else there is what a crash has left of a frame.
    let mut torn = closed.clone();
    torn.resize(open_length, 0);
    torn[open_length - 1] = 1;
    disk.overwrite(&log, torn);
    let (store, opening) = open(&disk, Access::Change).expect("a torn tail is no damage");
    let found = opening.torn_tail.expect("it is said");
    assert_eq!(found.offset, closed.len() as u64);
    assert_eq!(disk.contents(&log), closed);
    model.assert_same(&store);
}

#[test]
fn files_that_are_missing_cut_off_or_of_another_store_are_named() {
    let (disk, _) = filled();
    let (other, _) = filled();
    let paths = segments(&disk);
    assert!(paths.len() > 2);
    for path in paths.iter().take(paths.len() - 1) {
        let whole = disk.contents(path);
        disk.overwrite(path, whole[..whole.len() - 1].to_vec());
        assert!(refusal(&disk).to_string().contains("and should have"));
        disk.overwrite(path, [whole.as_slice(), &[0, 0, 1]].concat());
        assert!(refusal(&disk).to_string().contains("and should have"));
        // That the zeros behind it were cut off can be lost.
        disk.overwrite(path, [whole.as_slice(), &[0; 9]].concat());
        drop(open(&disk, Access::Read).expect("zeros are no damage"));
        disk.overwrite(path, whole.clone());
        if other.paths().contains(path) {
            let mut foreign = other.contents(path);
            foreign.resize(whole.len(), 0);
            disk.overwrite(path, foreign);
            let error = refusal(&disk).to_string();
            assert!(error.contains("of another state"), "{error}");
            disk.overwrite(path, whole);
        }
    }
    let checkpoint = Path::new(PLACE).join("checkpoint");
    let whole = disk.contents(&checkpoint);
    disk.overwrite(&checkpoint, whole[..whole.len() / 2].to_vec());
    assert!(matches!(refusal(&disk), StoreError::Damaged { .. }));
    // An older format as well as a newer one.
    for version in [1, 3] {
        let mut other = whole.clone();
        other[8] = version;
        disk.overwrite(&checkpoint, other);
        let error = refusal(&disk);
        let StoreError::UnknownFormat { found, known, .. } = error else {
            panic!("{error}");
        };
        assert_eq!((found, known), (u32::from(version), 2));
    }
    disk.overwrite(&checkpoint, whole);
    disk.lose(&paths[0]);
    disk.lose(&checkpoint);
    let error = refusal(&disk).to_string();
    assert!(
        error.contains("it is missing, but there is a log"),
        "{error}"
    );
}

#[test]
fn a_directory_with_other_files_is_none_and_stays_as_it_is() {
    let folder = scratch("foreign");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("notes.txt"), "mine").expect("a file");
    for result in [
        Store::create(&folder, Settings::default()).map(|_| ()),
        Store::open(&folder, Settings::default()).map(|_| ()),
    ] {
        let error = result.expect_err("it is refused");
        assert!(error.to_string().contains("`notes.txt`"), "{error}");
    }
    let names = fs::read_dir(&folder).expect("the folder").count();
    assert_eq!(names, 1);
    let file = folder.join("notes.txt");
    for access in [Access::Change, Access::ChangeOrCreate, Access::Read] {
        let opened = Store::on(Arc::new(Disk), &file, access, Settings::default());
        let error = opened.map(|_| ()).expect_err("a file");
        assert!(matches!(error, StoreError::NotAState { .. }), "{error}");
        assert!(
            error.to_string().contains("it is not a directory"),
            "{error}"
        );
    }
    let error = Store::open(&scratch("absent"), Settings::default()).expect_err("none");
    assert!(error.to_string().contains("no such directory"), "{error}");
}

#[test]
fn a_second_opening_is_refused_while_the_first_lasts() {
    let folder = scratch("locked");
    let first = Store::create(&folder, Settings::default()).expect("a store");
    let error = Store::open(&folder, Settings::default()).expect_err("it is locked");
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    drop(first);
    let (second, _) = Store::open(&folder, Settings::default()).expect("it is free");
    drop(second);
    let disk = Arc::new(Disk);
    let read = || Store::on(disk.clone(), &folder, Access::Read, Settings::default());
    let (mut one, _) = read().expect("a reader");
    let (two, _) = read().expect("another reader");
    let error = one.prune(1).expect_err("it only reads");
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
    let error = Store::open(&folder, Settings::default()).expect_err("there are readers");
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    drop((one, two));
    Store::open(&folder, Settings::default()).expect("it is free");
}

#[test]
fn a_foreign_file_beside_a_state_is_named_and_the_state_is_there_without_it() {
    let folder = scratch("guest");
    drop(Store::create(&folder, Settings::default()).expect("a store"));
    for name in ["b.proof", "a.proof"] {
        fs::write(folder.join(name), "mine").expect("a file");
    }
    let error = Store::open(&folder, Settings::default()).expect_err("it is refused");
    assert!(
        matches!(&error, StoreError::ForeignFile { name, .. } if name == "a.proof"),
        "{error}"
    );
    let said = "is a state with a foreign file, `a.proof`; move it away";
    assert!(error.to_string().ends_with(said), "{error}");
    // What is called a checkpoint and is none makes no state.
    let checkpoint = fs::read(folder.join("checkpoint")).expect("the checkpoint");
    fs::write(folder.join("checkpoint"), "mine").expect("a file");
    let error = Store::open(&folder, Settings::default()).expect_err("it is refused");
    assert!(matches!(error, StoreError::NotAState { .. }), "{error}");
    fs::write(folder.join("checkpoint"), checkpoint).expect("a file");
    for name in ["b.proof", "a.proof"] {
        fs::remove_file(folder.join(name)).expect("a file");
    }
    Store::open(&folder, Settings::default()).expect("a state again");
}
