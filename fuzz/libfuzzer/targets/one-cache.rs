//! Chains under several protocols and engines with one cache of code; libFuzzer chooses the generator's
//! seed.
#![no_main]

libfuzzer_sys::fuzz_target!(|seed: u64| lockstep_fuzz::judge_seed("one-cache", seed));
