//! Oracles for what is kept in files: the frames of a store's log, its write-ahead log, and exports of
//! a state.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use lockstep_cli::check_export;
use lockstep_state_trie::{Digest, EMPTY_ROOT, MemoryStore, Trie};
use lockstep_store::{Access, Settings, Store, StoreError};

use super::Finding;
use super::wal_seals::{root_claimed_by, root_named_by, with_checksums};
use crate::corpus::sealed;
use crate::memory_disk::MemoryDisk;

/// Where the store is on its disk.
const DIRECTORY: &str = "/store";
/// How many keys a version of the template sets.
const KEYS: u8 = 30;
/// How many versions the log of the template has.
const VERSIONS: u8 = 3;

/// Opens the last version of the store on a disk, and says whether it was made again.
fn open(
    disk: &MemoryDisk,
    access: Access,
    background: bool,
) -> Result<(Trie<Store>, bool), StoreError> {
    let settings = Settings {
        background,
        cache_bytes: 1 << 20,
        ..Settings::default()
    };
    let medium = Arc::new(disk.clone());
    let (store, opening) = Store::on(medium, Path::new(DIRECTORY), access, settings)?;
    let root = store.last().root;
    let trie = match root == EMPTY_ROOT {
        true => Trie::new(store),
        // Opening has read the node at which it begins.
        false => Trie::open(store, root).expect("the last version is there"),
    };
    Ok((trie, opening.made_again))
}

/// What the next version of the template changes: some keys are set, and one of those before is removed.
fn version_changes(version: u8) -> impl Iterator<Item = (Vec<u8>, Option<Vec<u8>>)> {
    let set = (0..KEYS).map(move |n| (vec![n, version], Some(vec![n; 40])));
    let removed = version.checked_sub(1).map(|before| (vec![0, before], None));
    set.chain(removed)
}

/// Makes the next version of the template.
fn make_version(trie: &mut Trie<Store>, version: u8) {
    let root = trie.update_with_record(version_changes(version), vec![version; 20]);
    root.expect("memory does not fail");
}

/// The files of a store with three versions, and which of them is the log.
pub(crate) fn template() -> &'static (BTreeMap<PathBuf, Vec<u8>>, PathBuf) {
    static TEMPLATE: OnceLock<(BTreeMap<PathBuf, Vec<u8>>, PathBuf)> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let disk = MemoryDisk::default();
        let (mut trie, _) = open(&disk, Access::Create, false).expect("memory does not fail");
        (0..VERSIONS).for_each(|version| make_version(&mut trie, version));
        drop(trie);
        let files = disk.files();
        let is_log = |path: &&PathBuf| path.extension().is_some_and(|ending| ending == "log");
        let log = files.keys().find(is_log).expect("there is a log").clone();
        (files, log)
    })
}

/// The write-ahead log that the store of the template has when it has been given a fourth version, with
/// the root that it has to lead to or without.
pub(crate) fn write_ahead_log(is_claimed: bool) -> Vec<u8> {
    let (files, _) = template();
    let disk = MemoryDisk::with_files(files.clone());
    let (mut trie, _) = open(&disk, Access::Change, true).expect("memory does not fail");
    if is_claimed {
        let root = trie.snapshot().root_after(version_changes(VERSIONS));
        let claimed = root.expect("memory does not fail");
        let made = trie.update_to(version_changes(VERSIONS), Vec::new(), claimed);
        assert_eq!(made.expect("memory does not fail"), Ok(()));
    } else {
        make_version(&mut trie, VERSIONS);
    }
    drop(trie);
    let wal = disk.files().remove(&wal_path());
    wal.expect("there is a write-ahead log")
}

fn wal_path() -> PathBuf {
    Path::new(DIRECTORY).join("wal")
}

/// A store that opened.
struct Opened {
    /// Whether its last version was made again.
    made_again: bool,
    /// The root of that.
    root: Digest,
    /// Whether it could be written to.
    changed: bool,
}

/// A store whose log holds these bytes opens or says why not. What opened can be read or says why
/// not, opens again as the same, and can be written to or says why not. Only what was written to is
/// accepted.
pub(super) fn frames(bytes: &[u8]) -> Result<bool, Finding> {
    let (files, log) = template();
    let mut files = files.clone();
    files.insert(log.clone(), bytes.to_vec());
    let opened = check_files(files)?;
    Ok(opened.is_some_and(|opened| opened.changed))
}

