//! Chains, and once more on their witness alone; libFuzzer chooses the generator's seed.
#![no_main]

libfuzzer_sys::fuzz_target!(|seed: u64| lockstep_fuzz::judge_seed("witness-replay", seed));
