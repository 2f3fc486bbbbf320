//! Modules that the metering pass made, as its input; libFuzzer chooses the generator's seed.
#![no_main]

libfuzzer_sys::fuzz_target!(|seed: u64| lockstep_fuzz::judge_seed("prepared-twice", seed));
