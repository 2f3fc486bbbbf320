//! Bulk operators of few bytes, each at another place of 8 MiB.
//!
//! A price per byte is no help against them: one byte waits for memory as long as a line of 64
//! does, and an operator with its own price pays for that wait alone.

use super::memory::{STRIDE, scattered};
use super::{Bodies, Contexts};
use crate::calibrate::program::Setup;

const REPEATS: u32 = 200;
const ROUNDS: u32 = 500;

/// The bulk operators and how each is written at an address `{at}` and with a size `{n}`.
const BULK: [(&str, &str); 4] = [
    (
        "memory.fill of few bytes, scattered over 8 MiB",
        "(memory.fill {at} (local.get $b) (i32.const {n}))",
    ),
    (
        "memory.init of few bytes, scattered over 8 MiB",
        "(memory.init $d {at} (i32.const 0) (i32.const {n}))",
    ),
    (
        "memory.copy of few bytes from all over 8 MiB",
        "(memory.copy (i32.const 32) {at} (i32.const {n}))",
    ),
    (
        "memory.copy of few bytes within 8 MiB, scattered",
        "(memory.copy (i32.xor {at} (i32.const 0x2aaa80)) {at} (i32.const {n}))",
    ),
];

/// Where the k-th operator of a turn works: another line each time, and others in the next turn.
fn place(k: u32) -> String {
    format!("(i32.add (local.get $p) (i32.const {}))", scattered(k))
}

/// Contexts of the newest item, which is the one of bulk operators.
pub(super) fn bulk(contexts: &mut Contexts, data: &str) {
    for (label, text) in BULK {
        for bytes in [1_u32, 16] {
            let step = |k: u32| if k == 0 { STRIDE } else { "" };
            let with = |k: u32| {
                let call = text.replace("{at}", &place(k));
                format!("{}{}", step(k), call.replace("{n}", &bytes.to_string()))
            };
            let without = |k: u32| format!("{}(local.set $a {})", step(k), place(k));
            contexts
                .add(label, Bodies::against(REPEATS, 1, with, without))
                .declare(data)
                .setup(Setup::Chain)
                .units(f64::from(bytes))
                .rounds(ROUNDS)
                .hostile();
        }
    }
    contexts
        .add(
            "memory.copy along a chain through 8 MiB",
            Bodies::plain(REPEATS, 1, |_| {
                "(memory.copy (i32.const 32) (local.get $p) (i32.const 4)) (local.set $p (i32.load (i32.const 32)))"
                    .to_owned()
            }),
        )
        .setup(Setup::Chain)
        .units(4.0)
        .rounds(ROUNDS)
        .also("wasm.load", 1.0)
        .also("wasm.local", 2.0)
        .also("wasm.constant", 3.0)
        .hostile();
}

#[cfg(test)]
mod tests {
    use super::{BULK, place};
    use std::collections::BTreeSet;

    #[test]
    fn every_bulk_operator_is_scattered_over_lines_of_their_own() {
        for name in ["memory.fill", "memory.init", "memory.copy"] {
            assert!(BULK.iter().any(|(_, text)| text.contains(name)), "{name}");
        }
        let places: BTreeSet<String> = (0..200).map(place).collect();
        assert_eq!(places.len(), 200);
    }
}
