//! Blocks that survive a crash: our trie in its store, and beside it, with the feature `peers`,
//! other tries, and plain key-value stores that commit the same changes durably without hashing
//! anything.
//!
//! What counts here is the time on the clock, because a commit waits for the disk, and the bytes
//! that were written. Each system has a directory of its own below the one that is given.

use std::path::Path;

use lockstep_state_trie::Trie;
use lockstep_store::{Settings, Store};

use crate::system::{median, percentile};
use crate::workload::{self, Block};

#[expect(
    clippy::disallowed_types,
    reason = "a commit waits for the disk, which only the clock on the wall sees"
)]
pub(crate) type Instant = std::time::Instant;

/// The times of the commits, and what is known of the bytes.
pub(crate) struct Commits {
    pub(crate) name: &'static str,
    pub(crate) commit_ms: Vec<f64>,
    /// Bytes written per update; none where a system does not tell.
    pub(crate) written_per_update: Option<f64>,
    /// Bytes on disk at the end.
    pub(crate) on_disk: u64,
    /// Whether it computes a root: those that do not are no peers but a measure of the disk.
    pub(crate) has_root: bool,
}

/// What runs the blocks on a system in a directory of its own.
type Run = fn(&Path, u64, &[Block]) -> Commits;

/// The systems with the names of their directories. Ours is first.
const SYSTEMS: &[(&str, Run)] = &[
    ("lockstep", ours),
    #[cfg(feature = "peers")]
    ("qmdb-any", super::durable_qmdb::any_ordered),
    #[cfg(feature = "peers")]
    ("qmdb-current", super::durable_qmdb::current_ordered),
    #[cfg(feature = "peers")]
    ("trie-db", super::durable_trie_db::on_parity_db),
    #[cfg(feature = "peers")]
    ("jmt", super::durable_tries::jmt_on_redb),
    #[cfg(feature = "peers")]
    ("fjall", super::durable_peers::fjall),
    #[cfg(feature = "peers")]
    ("redb", super::durable_peers::redb),
];

/// Runs the blocks on all systems, one after the other, and prints a line for each when it is done.
pub(crate) fn report(directory: &Path, entries: u64, blocks: u64) -> Vec<Commits> {
    let blocks: Vec<Block> = (1..=blocks)
        .map(|number| workload::block(number, entries))
        .collect();
    println!("durable, ms per block    median      99 %    bytes written per update    MB on disk");
    let run = |(name, run): &(&str, Run)| {
        let commits = run(&directory.join(name), entries, &blocks);
        let written = commits
            .written_per_update
            .map_or_else(|| "-".to_owned(), |bytes| format!("{bytes:.0}"));
        println!(
            "  {:<22}{:>8.2}  {:>8.2}    {:>24}    {:>10.0}",
            commits.name,
            median(&commits.commit_ms),
            percentile(&commits.commit_ms, 99),
            written,
            commits.on_disk as f64 / 1e6
        );
        commits
    };
    SYSTEMS.iter().map(run).collect()
}

/// The trie in its store: a block is one update with its root, and one sync.
fn ours(directory: &Path, entries: u64, blocks: &[Block]) -> Commits {
    let store = Store::create(directory, Settings::default()).expect("a new directory");
    let mut trie = Trie::new(store);
    trie.load(workload::sorted_entries(entries))
        .expect("the keys are sorted");
    let before = trie.store().statistics().bytes_written;
    let mut commit_ms = Vec::new();
    let mut updates = 0;
    for block in blocks {
        for key in &block.reads {
            assert!(trie.get(key).expect("the store reads").is_some());
        }
        let changes = block.updates.iter().cloned();
        let changes: Vec<_> = changes.map(|(key, value)| (key, Some(value))).collect();
        updates += changes.len();
        commit_ms.push(timed_ms(|| {
            trie.update(changes).expect("the store writes");
        }));
    }
    let statistics = trie.store().statistics();
    let written = statistics.bytes_written.saturating_sub(before);
    Commits {
        name: "lockstep-store",
        commit_ms,
        written_per_update: Some(written as f64 / updates as f64),
        on_disk: statistics.log_bytes,
        has_root: true,
    }
}

/// The time of something in milliseconds.
pub(crate) fn timed_ms(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64() * 1e3
}

/// How many times the median of the fastest trie among the peers is of ours, the first; none
/// without peers.
pub(crate) fn vs_best_peer(all: &[Commits]) -> Option<f64> {
    let (ours, peers) = all.split_first()?;
    let peers = peers.iter().filter(|peer| peer.has_root);
    let medians = peers.map(|peer| median(&peer.commit_ms));
    let best = medians.reduce(f64::min)?;
    Some(best / median(&ours.commit_ms))
}

/// How long all files below a directory are together.
#[cfg(feature = "peers")]
pub(crate) fn bytes_below(directory: &Path) -> u64 {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(data) if data.is_dir() => bytes_below(&entry.path()),
            Ok(data) => data.len(),
            Err(_) => 0,
        })
        .sum()
}
