//! Chains with probes and an observer, and without either; libFuzzer chooses the generator's seed.
#![no_main]

libfuzzer_sys::fuzz_target!(|seed: u64| lockstep_fuzz::judge_seed("observed", seed));
