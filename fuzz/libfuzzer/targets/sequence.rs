//! Whole chains on every engine and in the worlds of `lockstep fuzz det`; libFuzzer chooses the generator's seed.
#![no_main]

libfuzzer_sys::fuzz_target!(|seed: u64| lockstep_fuzz::judge_seed("sequence", seed));
