//! The oracle `export` on what libFuzzer makes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lockstep_fuzz::judge("export", bytes));
