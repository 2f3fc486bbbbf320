//! Fills a store and commits blocks to it, and prints how long that took and how much it wrote:
//!
//!     cargo run --release -p lockstep-store --example commit_blocks -- DIRECTORY [KEYS] [BLOCKS]
//!
//! Keys have 32 random bytes and values 64, a block changes 1,000 keys and reads 2,000. A store in
//! memory gets the same blocks beside, so peak memory is that of both.

use std::error::Error;
use std::path::Path;

use lockstep_state_trie::{MemoryStore, Trie};
use lockstep_store::{Settings, Store};

#[expect(clippy::disallowed_types, reason = "a measurement needs a clock")]
type Instant = std::time::Instant;

/// How many keys a block changes.
const CHANGES: u64 = 1_000;
/// How many keys a block reads before.
const READS: u64 = 2_000;

/// A sequence of numbers that is the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn bytes(&mut self, words: usize) -> Vec<u8> {
        (0..words).flat_map(|_| self.next().to_le_bytes()).collect()
    }
}

fn key(index: u64) -> Vec<u8> {
    Numbers(index.wrapping_mul(0xd6e8_feb8_6659_fd93)).bytes(4)
}

/// The CPU time of this thread in milliseconds, where the system tells it.
fn cpu_ms() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds: Option<f64> = text.split(' ').next().and_then(|first| first.parse().ok());
    nanoseconds.unwrap_or(0.0) / 1e6
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments
        .next()
        .ok_or("name a directory that is not there")?;
    let keys: u64 = arguments
        .next()
        .map_or(Ok(1_000_000), |text| text.parse())?;
    let blocks: u64 = arguments.next().map_or(Ok(200), |text| text.parse())?;
    let store = Store::create(Path::new(&directory), Settings::default())?;
    let mut numbers = Numbers(1);
    let mut entries: Vec<_> = (0..keys)
        .map(|index| (key(index), numbers.bytes(8)))
        .collect();
    entries.sort();
    let begun = Instant::now();
    let mut trie = Trie::new(store);
    trie.load(entries.clone())?;
    let loaded = trie.store().statistics();
    println!(
        "loaded {keys} keys in {:.2} s, {} bytes written",
        begun.elapsed().as_secs_f64(),
        loaded.bytes_written
    );
    let mut memory = Trie::new(MemoryStore::new());
    memory.load(entries)?;
    let (mut times, mut cpu_times, mut memory_times) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..blocks {
        for _ in 0..READS {
            let found = trie.get(&key(numbers.next() % keys))?;
            assert!(found.is_some());
        }
        let batch: Vec<_> = (0..CHANGES)
            .map(|_| (key(numbers.next() % keys), Some(numbers.bytes(8))))
            .collect();
        let cpu = cpu_ms();
        let before = memory.root();
        let root = memory.update(batch.clone())?;
        memory.store_mut().release(&before);
        memory_times.push(cpu_ms() - cpu);
        let (begun, cpu) = (Instant::now(), cpu_ms());
        assert_eq!(trie.update(batch)?, root);
        times.push(begun.elapsed().as_secs_f64() * 1e3);
        cpu_times.push(cpu_ms() - cpu);
    }
    times.sort_by(f64::total_cmp);
    cpu_times.sort_by(f64::total_cmp);
    memory_times.sort_by(f64::total_cmp);
    let of = |times: &[f64], share: usize| {
        let index = times.len() * share / 100;
        times.get(index).copied().unwrap_or_default()
    };
    let at = |share| of(&times, share);
    let statistics = trie.store().statistics();
    let written = (statistics.bytes_written - loaded.bytes_written) / (blocks * CHANGES).max(1);
    println!(
        "CPU of a commit: p50 {:.2} ms, p99 {:.2} ms; the same in memory: p50 {:.2} ms",
        of(&cpu_times, 50),
        of(&cpu_times, 99),
        of(&memory_times, 50)
    );
    println!(
        "{blocks} blocks: commit p50 {:.2} ms, p90 {:.2} ms, p99 {:.2} ms, max {:.2} ms",
        at(50),
        at(90),
        at(99),
        times.last().copied().unwrap_or_default()
    );
    println!("{written} bytes written per update; {statistics:?}");
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM"));
    println!("{}", peak.unwrap_or("peak memory is not known"));
    let begun = Instant::now();
    trie.into_store().close()?;
    let (store, opening) = Store::open(Path::new(&directory), Settings::default())?;
    println!(
        "closed and opened in {:.1} ms, {opening:?}, root {}",
        begun.elapsed().as_secs_f64() * 1e3,
        store.last().root
    );
    Ok(())
}
