//! Chains with instances that are kept, and with a new one for each run; libFuzzer chooses the generator's seed.
#![no_main]

libfuzzer_sys::fuzz_target!(|seed: u64| lockstep_fuzz::judge_seed("instance", seed));
