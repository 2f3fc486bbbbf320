//! Exports that somebody has made up: the hash at their end is right, and what is in them is not.
//! Each is refused with the reason, and leaves nothing behind.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use blake2::{Blake2b256, Digest as _};

use crate::process::{lockstep, scratch};
use crate::state::{TOKEN, bad, filled, good, text};

/// Where the root stands in an export.
const ROOT: usize = 16;
/// Where the number of entries stands in an export.
const COUNT: Range<usize> = 48..56;
/// Where the length of the record stands, and after it the record.
const RECORD_LENGTH: Range<usize> = 56..64;
const HASH_BYTES: usize = 32;

/// An export in its parts.
#[derive(Clone)]
struct Export {
    /// All before the entries.
    front: Vec<u8>,
    /// The entries with their lengths.
    entries: Vec<Vec<u8>>,
}

impl Export {
    fn read(path: &Path) -> Export {
        let bytes = fs::read(path).expect("the export");
        let number = |place: Range<usize>| {
            let bytes = bytes[place].try_into().expect("eight bytes");
            usize::try_from(u64::from_le_bytes(bytes)).expect("small")
        };
        let front_bytes = RECORD_LENGTH.end + number(RECORD_LENGTH);
        let (front, rest) = bytes.split_at(front_bytes);
        let mut rest = &rest[..rest.len() - HASH_BYTES];
        let mut entries = Vec::new();
        while let Some((lengths, _)) = rest.split_first_chunk::<6>() {
            let [k0, k1, value @ ..] = *lengths;
            let value = usize::try_from(u32::from_le_bytes(value)).expect("small");
            let length = 6 + usize::from(u16::from_le_bytes([k0, k1])) + value;
            entries.push(rest[..length].to_vec());
            rest = &rest[length..];
        }
        assert_eq!(entries.len(), number(COUNT));
        let front = front.to_vec();
        Export { front, entries }
    }

    /// States as many entries as there are.
    fn count(&mut self) {
        let count = self.entries.len() as u64;
        self.front[COUNT].copy_from_slice(&count.to_le_bytes());
    }

    /// The bytes, with the hash that they should have.
    fn sealed(&self) -> Vec<u8> {
        let mut bytes = [self.front.clone(), self.entries.concat()].concat();
        let hash = Blake2b256::digest(&bytes);
        bytes.extend_from_slice(&hash);
        bytes
    }
}

/// What was done to an export, its bytes, and what is said of them.
type MadeUp = (&'static str, Vec<u8>, &'static str);

/// The export after a change, with the right hash.
fn altered(whole: &Export, alter: &dyn Fn(&mut Export)) -> Vec<u8> {
    let mut export = whole.clone();
    alter(&mut export);
    export.sealed()
}

/// Exports whose entries are not those of their root.
fn made_up(whole: &Export) -> Vec<MadeUp> {
    let with = |alter: &dyn Fn(&mut Export)| altered(whole, alter);
    let other_root = "its entries lead to root 0x";
    let disorder = "is not greater than the one before";
    vec![
        (
            "reordered",
            with(&|export| export.entries.swap(3, 4)),
            disorder,
        ),
        (
            "duplicated",
            with(&|export| {
                export.entries.insert(3, export.entries[3].clone());
                export.count();
            }),
            disorder,
        ),
        (
            "another value",
            with(&|export| *export.entries[2].last_mut().expect("bytes") ^= 1),
            other_root,
        ),
        (
            "another root",
            with(&|export| export.front[20] ^= 1),
            other_root,
        ),
        (
            "zeros that are none",
            with(&|export| export.front[13] = 1),
            "four bytes that are zero",
        ),
        (
            "a record of something else",
            with(&|export| export.front[RECORD_LENGTH.end] ^= 0xff),
            "its record is not that of a block",
        ),
        (
            "an entry left out",
            with(&|export| {
                export.entries.remove(5);
                export.count();
            }),
            other_root,
        ),
        (
            "an entry left out that is counted",
            with(&|export| drop(export.entries.pop())),
            "it states",
        ),
    ]
}

/// Where that is which makes a made-up export wrong; 0 where that is not one place.
fn place(whole: &Export, what: &str) -> usize {
    let entry = |index: usize| {
        let before = whole.entries.iter().take(index).map(Vec::len);
        whole.front.len() + before.sum::<usize>()
    };
    match what {
        "reordered" => entry(3) + whole.entries[4].len(),
        "duplicated" => entry(4),
        "another value" | "another root" | "an entry left out" => ROOT,
        "a value of four gigabytes" | "a key that is too long" => entry(2),
        "bytes after the entries" => entry(whole.entries.len()),
        "a record of many gigabytes" => RECORD_LENGTH.start,
        "a record of something else" => RECORD_LENGTH.start,
        "zeros that are none" => ROOT - 4,
        _ => 0,
    }
}

