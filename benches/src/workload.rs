//! The workloads: integer programs in C and WAT, under `workloads/`.
//!
//! Each exports `run`, from an `i32` that says how much there is to do to an `i64` that depends on
//! all of it. `workloads/build.sh` builds the ones in C again and writes `workloads/CHECKSUMS`.

/// One program.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// Its name: the row in which its times stand.
    pub name: &'static str,
    source: Source,
    /// The argument on an interpreter: some milliseconds of work.
    pub interpreted: u32,
    /// The argument for compiled code: about as long.
    pub compiled: u32,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    Text(&'static str),
    Binary(&'static [u8]),
}

impl Workload {
    /// The module.
    ///
    /// # Panics
    /// When a text does not parse.
    pub fn module(&self) -> Vec<u8> {
        match self.source {
            Source::Text(text) => wat::parse_str(text).expect("a workload is valid text"),
            Source::Binary(bytes) => bytes.to_vec(),
        }
    }
}

macro_rules! built {
    ($name:literal, $interpreted:literal, $compiled:literal) => {
        Workload {
            name: $name,
            source: Source::Binary(include_bytes!(concat!("../workloads/", $name, ".wasm"))),
            interpreted: $interpreted,
            compiled: $compiled,
        }
    };
}

/// All of them.
pub const WORKLOADS: [Workload; 11] = [
    Workload {
        name: "fib",
        source: Source::Text(include_str!("../workloads/fib.wat")),
        interpreted: 25,
        compiled: 29,
    },
    built!("sieve", 200_000, 1_000_000),
    built!("keccak", 700, 7_000),
    built!("sha256", 1_500, 15_000),
    built!("bulk", 1_000, 3_000),
    built!("quicksort", 15_000, 60_000),
    built!("matrix", 48, 112),
    built!("interpreter", 6_000, 60_000),
    built!("dispatch", 200_000, 1_000_000),
    built!("token", 1_500, 15_000),
    built!("u256", 4_000, 40_000),
];

#[cfg(test)]
mod tests {
    use lockstep_gas_meter::{Protocol, prepare};

    use super::WORKLOADS;

    #[test]
    fn every_workload_is_accepted_and_exports_run() {
        for workload in WORKLOADS {
            let prepared = prepare(&workload.module(), &Protocol::v1());
            let prepared = prepared.unwrap_or_else(|error| panic!("{}: {error}", workload.name));
            assert!(prepared.exports().iter().any(|export| export.name == "run"));
        }
    }

    #[test]
    fn the_checksums_name_every_built_workload() {
        let checksums = include_str!("../workloads/CHECKSUMS");
        for workload in WORKLOADS.iter().filter(|workload| workload.name != "fib") {
            assert!(checksums.contains(&format!("  {}.wasm\n", workload.name)));
        }
    }
}
