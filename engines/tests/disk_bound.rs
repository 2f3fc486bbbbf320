//! The directory of compiled code has a bound: what was written longest ago makes room.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lockstep_abi::CodeHash;
use lockstep_engines::{ArtifactKey, DiskCodeCache, RefusedFile};
use lockstep_gas_meter::{PreparedModule, Protocol, prepare};
use lockstep_vm::{CodeCache, WasmiEngine};

/// What each artifact has; its file has some hundred bytes more.
const ARTIFACT_BYTES: usize = 1_000;

/// An empty directory for one test.
fn directory(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("disk-bound-{test}"));
    let _ = fs::remove_dir_all(&path);
    path
}

/// A key for each number.
fn key(number: u8) -> ArtifactKey {
    let code = wat::parse_str("(module (func (export \"run\")))").expect("the text is a module");
    let protocol = Protocol::v1();
    let prepared: PreparedModule = prepare(&code, &protocol).expect("it is accepted");
    let engine = WasmiEngine::new();
    let key = CodeCache::default().key(CodeHash([number; 32]), &protocol, &engine);
    ArtifactKey::new(&key, &prepared, [0; 32])
}

/// Stores artifacts of these numbers, so far apart that their files have times of their own.
fn store(disk: &DiskCodeCache, numbers: std::ops::Range<u8>) {
    for number in numbers {
        disk.store(&key(number), &[number; ARTIFACT_BYTES]);
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The numbers whose artifacts are there.
fn kept(disk: &DiskCodeCache) -> Vec<u8> {
    (0..40)
        .filter(|number| disk.load(&key(*number)).is_some())
        .collect()
}

/// What all files of a directory but the secret take.
fn bytes(path: &Path) -> u64 {
    let entries = fs::read_dir(path).expect("a directory");
    let files = entries.map(|entry| entry.expect("an entry"));
    files
        .filter(|file| file.file_name() != "secret")
        .map(|file| file.metadata().expect("a file").len())
        .sum()
}

/// A node that runs for long does not keep the names of all files that it met.
#[test]
fn the_first_files_that_did_not_count_are_named_and_all_are_counted() {
    let disk = DiskCodeCache::open(&directory("refused")).expect("the directory is ours");
    for number in 0..70 {
        disk.refuse(&key(number), RefusedFile::OtherKey);
    }
    let statistics = disk.statistics();
    assert_eq!((statistics.refused_count, statistics.misses), (70, 70));
    assert_eq!(statistics.refused.len(), 64);
    assert_eq!(statistics.unwritten_count, 0);
}

#[test]
fn what_was_written_longest_ago_makes_room() {
    let path = directory("oldest");
    let disk = DiskCodeCache::open(&path).expect("the directory is ours");
    let disk = disk.with_bytes_max(10_000);
    store(&disk, 0..30);
    assert!(bytes(&path) <= 10_000, "{}", bytes(&path));
    let kept = kept(&disk);
    let first = *kept.first().expect("some are kept");
    assert_eq!(kept, (first..30).collect::<Vec<u8>>(), "the last ones");
    assert!(kept.len() >= 5, "{kept:?}");
    let statistics = disk.statistics();
    assert_eq!(statistics.written, 30);
    assert_eq!(statistics.removed, 30 - kept.len() as u64);
    assert_eq!(statistics.unwritten, []);
}

#[test]
fn what_is_there_at_opening_counts() {
    let path = directory("there");
    let disk = DiskCodeCache::open(&path).expect("the directory is ours");
    store(&disk, 0..6);
    assert_eq!(disk.statistics().removed, 0);
    drop(disk);
    let disk = DiskCodeCache::open(&path).expect("the directory is ours");
    let disk = disk.with_bytes_max(6_000);
    assert_eq!(kept(&disk).len(), 6, "nothing goes before something comes");
    store(&disk, 6..7);
    assert!(bytes(&path) <= 6_000, "{}", bytes(&path));
    assert_eq!(kept(&disk).last(), Some(&6));
}

#[test]
fn files_of_others_stay() {
    let path = directory("others");
    let disk = DiskCodeCache::open(&path).expect("the directory is ours");
    let notes = path.join("notes.code");
    fs::write(&notes, [0; 20_000]).expect("it can be written");
    drop(disk);
    let disk = DiskCodeCache::open(&path).expect("the directory is ours");
    let disk = disk.with_bytes_max(5_000);
    store(&disk, 0..8);
    assert!(notes.exists());
    assert!(!kept(&disk).is_empty());
}

#[test]
fn an_artifact_that_is_larger_than_all_that_may_be_kept_is_not() {
    let path = directory("larger");
    let disk = DiskCodeCache::open(&path).expect("the directory is ours");
    let disk = disk.with_bytes_max(10_000);
    store(&disk, 0..2);
    disk.store(&key(2), &[0; 10_001]);
    assert_eq!(kept(&disk), [0, 1]);
    assert_eq!(disk.statistics().written, 2);
}

#[test]
fn what_a_killed_process_was_writing_goes_at_opening() {
    let path = directory("leftovers");
    let disk = DiskCodeCache::open(&path).expect("the directory is ours");
    store(&disk, 0..1);
    drop(disk);
    let leftover = path.join(format!(".{}.code.0123456789abcdef.tmp", "a".repeat(64)));
    let of_others = [path.join("notes.tmp"), path.join(".notes.code.1.tmp")];
    for file in std::iter::once(&leftover).chain(&of_others) {
        fs::write(file, b"the beginning").expect("it can be written");
    }
    let disk = DiskCodeCache::open(&path).expect("the directory is ours");
    assert!(!leftover.exists());
    assert!(of_others.iter().all(|file| file.exists()));
    assert_eq!(kept(&disk), [0]);
}
