//! Durable states of growing size, with a cache that does not grow with them: what an update and a
//! read cost when most of the state is not in the cache, and how much memory the process takes.

use std::path::Path;

use lockstep_state_trie::Trie;
use lockstep_store::{Settings, Store};

use crate::durable::timed_ms;
use crate::process::{forget_peak, peak_megabytes};
use crate::reading;
use crate::system::{median, percentile, timed};
use crate::workload::{self, UPDATES};

/// How many blocks are run for each size.
const BLOCKS: u64 = 40;
/// The sizes that are measured, as far as the argument lets them.
pub(crate) const SIZES: [u64; 4] = [10_000, 100_000, 1_000_000, 10_000_000];

/// Prints a line for each size up to `entries_max`, each state in a directory of its own.
pub(crate) fn report(directory: &Path, entries_max: u64) {
    let settings = Settings::default();
    println!(
        "growth, durable, cache of {} MiB: keys, ms per block (median), 99 %, CPU us per update, bytes written per update, MB on disk, peak MB of memory, us per read with the files in the system's cache and without",
        settings.cache_bytes >> 20
    );
    for entries in SIZES.into_iter().filter(|size| *size <= entries_max) {
        let directory = directory.join(format!("growth-{entries}"));
        let store = Store::create(&directory, settings).expect("a new directory");
        let mut trie = Trie::new(store);
        trie.load(workload::sorted_entries(entries))
            .expect("the keys are sorted");
        forget_peak();
        let before = trie.store().statistics().bytes_written;
        let (mut commit_ms, mut cpu_us) = (Vec::new(), Vec::new());
        for number in 1..=BLOCKS {
            let block = workload::block(number, entries);
            for key in &block.reads {
                assert!(trie.get(key).expect("the store reads").is_some());
            }
            let changes = block.updates.iter();
            let changes = changes.map(|(key, value)| (key, Some(value)));
            commit_ms.push(timed_ms(|| {
                let (us, root) = timed(|| trie.update(changes));
                root.expect("the store writes");
                cpu_us.push(us / UPDATES as f64);
            }));
        }
        let statistics = trie.store().statistics();
        let written = (statistics.bytes_written - before) as f64;
        let shown = |number: Option<f64>, decimals| {
            number.map_or_else(|| "-".to_owned(), |number| format!("{number:.decimals$}"))
        };
        let peak = peak_megabytes();
        drop(trie);
        let reading = reading::of(&directory, entries);
        println!(
            "  {entries:>10} {:>8.2} {:>8.2} {:>8.2} {:>8.0} {:>8.0} {:>8} {:>8.1} {:>8}",
            median(&commit_ms),
            percentile(&commit_ms, 99),
            median(&cpu_us),
            written / (BLOCKS as f64 * UPDATES as f64),
            statistics.log_bytes as f64 / 1e6,
            shown(peak, 0),
            reading.cached_us,
            shown(reading.cold_us, 0),
        );
    }
}
