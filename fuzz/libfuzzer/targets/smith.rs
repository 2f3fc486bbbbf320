//! Modules of wasm-smith beside the independent interpreter and on every engine; libFuzzer chooses the generator's seed.
#![no_main]

libfuzzer_sys::fuzz_target!(|seed: u64| lockstep_fuzz::judge_seed("smith", seed));
