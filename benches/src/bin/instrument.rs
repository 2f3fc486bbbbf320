//! How fast modules are instrumented, and how much they grow: this project's pass, and with the
//! feature `peers` wasm-instrument and finite-wasm, on real contracts.
//!
//! This project's pass stands here twice: from the uploaded bytes, policy and validation included,
//! and from a module that was validated before. The others do not validate; what the parser's
//! validator takes is measured beside them, for whoever has to add it.

use std::path::{Path, PathBuf};

use lockstep_benches::adapt::without_imports;
use lockstep_benches::measure::thread_cpu_nanoseconds;
#[cfg(feature = "peers")]
use lockstep_benches::peers;
use lockstep_gas_meter::{Protocol, instrument, prepare, validate};
use wasmparser::Validator;

const USAGE: &str = "instrument [--rounds N] [FILE ...]
  FILE        contracts to measure; without any, those of the package cosmwasm-vm 3.0.10
              that the policy accepts once their imports are replaced
  --rounds N  how often each is instrumented (40)";

/// The package whose test data are the default contracts.
const PACKAGE: &str = "cosmwasm-vm-3.0.10";
/// Contracts below this are too small to say much.
const BYTES_MIN: usize = 100_000;

/// Instruments a contract. Yields what is timed: the CPU time in nanoseconds, and the output's
/// length in bytes.
type Instrumenter = fn(&[u8]) -> Option<Outcome>;

/// What one instrumenter did to one contract.
#[derive(Clone, Copy)]
struct Outcome {
    nanoseconds: f64,
    bytes: usize,
}

/// Times `work`, which yields the output's length.
fn timed(work: impl FnOnce() -> Option<usize>) -> Option<Outcome> {
    let start = thread_cpu_nanoseconds();
    let bytes = work()?;
    let nanoseconds = thread_cpu_nanoseconds() - start;
    Some(Outcome { nanoseconds, bytes })
}

/// From the uploaded bytes.
fn ours(code: &[u8]) -> Option<Outcome> {
    let protocol = Protocol::v1();
    timed(|| Some(prepare(code, &protocol).ok()?.bytes().len()))
}

/// From a module that was validated before.
fn ours_validated(code: &[u8]) -> Option<Outcome> {
    let protocol = Protocol::v1();
    let valid = validate(code, &protocol).ok()?;
    timed(|| Some(instrument(&valid).ok()?.bytes().len()))
}

/// The parser's validator alone.
fn validation(code: &[u8]) -> Option<Outcome> {
    timed(|| {
        Validator::new().validate_all(code).ok()?;
        Some(code.len())
    })
}

/// The columns that are always there; those of the others follow.
const OWN: [(&str, Instrumenter); 3] = [
    ("lockstep", ours),
    ("lockstep, validated before", ours_validated),
    ("validation alone", validation),
];

fn instrumenters() -> Vec<(&'static str, Instrumenter)> {
    let mut all = OWN.to_vec();
    all.extend(peer_instrumenters());
    all
}

#[cfg(feature = "peers")]
fn peer_instrumenters() -> [(&'static str, Instrumenter); 3] {
    [
        ("wasm-instrument global", |code| {
            timed(|| Some(peers::wasm_instrument_global(code)?.len()))
        }),
        ("wasm-instrument host", |code| {
            timed(|| Some(peers::wasm_instrument_host(code)?.len()))
        }),
        ("finite-wasm", |code| {
            timed(|| Some(peers::finite_wasm(code)?.len()))
        }),
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

/// The fastest of several rounds of each instrumenter, taking turns.
fn measure(code: &[u8], rounds: u32) -> Vec<Option<Outcome>> {
    let instrumenters = instrumenters();
    let mut fastest: Vec<Option<Outcome>> = vec![None; instrumenters.len()];
    for _ in 0..rounds {
        for ((_, instrument), fastest) in instrumenters.iter().zip(&mut fastest) {
            let Some(outcome) = instrument(code) else {
                continue;
            };
            if fastest.is_none_or(|before| outcome.nanoseconds < before.nanoseconds) {
                *fastest = Some(outcome);
            }
        }
    }
    fastest
}

fn options() -> Result<(u32, Vec<PathBuf>), String> {
    let (mut rounds, mut files) = (40, Vec::new());
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
    let mut input_bytes = 0;
    // Per instrumenter, over the contracts that all of them take.
    let none = Outcome {
        nanoseconds: 0.0,
        bytes: 0,
    };
    let mut sums = vec![none; names.len()];
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
            let shown = outcome.map_or("-".to_owned(), |outcome| shown(outcome, code.len()));
            line += &format!("  {name} {shown}");
        }
        println!("{line}");
        let outcomes: Option<Vec<Outcome>> = outcomes.into_iter().collect();
        if let Some(outcomes) = outcomes {
            input_bytes += code.len();
            for (sum, outcome) in sums.iter_mut().zip(outcomes) {
                sum.nanoseconds += outcome.nanoseconds;
                sum.bytes += outcome.bytes;
            }
        }
    }
    let mut line = format!("all of them{:>24} bytes", input_bytes);
    for ((name, _), sum) in names.iter().zip(&sums) {
        line += &format!("  {name} {}", shown(*sum, input_bytes));
    }
    println!("{line}");
    summarise(&sums, input_bytes);
    std::process::ExitCode::SUCCESS
}

/// Speed and size for people.
fn shown(outcome: Outcome, input_bytes: usize) -> String {
    let speed = input_bytes as f64 / outcome.nanoseconds * 1e3;
    let size = outcome.bytes as f64 / input_bytes as f64;
    format!("{speed:.1} x{size:.2}")
}

/// The line for scripts: the speed from the bytes and from a validated module, each relative to
/// the fastest of the others, which do not validate; the first relative to the fastest of the
/// others with validation in front; and the size of the output relative to the input.
fn summarise(sums: &[Outcome], input_bytes: usize) {
    let (own, others) = sums.split_at(OWN.len());
    let best_peer = others.iter().map(|sum| sum.nanoseconds);
    let best_peer = best_peer.fold(f64::NAN, f64::min);
    println!(
        "SUMMARY speed_vs_best_peer={:.2} validated_before={:.2} vs_validation_and_best_peer={:.2} size={:.3}",
        best_peer / own[0].nanoseconds,
        best_peer / own[1].nanoseconds,
        (best_peer + own[2].nanoseconds) / own[0].nanoseconds,
        own[0].bytes as f64 / input_bytes as f64
    );
}
