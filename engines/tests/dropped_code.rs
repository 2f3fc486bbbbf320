//! Code that is dropped leaves no memory behind, on each engine.
#![cfg(target_os = "linux")]

use lockstep_engines::EngineKind;
use lockstep_gas_meter::{PreparedModule, Protocol, prepare};

/// How often a module is compiled and dropped.
const ROUNDS: usize = 40;
/// What may stay. The module takes some 2 MiB on an interpreter, so that would be 80 MiB.
const KEPT_BYTES_MAX: u64 = 24 << 20;

/// A module with many operators.
fn module() -> PreparedModule {
    let sum = "(local.set 0 (i64.add (i64.mul (local.get 0) (local.get 1)) (i64.const 77)))";
    let function = format!(
        "(func (param i64 i64) (result i64) {} (local.get 0))",
        sum.repeat(60)
    );
    let text = format!("(module {} (func (export \"run\")))", function.repeat(500));
    let bytes = wat::parse_str(&text).expect("a module");
    prepare(&bytes, &Protocol::v1()).expect("it is accepted")
}

/// The memory that this process has, in bytes.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the system tells");
    let mut lines = status.lines();
    let line = lines
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .expect("it has a line");
    let kibibytes = line.trim().trim_end_matches(" kB").parse::<u64>();
    kibibytes.expect("a number") * 1024
}

#[test]
fn compiled_code_goes_when_its_module_does() {
    let module = module();
    // Native compilers take too long for it.
    for kind in EngineKind::available().filter(|kind| !kind.is_native()) {
        let engine = kind.build().expect("an engine");
        // What is taken once does not count.
        drop(engine.compile(&module).expect("it compiles"));
        let before = resident_bytes();
        for _ in 0..ROUNDS {
            drop(engine.compile(&module).expect("it compiles"));
        }
        let kept = resident_bytes().saturating_sub(before);
        assert!(kept < KEPT_BYTES_MAX, "{kind:?} keeps {kept} bytes");
    }
}