/// A store of three versions with these bytes as its write-ahead log opens, without the version that they
/// lead to or with it, which has the roots that they claim and name if they do, or says why not; and further
/// as for `frames`. Since hardly any mutation keeps the checksums, the bytes are judged with fitting ones as
/// well.
pub(super) fn wal(bytes: &[u8]) -> Result<bool, Finding> {
    let mut made_again = false;
    for bytes in [bytes.to_vec(), with_checksums(bytes)] {
        let (files, _) = template();
        let mut files = files.clone();
        files.insert(wal_path(), bytes.clone());
        let Some(opened) = check_files(files)?.filter(|opened| opened.made_again) else {
            continue;
        };
        let root = opened.root;
        let others = [root_named_by(&bytes), root_claimed_by(&bytes)];
        if others.into_iter().flatten().any(|other| other != root.0) {
            return Err(format!("changes to another root have led to {root}"));
        }
        made_again |= opened.changed;
    }
    Ok(made_again)
}

/// Checks a store with these files, and says what opened if it opens.
fn check_files(files: BTreeMap<PathBuf, Vec<u8>>) -> Result<Option<Opened>, Finding> {
    let disk = MemoryDisk::with_files(files);
    let Ok((trie, made_again)) = open(&disk, Access::Read, false) else {
        return Ok(None);
    };
    read(&trie)?;
    let (root, last) = (trie.root(), trie.store().last());
    drop(trie);
    let Ok((mut trie, made_now)) = open(&disk, Access::Change, false) else {
        return Err("a store can be opened for reading and not for writing".to_string());
    };
    if (trie.root(), trie.store().last(), made_now) != (root, last, made_again) {
        return Err("a store opens as another the second time".to_string());
    }
    let updated = trie.update([(vec![1], Some(vec![2]))]);
    let opened = Opened {
        made_again,
        root,
        changed: updated.is_ok(),
    };
    let Ok(changed) = updated else {
        return Ok(Some(opened));
    };
    drop(trie);
    match open(&disk, Access::Read, false).map(|(trie, made_again)| (trie.root(), made_again)) {
        Ok((now, false)) if now == changed => Ok(Some(opened)),
        other => Err(format!("a store was written to and opens with {other:?}")),
    }
}

/// Reads what a store holds. What can be read is what its root says.
fn read(trie: &Trie<Store>) -> Result<(), Finding> {
    let store = trie.store();
    let _ = store.statistics();
    for kept in store.versions() {
        let _ = store.record(kept.number);
        let entries: Result<Vec<_>, _> = trie.at(kept.root).range(..).collect();
        let Ok(entries) = entries else { continue };
        let mut computed = Trie::new(MemoryStore::new());
        let entries = entries.into_iter().map(|(key, value)| (key, Some(value)));
        if computed.update(entries).expect("memory does not fail") != kept.root {
            return Err(format!("{kept:?} has entries of another root"));
        }
    }
    Ok(())
}

/// Bytes are no export, or the export of a state whose root they state. Since hardly any mutation
/// keeps the hash, the bytes before it are judged with a fitting one as well.
pub(super) fn export(bytes: &[u8]) -> Result<bool, Finding> {
    let as_it_is = one_export(bytes)?;
    let content = bytes.len().saturating_sub(32);
    Ok(one_export(&sealed(&bytes[..content]))? || as_it_is)
}

/// Tells the files of one process apart.
static FILES: AtomicU64 = AtomicU64::new(0);

fn one_export(bytes: &[u8]) -> Result<bool, Finding> {
    let number = FILES.fetch_add(1, Ordering::Relaxed);
    let name = format!("lockstep-export-{}-{number}", std::process::id());
    let file = std::env::temp_dir().join(name);
    std::fs::write(&file, bytes).map_err(|error| format!("the oracle cannot write: {error}"))?;
    let (first, second) = (check_export(&file), check_export(&file));
    let _ = std::fs::remove_file(&file);
    match (first, second) {
        (Ok(first), Ok(second)) if first == second => Ok(true),
        (Err(first), Err(second)) if first.exit == second.exit && first.exit.code() == 2 => {
            Ok(false)
        }
        (first, second) => Err(format!("an export is judged as {first:?} and {second:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::{check_files, frames, template};

    /// Somewhere in the log is a byte of a node that the update needs, and opening does not.
    #[test]
    fn a_store_that_cannot_be_written_to_is_not_accepted() {
        let (files, log) = template();
        let valid = &files[log];
        assert_eq!(frames(valid), Ok(true));
        let is_unwritable = |at: &usize| {
            let mut files = files.clone();
            files.entry(log.clone()).and_modify(|bytes| bytes[*at] ^= 1);
            let opened = check_files(files).expect("no finding");
            opened.is_some_and(|opened| !opened.changed)
        };
        let at = (0..valid.len()).rev().find(is_unwritable);
        let mut broken = valid.clone();
        broken[at.expect("there is one")] ^= 1;
        assert_eq!(frames(&broken), Ok(false));
    }
}
