//! Chains with a cold, a warm and an evicting cache of code; libFuzzer chooses the generator's seed.
#![no_main]

libfuzzer_sys::fuzz_target!(|seed: u64| lockstep_fuzz::judge_seed("cache", seed));
