//! The time that metering takes: each workload unmetered, with this project's metering, and with
//! its rivals', on wasmi and, with the feature `peers`, on Wasmtime; and then how many times faster
//! metered code is there.

use lockstep_benches::floor::Floor;
use lockstep_benches::measure::take_turns;
use lockstep_benches::on_wasmi;
use lockstep_benches::report::Table;
use lockstep_benches::workload::WORKLOADS;
#[cfg(feature = "peers")]
use lockstep_benches::{on_wasmtime, peers};
use lockstep_gas_meter::{Protocol, prepare};
use serde_json::json;

const USAGE: &str = "metering [--json] [--rounds N] [--only NAME]
  --json      one JSON document on stdout in place of the tables
  --rounds N  how often each case runs (21)
  --only NAME one workload";

struct Options {
    json: bool,
    rounds: u32,
    only: Option<String>,
}

fn options() -> Result<Options, String> {
    let mut options = Options {
        json: false,
        rounds: 21,
        only: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--json" => options.json = true,
            "--rounds" => {
                options.rounds = value()?
                    .parse()
                    .map_err(|error| format!("--rounds: {error}"))?;
            }
            "--only" => options.only = Some(value()?),
            _ => return Err(format!("{argument} is unknown")),
        }
    }
    Ok(options)
}

fn main() -> std::process::ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}\n{USAGE}");
            return std::process::ExitCode::from(2);
        }
    };
    let mut wasmi = Table::new("wasmi, relative to unmetered");
    let mut floor = Floor::default();
    #[cfg(feature = "peers")]
    let mut wasmtime = Table::new("Wasmtime (Cranelift), relative to unmetered");
    #[cfg(feature = "peers")]
    let mut tiers = Table::new("metered, wasmi relative to Wasmtime (Cranelift)");
    for workload in WORKLOADS {
        let name = workload.name;
        if options.only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        eprintln!("{name}");
        let code = workload.module();
        let prepared = prepare(&code, &Protocol::v1()).expect("a workload is accepted");
        let argument = workload.interpreted;
        let mut cases = vec![
            on_wasmi::plain("unmetered", &code, argument),
            on_wasmi::metered("lockstep", prepared.bytes(), argument),
            on_wasmi::fuel("fuel", &code, argument),
        ];
        #[cfg(feature = "peers")]
        cases.extend(peers::on_wasmi(&code, argument));
        let times = take_turns(name, options.rounds, &mut cases);
        if let [unmetered, metered, ..] = times.as_slice() {
            floor.push(&workload, unmetered.nanoseconds, metered.nanoseconds);
        }
        wasmi.push(name, times);
        #[cfg(feature = "peers")]
        {
            let argument = workload.compiled;
            let mut cases = vec![
                on_wasmtime::plain("unmetered", &code, argument),
                on_wasmtime::metered("lockstep", prepared.bytes(), argument),
                on_wasmtime::fuel("fuel", &code, argument),
            ];
            cases.extend(peers::on_wasmtime(&code, argument));
            wasmtime.push(name, take_turns(name, options.rounds, &mut cases));
            let argument = workload.interpreted;
            let mut cases = vec![
                on_wasmtime::metered("wasmtime", prepared.bytes(), argument),
                on_wasmi::metered("wasmi", prepared.bytes(), argument),
            ];
            tiers.push(name, take_turns(name, options.rounds, &mut cases));
        }
    }
    let tables = [
        ("wasmi", &wasmi),
        #[cfg(feature = "peers")]
        ("wasmtime", &wasmtime),
        #[cfg(feature = "peers")]
        ("tiers", &tiers),
    ];
    print(&tables, &floor, options.json);
    std::process::ExitCode::SUCCESS
}

/// Prints the tables under their names, as text or as one document, and the line for scripts.
fn print(tables: &[(&str, &Table)], floor: &Floor, json: bool) {
    let number = |table: &str, number: &dyn Fn(&Table) -> f64| {
        let table = tables.iter().find(|(name, _)| *name == table);
        table.map_or("not_built".to_owned(), |(_, table)| {
            format!("{:.3}", number(table))
        })
    };
    let summary = format!(
        "SUMMARY wasmi.lockstep={} wasmi.fuel={} wasmi.worst={} wasmtime.lockstep={} wasmtime.fuel={} native_tier={} native_tier_with_bulk={}",
        number("wasmi", &|table| table.mean("lockstep")),
        number("wasmi", &|table| table.mean("fuel")),
        number("wasmi", &|table| table.worst("lockstep")),
        number("wasmtime", &|table| table.mean("lockstep")),
        number("wasmtime", &|table| table.mean("fuel")),
        // `bulk` does not compute: both engines leave it to the machine's `memcpy`.
        number("tiers", &|table| table.mean_without("wasmi", "bulk")),
        number("tiers", &|table| table.mean("wasmi")),
    );
    if json {
        let mut document = json!({
            "schema": "lockstep/benches/metering/1",
            "summary": summary,
        });
        for (name, table) in tables {
            document[*name] = table.json();
        }
        document["floor"] = floor.json();
        println!("{document:#}");
        return;
    }
    for (_, table) in tables {
        println!("{}", table.text());
    }
    println!("{}", floor.text());
    println!("{summary}");
}
