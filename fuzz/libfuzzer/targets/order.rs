//! Chains, and with neighbours swapped that touch nothing in common; libFuzzer chooses the generator's seed.
#![no_main]

libfuzzer_sys::fuzz_target!(|seed: u64| lockstep_fuzz::judge_seed("order", seed));
