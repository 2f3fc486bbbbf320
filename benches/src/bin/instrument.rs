//! How fast modules are instrumented, and how much they grow: this project's pass, and with the
//! feature `peers` wasm-instrument and finite-wasm, on real contracts.

use std::path::{Path, PathBuf};

use lockstep_benches::adapt::without_imports;
use lockstep_benches::measure::thread_cpu_nanoseconds;
#[cfg(feature = "peers")]
use lockstep_benches::peers;
use lockstep_gas_meter::{Protocol, prepare};

const USAGE: &str = "instrument [--rounds N] [FILE ...]
  FILE        contracts to measure; without any, those of the package cosmwasm-vm 3.0.10
              that the policy accepts once their imports are replaced
  --rounds N  how often each is instrumented (15)";

/// The package whose test data are the default contracts.
const PACKAGE: &str = "cosmwasm-vm-3.0.10";
/// Contracts below this are too small to say much.
const BYTES_MIN: usize = 100_000;

type Instrumenter = fn(&[u8]) -> Option<Vec<u8>>;

fn ours(code: &[u8]) -> Option<Vec<u8>> {
    let prepared = prepare(code, &Protocol::v1()).ok()?;
    Some(prepared.bytes().to_vec())
}

fn instrumenters() -> Vec<(&'static str, Instrumenter)> {
    let mut all = vec![("lockstep", ours as Instrumenter)];
    all.extend(peer_instrumenters());
    all
}

#[cfg(feature = "peers")]
fn peer_instrumenters() -> [(&'static str, Instrumenter); 3] {
    [
        ("wasm-instrument global", peers::wasm_instrument_global),
        ("wasm-instrument host", peers::wasm_instrument_host),
        ("finite-wasm", peers::finite_wasm),
    ]
}

#[cfg(not(feature = "peers"))]
fn peer_instrumenters() -> [(&'static str, Instrumenter); 0] {
    []
}

/// The default contracts, where cargo unpacks packages.
fn default_contracts() -> Vec<PathBuf> {
    let cargo = Path::new(env!("CARGO"))
        .ancestors()
        .map(|path| path.join("registry/src"));
    let home = std::env::home_dir().map(|home| home.join(".cargo/registry/src"));
    let registries = cargo
        .chain(home)
        .filter_map(|path| std::fs::read_dir(path).ok());
    let mut files: Vec<PathBuf> = registries
        .flatten()
        .flatten()
        .filter_map(|registry| {
            std::fs::read_dir(registry.path().join(PACKAGE).join("testdata")).ok()
        })
        .flatten()
        .flatten()
        .map(|file| file.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "wasm")
        })
        .collect();
    files.sort();
    files
}

/// What one instrumenter did to one contract.
struct Outcome {
    nanoseconds: f64,
    bytes: usize,
}

/// The fastest of several rounds of each instrumenter, taking turns.
fn measure(code: &[u8], rounds: u32) -> Vec<Option<Outcome>> {
    let mut outcomes: Vec<Option<Outcome>> = Vec::new();
    outcomes.resize_with(instrumenters().len(), || None);
    for _ in 0..rounds {
        for ((_, instrument), outcome) in instrumenters().iter().zip(&mut outcomes) {
            let start = thread_cpu_nanoseconds();
            let output = instrument(code);
            let nanoseconds = thread_cpu_nanoseconds() - start;
            let Some(bytes) = output.map(|output| output.len()) else {
                continue;
            };
            let before = outcome
                .as_ref()
                .map_or(f64::INFINITY, |before| before.nanoseconds);
            let nanoseconds = nanoseconds.min(before);
            *outcome = Some(Outcome { nanoseconds, bytes });
        }
    }
    outcomes
}

fn options() -> Result<(u32, Vec<PathBuf>), String> {
    let (mut rounds, mut files) = (15, Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--rounds" => {
                let value = arguments.next().ok_or("--rounds needs a value")?;
                rounds = value
                    .parse()
                    .map_err(|error| format!("--rounds: {error}"))?;
            }
            _ if argument.starts_with('-') => return Err(format!("{argument} is unknown")),
            _ => files.push(PathBuf::from(argument)),
        }
    }
    if files.is_empty() {
        files = default_contracts();
    }
    match files.is_empty() {
        true => Err(format!(
            "there are no contracts: name some, or have cargo unpack {PACKAGE} \
             (cargo info cosmwasm-vm@3.0.10)"
        )),
        false => Ok((rounds, files)),
    }
}

fn main() -> std::process::ExitCode {
    let (rounds, files) = match options() {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}\n{USAGE}");
            return std::process::ExitCode::from(2);
        }
    };
    let names = instrumenters();
    let mut bytes = 0;
    // Per instrumenter: nanoseconds over the contracts that all of them take, and output bytes.
    let mut sums = vec![(0.0, 0); names.len()];
    println!("MB/s and size relative to the input");
    for file in files {
        let Some(code) = std::fs::read(&file)
            .ok()
            .and_then(|code| without_imports(&code))
        else {
            eprintln!("{}: cannot be read", file.display());
            continue;
        };
        if code.len() < BYTES_MIN || ours(&code).is_none() {
            continue;
        }
        let outcomes = measure(&code, rounds);
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let mut line = format!("{name:<26}{:>9} bytes", code.len());
        for ((name, _), outcome) in names.iter().zip(&outcomes) {
            let shown = outcome.as_ref().map_or("-".to_owned(), |outcome| {
                let speed = code.len() as f64 / outcome.nanoseconds * 1e3;
                format!(
                    "{speed:.1} x{:.2}",
                    outcome.bytes as f64 / code.len() as f64
                )
            });
            line += &format!("  {name} {shown}");
        }
        println!("{line}");
        let outcomes: Option<Vec<Outcome>> = outcomes.into_iter().collect();
        if let Some(outcomes) = outcomes {
            bytes += code.len();
            for (sum, outcome) in sums.iter_mut().zip(outcomes) {
                sum.0 += outcome.nanoseconds;
                sum.1 += outcome.bytes;
            }
        }
    }
    let best_peer = sums
        .iter()
        .skip(1)
        .map(|sum| sum.0)
        .fold(f64::NAN, f64::min);
    println!(
        "SUMMARY speed_vs_best_peer={:.2} size={:.3}",
        best_peer / sums[0].0,
        sums[0].1 as f64 / bytes as f64
    );
    std::process::ExitCode::SUCCESS
}
