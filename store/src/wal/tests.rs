//! What is read from the file, whatever stands there.

use std::path::Path;

use lockstep_state_trie::{ComingBatch, Digest, EMPTY_ROOT};

use super::{Found, HEADER_BYTES, ROOT_BYTES, Wal, WalEntry, read};
use crate::address::Address;
use crate::checksum::Seal;
use crate::medium::disk::Disk;

const IDENTITY: [u8; 16] = [9; 16];
const PLACE: Address = Address::START;

/// A folder of its own for a test.
fn folder(name: &str) -> std::path::PathBuf {
    let name = format!("lockstep-wal-{name}-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// A batch on nothing.
const BATCH: ComingBatch<'_> = ComingBatch {
    before: EMPTY_ROOT,
    changes: &[(b"a", Some(b"1")), (b"bb", Some(b"")), (b"c", None)],
    record: b"record",
    claimed: None,
};
const ROOT: Digest = Digest([5; 32]);

fn found(folder: &Path, identity: [u8; 16], end: Address) -> Found {
    read(&Disk, folder, &identity, end, Seal::new(&identity)).expect("it can be read")
}

fn write(folder: &Path, batch: &ComingBatch<'_>, version: u64) -> Wal {
    let mut wal = Wal::open(&Disk, folder).expect("a file");
    wal.fill(batch, (version, 3), &IDENTITY, PLACE, Seal::new(&IDENTITY));
    wal.write().expect("it is written");
    wal
}

#[test]
fn what_is_written_is_found_for_its_place_alone() {
    let folder = folder("round");
    assert_eq!(found(&folder, IDENTITY, PLACE), Found::Nothing);
    let wal = write(&folder, &BATCH, 7);
    let mut entry = WalEntry {
        version: 7,
        first_kept: 3,
        before: EMPTY_ROOT,
        claimed: None,
        after: None,
        record: b"record".to_vec(),
        changes: vec![
            (b"a".to_vec(), Some(b"1".to_vec())),
            (b"bb".to_vec(), Some(Vec::new())),
            (b"c".to_vec(), None),
        ],
        file_bytes: 8_192,
    };
    assert_eq!(found(&folder, IDENTITY, PLACE), Found::Whole(entry.clone()));
    wal.write_root(&ROOT, PLACE, Seal::new(&IDENTITY));
    entry.after = Some(ROOT);
    assert_eq!(found(&folder, IDENTITY, PLACE), Found::Whole(entry));
    assert_eq!(found(&folder, IDENTITY, PLACE.plus(8)), Found::Nothing);
    assert_eq!(found(&folder, [8; 16], PLACE), Found::Nothing);
    // A shorter one takes its place.
    let none = ComingBatch {
        changes: &[],
        record: &[],
        ..BATCH
    };
    write(&folder, &none, 8);
    let Found::Whole(entry) = found(&folder, IDENTITY, PLACE) else {
        panic!("it is whole");
    };
    assert_eq!((entry.version, entry.changes.len()), (8, 0));
    assert_eq!(entry.after, None);
    std::fs::remove_dir_all(&folder).expect("it can be removed");
}

#[test]
fn a_claimed_root_is_found_also_if_it_is_the_empty_one() {
    let folder = folder("claimed");
    for claimed in [Some(ROOT), Some(EMPTY_ROOT), None] {
        let batch = ComingBatch { claimed, ..BATCH };
        write(&folder, &batch, 7);
        let Found::Whole(entry) = found(&folder, IDENTITY, PLACE) else {
            panic!("it is whole");
        };
        assert_eq!(entry.claimed, claimed);
        assert_eq!(entry.record, b"record");
    }
    std::fs::remove_dir_all(&folder).expect("it can be removed");
}

#[test]
fn an_entry_counts_only_if_every_byte_of_it_is_there() {
    let folder = folder("torn");
    write(&folder, &BATCH, 7);
    let path = folder.join("wal");
    let whole = std::fs::read(&path).expect("the file");
    let length = HEADER_BYTES + 6 + 3 * 8 + 5 + 8;
    for at in 0..length {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        std::fs::write(&path, &changed).expect("it is written");
        // Another format version is an error, and everything else nothing.
        let seal = Seal::new(&IDENTITY);
        let found = read(&Disk, &folder, &IDENTITY, PLACE, seal);
        assert!(!matches!(found, Ok(Found::Whole(_))), "{at}");
        std::fs::write(&path, &whole[..at]).expect("it is written");
        let cut_off = self::found(&folder, IDENTITY, PLACE);
        assert!(!matches!(cut_off, Found::Whole(_)), "{at}");
    }
    std::fs::write(&path, &whole[..length]).expect("it is written");
    assert!(matches!(found(&folder, IDENTITY, PLACE), Found::Whole(_)));
    std::fs::remove_dir_all(&folder).expect("it can be removed");
}

#[test]
fn a_root_counts_only_if_every_byte_of_it_is_there() {
    let folder = folder("root");
    let wal = write(&folder, &BATCH, 7);
    let start = 4096;
    wal.write_root(&ROOT, PLACE, Seal::new(&IDENTITY));
    let path = folder.join("wal");
    let whole = std::fs::read(&path).expect("the file");
    let root = || match found(&folder, IDENTITY, PLACE) {
        Found::Whole(entry) => entry.after,
        other => panic!("{other:?}"),
    };
    assert_eq!(root(), Some(ROOT));
    for at in start..start + ROOT_BYTES {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        std::fs::write(&path, &changed).expect("it is written");
        assert_eq!(root(), None, "{at}");
        std::fs::write(&path, &whole[..at]).expect("it is written");
        assert_eq!(root(), None, "{at}");
    }
    // That of another place is not taken for it.
    std::fs::write(&path, &whole).expect("it is written");
    wal.write_root(&ROOT, PLACE.plus(8), Seal::new(&IDENTITY));
    assert_eq!(root(), None);
    std::fs::remove_dir_all(&folder).expect("it can be removed");
}

#[test]
fn an_entry_that_was_spoiled_is_not_whole() {
    let folder = folder("spoiled");
    let mut wal = write(&folder, &BATCH, 7);
    assert_eq!(wal.spoiled_path(), None);
    wal.spoil().expect("it is written");
    assert_eq!(wal.spoiled_path(), Some(folder.join("wal").as_path()));
    let found = |place| found(&folder, IDENTITY, place);
    assert!(matches!(found(PLACE), Found::Torn { .. }));
    // It is there again when it is written again.
    let versions = (7, 3);
    wal.fill(&BATCH, versions, &IDENTITY, PLACE, Seal::new(&IDENTITY));
    assert_eq!(wal.spoiled_path(), None);
    wal.write().expect("it is written");
    assert!(matches!(found(PLACE), Found::Whole(_)));
    std::fs::remove_dir_all(&folder).expect("it can be removed");
}

#[test]
fn a_length_that_no_entry_has_is_not_believed() {
    let folder = folder("long");
    write(&folder, &BATCH, 7);
    let path = folder.join("wal");
    let mut bytes = std::fs::read(&path).expect("the file");
    let long = 1_u64 << 42;
    bytes[40..48].copy_from_slice(&long.to_le_bytes());
    std::fs::write(&path, &bytes).expect("it is written");
    let file = std::fs::OpenOptions::new().write(true).open(&path);
    file.and_then(|file| file.set_len(long))
        .expect("a file with a hole");
    assert_eq!(found(&folder, IDENTITY, PLACE), Found::Torn { bytes: long });
    std::fs::remove_dir_all(&folder).expect("it can be removed");
}

/// It may hold the changes of a commit that was acknowledged.
#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_opened_is_no_missing_one() {
    let folder = folder("loop");
    std::os::unix::fs::symlink("wal", folder.join("wal")).expect("a link to itself");
    let found = read(&Disk, &folder, &IDENTITY, PLACE, Seal::new(&IDENTITY));
    assert!(
        matches!(found, Err(crate::StoreError::Io { .. })),
        "{found:?}"
    );
    std::fs::remove_dir_all(&folder).expect("it can be removed");
}
