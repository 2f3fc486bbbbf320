//! Blocks that survive a crash: our trie in its store, and beside it, with the feature `peers`,
//! other tries, and plain key-value stores that commit the same changes durably without hashing
//! anything.
//!
//! What counts here is the time on the clock, because a commit waits for the disk, and the bytes
//! that were written. Each system has a directory of its own below the one that is given.

use std::path::Path;

use lockstep_state_trie::{Digest, MemoryStore, Trie};
use lockstep_store::{Settings, Store};

use crate::process::{forget_peak, peak_megabytes, written_bytes};
use crate::system::{median, percentile};
use crate::workload::{self, Block, UPDATES};

#[expect(
    clippy::disallowed_types,
    reason = "a commit waits for the disk, which only the clock on the wall sees"
)]
pub(crate) type Instant = std::time::Instant;

/// What the blocks of one system took.
pub(crate) struct Commits {
    name: &'static str,
    pub(crate) commit_ms: Vec<f64>,
    /// Bytes per update that the process had the disk write, reads and settling included; none
    /// where the system does not tell.
    written_per_update: Option<f64>,
    /// By how many bytes per update the files grew.
    grown_per_update: f64,
    /// The files' bytes at the end.
    on_disk: u64,
    /// The most memory that the process had, in MB.
    peak_megabytes: Option<f64>,
    /// Whether it is a peer: somebody else's, and it computes a root. Those that do not are a measure of the
    /// disk.
    is_peer: bool,
}

/// Watches the blocks of one system, from the end of its loading on.
pub(crate) struct Watch<'d> {
    directory: &'d Path,
    commit_ms: Vec<f64>,
    written_before: Option<u64>,
    on_disk_before: u64,
}

impl<'d> Watch<'d> {
    /// The blocks begin, on a system in this directory.
    pub(crate) fn begin(directory: &'d Path) -> Watch<'d> {
        forget_peak();
        Watch {
            directory,
            commit_ms: Vec::new(),
            written_before: written_bytes(),
            on_disk_before: bytes_below(directory),
        }
    }

    /// Commits a block.
    pub(crate) fn commit(&mut self, work: impl FnOnce()) {
        self.commit_ms.push(timed_ms(work));
    }

    /// A block was committed in so many milliseconds.
    #[cfg(feature = "peers")]
    pub(crate) fn committed(&mut self, ms: f64) {
        self.commit_ms.push(ms);
    }

    /// The blocks are over.
    pub(crate) fn end(self, name: &'static str, is_peer: bool) -> Commits {
        let updates = self.commit_ms.len() as f64 * UPDATES as f64;
        let written = written_bytes().zip(self.written_before);
        let written = written.map(|(after, before)| after.saturating_sub(before));
        let on_disk = bytes_below(self.directory);
        Commits {
            name,
            commit_ms: self.commit_ms,
            written_per_update: written.map(|bytes| bytes as f64 / updates),
            grown_per_update: (on_disk as f64 - self.on_disk_before as f64) / updates,
            on_disk,
            peak_megabytes: peak_megabytes(),
            is_peer,
        }
    }
}

/// What runs the blocks on a system in a directory of its own.
type Run = fn(&Path, u64, &[Block]) -> Commits;

/// The systems with the names of their directories. Ours is first.
const SYSTEMS: &[(&str, Run)] = &[
    ("lockstep", proposing),
    ("lockstep-follower", following),
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
    ("parity-db", super::durable_parity_db::bare),
    #[cfg(feature = "peers")]
    ("redb", super::durable_peers::redb),
];

/// Runs the blocks on all systems, one after the other, and prints a line for each when it is done.
pub(crate) fn report(directory: &Path, entries: u64, blocks: u64) -> Vec<Commits> {
    let blocks: Vec<Block> = (1..=blocks)
        .map(|number| workload::block(number, entries))
        .collect();
    println!(
        "durable                  ms per block: median   99 %    bytes per update: written  grown    MB on disk    peak MB"
    );
    let run = |(name, run): &(&str, Run)| {
        let commits = run(&directory.join(name), entries, &blocks);
        let shown = |number: Option<f64>| number.map_or("-".to_owned(), |it| format!("{it:.0}"));
        println!(
            "  {:<22}{:>21.2} {:>6.2} {:>26} {:>6.0} {:>13.0} {:>10}",
            commits.name,
            median(&commits.commit_ms),
            percentile(&commits.commit_ms, 99),
            shown(commits.written_per_update),
            commits.grown_per_update,
            commits.on_disk as f64 / 1e6,
            shown(commits.peak_megabytes)
        );
        commits
    };
    SYSTEMS.iter().map(run).collect()
}

/// The trie in its store: a block is one update with its root, and one sync.
fn proposing(directory: &Path, entries: u64, blocks: &[Block]) -> Commits {
    let update = |trie: &mut Trie<Store>, _: usize, changes: &Changes<'_>| {
        trie.update(changes.iter().copied())
            .expect("the store writes");
    };
    ours("lockstep-store", directory, (entries, blocks), update)
}

