//! How fast the machine is for whom it matters: a token transfer as a whole transaction, code that
//! runs for the first time, and hashing in contract code.
//!
//! A transfer is a call of the example token through all four phases: validated, charged,
//! executed, settled, with its receipt and list of changes; state is written to the block's
//! journal, the root is not computed. Its code is warm. Signatures are checked before, as a pool of
//! transactions does ([`SignedTransaction::verify`]), because the programs it is compared with are
//! called without; the check is measured by itself and shown both ways. What a block does not commit
//! is dropped, so every round executes the same transactions.
//!
//! [`SignedTransaction::verify`]: lockstep_vm::SignedTransaction::verify

mod instance;
mod sha256;
mod token;

use lockstep_engines::{EngineKind, on_large_stack};
use token::{Bench, TOKEN};

/// Transfers in a block.
const TRANSFERS: usize = 200;
const USAGE: &str = "transfer [--engine NAME] [--rounds N]
  --engine NAME  this engine's transfers and nothing else, for a profiler
  --rounds N     how often each case runs (25)
Build with --features peers for Wasmtime.";

struct Options {
    engine: Option<EngineKind>,
    rounds: u32,
}

fn options() -> Result<Options, String> {
    let mut options = Options {
        engine: None,
        rounds: 25,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments
            .next()
            .ok_or(format!("{argument} needs a value"))?;
        match argument.as_str() {
            "--engine" => {
                let named = EngineKind::available().find(|kind| kind.name() == value);
                options.engine = Some(named.ok_or(format!("no engine {value} was built in"))?);
            }
            "--rounds" => {
                options.rounds = value
                    .parse()
                    .map_err(|error| format!("--rounds: {error}"))?;
            }
            _ => return Err(format!("{argument} is unknown")),
        }
    }
    Ok(options)
}

/// What an engine takes, in nanoseconds.
struct Row {
    kind: EngineKind,
    /// A transfer without its signature check.
    warm: f64,
    /// The signature check.
    signature: f64,
    /// The first transfer on a machine that has no code yet, without its signature check.
    fresh: f64,
    /// A run that returns at once.
    instance: instance::Times,
}

fn main() -> std::process::ExitCode {
    on_large_stack(measure)
}

fn measure() -> std::process::ExitCode {
    let Options { engine, rounds } = match options() {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}\n{USAGE}");
            return std::process::ExitCode::from(2);
        }
    };
    if let Some(kind) = engine {
        let mut bench = Bench::new(build(kind), TRANSFERS);
        let warm = median(rounds, || bench.round());
        println!("{kind}: {:.2} us without the signature", warm / 1e3);
        return std::process::ExitCode::SUCCESS;
    }
    let rows: Vec<Row> = EngineKind::available()
        .map(|kind| row(kind, rounds))
        .collect();
    print_rows(&rows);
    let hashes = sha256::times(rounds);
    let native = hashes[0].nanoseconds;
    println!("\nSHA-256 of 64 KiB, microseconds          times native");
    for time in &hashes {
        let (column, nanoseconds) = (time.column, time.nanoseconds);
        println!(
            "{column:<28} {:>9.1} {:>14.2}",
            nanoseconds / 1e3,
            nanoseconds / native
        );
    }
    let ratio = |column: &str| {
        let time = hashes.iter().find(|time| time.column == column);
        time.map_or("not_built".to_string(), |time| {
            format!("{:.2}", time.nanoseconds / native)
        })
    };
    println!(
        "\nSUMMARY transfer_us={:.2} fresh_ms_per_kb={:.4} sha256_wasmi={} sha256_native_tier={}",
        rows[0].warm / 1e3,
        per_kilobyte(rows[0].fresh),
        ratio("wasmi"),
        ratio("wasmtime"),
    );
    std::process::ExitCode::SUCCESS
}

fn print_rows(rows: &[Row]) {
    println!("token transfer, microseconds    warm   with signature   first, ms   ms per KB");
    for row in rows {
        println!(
            "{:<28} {:>7.2} {:>16.2} {:>11.3} {:>11.4}",
            row.kind.name(),
            row.warm / 1e3,
            (row.warm + row.signature) / 1e3,
            row.fresh / 1e6,
            per_kilobyte(row.fresh),
        );
    }
    println!("\na run that returns at once, microseconds   instance made   set back");
    for row in rows {
        println!(
            "{:<40} {:>14.2} {:>10.2}",
            row.kind.name(),
            row.instance.made / 1e3,
            row.instance.set_back / 1e3,
        );
    }
}

fn build(kind: EngineKind) -> Box<dyn lockstep_vm::Engine> {
    kind.build().expect("it is available")
}

fn row(kind: EngineKind, rounds: u32) -> Row {
    eprintln!("{kind}");
    let mut bench = Bench::new(build(kind), TRANSFERS);
    let warm = median(rounds, || bench.round());
    let signature = median(rounds, || bench.signatures());
    let mut slot = Some(bench);
    let fresh = median(rounds, || {
        let bench = slot.take().expect("it is put back");
        let (bench, nanoseconds) = bench.fresh(build(kind));
        slot = Some(bench);
        nanoseconds
    });
    Row {
        kind,
        warm,
        signature,
        fresh,
        instance: instance::times(kind, rounds),
    }
}

fn median(rounds: u32, mut round: impl FnMut() -> f64) -> f64 {
    let mut times: Vec<f64> = (0..rounds).map(|_| round()).collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Milliseconds for each 1,000 bytes of the token.
fn per_kilobyte(nanoseconds: f64) -> f64 {
    nanoseconds / 1e6 / (TOKEN.len() as f64 / 1e3)
}
