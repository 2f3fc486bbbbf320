//! What is measured, behind one face, and the clock.

use lockstep_state_trie::{Digest, MemoryStore, Trie};
use rustix::time::{ClockId, clock_gettime};

use crate::workload::{Block, Entry, READS, UPDATES};

/// An authenticated map under measurement.
pub(crate) trait System {
    /// Its name, for the table.
    fn name(&self) -> &'static str;
    /// Makes the changes of a block and computes the new root. They are lent: to free them is no
    /// work of the system's.
    fn update(&mut self, updates: &[Entry]);
    /// The number of bytes of what the keys hold.
    fn read(&self, keys: &[Vec<u8>]) -> usize;
    /// The length of a proof of what a key holds, in bytes.
    fn proof_bytes(&self, key: &[u8]) -> usize;
}

/// CPU time of this thread so far, in microseconds.
pub(crate) fn cpu_us() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

/// CPU time of something in microseconds, with its result.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = cpu_us();
    let result = work();
    (cpu_us() - start, result)
}

/// The times of one system, one number per block.
#[derive(Default)]
pub(crate) struct Times {
    pub(crate) update_us: Vec<f64>,
    pub(crate) read_us: Vec<f64>,
}

impl Times {
    /// Runs a block and notes its times per update and per read.
    pub(crate) fn run(&mut self, system: &mut dyn System, block: &Block) {
        let (read_us, bytes) = timed(|| system.read(&block.reads));
        assert_eq!(bytes, READS * 64, "{}: keys are missing", system.name());
        let (update_us, ()) = timed(|| system.update(&block.updates));
        self.read_us.push(read_us / READS as f64);
        self.update_us.push(update_us / UPDATES as f64);
    }
}

/// The number in the middle.
pub(crate) fn median(numbers: &[f64]) -> f64 {
    let mut numbers = numbers.to_vec();
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The number below which this share of them lies, in percent.
pub(crate) fn percentile(numbers: &[f64], share: usize) -> f64 {
    let mut numbers = numbers.to_vec();
    numbers.sort_by(f64::total_cmp);
    let place = numbers.len() * share / 100;
    numbers.get(place).copied().unwrap_or(f64::NAN)
}

/// The smallest number.
pub(crate) fn minimum(numbers: &[f64]) -> f64 {
    numbers.iter().copied().fold(f64::INFINITY, f64::min)
}

/// The trie of this project in memory.
pub(crate) struct Ours {
    pub(crate) trie: Trie<MemoryStore>,
    /// How many roots stay readable, the current one included.
    kept: usize,
    roots: std::collections::VecDeque<Digest>,
}

impl Ours {
    /// Loads entries in any order.
    pub(crate) fn load(entries: impl Iterator<Item = Entry>, kept: usize) -> Self {
        let mut entries: Vec<_> = entries.collect();
        entries.sort();
        let mut trie = Trie::new(MemoryStore::new());
        let root = trie.load(entries).expect("the keys are sorted");
        Self {
            trie,
            kept,
            roots: [root].into(),
        }
    }
}

impl System for Ours {
    fn name(&self) -> &'static str {
        if self.kept == 1 {
            "lockstep-state-trie"
        } else {
            "  with older roots"
        }
    }

    fn update(&mut self, updates: &[Entry]) {
        let updates = updates.iter().map(|(key, value)| (key, Some(value)));
        if self.kept == 1 {
            self.trie.replace(updates).expect("memory");
            return;
        }
        let updates = updates.map(|(key, value)| (key.clone(), value.cloned()));
        self.roots
            .push_back(self.trie.update(updates).expect("memory"));
        if self.roots.len() > self.kept {
            let oldest = self.roots.pop_front().expect("roots");
            assert!(self.trie.store_mut().release(&oldest));
        }
    }

    fn read(&self, keys: &[Vec<u8>]) -> usize {
        let values = keys
            .iter()
            .filter_map(|key| self.trie.get(key).expect("memory"));
        values.map(|value| value.len()).sum()
    }

    fn proof_bytes(&self, key: &[u8]) -> usize {
        self.trie
            .prove(key)
            .expect("memory")
            .without_value()
            .to_bytes()
            .len()
    }
}