/// The same for who knows the roots that others came to, and commits what leads there.
fn following(directory: &Path, entries: u64, blocks: &[Block]) -> Commits {
    let mut proposer = Trie::new(MemoryStore::new());
    proposer
        .load(workload::sorted_entries(entries))
        .expect("the keys are sorted");
    let claims = blocks.iter().map(|block| {
        let root = proposer.replace(changes(block));
        root.expect("memory")
    });
    let claims: Vec<Digest> = claims.collect();
    drop(proposer);
    let update = |trie: &mut Trie<Store>, block: usize, changes: &Changes<'_>| {
        let changes = changes.iter().copied();
        let made = trie.update_to(changes, Vec::new(), claims[block]);
        assert_eq!(made.expect("the store writes"), Ok(()));
    };
    ours("a follower's", directory, (entries, blocks), update)
}

/// What a block changes.
type Changes<'b> = [(&'b [u8], Option<&'b [u8]>)];

fn changes(block: &Block) -> Vec<(&[u8], Option<&[u8]>)> {
    let updates = block.updates.iter();
    let changes = updates.map(|(key, value)| (key.as_slice(), Some(value.as_slice())));
    changes.collect()
}

/// Runs the blocks on the trie in its store. What is timed is an update by the number of its block.
fn ours(
    name: &'static str,
    directory: &Path,
    (entries, blocks): (u64, &[Block]),
    update: impl Fn(&mut Trie<Store>, usize, &Changes<'_>),
) -> Commits {
    let store = Store::create(directory, Settings::default()).expect("a new directory");
    let mut trie = Trie::new(store);
    trie.load(workload::sorted_entries(entries))
        .expect("the keys are sorted");
    let mut watch = Watch::begin(directory);
    for (number, block) in blocks.iter().enumerate() {
        for key in &block.reads {
            assert!(trie.get(key).expect("the store reads").is_some());
        }
        let changes = changes(block);
        watch.commit(|| update(&mut trie, number, &changes));
    }
    watch.end(name, false)
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
    let peers = peers.iter().filter(|peer| peer.is_peer);
    let medians = peers.map(|peer| median(&peer.commit_ms));
    let best = medians.reduce(f64::min)?;
    Some(best / median(&ours.commit_ms))
}

/// How many bytes of the disk all files below a directory take.
fn bytes_below(directory: &Path) -> u64 {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(data) if data.is_dir() => bytes_below(&entry.path()),
            Ok(data) => taken_bytes(&data),
            Err(_) => 0,
        })
        .sum()
}

/// How many bytes of the disk a file takes; holes in it take none.
#[cfg(unix)]
fn taken_bytes(data: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::blocks(data) * 512
}

#[cfg(not(unix))]
fn taken_bytes(data: &std::fs::Metadata) -> u64 {
    data.len()
}
