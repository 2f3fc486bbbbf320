//! How fast the machine is for whom it matters: a token transfer as a whole transaction, code that
//! runs for the first time, and hashing in contract code.
//!
//! A transfer is a call of the example token through all four phases: validated, charged,
//! executed, settled, with its receipt and list of changes; state is written to the block's
//! journal, the root is not computed. Its code is warm. The signature check is measured by itself
//! and shown both ways, because the programs it is compared with are called without one. What a
//! block does not commit is dropped, so every round executes the same transactions.

mod sha256;
mod token;

use lockstep_engines::EngineKind;
use token::{Bench, TOKEN};

/// Transfers in a block.
const TRANSFERS: usize = 200;
const ROUNDS: u32 = 25;
const USAGE: &str = "transfer takes no arguments; build with --features peers for Wasmtime";

/// The fastest rounds of an engine, in nanoseconds.
struct Row {
    kind: EngineKind,
    /// A transfer without its signature check.
    warm: f64,
    /// The first transfer on a machine that has no code yet, without its signature check.
    fresh: f64,
}

fn main() -> std::process::ExitCode {
    if std::env::args().count() > 1 {
        eprintln!("{USAGE}");
        return std::process::ExitCode::from(2);
    }
    let signature = {
        let bench = Bench::new(engine(EngineKind::Wasmi), TRANSFERS);
        fastest(ROUNDS, || bench.signatures())
    };
    let rows: Vec<Row> = EngineKind::available()
        .map(|kind| row(kind, signature))
        .collect();
    println!("token transfer, microseconds    warm   with signature   first, ms   ms per KB");
    for row in &rows {
        println!(
            "{:<28} {:>7.2} {:>16.2} {:>11.3} {:>11.4}",
            row.kind.name(),
            row.warm / 1e3,
            (row.warm + signature) / 1e3,
            row.fresh / 1e6,
            per_kilobyte(row.fresh),
        );
    }
    let hashes = sha256::times(ROUNDS);
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

fn engine(kind: EngineKind) -> Box<dyn lockstep_vm::Engine> {
    kind.build().expect("it is available")
}

fn row(kind: EngineKind, signature: f64) -> Row {
    eprintln!("{kind}");
    let mut bench = Bench::new(engine(kind), TRANSFERS);
    let warm = fastest(ROUNDS, || bench.round());
    let mut slot = Some(bench);
    let fresh = fastest(ROUNDS, || {
        let bench = slot.take().expect("it is put back");
        let (bench, nanoseconds) = bench.fresh(engine(kind));
        slot = Some(bench);
        nanoseconds
    });
    Row {
        kind,
        warm: warm - signature,
        fresh: fresh - signature,
    }
}

fn fastest(rounds: u32, mut round: impl FnMut() -> f64) -> f64 {
    (0..rounds).map(|_| round()).fold(f64::INFINITY, f64::min)
}

/// Milliseconds for each 1,000 bytes of the token.
fn per_kilobyte(nanoseconds: f64) -> f64 {
    nanoseconds / 1e6 / (TOKEN.len() as f64 / 1e3)
}
