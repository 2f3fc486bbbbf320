//! What a read takes when the value is on a disk: the upper pages of the trie are in the store's
//! cache, and the file in that of the system, or not even there.

use std::path::Path;

use lockstep_state_trie::Trie;
use lockstep_store::{Settings, Store};

use crate::durable::timed_ms;
use crate::system::median;
use crate::workload::{self, READS};

/// How many reads bring the upper pages into the store's cache.
const READS_BEFORE: usize = 4_000;
/// How many reads are measured of a file that has to come from the disk. As they go on, more and more
/// of it is in the cache of the system.
const READS_COLD: usize = 500;

/// Microseconds per read, medians.
pub(crate) struct Reading {
    /// The system has the files in its cache.
    pub(crate) cached_us: f64,
    /// It has not; none where it cannot be asked to forget them.
    pub(crate) cold_us: Option<f64>,
}

/// Measures reads of a state of so many entries, in a store that nobody has open.
pub(crate) fn of(directory: &Path, entries: u64) -> Reading {
    let (store, _) = Store::open(directory, Settings::default()).expect("a store");
    let root = store.last().root;
    let trie = Trie::open(store, root).expect("its last root");
    let mut numbers = (0..).map(|number| workload::scramble(!number) % entries);
    let mut read = |count: usize| -> f64 {
        let times: Vec<f64> = numbers
            .by_ref()
            .take(count)
            .map(|number| {
                let key = workload::key(number);
                1e3 * timed_ms(|| {
                    assert!(trie.get(&key).expect("the store reads").is_some());
                })
            })
            .collect();
        median(&times)
    };
    read(READS_BEFORE);
    let cached_us = read(READS);
    let cold_us = forget_files(directory).then(|| read(READS_COLD));
    Reading { cached_us, cold_us }
}

/// Has the system forget what it keeps of the files in a directory. Returns whether it was asked to.
#[cfg(target_os = "linux")]
fn forget_files(directory: &Path) -> bool {
    let files = std::fs::read_dir(directory).expect("a directory");
    for file in files {
        let file = std::fs::File::open(file.expect("a name").path()).expect("a file");
        file.sync_all().expect("the disk writes");
        if rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).is_err() {
            return false;
        }
    }
    true
}

#[cfg(not(target_os = "linux"))]
fn forget_files(_directory: &Path) -> bool {
    false
}
