//! The state trie in numbers: CPU time per update and read, the share of it that hashing takes,
//! durable blocks, sizes and times of proofs, growth, and adversarial keys.
//!
//! Times are CPU time of the one thread, and on the clock where a commit waits for the disk. Other
//! work on the machine still makes them longer, through the caches; so what counts are the ratios
//! within one run.

mod adversary;
mod durable;
#[cfg(feature = "peers")]
mod durable_parity_db;
#[cfg(feature = "peers")]
mod durable_peers;
#[cfg(feature = "peers")]
mod durable_qmdb;
#[cfg(feature = "peers")]
mod durable_trie_db;
#[cfg(feature = "peers")]
mod durable_tries;
mod growth;
mod hashing;
#[cfg(feature = "peers")]
mod peers;
mod process;
mod proofs;
mod reading;
mod system;
mod workload;

use system::{Ours, System, Times, median, minimum, timed};

/// How many keys the state has in the main measurement.
const ENTRIES: u64 = 1_000_000;
/// How many blocks are run there.
const BLOCKS: u64 = 200;
/// How many roots are readable where older ones are kept.
const ROOTS_KEPT: usize = 5;
/// How many blocks are run for each size of the growth table.
const GROWTH_BLOCKS: u64 = 40;

const USAGE: &str = "state [--large] [--entries N] [--blocks N] [--directory D] [--growth N]
  --large        both growth tables, in memory and durable, also with 10,000,000 keys (about 4 GB
                 of memory and 2 GB on the disk)
  --entries N    how many keys the main measurement has (1000000)
  --blocks N     how many blocks of 1,000 updates and 2,000 reads it runs (200)
  --directory D  where durable blocks are measured: a directory that is not there yet, and is kept
                 (without it one in the folder for temporary files, which is deleted)
  --growth N     only the durable growth table: states of 10,000 keys to N, the cache held at 256 MiB";

struct Options {
    large: bool,
    entries: u64,
    blocks: u64,
    directory: Option<std::path::PathBuf>,
    growth: Option<u64>,
}

impl Options {
    /// The largest state of the growth tables.
    fn growth_entries_max(&self) -> u64 {
        match self.large {
            true => 10_000_000,
            false => 1_000_000,
        }
    }
}

fn options() -> Result<Options, String> {
    let mut options = Options {
        large: false,
        entries: ENTRIES,
        blocks: BLOCKS,
        directory: None,
        growth: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--directory" {
            let name = arguments.next().ok_or("--directory needs a name")?;
            options.directory = Some(name.into());
            continue;
        }
        let mut number = || {
            let value = arguments
                .next()
                .ok_or(format!("{argument} needs a number"))?;
            value
                .parse()
                .map_err(|error| format!("{argument}: {error}"))
        };
        match argument.as_str() {
            "--large" => options.large = true,
            "--entries" => options.entries = number()?,
            "--blocks" => options.blocks = number()?,
            "--growth" => options.growth = Some(number()?),
            _ => return Err(format!("{argument} is unknown")),
        }
    }
    if options.entries == 0 || options.blocks == 0 {
        return Err("there is nothing to measure: both numbers start at 1".into());
    }
    Ok(options)
}

