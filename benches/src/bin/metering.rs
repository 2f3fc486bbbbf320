//! The time that metering takes: each workload unmetered, with this project's metering, and with
//! its rivals', on wasmi and, with the feature `peers`, on Wasmtime.

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
    let mut wasmtime = Table::new("Wasmtime (Cranelift), relative to unmetered");
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
        wasmi.push(name, take_turns(name, options.rounds, &mut cases));
        #[cfg(feature = "peers")]
        {
            let argument = workload.compiled;
            let mut cases = vec![
                on_wasmtime::plain("unmetered", &code, argument),
                on_wasmtime::metered("lockstep", prepared.bytes(), argument),
                on_wasmtime::fuel("fuel", &code, argument),
            ];
            wasmtime.push(name, take_turns(name, options.rounds, &mut cases));
        }
        wasmtime.title = wasmtime.title.clone();
    }
    let summary = format!(
        "SUMMARY wasmi.lockstep={:.3} wasmi.fuel={:.3} wasmi.worst={:.3} wasmtime.lockstep={:.3} wasmtime.fuel={:.3}",
        wasmi.mean("lockstep"),
        wasmi.mean("fuel"),
        wasmi.worst("lockstep"),
        wasmtime.mean("lockstep"),
        wasmtime.mean("fuel"),
    );
    if options.json {
        let tables = json!({
            "schema": "lockstep/benches/metering/1",
            "wasmi": wasmi.json(),
            "wasmtime": wasmtime.json(),
            "summary": summary,
        });
        println!("{tables:#}");
    } else {
        println!("{}", wasmi.text());
        if cfg!(feature = "peers") {
            println!("{}", wasmtime.text());
        }
        println!("{summary}");
    }
    std::process::ExitCode::SUCCESS
}