/// Exports that state more than there is, or have more than they state.
fn oversized(whole: &Export) -> Vec<MadeUp> {
    let with = |alter: &dyn Fn(&mut Export)| altered(whole, alter);
    vec![
        (
            "more entries than there are",
            with(&|export| export.front[COUNT].fill(0xff)),
            "it states 18_446_744_073_709_551_615 entries",
        ),
        (
            "a value of four gigabytes",
            with(&|export| export.entries[2][2..6].fill(0xff)),
            "it is cut off",
        ),
        (
            "a key that is too long",
            with(&|export| export.entries[2][..2].copy_from_slice(&4_097_u16.to_le_bytes())),
            "a key is longer than a key can be",
        ),
        (
            "a record of many gigabytes",
            with(&|export| export.front[RECORD_LENGTH].fill(0xff)),
            "it is cut off",
        ),
        (
            "bytes after the entries",
            with(&|export| export.entries.push(vec![0; 3])),
            "with 3 bytes after them",
        ),
        (
            "bytes after the hash",
            [whole.sealed(), vec![0]].concat(),
            "with 1 byte after them",
        ),
        (
            "no bytes at all",
            Vec::new(),
            "is no export of a state: it ends before",
        ),
    ]
}

/// An export of a state, with its folder and its file.
fn exported(name: &str) -> (PathBuf, PathBuf, Export) {
    let (folder, state) = filled(name);
    let file = folder.join("export");
    good(&["state", "export", &state, "-o", &text(&file)]);
    let export = Export::read(&file);
    (folder, file, export)
}

#[test]
fn exports_with_the_right_hash_are_refused_for_what_is_in_them() {
    let (folder, file, whole) = exported("state-exports");
    let file_text = text(&file);
    assert_eq!(whole.sealed(), fs::read(&file).expect("the export"));
    let fresh = text(&folder.join("fresh"));
    for (what, bytes, said) in [made_up(&whole), oversized(&whole)].concat() {
        fs::write(&file, bytes).expect("a file");
        let refused = bad(
            &["state", "import", &file_text, &fresh],
            2,
            "export-damaged",
        );
        assert!(refused.stderr.contains(said), "{what}: {refused:#?}");
        let place = format!("at byte {}: ", place(&whole, what));
        assert!(
            refused.stderr.contains(&place) || place.contains("byte 0"),
            "{what}: {refused:#?}"
        );
        let left = fs::read_dir(&folder).expect("the folder").count();
        assert_eq!(left, 2, "{what} left something");
    }
    fs::write(&file, whole.sealed()).expect("a file");
    good(&["state", "import", &file_text, &fresh]);
}

/// A file of so many bytes that takes no room.
fn sparse(name: &str, bytes: u64) -> PathBuf {
    let path = scratch(name).join("file");
    let file = fs::File::create(&path).expect("a file");
    file.set_len(bytes).expect("a sparse file");
    path
}

/// Files over the limits are refused by their length, before anything of them is read.
#[test]
fn files_that_are_too_large_are_not_read() {
    let root = "00".repeat(32);
    let proof = text(&sparse("state-large-proof", (64 << 20) + 1));
    let verify = ["state", "verify", &proof, "--root", &root, "account:@alice"];
    let refused = bad(&verify, 2, "file-too-large");
    assert!(refused.stderr.contains("67_108_865 bytes"), "{refused:#?}");
    let bundle = text(&sparse("state-large-bundle", 1 << 40));
    bad(&["replay", &bundle], 2, "file-too-large");
    // An export may have any length; what it is shows at its first bytes.
    let export = sparse("state-large-export", 1 << 40);
    let target = text(&export.with_file_name("target"));
    bad(
        &["state", "import", &text(&export), &target],
        2,
        "export-damaged",
    );
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_waited_for() {
    let folder = scratch("state-pipe");
    let pipe = text(&folder.join("pipe"));
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo starts").success());
    let target = text(&folder.join("target"));
    for file in [pipe, text(&folder)] {
        let refused = bad(&["state", "import", &file, &target], 2, "file-unreadable");
        assert!(
            refused.stderr.contains("it is not a regular file"),
            "{refused:#?}"
        );
    }
    assert_eq!(lockstep(&["replay", &text(&folder)]).code, 2);
}

/// A record is not authenticated, so it can say any height.
#[test]
fn a_state_at_the_greatest_height_takes_no_call() {
    let (folder, file, mut export) = exported("state-greatest-height");
    // Behind the version of the record and the number of the chain.
    let height = RECORD_LENGTH.end + 9..RECORD_LENGTH.end + 17;
    assert_eq!(export.front[height.clone()], 6_u64.to_le_bytes());
    export.front[height].fill(0xff);
    fs::write(&file, export.sealed()).expect("a file");
    let other = text(&folder.join("other"));
    good(&["state", "import", &text(&file), &other]);
    let call = ["call", "gold", "--state", &other, "--scenario", TOKEN];
    let call = [
        &call[..],
        &["--from", "alice", "--", "transfer", "--to", "bob"],
    ]
    .concat();
    let refused = lockstep(&[&call[..], &["--amount", "1"]].concat());
    assert_eq!(refused.code, 2, "{refused:#?}");
    let why = "error[other-chain]: the state's last block has the greatest height that there is";
    assert!(refused.stderr.starts_with(why), "{refused:#?}");
}