fn main() -> std::process::ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(error) => {
            eprintln!("error: {error}\n{USAGE}");
            return std::process::ExitCode::from(2);
        }
    };
    let place = Place::new(options.directory.clone());
    if let Some(entries_max) = options.growth {
        growth::report(&place.directory, entries_max);
        return std::process::ExitCode::SUCCESS;
    }
    // First, while the process has no memory yet that another system left behind.
    growth::report(&place.directory, options.growth_entries_max());
    let durable = durable::report(&place.directory, options.entries, options.blocks);
    let (load_us, ours) = timed(|| Ours::load(workload::entries(options.entries), 1));
    let with_older = Ours::load(workload::entries(options.entries), ROOTS_KEPT);
    println!(
        "{} keys of 32 bytes with values of 64 bytes",
        options.entries
    );
    println!(
        "bulk load: {:.2} us per entry",
        load_us / options.entries as f64
    );

    let mut systems: Vec<Box<dyn System>> = vec![Box::new(ours), Box::new(with_older)];
    #[cfg(feature = "peers")]
    systems.extend([
        Box::new(peers::TrieDb::load(workload::entries(options.entries))) as Box<dyn System>,
        Box::new(peers::Jmt::load(workload::entries(options.entries))),
    ]);
    let times = compare(&mut systems, options.entries, options.blocks);
    hashing::report(options.entries, median(&times[0].update_us));
    in_memory_growth(&options);
    adversary::report(&place.directory);
    let proofs = proofs::report(options.entries);
    let update_us = median(&times[0].update_us);
    let vs_triedb = times.get(2).map_or_else(
        || "-".to_owned(),
        |peer| format!("{:.1}", median(&peer.update_us) / update_us),
    );
    let vs_peer = durable::vs_best_peer(&durable);
    let commit_ms = |share| {
        let ours = durable.first().map(|ours| ours.commit_ms.as_slice());
        system::percentile(ours.unwrap_or_default(), share)
    };
    println!("in the summary: the proof of presence without its value, which the verifier brings");
    println!(
        "SUMMARY cpu_vs_triedb={vs_triedb} update_us={update_us:.2} durable_vs_best_peer={} \
         commit_p50_ms={:.2} commit_p99_ms={:.2} proof_bytes={:.0} verify_us={:.2}",
        vs_peer.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}")),
        commit_ms(50),
        commit_ms(99),
        proofs.bytes,
        proofs.verify_us
    );
    std::process::ExitCode::SUCCESS
}

/// Where durable blocks are measured.
struct Place {
    directory: std::path::PathBuf,
    /// Whether it is deleted in the end.
    is_ours: bool,
}

impl Place {
    fn new(given: Option<std::path::PathBuf>) -> Place {
        let is_ours = given.is_none();
        let directory = given.unwrap_or_else(|| {
            let name = format!("lockstep-state-{}", std::process::id());
            std::env::temp_dir().join(name)
        });
        Place { directory, is_ours }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_ours {
            // What is left there is of no use to anybody, and in nobody's way.
            let _ = std::fs::remove_dir_all(&self.directory);
        }
    }
}

/// Runs the blocks on all systems in turn and prints a line for each.
fn compare(systems: &mut [Box<dyn System>], entries: u64, blocks: u64) -> Vec<Times> {
    let mut times: Vec<Times> = systems.iter().map(|_| Times::default()).collect();
    for number in 1..=blocks {
        let block = workload::block(number, entries);
        for (system, times) in systems.iter_mut().zip(&mut times) {
            times.run(system.as_mut(), &block);
        }
    }
    println!("CPU us           update: median  minimum    read: median  minimum    proof bytes");
    for (system, times) in systems.iter().zip(&times) {
        let keys = (0..1_000).map(|number| workload::key(number * 7 % entries));
        let bytes: usize = keys.map(|key| system.proof_bytes(&key)).sum();
        println!(
            "  {:<22}{:>8.2} {:>8.2}          {:>8.2} {:>8.2}       {:>8.0}",
            system.name(),
            median(&times.update_us),
            minimum(&times.update_us),
            median(&times.read_us),
            minimum(&times.read_us),
            bytes as f64 / 1_000.0
        );
    }
    times
}

/// Prints the costs for states of growing size.
fn in_memory_growth(options: &Options) {
    println!("growth in memory: keys, CPU us per update (median), per read, per loaded entry");
    let sizes = growth::SIZES.into_iter();
    for entries in sizes.filter(|size| *size <= options.growth_entries_max()) {
        let (load_us, mut ours) = timed(|| Ours::load(workload::entries(entries), 1));
        let mut times = Times::default();
        for number in 1..=GROWTH_BLOCKS {
            times.run(&mut ours, &workload::block(number, entries));
        }
        println!(
            "  {entries:>10} {:>8.2} {:>8.2} {:>8.2}",
            median(&times.update_us),
            median(&times.read_us),
            load_us / entries as f64
        );
    }
}
