//! Scenarios with random damage: each either runs or is refused with a place and a fix, and
//! nothing panics.

use std::fs;
use std::path::Path;

use lockstep_cli::{Exit, load};

const ROUNDS: u32 = 300;

/// A small generator, so that every run damages the same places.
struct Random(u64);

impl Random {
    /// A number below `bound`.
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound
    }
}

/// Replaces, removes, doubles or inserts something.
fn damage(text: &mut Vec<u8>, random: &mut Random) {
    let start = random.below(text.len());
    let end = (start + 1 + random.below(12)).min(text.len());
    match random.below(4) {
        0 => text[start] = b"\"'[]{}=,.-_#@0x9\n"[random.below(17)],
        1 => drop(text.drain(start..end)),
        2 => {
            let part = text[start..end].to_vec();
            text.splice(start..start, part);
        }
        _ => {
            let part: &[u8] =
                [&b"\xff"[..], b"-1", b"\"", b"[[block]]\n", b"1e9", b"@"][random.below(6)];
            text.splice(start..start, part.iter().copied());
        }
    }
}

#[test]
fn damaged_scenarios_are_refused_with_a_place_or_understood() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutations/scenarios");
    fs::create_dir_all(&folder).expect("a folder");
    let artifacts = folder.join("../artifacts");
    fs::create_dir_all(&artifacts).expect("a folder");
    for name in ["token.wasm", "escrow.wasm", "probe.wasm", "probe_v2.wasm"] {
        let from = root.join("contracts/artifacts").join(name);
        fs::copy(from, artifacts.join(name)).expect("the artifact can be copied");
    }
    let whole = fs::read(root.join("contracts/scenarios/token.toml")).expect("the scenario");
    let mut random = Random(0x5851_f42d_4c95_7f2d);
    let mut refused = 0;
    for round in 0..ROUNDS {
        let mut text = whole.clone();
        for _ in 0..=random.below(3) {
            damage(&mut text, &mut random);
        }
        let file = folder.join("damaged.toml");
        fs::write(&file, &text).expect("the file can be written");
        if let Err(failure) = load(&file, "damaged.toml") {
            refused += 1;
            assert_eq!(failure.exit, Exit::Usage, "round {round}: {failure}");
            assert!(!failure.problems.is_empty(), "round {round}");
            for problem in &failure.problems {
                assert!(
                    !problem.message.is_empty() && !problem.help.is_empty(),
                    "{problem}"
                );
            }
        }
    }
    assert!(refused > ROUNDS / 4, "{refused} of {ROUNDS} were refused");
}
