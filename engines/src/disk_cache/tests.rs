//! Each part of the key leads to another file, and the directory has a bound: what was written
//! longest ago makes room.

use std::fs;
use std::ops::{Deref, Range};
use std::path::{Path, PathBuf};
use std::time::Duration;

use lockstep_abi::CodeHash;
use lockstep_gas_meter::{PreparedModule, Protocol, prepare, prepare_with_probes};
use lockstep_vm::{CodeCache, CodeKey, WasmiEngine};

use super::{ArtifactKey, DiskCodeCache, RefusedFile};

/// What each artifact has; its file has some hundred bytes more.
const ARTIFACT_BYTES: usize = 1_000;

/// A directory for one test, which goes with it.
struct Directory(PathBuf);

impl Directory {
    fn new(test: &str) -> Directory {
        let name = format!("lockstep-disk-cache-{test}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&path);
        Directory(path)
    }

    fn open(&self) -> DiskCodeCache {
        DiskCodeCache::open(self).expect("the directory is ours")
    }
}

impl Deref for Directory {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn code() -> Vec<u8> {
    wat::parse_str("(module (func (export \"run\")))").expect("the text is a module")
}

fn prepared() -> PreparedModule {
    prepare(&code(), &Protocol::v1()).expect("it is accepted")
}

/// What the code cache calls the code of this number.
fn code_key(number: u8) -> CodeKey {
    CodeCache::default().key(CodeHash([number; 32]), &Protocol::v1(), &WasmiEngine::new())
}

/// A key for each number.
fn key(number: u8) -> ArtifactKey {
    ArtifactKey::new(&code_key(number), &prepared(), [0; 32])
}

/// Stores artifacts of these numbers, so far apart that their files have times of their own.
fn store(disk: &DiskCodeCache, numbers: Range<u8>) {
    for number in numbers {
        disk.store(&key(number), &[number; ARTIFACT_BYTES]);
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The numbers whose artifacts are there.
fn kept(disk: &DiskCodeCache) -> Vec<u8> {
    (0..40)
        .filter(|number| disk.load(&key(*number), Ok).is_some())
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

#[test]
fn an_artifact_that_the_engine_does_not_take_is_a_miss_and_goes() {
    let path = Directory::new("not-taken");
    let disk = path.open();
    disk.store(&key(0), b"code");
    let taken: Option<()> = disk.load(&key(0), |artifact| {
        assert_eq!(artifact, b"code");
        Err("it is too old".to_string())
    });
    assert_eq!(taken, None);
    assert_eq!(bytes(&path), 0, "the file is gone");
    let statistics = disk.statistics();
    assert_eq!((statistics.hits, statistics.misses), (0, 1));
    assert_eq!(statistics.refused_count, 1);
    let reason = RefusedFile::Engine("it is too old".to_string());
    assert_eq!(statistics.refused[0].1, reason);
}

/// A node that runs for long does not keep the names of all files that it met.
#[test]
fn the_first_files_that_did_not_count_are_named_and_all_are_counted() {
    let path = Directory::new("refused");
    let disk = path.open();
    for number in 0..70 {
        disk.refuse(&key(number), RefusedFile::OtherKey);
    }
    let statistics = disk.statistics();
    assert_eq!((statistics.refused_count, statistics.misses), (70, 70));
    assert_eq!(statistics.refused.len(), 64);
    assert_eq!(statistics.unwritten_count, 0);
}

/// Whoever knows the secret can write a file that counts.
#[test]
fn the_secret_is_not_shown() {
    let path = Directory::new("secret");
    let disk = path.open();
    let shown = format!("{disk:?}");
    assert!(shown.contains("lockstep-disk-cache-secret"), "{shown}");
    let secret = fs::read(path.join("secret")).expect("the secret");
    let bytes = format!("{secret:?}");
    assert!(!shown.contains(&bytes[..40]), "{shown}");
    assert!(!shown.contains(&hex::encode(secret)), "{shown}");
}

#[test]
fn what_was_written_longest_ago_makes_room() {
    let path = Directory::new("oldest");
    let disk = path.open();
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
    let path = Directory::new("there");
    let disk = path.open();
    store(&disk, 0..6);
    assert_eq!(disk.statistics().removed, 0);
    drop(disk);
    let disk = path.open();
    let disk = disk.with_bytes_max(6_000);
    assert_eq!(kept(&disk).len(), 6, "nothing goes before something comes");
    store(&disk, 6..7);
    assert!(bytes(&path) <= 6_000, "{}", bytes(&path));
    assert_eq!(kept(&disk).last(), Some(&6));
}

#[test]
fn files_of_others_stay() {
    let path = Directory::new("others");
    let disk = path.open();
    let notes = path.join("notes.code");
    fs::write(&notes, [0; 20_000]).expect("it can be written");
    drop(disk);
    let disk = path.open();
    let disk = disk.with_bytes_max(5_000);
    store(&disk, 0..8);
    assert!(notes.exists());
    assert!(!kept(&disk).is_empty());
}

#[test]
fn an_artifact_that_is_larger_than_all_that_may_be_kept_is_not() {
    let path = Directory::new("larger");
    let disk = path.open();
    let disk = disk.with_bytes_max(10_000);
    store(&disk, 0..2);
    disk.store(&key(2), &[0; 10_001]);
    assert_eq!(kept(&disk), [0, 1]);
    assert_eq!(disk.statistics().written, 2);
}

#[test]
fn what_a_killed_process_was_writing_goes_at_opening() {
    let path = Directory::new("leftovers");
    let disk = path.open();
    store(&disk, 0..1);
    drop(disk);
    let leftover = path.join(format!(".{}.code.0123456789abcdef.tmp", "a".repeat(64)));
    let of_others = [path.join("notes.tmp"), path.join(".notes.code.1.tmp")];
    for file in std::iter::once(&leftover).chain(&of_others) {
        fs::write(file, b"the beginning").expect("it can be written");
    }
    let disk = path.open();
    assert!(!leftover.exists());
    assert!(of_others.iter().all(|file| file.exists()));
    assert_eq!(kept(&disk), [0]);
}

/// Each part of the key leads to another file.
#[test]
fn every_part_of_the_key_counts() {
    let path = Directory::new("parts");
    let disk = path.open();
    let (module, key) = (prepared(), code_key(0));
    let mut other_code = key;
    other_code.code.0[0] ^= 1;
    let mut other_protocol = key;
    other_protocol.protocol_version += 1;
    let mut other_limits = key;
    other_limits.limits.0[0] ^= 1;
    let mut other_schedule = key;
    other_schedule.schedule.0[0] ^= 1;
    let mut other_instrumenter = key;
    other_instrumenter.instrumenter_version += 1;
    let mut other_engine = key;
    other_engine.engine.name = "another";
    let mut other_version = key;
    other_version.engine.version = "0.0.1";
    let probed = prepare_with_probes(&code(), &Protocol::v1()).expect("it is accepted");
    let keys = [
        other_code,
        other_protocol,
        other_limits,
        other_schedule,
        other_instrumenter,
        other_engine,
        other_version,
    ];
    let mut others: Vec<ArtifactKey> = keys
        .iter()
        .map(|key| ArtifactKey::new(key, &module, [0; 32]))
        .collect();
    others.push(ArtifactKey::new(&key, &module, [1; 32]));
    others.push(ArtifactKey::new(&key, &probed, [0; 32]));
    let own = ArtifactKey::new(&key, &module, [0; 32]);
    disk.store(&own, b"code");
    for other in &others {
        assert_eq!(disk.load(other, Ok), None);
    }
    assert_eq!(disk.statistics().misses, others.len() as u64);
    assert_eq!(disk.load(&own, Ok).as_deref(), Some(&b"code"[..]));
}
