//! Oracles for what is kept in files: the frames of a store's log, and exports of a state.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use lockstep_cli::check_export;
use lockstep_state_trie::{Digest, Trie};
use lockstep_store::{Access, Settings, Store, StoreError};

use super::Finding;
use crate::corpus::sealed;
use crate::memory_disk::MemoryDisk;

/// Where the store is on its disk.
const DIRECTORY: &str = "/store";
/// The most entries that are read of a store that opens.
const ENTRIES_MAX: usize = 64;

fn settings() -> Settings {
    Settings {
        background: false,
        cache_bytes: 1 << 20,
        ..Settings::default()
    }
}

fn open(disk: &MemoryDisk, access: Access) -> Result<Store, StoreError> {
    let medium = Arc::new(disk.clone());
    let opened = Store::on(medium, Path::new(DIRECTORY), access, settings());
    opened.map(|(store, _)| store)
}

/// The files of a store with three versions, and which of them is the log.
pub(crate) fn template() -> &'static (BTreeMap<PathBuf, Vec<u8>>, PathBuf) {
    static TEMPLATE: OnceLock<(BTreeMap<PathBuf, Vec<u8>>, PathBuf)> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let disk = MemoryDisk::default();
        let store = open(&disk, Access::Create).expect("memory does not fail");
        let mut trie = Trie::new(store);
        for version in 0..3_u8 {
            let entries = (0..30_u8).map(|n| (vec![n, version], Some(vec![n; 40])));
            let root = trie.update_with_record(entries, vec![version; 20]);
            root.expect("memory does not fail");
        }
        drop(trie);
        let files = disk.files();
        let is_log = |path: &&PathBuf| path.extension().is_some_and(|ending| ending == "log");
        let log = files.keys().find(is_log).expect("there is a log").clone();
        (files, log)
    })
}

/// A store whose log holds these bytes opens or says why not. What opened can be read or says why
/// not, opens again as the same, and can be written to.
pub(super) fn frames(bytes: &[u8]) -> Result<bool, Finding> {
    let (files, log) = template();
    let mut files = files.clone();
    files.insert(log.clone(), bytes.to_vec());
    let disk = MemoryDisk::with_files(files);
    let Ok(store) = open(&disk, Access::Read) else {
        return Ok(false);
    };
    let root = read(store);
    let Ok(store) = open(&disk, Access::Change) else {
        return Err("a store can be opened for reading and not for writing".to_string());
    };
    let mut trie = Trie::new(store);
    if trie.root() != root {
        return Err("a store opens with another root the second time".to_string());
    }
    let Ok(changed) = trie.update([(vec![1], Some(vec![2]))]) else {
        return Ok(true);
    };
    drop(trie);
    match open(&disk, Access::Read).map(|store| Trie::new(store).root()) {
        Ok(root) if root == changed => Ok(true),
        other => Err(format!("a store was written to and opens with {other:?}")),
    }
}

/// Reads what a store holds, and returns its root.
fn read(store: Store) -> Digest {
    let versions: Vec<u64> = store.versions().map(|kept| kept.number).collect();
    for version in versions {
        let _ = store.record(version);
    }
    let _ = store.statistics();
    let trie = Trie::new(store);
    let mut from = Vec::new();
    for _ in 0..ENTRIES_MAX {
        let Ok(Some((key, _))) = trie.next(&from) else {
            break;
        };
        from = key;
        from.push(0);
    }
    trie.root()
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
